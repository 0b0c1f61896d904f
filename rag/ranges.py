"""Ranges of a rule, and the case of a question that falls into one: 原值三十万 belongs to “10万元以上不足50万元的”.

Neither embeddings nor words know that 三十万 lies between 10万元 and 50万元. Only ranges that tell cases apart are
read: a bare limit (不超过15天, "at least 2 persons") is what a rule asks for, not whom it is for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rag.normalize import normalize
from rag.numerals import figures

_TIME = {
    "分钟|minutes?|min": 1 / 1440,
    "小时|钟头|hours?": 1 / 24,
    "个?工作日|自然日|日历日|天|日(?=以?内)|(?:(?:working|calendar|consecutive|business|full|clear) )*days?": 1.0,
    "周(?!年)|星期|weeks?": 7.0,
    "个月|months?": 30.4,
    "周?年|years?(?! old)": 365.0,
}
_OTHER = {
    "money": r"元|块钱?|yuan|euros?|dollars?|pounds?|rmb",
    "people": r"人|名|位|people|persons?|participants?|employees|staff|occupants",
    "score": r"分(?!钟|之|公司|局|院)|points?|marks?",
    "age": r"周?岁|years old",
    "temperature": r"摄氏度|度|℃|°c|degrees?",
    "distance": r"公里|千米|里|km|kilometres?|miles?",
    "length": r"米|metres?",
    "area": r"平方米|平米|square metres?",
    "storeys": r"层|storeys?|floors?",
    "times": r"次|回|times",
    "pieces": r"件|台|套|份|册|本|页|张|辆|间|家|项|个(?=[的,。;])|copies|pages|items|books",
}
_UNITS = tuple(
    [(re.compile(rf"[\s-]*(?:余|多)?(?:{words})"), "time", days) for words, days in _TIME.items()]
    + [(re.compile(rf"\s*(?:余|多)?个?(?:{words})"), kind, 1.0) for kind, words in _OTHER.items()]
)
_CURRENCY = re.compile(r"[£$€¥]\s*$")
_YEARS = range(1900, 2101)
_LEAST_BARE_SUM = 1000
"""A smaller figure without a unit may be anything."""
_BARE_SUM = re.compile(r"^[^\x00-\x7f]+[百千万亿]$|[万亿]$")
_NO_UNIT = re.compile(r"$|[的左上下]|[^\w]")
"""What follows a sum without a unit: 预算8万，; 8万字 is none."""
_MORE = re.compile(
    r"(?:(?<![不得])(?:超过|高于|多于|大于|超出|满|达到?)"
    r"|\b(?:more than|over|above|(?<!not )exceed(?:s|ing)?))\s*[£$€¥]?\s*$"
)
_LESS = re.compile(
    r"(?:不足|不满|未满|(?<!不)低于|(?<!不)少于|小于|未达到?|不到"
    r"|\b(?:under|below|less than|fewer than|up to|not exceeding))\s*[£$€¥]?\s*$"
)
_AT_MOST, _AT_LEAST = re.compile(r"不(?:超过|多于|高于)\s*$"), re.compile(r"不(?:低于|少于)\s*$")
_PER = re.compile(r"[能可有最共总多几要给报发补享一]")
_CASE = re.compile(r"\s*的")
_AND_MORE = re.compile(r"\s*(?:\(含[^)]{0,8}\)|及|或者?|含)?以上|\s*or (?:more|over|above|longer)\b")
_AND_LESS = re.compile(r"\s*(?:\(含[^)]{0,8}\)|及|或者?|含)?以[下内]|\s*or (?:less|fewer|under|below|shorter)\b")
_TO = re.compile(r"\s*(?:至|到|—+|–|-|~|to|and)\s*[£$€¥]?\s*")
_BETWEEN_ENDS = 8
"""Characters that may stand between the two ends of one range."""
_BUT = re.compile(r"[^,，;；。]{0,12}[,，]?\s*(?:但|而|\bbut\b|\band\b)[^,，;；。]{2,24}")
"""What may stand there however long: 3 years or more but less than 8 years."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure with what it counts, as a question or a rule has it."""

    kind: str
    """``money``, ``time`` (in days), ``people`` …"""
    value: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Range:
    """From ``low`` to ``high`` of one kind; infinite where a rule leaves an end open."""

    kind: str
    low: float
    high: float

    def holds(self, quantity: Quantity) -> bool:
        """Whether a quantity lies within, the ends included."""
        return self.kind == quantity.kind and self.low <= quantity.value <= self.high


