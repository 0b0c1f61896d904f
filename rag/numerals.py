"""Numbers in Chinese and English text, in one canonical form.

Used to check that a number in an answer stands in the clause it cites: 两次 = 2次, 百分之五 = 5%,
二〇二〇年 = 2020年, 3万元 = 30,000元, twice = 2.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2, "兩": 2, "廿": 20, "卅": 30}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
NUMERAL_CHARS = "".join(DIGITS) + "".join(_UNITS) + "".join(_MYRIADS)

_UP_TO_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
_ENGLISH = {word: value for value, word in enumerate(_UP_TO_TWENTY.split())} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_ENGLISH_FREE = {"twice": 2, "once": 1, "hundred": 100, "thousand": 1000, "dozen": 12}

# A lone Chinese numeral is a number only before a measure word (一致, 统一, 十分 are not numbers).
_MEASURES = (
    "个名人位次回遍天日月年周季小时分钟秒元角块项条章节款编目点级层倍份篇家件台套辆张册本间所户页字米公里吨斤"
    "种类批期届轮处门科成折岁步号倍大"
)
_COUNTED = re.compile(rf"\s*(个?(?:工作日|自然日|小时|分钟|公里|平方米|[{_MEASURES}])|个)")
_MAX_NUMBER_CHARS = 24
_ARABIC = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_NUMBER = re.compile(
    rf"""
    百分之(?P<percent>[{NUMERAL_CHARS}点]+|{_ARABIC})
    | (?P<arabic>{_ARABIC})\s*(?P<scale>[万亿]|(?:thousand|million|billion)\b)?\s*(?P<sign>%|‰|percent\b|per\s+cent\b)?
    | (?P<ordinal>第)?(?P<chinese>[{NUMERAL_CHARS}]+)(?:点(?P<fraction>[零〇一二三四五六七八九]+))?
      (?=(?P<next>.{{0,2}}))
    | \b(?P<english>(?:{"|".join(_ENGLISH)})(?:-(?:{"|".join(_ENGLISH)}))?|{"|".join(_ENGLISH_FREE)})\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SCALES = {"万": 10**4, "亿": 10**8, "thousand": 10**3, "million": 10**6, "billion": 10**9}


def parse_numeral(text: str) -> int | None:
    """Value of a Chinese or Arabic integer numeral (``一千二百六十``, ``二〇二〇``, ``12``); None if it is none."""
    text = unicodedata.normalize("NFKC", text).replace(" ", "")
    if text.isdecimal():
        return int(text)
    if not text or any(c not in NUMERAL_CHARS for c in text):
        return None
    if all(c in DIGITS for c in text):
        return int("".join(str(DIGITS[c]) for c in text)) if len(text) > 1 else DIGITS[text]
    total = myriad = digit = 0
    for c in text:
        if c in DIGITS:
            digit += DIGITS[c]
        elif c in _UNITS:
            myriad += (digit or (1 if c == "十" else 0) or 1) * _UNITS[c]
            digit = 0
        elif _MYRIADS[c] == 10**4:
            total += (myriad + digit or 1) * 10**4
            myriad = digit = 0
        else:
            total = (total + myriad + digit or 1) * 10**8
            myriad = digit = 0
    return total + myriad + digit


def numbers(text: str) -> list[str]:
    """Canonical numbers of a text, in order: decimal strings, with ``%`` where it is a percentage.

    Lone Chinese numerals count only with a measure word, an ordinal sign or a percent; ``一个`` and
    English ``one`` are articles more often than numbers and do not count.
    """
    folded = unicodedata.normalize("NFKC", text)
    return [value for match in _NUMBER.finditer(folded) if (value := _canonical(match)) is not None]


