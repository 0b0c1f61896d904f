"""Addresses in questions, and the sections they name: numbers are looked up, for embeddings do not know them.

Read are 第十二条, 第三章第二节, 三（七）, 第五条第二款第（三）项, 附件2, Article 12(3), section 4.2.1 and the like,
in full or half width, with Chinese, Arabic or Roman numerals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rag.numerals import NUMERAL_CHARS, parse_numeral
from rag.types import Section

_N = rf"[{NUMERAL_CHARS}0-9]+"
_ENGLISH = r"article|section|sec\.?|chapter|part|annex|appendix|schedule|clause|paragraph|para\.?|rule|attachment"
_PART = re.compile(
    rf"""
    第\s*[(]?\s*(?P<n>{_N})\s*[)]?\s*(?P<kind>分编|部分|编|章|节|条|款|项|目|点)(?:\s*之\s*(?P<sub>{_N}))?
    | (?P<annex>附件|附表|附录)\s*(?P<annex_n>{_N})
    | (?P<lead>(?<![\w第]){_N})\s*(?:[、.]\s*)?(?=[(]\s*{_N}\s*[)])
    | [(]\s*(?P<bracket>{_N}|[a-z]|[ivx]+)\s*[)]
    | (?:\b(?P<english>{_ENGLISH})|(?P<sign>§))\s*[(]?(?P<english_n>\d+(?:\.\d+)*|[ivxlc]+\b|[a-z]\b)
      (?:(?<=[(].)[)]|(?<=[(]..)[)])?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FILLER = re.compile(r"[\s的,，、]*(?:of|in|under)?\s*(?:the)?\s*")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_ANNEXES = {"附件", "附表", "附录", "annex", "appendix", "schedule", "attachment"}
_SAME = {"sec": "section", "sec.": "section", "para": "paragraph", "para.": "paragraph"}
_PRINTED = re.compile(
    rf"^(?:第\s*(?P<n>{_N})\s*(?P<kind>分编|部分|编|章|节|条|款|项|目)(?:\s*之\s*(?P<sub>{_N}))?"
    rf"|(?P<annex>附件|附表|附录)\s*[:：]?\s*(?P<annex_n>{_N})?|(?P<english>{_ENGLISH}|§)\s*(?P<english_n>[\w.]+))$",
    re.IGNORECASE,
)

Value = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One part of an address: its kind (``条``, ``article``, ``annex``; ``""`` for a bare number) and value."""

    kind: str
    value: Value


@dataclass(frozen=True, slots=True)
class Address:
    """Steps from the top down, and where they stand in the question."""

    steps: tuple[Step, ...]
    start: int
    end: int
    printed: str


def parse_addresses(question: str) -> tuple[Address, ...]:
    """All addresses in a question; parts that follow each other are one address.

    Offsets count in the NFKC form of the question.
    """
    text = unicodedata.normalize("NFKC", question)
    addresses: list[Address] = []
    steps: list[Step] = []
    start = end = 0
    for match in _PART.finditer(text):
        adjoining = steps and _FILLER.fullmatch(text, end, match.start())
        if match["bracket"] and not adjoining:
            continue
        if steps and not adjoining:
            addresses.append(Address(tuple(steps), start, end, text[start:end]))
            steps = []
        if not steps:
            start = match.start()
        steps.append(_step(match))
        end = match.end()
    if steps:
        addresses.append(Address(tuple(steps), start, end, text[start:end]))
    return tuple(_top_down(address) for address in addresses)


def resolve(address: Address, sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections of one document that an address names, in text order; usually one or none.

    The last step is the section's own number, the others are among its ancestors'. Where a document
    has no 条, 第三条 is taken to mean its third part. A 款 has no number of its own, so its 条 is named.
    """
    steps = [step for step in address.steps if step.kind != "款"]
    if not steps:
        return ()
    by_id = {section.id: section for section in sections}
    kinds = {printed_step(section.number).kind for section in sections}
    found = [s for s in sections if s.level > 0 and _names(steps, s, by_id, kinds)]
    if not found and len(steps) == 1 and steps[0].kind == "条" and "条" not in kinds:
        # Numbering that runs on through the parts: 第十条 is the tenth point, wherever it stands.
        running = [s for s in sections if s.level > 1 and printed_step(s.number) == Step("", steps[0].value)]
        return tuple(running) if len(running) == 1 else ()
    highest = min((section.level for section in found), default=0)
    return tuple(section for section in found if section.level == highest)


def nearest(address: Address, sections: Sequence[Section]) -> Section | None:
    """The section whose own number is closest to one that does not exist, of the same kind."""
    wanted = address.steps[-1]
    if not wanted.value[0].isdigit():
        return None
    of_kind = [
        (abs(int(step.value[0]) - int(wanted.value[0])), i)
        for i, section in enumerate(sections)
        if (step := printed_step(section.number)).kind == wanted.kind and step.value[:1] and step.value[0].isdigit()
    ]
    return sections[min(of_kind)[1]] if of_kind else None


def printed_step(number: str) -> Step:
    """A section's printed number as a step."""
    text = unicodedata.normalize("NFKC", number).strip()
    match = _PRINTED.match(text)
    if match is None:
        return Step("", _value(text))
    if match["n"]:
        return Step(match["kind"], _value(match["n"]) + (_value(match["sub"]) if match["sub"] else ()))
    if match["annex"]:
        return Step("annex", _value(match["annex_n"] or ""))
    kind = match["english"].lower()
    return Step("annex" if kind in _ANNEXES else _SAME.get(kind, kind), _value(match["english_n"]))


def _step(match: re.Match[str]) -> Step:
    if match["n"]:
        return Step(match["kind"], _value(match["n"]) + (_value(match["sub"]) if match["sub"] else ()))
    if match["annex"]:
        return Step("annex", _value(match["annex_n"]))
    if match["lead"] or match["bracket"]:
        return Step("", _value(match["lead"] or match["bracket"]))
    kind = (match["english"] or "section").lower()
    return Step("annex" if kind in _ANNEXES else _SAME.get(kind, kind), _value(match["english_n"]))


def _top_down(address: Address) -> Address:
    """``(3) of Article 12`` is not reordered, but ``paragraph 3 of article 12`` is."""
    if re.search(r"\b(?:of|in|under)\b", address.printed) and len(address.steps) > 1:
        return Address(tuple(reversed(address.steps)), address.start, address.end, address.printed)
    return address


def _value(text: str) -> Value:
    text = text.lower().strip("()")
    if re.fullmatch(r"\d+(?:\.\d+)+", text):
        return tuple(str(int(part)) for part in text.split("."))
    value = parse_numeral(text)
    return (str(value),) if value is not None else (text,)


def _names(steps: Sequence[Step], section: Section, by_id: dict[str, Section], kinds: set[str]) -> bool:
    """Whether the section's number and its ancestors' match the steps, bottom up."""
    remaining = list(steps)
    current: Section | None = section
    first = True
    while current is not None and current.level > 0 and remaining:
        matched = _matches(remaining[-1], printed_step(current.number), current.level, kinds)
        if matched:
            remaining.pop()
        elif first:
            return False
        first = False
        current = by_id.get(current.parent) if current.parent else None
    return not remaining


def _matches(wanted: Step, printed: Step, level: int, kinds: set[str]) -> bool:
    if not _same_value(wanted.value, printed.value):
        return False
    if wanted.kind == printed.kind:
        return True
    if wanted.kind in {"", "项", "点", "目", "paragraph", "clause"}:
        return printed.kind in {"", "项", "目"}
    if wanted.kind in {"section", "§", "part", "chapter", "rule"}:
        return printed.kind in {"", "section", "§"} and wanted.kind not in kinds - {printed.kind}
    if wanted.kind in {"条", "部分", "章"}:
        return printed.kind == "" and level == 1 and wanted.kind not in kinds
    return False


def _same_value(wanted: Value, printed: Value) -> bool:
    return wanted == printed or (len(wanted) == len(printed) == 1 and _roman(wanted[0]) == _roman(printed[0]))


def _roman(text: str) -> str:
    if not text or any(c not in _ROMAN for c in text) or (len(text) == 1 and text not in "ivx"):
        return text
    total = 0
    for c, following in zip(text, [*text[1:], ""], strict=True):
        value = _ROMAN[c]
        total += -value if following and _ROMAN[following] > value else value
    return str(total)
