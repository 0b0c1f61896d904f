"""The parts that addresses are joined from: one numeral with its kind, or several in a list or a range."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.numerals import NUMERAL_CHARS
from rag.spellings import ANNEXES, MAX_EXPANDED, Value, between, is_inserted, value_of

_MAX_LEAD = 60

_N = rf"(?:\d+(?:\.\d+)*|[{NUMERAL_CHARS}]+)"
_AND = r"\s*(?:、|,|和|与|及|以及|或者?|至|到|~|—+|–|-|\band\b|\bor\b|\bto\b|\bthrough\b|&)\s*"
RANGE = re.compile(r"\s*(?:至|到|~|—+|–|-|\bto\b|\bthrough\b)\s*")
_KINDS = (
    r"(?:条款|分编|部分(?!析)|编(?![辑制号码写外])|章(?!程)|节(?![能日约目水电假课气])|条(?![件例目理])"
    r"|款(?![项式待])|项(?!目)|目(?![标的录前])|点(?![钟半\d一二三四五六七八九])"
    r"|题(?!材)|问(?![题责卷询])|段落?)"
)
_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_ORDINALS = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
_E_N = rf"(?:\d+(?:\.\d+)*[a-z]?(?![a-z\d/])|[ivxlc]+\b|[a-z](?:\.\d+)*(?![\w'’])|(?:{_WORDS})\b)"
ENGLISH = {
    "article": r"articles?|arts?\.?",
    "section": r"sections?|secs?\.?",
    "chapter": r"chapters?|chaps?\.?|ch\.",
    "part": r"parts?",
    "division": r"divisions?",
    "title": r"titles?",
    "annex": r"annex(?:es)?|attachments?",
    "appendix": r"appendi(?:x|ces)|app\.",
    "schedule": r"schedules?|sched\.?",
    "exhibit": r"exhibits?",
    "clause": r"clauses?|cl\.",
    "rule": r"rules?",
    "subsection": r"sub-?sections?",
    "paragraph": r"paragraphs?|paras?\.?",
    "subparagraph": r"sub-?paragraphs?",
    "point": r"points?|items?",
}
_ENGLISH_KIND = {re.compile(pattern): kind for kind, pattern in ENGLISH.items()}
PART = re.compile(
    rf"""
    第\s*\(?\s*(?P<n>{_N})\s*\)?(?P<more>(?:{_AND}第?\s*\(?\s*{_N}\s*\)?)*)\s*(?P<kind>{_KINDS})
      (?:\s*之\s*(?P<sub>{_N})(?![次个]))?
    | (?P<annex>附件|附表|附录)\s*(?P<annex_n>\d+(?:[-.]\d+)?|[{NUMERAL_CHARS}]+|[a-z](?![a-z]))
      (?P<annex_more>(?:\s*(?:、|,|和|与|及|至|到)\s*(?:\d+|[{NUMERAL_CHARS}]+)(?!\s*[(部章节条款项]))*)(?!\s*[个份张页本])
    | (?<![第\da-z.{NUMERAL_CHARS}])(?P<bare>{_N})(?P<bare_more>(?:\s*[至到]\s*{_N})?)\s*(?P<bare_kind>{_KINDS})
      (?:\s*之\s*(?P<bare_sub>{_N})(?![次个]))?
    | (?<=\))\s*(?P<inner>\d{{1,2}}(?:{_AND}\d{{1,2}})*)(?!\d)\s*(?:点|[.、](?!\d))?
    | (?P<lead>(?<![第\da-z.{NUMERAL_CHARS}]){_N})\s*(?:[、.之]\s*)?(?=\(\s*(?:{_N}|[a-z])\s*\))
    | \(\s*(?P<bracket>{_N}|[ivx]+|[a-z]{{1,2}})\s*\)(?P<bracket_more>(?:{_AND}\(\s*(?:{_N}|[a-z]+)\s*\))*)
      (?P<bracket_kind>\s*[款项目点](?!目))?
    | (?:\b(?P<english>{"|".join(ENGLISH.values())})(?![a-z])|(?P<sign>§{{1,2}}))\s*
      (?P<e_n>\(\s*{_E_N}\s*\)|{_E_N})(?P<e_more>(?:{_AND}(?:\(\s*{_E_N}\s*\)|{_E_N}))*)
    | \b(?P<ordinal>{_ORDINALS})\s+(?P<ordinal_kind>paragraph|article|section|chapter|clause|rule|annex|point|item)\b
    | (?<![a-z\d.])(?P<decimal>\d{{1,2}}(?:\.\d{{1,3}}){{1,4}})(?![a-z\d%‰~]|\.\d)
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_SAME_UNIT = {"条款": "条", "段": "款", "段落": "款"}
_NUMBER = re.compile(rf"{_E_N}|{_N}", re.IGNORECASE | re.ASCII)
_LIST_WORDS = (
    (re.compile(r"\b(?:to|through)\b", re.IGNORECASE), "~"),
    (re.compile(r"\b(?:and|or)\b", re.IGNORECASE), "、"),
)
_EVERYDAY = frozenset({"part", "title", "division", "exhibit"})
FILLER = re.compile(
    rf"\s*(?:(?!\([{NUMERAL_CHARS}\d]+\))\([^()]{{2,20}}\))?\s*(?:(?:中|里|内|规定)?的|中|里|内|之|,|\bthe\b|,\s*the\b)?\s*"
)
TIGHT = re.compile(r"(?:[\s、.的“\"]|标[为作着]|编号为)*")
_CONNECTOR = re.compile(_AND)
_LATER_OF = re.compile(rf"\s*(?:of|in|under)\s+(?:the\s+)?(?:{'|'.join(ENGLISH.values())}|§)\s*\(?\w", re.IGNORECASE)
_GLOSSED = re.compile(r"\s*[个天日次年月元万亿人班级名份份%倍周小岁工件]")
_NOT_BEFORE = re.compile(
    r"(?:共|有|计|列|列出|列了|哪|几|等|这|那|前|后|新|了|余|约|近|达|满|说|写|提|分|成|为|每)\s*$"
)
_ASKED_AFTER = re.compile(
    rf"\s*(?:$|[?？。,，、;:（(]|的|说|讲|写|规定(?:了|什么|的|是|如何|怎)|怎么|是|里|中|内|第|呢|原文|全文|和|与|及|至|到|{_N}[款项])"
)
_SURELY_ASKED_AFTER = re.compile(r"\s*(?:$|[?？]|说|讲|写|规定了|规定什么|呢|原文|全文|的内容)")
_TOLD_AFTER = re.compile(r"\s*(?:的?内容|说|讲|写|规定了?(?:什么|的?是|哪)|原文|全文)")
_NAMED_BEFORE = re.compile(
    r"(?:\s|[》,，、(]|法|办法|条例|规定|细则|制度|规则|章程|方案|通知|意见|要点|按照|依照|根据|依据)的?\s*$"
)
_VERSION_BEFORE = re.compile(
    r"(?:version|ver\.?|\bv|release|python|ip|(?<!what )(?<!how )about|than|to|by|over"
    r"|版本?|约|达|为|至|到|共|近|超过|增长|增加|下降|第)\s*$",
    re.IGNORECASE,
)
_UNIT_AFTER = re.compile(
    r"\s*(?:[元万亿倍米吨度岁年月日天号人次分个版级%‰℃公平小亩户万千百美欧]|percent|per cent|million|billion"
    r"|days?|hours?|years?|weeks?|months?|times|euros?|dollars?|usd|eur|kg|km|gb|mb|release|version)",
    re.IGNORECASE,
)
_CITED_BEFORE = re.compile(
    r"(?:^|[》,，(]|那么?|\b(?:in|under|of|per|see|does|and|or|(?:what|how) about)"
    r"|按照?|依照|根据|依据|的|见|和|与)\s*$",
    re.IGNORECASE,
)
_LETTER_AFTER = re.compile(
    r"\s*(?:$|[^\sa-z]|(?:of|in|to|and|or|is|are|says?|states?|requires?|covers?|contains?|lists?|appl|provide|set|mean)\b)"
)
RANKS = {
    **dict.fromkeys(ANNEXES, 0), "编": 1, "title": 1, "分编": 2, "部分": 2, "part": 2, "division": 2, "章": 3,
    "chapter": 3, "节": 4, "条": 5, "article": 5, "section": 5, "clause": 5, "rule": 5, "款": 6, "subsection": 6,
    "paragraph": 6, "": 6, "项": 7, "point": 7, "subparagraph": 7, "点": 7, "题": 7, "问": 7, "目": 8,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One numeral with its kind, or several in a list or a range."""

    kind: str
    values: tuple[Value, ...]
    start: int
    end: int
    sure: bool = True
    lead: bool = False
    bracket: str = ""
    """How a numeral in brackets is written: （一）（三） are siblings, （一）（1） is nested."""


def part_of(match: re.Match[str], text: str, before: Sequence[Part]) -> Part | None:
    """What a match says after the parts ``before`` it of its address; None where it only looks like one."""
    start, end = match.span()
    if match["n"]:
        kind = _SAME_UNIT.get(match["kind"], match["kind"])
        point = kind == "条" and "(" in match.group()  # no article's number stands in brackets: 第三部分第(六)条
        return Part(
            "" if point else kind,
            _values(match["n"] + match["more"], match["sub"]),
            start,
            end,
            bracket=_style(match["n"]) if point else "",
        )
    if match["annex"]:
        return Part(ANNEXES[match["annex"]], _values(match["annex_n"] + match["annex_more"]), start, end)
    if match["ordinal"]:
        value = str(_ORDINALS.split("|").index(match["ordinal"].lower()) + 1)
        return Part(_english_kind(match["ordinal_kind"]), ((value,),), start, end, sure=False)
    readers = {"bare": _bare, "lead": _lead, "bracket": _bracket, "inner": _inner, "decimal": _decimal}
    for group, read in readers.items():
        if match[group]:
            return read(match, text, before)
    return _english(match, text)


def _bracket(match: re.Match[str], text: str, before: Sequence[Part]) -> Part | None:
    """(b) after an address, or before the one that it belongs to; other brackets are just brackets."""
    start, end = match.span()
    adjoining = before and TIGHT.fullmatch(text, before[-1].end, start)
    if not adjoining and not _LATER_OF.match(text, end) and not _continued(before, text, start):
        return None
    kind = (match["bracket_kind"] or "").strip()
    return Part(kind, _values(match["bracket"] + match["bracket_more"]), start, end, bracket=_style(match["bracket"]))


def _style(numeral: str) -> str:
    if numeral.isdecimal():
        return "arabic"
    if not numeral.isascii():
        return "chinese"
    return "roman" if set(numeral.lower()) <= set("ivx") else "letter"


def _inner(match: re.Match[str], text: str, before: Sequence[Part]) -> Part | None:
    """2 of 三（二）2: a figure without brackets below one in brackets."""
    start, end = match.span()
    if not before or not before[-1].bracket or before[-1].end != start or not _ASKED_AFTER.match(text, end):
        return None
    return Part("", _values(match["inner"]), start, end, bracket="bare")


def _bare(match: re.Match[str], text: str, before: Sequence[Part]) -> Part | None:
    """五条 without 第: a part of the address before it, or by its context."""
    start, end = match.span()
    kind = _SAME_UNIT.get(match["bare_kind"], match["bare_kind"])
    values = _values(match["bare"] + match["bare_more"], match["bare_sub"])
    if before and FILLER.fullmatch(text, before[-1].end, start) and RANKS[kind] > RANKS[before[-1].kind]:
        return Part(kind, values, start, end)
    decimal = len(values[0]) > 1 and not match["bare_sub"]
    if kind != "条" and not (decimal and kind in "节章"):
        return None
    if (not decimal and _NOT_BEFORE.search(text, 0, start)) or not _ASKED_AFTER.match(text, end):
        return None
    named = _NAMED_BEFORE.search(text[:start]) or (not text[:start].strip() and _SURELY_ASKED_AFTER.match(text, end))
    return Part(kind, values, start, end, sure=bool(named) or decimal)


def _lead(match: re.Match[str], text: str, before: Sequence[Part]) -> Part | None:
    """三 of 三（七）; 三（3）个工作日 is a figure said twice."""
    start, end = match.span()
    value = value_of(match["lead"])
    following = PART.match(text, end)
    if following is None or not following["bracket"] or (int(value[0]) if value[0].isdigit() else 0) > _MAX_LEAD:
        return None
    if _GLOSSED.match(text, following.end()):
        return None
    kind = ""
    if before and _CONNECTOR.fullmatch(text, before[-1].end, start) and before[0].kind in ENGLISH:
        kind = before[0].kind  # Articles 3(1) and 5(2)
    return Part(kind, (value,), start, end, sure=not match["lead"].isdigit() or bool(kind), lead=True)


def _decimal(match: re.Match[str], text: str, _before: Sequence[Part]) -> Part | None:
    """4.2.1, where it is no version, amount or date."""
    start, end = match.span()
    value = value_of(match["decimal"])
    if _VERSION_BEFORE.search(text[:start]) or _UNIT_AFTER.match(text, end):
        return None
    cited = bool(_CITED_BEFORE.search(text[:start]) or _TOLD_AFTER.match(text, end))
    if (len(value) == 2 and not cited) or "0" in value:
        return None
    return Part("section", (value,), start, end, sure=len(value) > 2)


def _english(match: re.Match[str], text: str) -> Part | None:
    start, end = match.span()
    word = (match["english"] or "section").lower()
    kind = _english_kind(word)
    sure = True
    first = match["e_n"].strip("() ")
    if first.isalpha() and value_of(first)[0] == first.lower() and len(first) > 1:
        return None  # section ill, part civil: letters that are no numeral
    if len(first) == 1 and first.isalpha() and "(" not in match["e_n"]:
        alone = first.isupper() or first.lower() not in "ai" or bool(_LETTER_AFTER.match(text, end))
        if not alone or not (_LETTER_AFTER.match(text, end) or kind in ANNEXES.values()):
            return None
        sure = kind in ANNEXES.values() and first.isupper()
    if word in {"art", "arts"} or (kind in _EVERYDAY and match["english"].islower()):
        sure = False  # state of the art 3, part 2 of the form
    return Part(kind, _values(match["e_n"] + match["e_more"]), start, end, sure=sure)


def _english_kind(word: str) -> str:
    return next(kind for pattern, kind in _ENGLISH_KIND.items() if pattern.fullmatch(word.lower()))


def _values(printed: str, sub: str | None = None) -> tuple[Value, ...]:
    """The numbers of a list, ranges filled in; ``sub`` is what follows 之."""
    values: list[Value] = []
    end = 0
    for words, sign in _LIST_WORDS:
        printed = words.sub(sign, printed)
    for match in _NUMBER.finditer(printed):
        value = value_of(match.group())
        gap = re.sub(r"[()第\s]", "", printed[end : match.start()])
        if values and gap == "-" and is_inserted(values[-1], value):
            values[-1] += value
        else:
            values += between(values[-1], value) if values and RANGE.match(gap) else []
            values.append(value)
        end = match.end()
    if sub:
        values[-1] = (*values[-1], *value_of(sub))
    return tuple(dict.fromkeys(values))[:MAX_EXPANDED]


def _continued(before: Sequence[Part], text: str, start: int) -> bool:
    """Whether a bracket goes on with a list of brackets: Article 12(3)(a) and, later, (b)."""
    return bool(before and before[-1].bracket and _CONNECTOR.fullmatch(text, before[-1].end, start))
