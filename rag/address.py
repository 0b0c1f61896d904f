"""Addresses in questions: numbers are read in code, for embeddings do not know them.

Read are 第十二条, 第三至五条, 第三章第二节, 三（七）, 第五条第二款第（三）项, 附件2, Article 12(3)(b), articles 3 to 5,
section 4.2.1, paragraph 3 of Article 12 and the like, in full or half width, with Chinese, Arabic, Roman or
circled numerals. What they name is looked up by ``rag.clauses``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from rag.numerals import NUMERAL_CHARS
from rag.spellings import ANNEXES, MAX_EXPANDED, Step, Value, between, is_inserted, printed_step, spelled, value_of

__all__ = ["Address", "Step", "parse_addresses", "printed_step", "rank"]

_MAX_LEAD = 60

_N = rf"(?:\d+(?:\.\d+)*|[{NUMERAL_CHARS}]+)"
_AND = r"\s*(?:、|,|和|与|及|以及|或者?|至|到|~|—+|–|-|\band\b|\bor\b|\bto\b|\bthrough\b|&)\s*"
_RANGE = re.compile(r"\s*(?:至|到|~|—+|–|-|\bto\b|\bthrough\b)\s*")
_KINDS = (
    r"(?:条款|分编|部分(?!析)|编(?![辑制号码写外])|章(?!程)|节(?![能日约目水电假课气])|条(?![件例目理])"
    r"|款(?![项式待])|项(?!目)|目(?![标的录前])|点(?![钟半\d一二三四五六七八九]))"
)
_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_E_N = rf"(?:\d+(?:\.\d+)*[a-z]?(?![a-z\d/])|[ivxlc]+\b|[a-z](?:\.\d+)*(?![\w'’])|(?:{_WORDS})\b)"
_ENGLISH = {
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
_ENGLISH_KIND = {re.compile(pattern): kind for kind, pattern in _ENGLISH.items()}
_PART = re.compile(
    rf"""
    第\s*\(?\s*(?P<n>{_N})\s*\)?(?P<more>(?:{_AND}第?\s*\(?\s*{_N}\s*\)?)*)\s*(?P<kind>{_KINDS})
      (?:\s*之\s*(?P<sub>{_N})(?![次个]))?
    | (?P<annex>附件|附表|附录)\s*(?P<annex_n>\d+(?:[-.]\d+)?|[{NUMERAL_CHARS}]+|[a-z](?![a-z]))
      (?P<annex_more>(?:\s*(?:、|,|和|与|及|至|到)\s*(?:\d+|[{NUMERAL_CHARS}]+)(?!\s*[(部章节条款项]))*)(?!\s*[个份张页本])
    | (?<![第\da-z.{NUMERAL_CHARS}])(?P<bare>{_N})(?P<bare_more>(?:\s*[至到]\s*{_N})?)\s*(?P<bare_kind>{_KINDS})
      (?:\s*之\s*(?P<bare_sub>{_N})(?![次个]))?
    | (?P<lead>(?<![第\da-z.{NUMERAL_CHARS}]){_N})\s*(?:[、.之]\s*)?(?=\(\s*(?:{_N}|[a-z])\s*\))
    | \(\s*(?P<bracket>{_N}|[ivx]+|[a-z]{{1,2}})\s*\)(?P<bracket_more>(?:{_AND}\(\s*(?:{_N}|[a-z]+)\s*\))*)
      (?P<bracket_kind>\s*[款项目点](?!目))?
    | (?:\b(?P<english>{"|".join(_ENGLISH.values())})(?![a-z])|(?P<sign>§{{1,2}}))\s*
      (?P<e_n>\(\s*{_E_N}\s*\)|{_E_N})(?P<e_more>(?:{_AND}(?:\(\s*{_E_N}\s*\)|{_E_N}))*)
    | (?<![a-z\d.])(?P<decimal>\d{{1,2}}(?:\.\d{{1,3}}){{1,4}})(?![a-z\d%‰~]|\.\d)
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_NUMBER = re.compile(rf"{_E_N}|{_N}", re.IGNORECASE | re.ASCII)
_LIST_WORDS = (
    (re.compile(r"\b(?:to|through)\b", re.IGNORECASE), "~"),
    (re.compile(r"\b(?:and|or)\b", re.IGNORECASE), "、"),
)
_EVERYDAY = frozenset({"part", "title", "division", "exhibit"})
_CJK = re.compile(r"[㐀-鿿]")
_FILLER = re.compile(
    rf"\s*(?:(?!\([{NUMERAL_CHARS}\d]+\))\([^()]{{2,20}}\))?\s*(?:(?:中|里|内|规定)?的|中|里|内|之|,|\bthe\b|,\s*the\b)?\s*"
)
_TIGHT = re.compile(r"[\s、.的]*")
_CONNECTOR = re.compile(_AND)
_OF = re.compile(r"\s*,?\s*(?:of|in|under)\s+(?:the\s+)?")
_LATER_OF = re.compile(rf"\s*(?:of|in|under)\s+(?:the\s+)?(?:{'|'.join(_ENGLISH.values())}|§)\s*\(?\w", re.IGNORECASE)
_GLOSSED = re.compile(r"\s*[个天日次年月元万亿人班级名份份%倍周小岁工件]")
_NOT_BEFORE = re.compile(
    r"(?:共|有|计|列|列出|列了|哪|几|等|这|那|前|后|新|了|余|约|近|达|满|说|写|提|分|成|为|每)\s*$"
)
_ASKED_AFTER = re.compile(
    rf"\s*(?:$|[?？。,，、;:（(]|的|说|讲|写|规定(?:了|什么|的|是|如何|怎)|怎么|是|里|中|内|第|呢|原文|全文|和|与|及|至|到|{_N}[款项])"
)
_SURELY_ASKED_AFTER = re.compile(r"\s*(?:$|[?？]|说|讲|写|规定了|规定什么|呢|原文|全文|的内容)")
_NAMED_BEFORE = re.compile(
    r"(?:\s|[》,，、(]|法|办法|条例|规定|细则|制度|规则|章程|方案|通知|意见|要点|按照|依照|根据|依据)的?\s*$"
)
_VERSION_BEFORE = re.compile(
    r"(?:version|ver\.?|\bv|release|python|ip|about|than|to|by|over|版本?|约|达|为|至|到|共|近|超过|增长|增加|下降|第)\s*$",
    re.IGNORECASE,
)
_UNIT_AFTER = re.compile(
    r"\s*(?:[元万亿倍米吨度岁年月日天号人次分个版级%‰℃公平小亩户万千百美欧]|percent|per cent|million|billion"
    r"|days?|hours?|years?|weeks?|months?|times|euros?|dollars?|usd|eur|kg|km|gb|mb|release|version)",
    re.IGNORECASE,
)
_CITED_BEFORE = re.compile(
    r"(?:^|[》,，(]|\b(?:in|under|of|per|see|does|and|or)|按照?|依照|根据|依据|的|见|和|与)\s*$", re.IGNORECASE
)
_LETTER_AFTER = re.compile(
    r"\s*(?:$|[^\sa-z]|(?:of|in|to|and|or|is|are|says?|states?|requires?|covers?|contains?|lists?|appl|provide|set|mean)\b)"
)
_FOLD = str.maketrans("條項節編點錄篇", "条项节编点录编") | {
    **{0x2460 + i: f"({i + 1})" for i in range(20)},
    ord("，"): ",",
}
_RANKS = {
    **dict.fromkeys(ANNEXES, 0), "编": 1, "title": 1, "分编": 2, "部分": 2, "part": 2, "division": 2, "章": 3,
    "chapter": 3, "节": 4, "条": 5, "article": 5, "section": 5, "clause": 5, "rule": 5, "款": 6, "subsection": 6,
    "paragraph": 6, "": 6, "项": 7, "point": 7, "subparagraph": 7, "点": 7, "目": 8,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Address:
    """Steps from the top down, and where they stand in the question."""

    steps: tuple[Step, ...]
    start: int
    end: int
    printed: str
    """As the question has it; one of a list or range is spelled out."""
    source: str = ""
    """The question's words between ``start`` and ``end``."""
    sure: bool = True
    """Whether it can be nothing else; an unsure one (``4.2``, ``五条``) counts only where it is found."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One numeral with its kind, or several in a list or a range."""

    kind: str
    values: tuple[Value, ...]
    start: int
    end: int
    sure: bool = True
    lead: bool = False
    bracket: bool = False


@dataclass(slots=True)
class _Chain:
    """Parts of one address from the top down; ``below`` are those that an ``of`` put before it."""

    parts: list[_Part]
    start: int
    end: int
    prefix: tuple[_Part, ...] = ()
    below: tuple[_Chain, ...] = ()


def parse_addresses(question: str) -> tuple[Address, ...]:
    """All addresses of a question in order; parts that follow each other are one, lists and ranges are several."""
    text, offsets = _folded(question)
    chains: list[_Chain] = []
    for match in _PART.finditer(text):
        last = chains[-1] if chains else None
        part = _part(match, text, last)
        if part is not None and not (last and _joined(last, part, text)):
            _begin(chains, part, text)
    found: list[Address] = []
    for chain in chains:
        for parts in _unfolded(chain):
            found += _addresses(parts, chain, question, offsets)
    return tuple(found[: 3 * MAX_EXPANDED])


def rank(step: Step) -> int:
    """How far down in a document a step's kind stands: annex 0 … 目 8."""
    return _RANKS.get(step.kind, 6)


def _folded(question: str) -> tuple[str, list[int]]:
    """The question in NFKC, simplified units and bracketed circled numerals; for each character where it came from."""
    folded: list[str] = []
    offsets: list[int] = []
    for i, c in enumerate(question):
        form = unicodedata.normalize("NFKC", c.translate(_FOLD)).translate(_FOLD)
        folded.append(form)
        offsets += [i] * len(form)
    return "".join(folded), [*offsets, len(question)]


def _part(match: re.Match[str], text: str, last: _Chain | None) -> _Part | None:
    """What a match says; None where it only looks like an address."""
    start, end = match.span()
    if match["n"]:
        kind = match["kind"].replace("条款", "条")
        point = kind == "条" and "(" in match.group()  # no article's number stands in brackets: 第三部分第(六)条
        return _Part(
            "" if point else kind, _values(match["n"] + match["more"], match["sub"]), start, end, bracket=point
        )
    if match["annex"]:
        return _Part(ANNEXES[match["annex"]], _values(match["annex_n"] + match["annex_more"]), start, end)
    for group, read in (("bare", _bare), ("lead", _lead), ("bracket", _bracket), ("decimal", _decimal)):
        if match[group]:
            return read(match, text, last)
    return _english(match, text)


def _bracket(match: re.Match[str], text: str, last: _Chain | None) -> _Part | None:
    """(b) after an address, or before the one that it belongs to; other brackets are just brackets."""
    start, end = match.span()
    adjoining = last is not None and _TIGHT.fullmatch(text, last.end, start)
    if not adjoining and not _LATER_OF.match(text, end) and not _continued(last, text, start):
        return None
    kind = (match["bracket_kind"] or "").strip()
    return _Part(kind, _values(match["bracket"] + match["bracket_more"]), start, end, bracket=True)


def _bare(match: re.Match[str], text: str, last: _Chain | None) -> _Part | None:
    """五条 without 第: a part of the address before it, or by its context."""
    start, end = match.span()
    kind = match["bare_kind"].replace("条款", "条")
    values = _values(match["bare"] + match["bare_more"], match["bare_sub"])
    if last and _FILLER.fullmatch(text, last.end, start) and _RANKS[kind] > _RANKS[last.parts[-1].kind]:
        return _Part(kind, values, start, end)
    decimal = len(values[0]) > 1 and not match["bare_sub"]
    if kind != "条" and not (decimal and kind in "节章"):
        return None
    if _NOT_BEFORE.search(text, 0, start) or not _ASKED_AFTER.match(text, end):
        return None
    before = text[:start]
    named = _NAMED_BEFORE.search(before) or (not before.strip() and _SURELY_ASKED_AFTER.match(text, end))
    return _Part(kind, values, start, end, sure=bool(named) or decimal)


def _lead(match: re.Match[str], text: str, last: _Chain | None) -> _Part | None:
    """三 of 三（七）; 三（3）个工作日 is a figure said twice."""
    start, end = match.span()
    value = value_of(match["lead"])
    following = _PART.match(text, end)
    if following is None or not following["bracket"] or (int(value[0]) if value[0].isdigit() else 0) > _MAX_LEAD:
        return None
    if _GLOSSED.match(text, following.end()):
        return None
    kind = ""
    if last and _CONNECTOR.fullmatch(text, last.end, start) and last.parts[0].kind in _ENGLISH:
        kind = last.parts[0].kind  # Articles 3(1) and 5(2)
    return _Part(kind, (value,), start, end, sure=not match["lead"].isdigit() or bool(kind), lead=True)


def _decimal(match: re.Match[str], text: str, _last: _Chain | None) -> _Part | None:
    """4.2.1, where it is no version, amount or date."""
    start, end = match.span()
    value = value_of(match["decimal"])
    if _VERSION_BEFORE.search(text[:start]) or _UNIT_AFTER.match(text, end):
        return None
    cited = bool(_CITED_BEFORE.search(text[:start]))
    if (len(value) == 2 and not cited) or "0" in value:
        return None
    return _Part("section", (value,), start, end, sure=len(value) > 2)


def _english(match: re.Match[str], text: str) -> _Part | None:
    start, end = match.span()
    word = (match["english"] or "section").lower()
    kind = next((kind for pattern, kind in _ENGLISH_KIND.items() if pattern.fullmatch(word)), "section")
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
    return _Part(kind, _values(match["e_n"] + match["e_more"]), start, end, sure=sure)


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
            values += between(values[-1], value) if values and _RANGE.match(gap) else []
            values.append(value)
        end = match.end()
    if sub:
        values[-1] = (*values[-1], *value_of(sub))
    return tuple(dict.fromkeys(values))[:MAX_EXPANDED]


def _joined(chain: _Chain, part: _Part, text: str) -> bool:
    """Append a part to the chain before it, if it goes on with it."""
    last = chain.parts[-1]
    gap = text[chain.end : part.start]
    if part.bracket:
        fits = bool(_TIGHT.fullmatch(gap))
    elif part.lead:
        fits = bool(_FILLER.fullmatch(gap)) and _RANKS[last.kind] < 5 and "," not in gap
    else:
        deeper = _RANKS[part.kind] > _RANKS[last.kind] or (
            _RANKS[part.kind] == _RANKS[last.kind] and {part.kind, last.kind} != {last.kind} and part.kind != ""
        )
        listed = "," in gap and _RANKS[part.kind] <= 5 and part.kind not in _ENGLISH
        fits = bool(_FILLER.fullmatch(gap)) and deeper and not listed
    if fits:
        chain.parts.append(part)
        chain.end = part.end
        return True
    if last.kind == part.kind and not part.bracket and _RANGE.fullmatch(gap) and len(part.values) == 1:
        chain.parts[-1] = replace(
            last, values=(*last.values, *between(last.values[-1], part.values[0]), part.values[0]), end=part.end
        )
        chain.end = part.end
        return True
    return False


def _begin(chains: list[_Chain], part: _Part, text: str) -> None:
    """A new chain; what it leaves unsaid comes from the one before."""
    chain = _Chain([part], part.start, part.end)
    last = chains[-1] if chains else None
    if last is not None:
        gap = text[last.end : part.start]
        if _OF.fullmatch(gap) and (
            _RANKS[part.kind] < _RANKS[last.parts[0].kind]
            or (last.parts[0].kind != part.kind and _RANKS[part.kind] == _RANKS[last.parts[0].kind])
        ):
            chains.pop()
            chain.below = (*last.below, last)
            chain.start = last.start
        elif _RANKS[part.kind] > 5 and not part.lead:
            chain.prefix = _above(part, (*last.prefix, *last.parts))
    chains.append(chain)


def _above(part: _Part, parts: Sequence[_Part]) -> tuple[_Part, ...]:
    """The parts of an earlier address under which a later, lower one stands."""
    if part.bracket:
        cut = next((i for i, p in enumerate(parts) if p.bracket and _alike(p, part)), len(parts))
    else:
        cut = next((i for i, p in enumerate(parts) if _RANKS[p.kind] >= _RANKS[part.kind]), len(parts))
    return tuple(replace(p, values=p.values[-1:]) for p in parts[:cut])


def _alike(one: _Part, other: _Part) -> bool:
    return one.values[0][0].isdigit() == other.values[0][0].isdigit()


def _continued(last: _Chain | None, text: str, start: int) -> bool:
    """Whether a bracket goes on with a list of brackets: Article 12(3)(a) and, later, (b)."""
    return bool(last and last.parts[-1].bracket and _CONNECTOR.fullmatch(text, last.end, start))


def _unfolded(chain: _Chain) -> list[list[_Part]]:
    """The chains that a chain stands for: 3 and 5(2) is 3, and (2) of 5."""
    own = [*chain.prefix, *chain.parts]
    chains = [[*own, *below.prefix, *below.parts] for below in chain.below] or [own]
    for i, part in enumerate(own[:-1]):
        if len(part.values) > 1 and own[i + 1].bracket and not chain.below:
            earlier = [*own[:i], replace(part, values=part.values[:-1])]
            return [earlier, [*own[:i], replace(part, values=part.values[-1:]), *own[i + 1 :]]]
    return chains


def _addresses(parts: Sequence[_Part], chain: _Chain, question: str, offsets: Sequence[int]) -> list[Address]:
    start, end = offsets[chain.start], offsets[chain.end - 1] + 1
    source = question[start:end]
    alone = _RANKS[parts[0].kind] > 5 and not parts[0].lead  # 第二款: of what, nobody knows
    sure = not alone and all(part.sure for part in parts)
    combined = [
        tuple(Step(part.kind, value) for part, value in zip(parts, values, strict=True))
        for values in product(*(part.values for part in parts))
    ][:MAX_EXPANDED]
    spelled_out = (
        len(combined) > 1
        or any(len(part.values) > 1 for part in chain.parts)
        or bool(chain.prefix)
        or bool(chain.below and len(chain.below) > 1)
    )
    chinese = bool(_CJK.search(source))
    return [
        Address(steps, start, end, spelled(steps, chinese=chinese) if spelled_out else source, source, sure)
        for steps in combined
    ]
