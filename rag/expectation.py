"""What an answer must hold: a thing of the kind asked for, of the level, the step and the year that are named.

The clause that answers 多少元 holds an amount of money; a question about 四级人员 is not answered by
what holds for 三级人员. Such things are read in code, for embeddings hardly see them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.answer_kinds import FIGURES, kind_of
from rag.normalize import normalize
from rag.numerals import NUMERAL_CHARS, parse_numeral
from rag.question import asks_yes_or_no
from rag.years import OF_A_THING

_ELSEWHERE = re.compile(
    r"见[^,。;]{0,8}(?:附[件表录图]|《)|按照?[^,。;]{0,4}《[^》]{2,40}》[^,。;]{0,4}(?:执行|确定|办理|计算)"
    r"|\b(?:see|set out in|given in|listed in|shown in|in accordance with) (?:the )?(?:\w+ )?"
    r"(?:annex|appendix|schedule|table)\b"
)
_RANKS = "部厅司局处科股"
"""Ranks of offices, the highest first; 司 and 局 are of one rank."""
_RANKED = "国家|省|市|县|区|校|院"
"""Whose an award or a project is."""
_SIZE = re.compile(r"特?[大小]型|中型")
_LEVEL = re.compile(
    rf"(?<![第哪])(?:[{NUMERAL_CHARS}]+|\d+|[ivx]{{2,4}}|[a-z])(?:级|类|档|等|星(?!期))(?!别|型|时|于|候)|[{_RANKS}]级(?!别)"
    r"|[甲乙丙丁戊己庚辛](?:级|类|等)|特[大小]型|[大中小]型|绝密|机密|特急|加急"
    rf"|(?:(?<![㐀-鿿])|(?<=[那的和或是为与及对]))(?:{_RANKED})级"
    r"(?=的|专|企业|项目|奖|称号|荣誉|课题|创新|高新|重点|龙头|示范|平台|品牌|基地|文明|先进|优秀|成果)"
    r"|\b(?:grade|level|category|class|tier|band|annex|appendix|schedule)\s+(?:[a-z]|\d+|[ivx]+)\b"
)
_ORDINAL = re.compile(rf"(?:第\s*(?P<n>[{NUMERAL_CHARS}]+|\d+)|首)\s*(?P<unit>步|批|轮|期|届|阶段)")
_LEVELS = re.compile(
    r"\b(?P<sort>grade|level|categor|class|tier|band|schedule)(?:e?s|ies)\s+"
    r"(?P<first>\d+)(?:\s*(?:-|–|—|~|to|and|or|through)\s*(?P<last>\d+))?"
    r"(?:\s*(?:and|or) (?:(?P<up>above|over|up)|(?P<down>below|under|lower|down))\b)?"
)
_RANK_RANGE = re.compile(rf"([{_RANKS}])级(?:干部|人员|领导)?(?:及|和|或者?|\(含\))?(?:其|职务)?以([上下])")
# 2000元 and 2000 words are no years.
_YEAR = re.compile(
    rf"(?<![\d.,$€£¥])(?:19|20)\d\d(?![\d%]|{OF_A_THING}|[.,]\d|\s*(?:[元块万亿人个名位件册本卷套台部字米份张次间处平公千克吨]|余|多)"
    r"|\s+(?:euros?|dollars?|pounds?|yuan|words|people|pages|copies|items|metres?|km|kg)\b)"
)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a question expects of its answer."""

    kind: str
    """One of ``rag.answer_kinds``, or ``""``."""
    holds: re.Pattern[str]
    """What a normalised text must hold to be of that kind."""
    levels: tuple[str, ...]
    """Grades, classes and categories that the question names."""
    ordinals: frozenset[tuple[str, int | None]]
    """Steps, rounds and the like that it names by their number: 步 and 3 for 第三步."""
    years: tuple[str, ...]

    def is_met_by(self, text: str) -> bool:
        """Whether a text holds a thing of the kind that is asked for; always, where no kind is."""
        return bool(self.holds.search(normalize(text)))

    def gives_figure(self, text: str) -> bool:
        """Whether a text holds a sum, a share, a length of time or a point in time, where one is asked for."""
        return self.kind in FIGURES and self.is_met_by(text)

    def is_pointed_to_by(self, text: str) -> bool:
        """Whether a text says where the thing that is asked for stands: 具体见附件, "set out in Annex 2"."""
        return bool(self.kind and _ELSEWHERE.search(normalize(text)))

    def missing_levels(self, text: str) -> tuple[str, ...]:
        """Levels of the question that a text does not name, neither by themselves nor in a range of them.

        Sizes only where it names others: 大型活动 are activities too.
        """
        there = normalize(text)
        tight = re.sub(r"\s+", "", there)
        return tuple(
            level
            for level in self.levels
            if re.sub(r"\s+", "", level) not in tight
            and not _is_in_a_range(level, there)
            and (not _SIZE.fullmatch(level) or _SIZE.search(there))
        )

    def undefined_levels(self, text: str) -> tuple[str, ...]:
        """Missing levels that a text has others of the same sort of: 四类, where it has 一类 and 二类."""
        said = normalize(text)
        there = {_sort_of(level) for level in _LEVEL.findall(said)}
        there |= {_sort_of(f"{match['sort']} 1") for match in _LEVELS.finditer(said)}
        return tuple(level for level in self.missing_levels(text) if _sort_of(level) in there)

    def is_of_other_levels(self, text: str) -> bool:
        """Whether a text has levels of a sort that the question names, and none of that sort that it names."""
        undefined = self.undefined_levels(text)
        named = {sort: {level for level in self.levels if _sort_of(level) == sort} for sort in map(_sort_of, undefined)}
        return any(levels <= set(undefined) for levels in named.values())

    def other_ordinals(self, text: str) -> bool:
        """Whether a text has other steps, rounds … than the question names, and not those."""
        there = _ordinals(normalize(text))
        return any(one not in there and one[0] in {unit for unit, _ in there} for one in self.ordinals)

    def other_years(self, text: str) -> bool:
        """Whether the question gives years, the text gives years, and none is the same."""
        there = set(_YEAR.findall(normalize(text)))
        return bool(self.years and there and not there.intersection(self.years))


