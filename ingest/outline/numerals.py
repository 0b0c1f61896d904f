"""Numerals as policy documents print them, to integers."""

from __future__ import annotations

import re
from functools import lru_cache

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
# First code point of each row of enclosed numerals, how many there are, and the scheme they stand for.
_ENCLOSED = (
    (0x2460, 20, "circled"),  # ①
    (0x2474, 20, "arabic_paren"),  # ⑴
    (0x2488, 20, "arabic"),  # ⒈
    (0x3220, 10, "chinese_paren"),  # ㈠
    (0x2160, 12, "roman"),  # Ⅰ
    (0x2170, 12, "roman"),  # ⅰ
)


@lru_cache(maxsize=4096)
def chinese(numeral: str) -> int | None:
    """Value of ``一千二百六十``, ``三十``, ``一〇五`` or ``12`` (spaces allowed); None if it is no numeral."""
    text = "".join(numeral.split()).translate(_FULL_WIDTH)
    if text.isdecimal() and text.isascii():
        return int(text)
    if not text:
        return None
    if len(text) > 1 and all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total, digit = 0, None
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _UNITS:
            total += (1 if digit is None else digit) * _UNITS[char]
            digit = None
        else:
            return None
    return total + (digit or 0)


def to_chinese(value: int) -> str:
    """一千二百六十 for 1260, 十二 for 12, 一百零五 for 105; plain digits from ten thousand on."""
    if not 0 < value < 10_000:
        return str(value)
    text = ""
    for worth, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, worth)
        text += "零一二三四五六七八九"[digit] + unit if digit else ("零" if text and value else "")
    return re.sub("零+", "零", text).removeprefix("一") if text.startswith("一十") else re.sub("零+", "零", text)


@lru_cache(maxsize=1024)
def roman(numeral: str) -> int | None:
    """Value of ``iv`` or ``XII``; None where the letters are no well-formed Roman numeral."""
    letters = numeral.lower()
    values = [_ROMAN.get(c, 0) for c in letters]
    if not values or 0 in values:
        return None
    total = sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))
    return total if 0 < total < 100 and _to_roman(total) == letters else None


def _to_roman(value: int) -> str:
    parts = ((90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
    letters = ""
    for worth, sign in parts:
        count, value = divmod(value, worth)
        letters += sign * count
    return letters


def letter(numeral: str) -> int | None:
    """Value of ``a`` (1), ``z`` (26), ``aa`` (27); None for anything else."""
    text = numeral.lower()
    if len(text) == 1 and "a" <= text <= "z":
        return ord(text) - 96
    if len(text) == 2 and text[0] == text[1] and "a" <= text[0] <= "z":
        return ord(text[0]) - 70
    return None


def enclosed(char: str) -> tuple[str, int] | None:
    """Scheme and value of a single-character numeral such as ``③``, ``㈡`` or ``Ⅳ``."""
    code = ord(char)
    for first, count, scheme in _ENCLOSED:
        if first <= code < first + count:
            return scheme, code - first + 1
    return None