def quantities(text: str) -> tuple[Quantity, ...]:
    """Figures of a question with their units, in order; a large sum without one (三十万的设备) is money.

    What is asked per year or per person (一年能休几天) is no case.
    """
    there = normalize(text)
    return tuple(one for one in _quantities(there) if there[one.start] != "一" or not _PER.match(there, one.end))


def ranges(text: str) -> tuple[Range, ...]:
    """The ranges by which a text tells cases apart, in order."""
    there = normalize(text)
    found = list(_quantities(there))
    read: list[Range] = []
    joined = False
    for one, following in zip_longest(found, found[1:]):
        if joined:
            joined = False
            continue
        low, high = _ends(there, one)
        if following and following.kind == one.kind and _may_be_ends(there[one.end : following.start]):
            if _TO.fullmatch(there, one.end, following.start):
                low, high, joined = one.value, following.value, True
            elif high == math.inf > low > -math.inf and _ends(there, following)[0] == -math.inf:
                end = _ends(there, following)[1]
                high, joined = (end, True) if low < end < math.inf else (high, False)
        if low > -math.inf or high < math.inf:
            read.append(Range(one.kind, low, high))
    return tuple(read)


def _may_be_ends(between: str) -> bool:
    return len(between) <= _BETWEEN_ENDS or _BUT.fullmatch(between) is not None


def falls_into(asked: Sequence[Quantity], text: str) -> float:
    """How closely a range of a text holds a quantity of a question: 1 between two ends, 0.5 beyond one, else 0."""
    there = ranges(text) if asked else ()
    holding = [one for one in there for quantity in asked if one.holds(quantity)]
    return max((1.0 if math.isfinite(one.high - one.low) else 0.5 for one in holding), default=0.0)


def falls_between(asked: Sequence[Quantity], text: str) -> bool:
    """Whether a text has several ranges of what a question gives a quantity of, and none of them holds it."""
    there = ranges(text) if asked else ()
    for quantity in asked:
        alike = [one for one in there if one.kind == quantity.kind]
        if len(alike) > 1 and not any(one.holds(quantity) for one in alike):
            return True
    return False


def _quantities(text: str) -> Iterator[Quantity]:
    found = list(figures(text))
    for at, (start, end, value) in enumerate(found):
        following = found[at + 1] if at + 1 < len(found) else None
        unit = _unit(text, end)
        if unit is None and following and any(way.fullmatch(text, end, following[0]) for way in (_TO, _BUT)):
            unit = _unit(text, following[1])  # 2至3岁, 10 to 20 people, more than 10 but fewer than 20 people
            unit = unit and (unit[0], unit[1], end)
        if _CURRENCY.search(text, 0, start):
            yield Quantity("money", value, start, end)
        elif unit and not (unit[0] == "time" and int(value) in _YEARS):
            yield Quantity(unit[0], value * unit[1], start, unit[2])
        elif unit is None and value >= _LEAST_BARE_SUM and _is_bare_sum(text, start, end):
            yield Quantity("money", value, start, end)


def _is_bare_sum(text: str, start: int, end: int) -> bool:
    """Whether a figure is a sum though no unit follows: 三十万, 8万."""
    return bool(_BARE_SUM.search(text[start:end]) and _NO_UNIT.match(text, end))


def _unit(text: str, end: int) -> tuple[str, float, int] | None:
    """Kind, factor and end of the unit that follows a figure."""
    for pattern, kind, factor in _UNITS:
        if match := pattern.match(text, end):
            return kind, factor, match.end()
    return None


def _ends(text: str, one: Quantity) -> tuple[float, float]:
    """The range that the words around a single quantity make of it; infinite at both ends where they make none."""
    case = bool(_CASE.match(text, one.end))
    if _MORE.search(text, 0, one.start) or _AND_MORE.match(text, one.end):
        return one.value, math.inf
    if _LESS.search(text, 0, one.start) or _AND_LESS.match(text, one.end):
        return -math.inf, one.value
    if case and _AT_MOST.search(text, 0, one.start):
        return -math.inf, one.value
    if case and _AT_LEAST.search(text, 0, one.start):
        return one.value, math.inf
    return -math.inf, math.inf