def _ordinals(text: str) -> frozenset[tuple[str, int | None]]:
    return frozenset((match["unit"], parse_numeral(match["n"] or "一")) for match in _ORDINAL.finditer(text))


def _sort_of(level: str) -> str:
    """What a level is a level of: 类 of 四类, "grade" of "grade b"."""
    if re.fullmatch(rf"(?:{_RANKED})级", level):
        return _RANKED
    return level.split()[0].removesuffix("y") if level.isascii() else level[-1]


def _is_in_a_range(level: str, text: str) -> bool:
    """Whether a text has a range of levels of the same sort (六级以上, grades 6 to 8); ranks must lie within it."""
    if level.isascii():
        ranges = [match for match in _LEVELS.finditer(text) if match["sort"] == _sort_of(level)]
        if ranges and level.split()[-1].isdecimal():
            at = int(level.split()[-1])
            return any(_includes(match, at) for match in ranges)
        return bool(re.search(rf"\b{re.escape(_sort_of(level))}(?:e?s|ies)\b", text))
    if level[0] in _RANKS and level.endswith("级"):
        return any(_outranks(level[0], end, way) for end, way in _RANK_RANGE.findall(text)) or "各级" in text
    unit = re.escape(level[-1])
    return bool(re.search(rf"{unit}(?:及|和|或者?|\(含\))?(?:其)?以[上下]|[至到—~-]\S{{1,3}}{unit}|各{unit}", text))


def _includes(levels: re.Match[str], at: int) -> bool:
    """Whether numbered levels (grades 5 to 8, grade 6 and above) include one."""
    first = int(levels["first"])
    if levels["up"] or levels["down"]:
        return at >= first if levels["up"] else at <= first
    return first <= at <= int(levels["last"] or first)


def _outranks(rank: str, end: str, way: str) -> bool:
    """Whether a rank lies above (or below) the end of a range."""
    at, limit = (_RANKS.index(one.replace("司", "局")) for one in (rank, end))
    return at <= limit if way == "上" else at >= limit


def expectation_of(question: str) -> Expectation:
    """Read what a question expects."""
    text = normalize(question)
    kind, holds = ("", re.compile("")) if asks_yes_or_no(question) else kind_of(text)
    return Expectation(
        kind,
        holds,
        tuple(dict.fromkeys(_LEVEL.findall(text))),
        _ordinals(text),
        tuple(dict.fromkeys(_YEAR.findall(text))),
    )