def measured_numbers(text: str) -> list[str]:
    """Numbers of a normalised text with what they count, in one form: ``2次``, ``5%``, ``100000元``, ``2020年``.

    Left out are plain figures without a measure word, which are the same in every text.
    """
    found = []
    for match in _NUMBER.finditer(text):
        if match.end() - match.start() > _MAX_NUMBER_CHARS or _is_part_of_word(text, match, match.end()):
            continue
        value = _canonical(match)
        if value is None:
            continue
        counted = _COUNTED.match(text, match.end())
        unit = counted.group(1) if counted and not value.endswith("%") else ""
        if unit or value.endswith("%") or match["scale"] or match["arabic"] is None or "," in match["arabic"]:
            found.append(value + unit)
    return found


def figures(text: str) -> Iterator[tuple[int, int, float]]:
    """Numbers of a normalised text, ``(start, end, value)``: no percentages, ordinals, parts of words."""
    for match in _NUMBER.finditer(text):
        end = match.start() + len(match[0].rstrip())
        if end - match.start() > _MAX_NUMBER_CHARS or _is_part_of_word(text, match, end):
            continue
        ordinal = match["ordinal"] or text[: match.start()].endswith("第")
        value = None if ordinal else _canonical(match)
        if value is not None and not value.endswith("%"):
            yield match.start(), end, float(value)


def missing_numbers(statement: str, source: str) -> list[str]:
    """Numbers of ``statement`` that do not occur in ``source``, in order, both in canonical form."""
    there = set(numbers(source))
    return [number for number in numbers(statement) if number not in there]


def _is_part_of_word(text: str, match: re.Match[str], end: int) -> bool:
    """Whether digits that end there belong to a word, a reference or a longer number: ABC-12, 4.2.1, a01f."""
    if not match["arabic"]:
        return False
    before, after = text[max(0, match.start() - 1) : match.start()], text[end : end + 1]
    return (before.isascii() and (before.isalnum() or before in tuple("._-'/"))) or (
        after.isascii() and after.isalpha() and not match["scale"]
    )


def _canonical(match: re.Match[str]) -> str | None:
    if percent := match["percent"]:
        return f"{_percent(percent)}%"
    if arabic := match["arabic"]:
        value = Decimal(arabic.replace(",", ""))
        if scale := match["scale"]:
            value *= _SCALES[scale.lower()]
        return _plain(value) + ("%" if match["sign"] else "")
    if english := match["english"]:
        return _english(english.lower())
    return _chinese(match)


def _percent(text: str) -> str:
    whole, _, fraction = text.partition("点")
    value = parse_numeral(whole)
    if value is None:
        try:
            return _plain(Decimal(text.replace(",", "")))
        except InvalidOperation:
            return text
    digits = "".join(str(DIGITS[c]) for c in fraction if c in DIGITS)
    return _plain(Decimal(f"{value}.{digits}" if digits else value))


def _english(word: str) -> str | None:
    if word == "one":
        return None
    if word in _ENGLISH_FREE:
        return str(_ENGLISH_FREE[word])
    return str(sum(_ENGLISH[part] for part in word.split("-")))


def _chinese(match: re.Match[str]) -> str | None:
    chinese, following = match["chinese"], match["next"]
    if not any(c in DIGITS or c == "十" for c in chinese):
        return None
    lone = len(chinese) == 1 and not match["ordinal"] and not match["fraction"]
    if lone and not _is_measured(chinese, following):
        return None
    if len(chinese) == 2 and DIGITS.get(chinese[1], 0) - DIGITS.get(chinese[0], 9) == 1:
        return None  # 两三天, 五六次: an estimate, not a figure
    value = parse_numeral(chinese)
    if value is None:
        return None
    if fraction := match["fraction"]:
        return _plain(Decimal(f"{value}." + "".join(str(DIGITS[c]) for c in fraction)))
    return str(value)


def _is_measured(numeral: str, following: str) -> bool:
    if following[:1] == "" or following[0] not in _MEASURES:
        return False
    if following[0] == "分":
        return following == "分钟"  # 十分重要
    return numeral != "一" or following == "个月" or following[0] not in "个种些步大点"


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
