"""The numbers of clauses, one by one: from their printed forms to values, and back to every form in use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce

from rag.numerals import NUMERAL_CHARS, parse_numeral

Value = tuple[str, ...]
"""``("12",)``, ``("4", "2", "1")``, 之一 as a second number, letters and words as they are, in lower case."""

ANNEXES = {
    "附件": "annex", "附": "annex", "附表": "schedule", "附录": "appendix", "annex": "annex", "attachment": "annex",
    "appendix": "appendix", "schedule": "schedule", "exhibit": "exhibit",
}  # fmt: skip
"""Printed word → kind."""
PARAGRAPHS = frozenset({"款", "paragraph", "subsection"})
"""Kinds that also name paragraphs without a number, by counting."""
CHINESE_UNITS = frozenset({"编", "分编", "部分", "章", "节", "条", "款", "项", "目", "点", "题", "问"})

_N = rf"[{NUMERAL_CHARS}0-9.]+"
_HEADS = "article|section|chapter|part|division|title|annex|appendix|schedule|exhibit|attachment|clause|paragraph|rule"
_PRINTED = re.compile(
    rf"^(?:第\s*(?P<n>{_N}(?:-\d+)?)\s*(?P<kind>分编|部分|编|章|节|条|款|项|目|点)(?:\s*之\s*(?P<sub>{_N}))?"
    rf"|(?P<annex>附件|附表|附录|附)\s*[:：]?\s*(?P<annex_n>\d+(?:[-.]\d+)?|[{NUMERAL_CHARS}]+|[a-z])?"
    rf"|(?P<english>{_HEADS}|§)\s*(?P<english_n>[\w.]+))$",
    re.IGNORECASE,
)
_AROUND = re.compile(rf"^[(]|[).,、:：]+$|^(?:q|question|[问問][题題]?)\s*(?=[\d{NUMERAL_CHARS}])", re.IGNORECASE)
"""What stands around a numeral and tells no kind: brackets, and the ``Q`` of a question."""
_UNITS = str.maketrans("條項節編點錄篇", "条项节编点录编")
_TRADITIONAL = {"条": "條", "节": "節", "编": "編", "分编": "分編"}
_ROMAN = re.compile(r"(?=[ivxlc])(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})|c{1,3}")
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_ROMAN_FIGURES = {"i": "1", "v": "5", "x": "10"}
_ROMAN_PARTS = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_DIGITS = "零一二三四五六七八九"
_SAME_KIND = {
    "条": ("article",), "article": ("条",), "章": ("chapter",), "chapter": ("章",), "部分": ("part",),
    "part": ("部分", "编"), "编": ("part", "title"), "title": ("编",), "节": ("section",), "section": ("节",),
}  # fmt: skip
_SMALL = frozenset(
    {"", "项", "点", "题", "问", "目", "款", "paragraph", "subparagraph", "subsection", "point", "clause"}
)
_LARGE = frozenset({"section", "part", "chapter", "rule", "clause", "article", "division", "title"})
_TOP = frozenset({"条", "部分", "章", "编", "article", "part", "chapter"})
_MAX_ROMAN = 100
MAX_EXPANDED = 20
"""Of a range so many numbers are looked up at most."""


@dataclass(frozen=True, slots=True)
class Step:
    """One part of an address: its kind (``条``, ``article``, ``annex``; ``""`` for a bare number) and value."""

    kind: str
    value: Value


@lru_cache(maxsize=65536)
def printed_step(number: str) -> Step:
    """A section's printed number, or an item's marker, as a step."""
    text = unicodedata.normalize("NFKC", number).translate(_UNITS).strip()
    match = _PRINTED.match(text)
    if match is None:
        return Step("", value_of(_AROUND.sub("", text)))
    if match["n"]:
        return Step(match["kind"], value_of(match["n"]) + (value_of(match["sub"]) if match["sub"] else ()))
    if match["annex"]:
        return Step(ANNEXES[match["annex"]], value_of(match["annex_n"] or ""))
    kind = match["english"].lower()
    return Step("section" if kind == "§" else ANNEXES.get(kind, kind), value_of(match["english_n"]))


def value_of(printed: str) -> Value:
    """A numeral in any form as a value; Roman numerals of several letters become figures, a lone letter stays."""
    text = unicodedata.normalize("NFKC", printed).lower().strip("() .、")
    if re.fullmatch(r"\d+(?:[.-]\d+)+", text):
        return tuple(str(int(part)) for part in re.split(r"[.-]", text))
    value = parse_numeral(text)
    if value is not None:
        return (str(value),)
    if text in _WORDS:
        return (str(_WORDS.index(text) + 1),)
    if len(text) > 1 and _ROMAN.fullmatch(text):
        return (str(_roman_value(text)),)
    return tuple(text.split(".")) if re.fullmatch(r"[a-z](?:\.\d+)+", text) else (text,)


def same_value(wanted: Value, printed: Value) -> bool:
    """Whether two values may be one: a lone ``i``, ``v``, ``x`` is a letter or a figure."""
    if wanted == printed:
        return True
    return figure(wanted) == figure(printed)


def figure(value: Value) -> Value:
    """The value with a lone ``i``, ``v`` or ``x`` as the figure that it may be."""
    return (_ROMAN_FIGURES.get(value[0], value[0]),) if len(value) == 1 else value


def ordinal(value: Value) -> tuple[int, ...] | None:
    """A value as whole numbers to measure distances by; letters by their place in the alphabet."""
    numbers: list[int] = []
    for part in value:
        if part.isdigit():
            numbers.append(int(part))
        elif re.fullmatch(r"[a-z]", part):
            numbers.append(ord(part) - 96)
        else:
            return None
    return tuple(numbers) or None


def between(low: Value, high: Value) -> list[Value]:
    """What a range leaves unsaid between its ends, which differ in their last number only."""
    first, last = ordinal(low), ordinal(high)
    if first is None or last is None or first[:-1] != last[:-1] or low[:-1] != high[:-1]:
        return []
    inner = range(first[-1] + 1, min(last[-1], first[-1] + MAX_EXPANDED))
    letters = not low[-1].isdigit()
    return [(*low[:-1], chr(96 + n) if letters else str(n)) for n in inner]


def is_inserted(number: Value, behind: Value) -> bool:
    """Whether ``2-1`` names the article inserted after 2 (第2-1條): a range goes upwards."""
    low, high = ordinal(number), ordinal(behind)
    return low is not None and high is not None and len(low) == len(high) == 1 and high <= low


def matches(wanted: Step, printed: Step) -> bool:
    """Whether a printed number is what a step names, kinds taken strictly (条 is article, 章 is chapter)."""
    if not same_value(wanted.value, printed.value):
        return False
    if wanted.kind == printed.kind or printed.kind in _SAME_KIND.get(wanted.kind, ()):
        return True
    if wanted.kind in _SMALL and printed.kind in {"", "项", "目", "点", "clause", "paragraph"}:
        return True
    return len(wanted.value) > 1 and wanted.kind in _LARGE and printed.kind in {"", *_LARGE}


def may_match(wanted: Step, printed: Step, kinds: frozenset[str], *, top: bool) -> bool:
    """As ``matches``, where the document has nothing of the wanted kind: its own numbers stand in for it.

    ``kinds`` are those that the document has, ``top`` is whether the printed one is a main part of it.
    """
    if matches(wanted, printed):
        return True
    annexes = wanted.kind in ANNEXES.values() and printed.kind in ANNEXES.values()
    if annexes and wanted.value == ("1",) and printed.value == ("",):
        return True  # the only annex goes without a number
    if not same_value(wanted.value, printed.value) or kinds & {wanted.kind, *_SAME_KIND.get(wanted.kind, ())}:
        return False
    if wanted.kind in _TOP and top:
        return printed.kind == ""
    return annexes or (
        wanted.kind in {"section", "rule", "clause"} and printed.kind in {"", "section", "rule", "clause"}
    )


def forms(step: Step) -> tuple[str, ...]:
    """How the sections that a step may name can be printed, for a look-up by number."""
    numerals = list(_numerals(step.value))
    found = list(numerals)
    for kind in (step.kind, *_SAME_KIND.get(step.kind, ())):
        if kind in CHINESE_UNITS:
            found += _chinese_forms(kind, step.value)
        elif kind:
            found += [f"{word} {n}" for word in _english_words(kind) for n in numerals]
    if step.kind in ANNEXES.values():
        numerals += [""] if step.value == ("1",) else []
        found += [f"{word}{n}" for word in ("附件", "附", "附表", "附录", "附錄") for n in numerals]
        found += [
            f"{word} {n}".strip()
            for word in ("annex", "appendix", "schedule", "attachment", "exhibit")
            for n in numerals
        ]
    if step.kind in _LARGE:
        found += [f"{word} {n}" for word in ("section", "§", "rule", "clause") for n in numerals]
    return tuple(dict.fromkeys(found))


def spelled(steps: Sequence[Step], *, chinese: bool = False) -> str:
    """Steps as a person would write them: 第五条第二款第（三）项, Article 12(3)(b), 三（七）."""
    if chinese or any(step.kind in CHINESE_UNITS for step in steps):
        return reduce(lambda printed, step: printed + _chinese_step(step, printed), steps, "")
    printed = ""
    for step in steps:
        number = ".".join(step.value)
        if not step.kind:
            printed += f"({number})"
        else:
            number = number.upper() if step.kind in ANNEXES.values() else number
            mark = f"({number})" if number.isalpha() and step.kind not in ANNEXES.values() else number
            printed += (", " if printed else "") + f"{step.kind.capitalize()} {mark}"
    return printed


def chinese_numeral(number: int) -> str:
    """一千二百六十 for 1260; numbers from 0 to 9999."""
    if number < 10:
        return _DIGITS[number]
    printed, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            printed += (
                ("零" if zero else "") + ("" if digit == 1 and unit == 10 and not printed else _DIGITS[digit]) + name
            )
            zero = False
        elif printed and number:
            zero = True
    return printed


def _chinese_step(step: Step, printed: str) -> str:
    """A step after those that are ``printed``."""
    number, *sub = [chinese_numeral(int(n)) if n.isdigit() and int(n) < 10_000 else n for n in step.value]
    if step.kind in ANNEXES.values():
        return f"附件{'.'.join(step.value)}"
    if not step.kind:
        if printed.endswith("）") and step.value[0].isdigit():
            return ".".join(step.value)  # 三（二）2: in brackets it would be a sibling of the one before
        return f"（{number}）" if printed else number
    if step.kind in {"项", "目"}:
        return f"第（{number}）{step.kind}"
    if step.kind not in CHINESE_UNITS:
        return spelled([step])
    return f"第{number}{step.kind}" + "".join(f"之{n}" for n in sub)


def _numerals(value: Value) -> Iterator[str]:
    plain = ".".join(value)
    yield plain
    plain = figure(value)[0] if len(value) == 1 else plain
    if len(value) > 1 or not plain.isdigit():
        return
    number = int(plain)
    yield plain.translate({48 + i: 0xFF10 + i for i in range(10)})
    if 0 <= number < 10_000:
        yield chinese_numeral(number)
        if 10 <= number < 20:
            yield "一" + chinese_numeral(number)
        yield "".join("〇" if c == "0" else _DIGITS[int(c)] for c in plain)
    if 0 < number <= _MAX_ROMAN:
        yield _roman(number)
    if 0 < number <= 20:
        yield chr(0x245F + number)
        yield chr(0x2473 + number)
        yield chr(0x2487 + number)
    if 0 < number <= 12:
        yield chr(0x215F + number)
        yield chr(0x216F + number)
    if 0 < number <= 10:
        yield chr(0x321F + number)


def _chinese_forms(kind: str, value: Value) -> Iterator[str]:
    for unit in dict.fromkeys((kind, _TRADITIONAL.get(kind, kind), *(("篇",) if kind == "编" else ()))):
        if len(value) == 2:
            firsts, subs = list(_numerals(value[:1])), list(_numerals(value[1:]))
            yield from (f"第{first}{unit}之{sub}" for first in firsts for sub in subs)
            yield f"第{'-'.join(value)}{unit}"
        yield from (f"第{n}{unit}" for n in _numerals(value))


def _english_words(kind: str) -> tuple[str, ...]:
    return ("section", "§") if kind == "section" else (kind,)


def _roman_value(text: str) -> int:
    total = 0
    for c, following in zip(text, [*text[1:], ""], strict=True):
        value = _ROMAN_DIGITS[c]
        total += -value if following and _ROMAN_DIGITS[following] > value else value
    return total


def _roman(number: int) -> str:
    printed = ""
    for value, letters in _ROMAN_PARTS:
        while number >= value:
            printed += letters
            number -= value
    return printed
