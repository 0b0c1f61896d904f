"""Numbers as word processors and browsers print them in front of paragraphs.

Source: ECMA-376 part 1, 17.18.59 ST_NumberFormat.
"""

from __future__ import annotations

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LARGEST = 32_767


def lower_letter(number: int) -> str:
    """Letters: a to z, then aa, bb, for Word repeats the letter."""
    if not 1 <= number <= _LARGEST:
        return str(number)
    repeat, letter = divmod(number - 1, 26)
    return chr(ord("a") + letter) * (min(repeat, 30) + 1)


def lower_roman(number: int) -> str:
    """Roman numerals: i, ii, iii, iv."""
    if not 1 <= number <= _LARGEST:
        return str(number)
    parts = []
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        parts.append(letters * count)
    return "".join(parts)


def chinese(number: int) -> str:
    """In words: 一, 十, 十一, 二十, 一百零一, 一千二百六十."""
    if not 1 <= number < 10_000:
        return "零" if number == 0 else str(number)
    text = ""
    gap = False
    for unit, power in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, number = divmod(number, power)
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + unit
            gap = False
        else:
            gap = True
    return text.removeprefix("一") if text.startswith("一十") else text


def chinese_digits(number: int) -> str:
    """In words to 九十九, then digit by digit: 一○○."""
    if number < 100:
        return chinese(number)
    return "".join("○" if digit == "0" else _DIGITS[int(digit)] for digit in str(number))


def chinese_legal(number: int) -> str:
    """In the capital numerals of accounts: 壹, 贰, 壹拾, 壹佰."""
    return ("壹" if 10 <= number < 20 else "") + chinese(number).translate(
        str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
    )


def circled(number: int) -> str:
    """From ① to ㊿."""
    for first, last, start in ((1, 20, "①"), (21, 35, "㉑"), (36, 50, "㊱")):
        if first <= number <= last:
            return chr(ord(start) + number - first)
    return str(number)


def _from(start: str, count: int) -> Callable[[int], str]:
    return lambda number: chr(ord(start) + number - 1) if 1 <= number <= count else str(number)


def _cycle(signs: str) -> Callable[[int], str]:
    return lambda number: signs[(number - 1) % len(signs)] if number >= 1 else str(number)


def _ordinal(number: int) -> str:
    suffix = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02d}",
    "decimalFullWidth": lambda number: str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    "decimalEnclosedCircle": circled,
    "decimalEnclosedCircleChinese": circled,
    "decimalEnclosedParen": _from("⑴", 20),
    "decimalEnclosedFullstop": _from("⒈", 20),
    "ideographEnclosedCircle": _from("㊀", 10),
    "numberInDash": lambda number: f"- {number} -",
    "ordinal": _ordinal,
    "lowerLetter": lower_letter,
    "upperLetter": lambda number: lower_letter(number).upper(),
    "lowerRoman": lower_roman,
    "upperRoman": lambda number: lower_roman(number).upper(),
    "chineseCounting": chinese_digits,
    "taiwaneseCounting": chinese_digits,
    "chineseCountingThousand": chinese,
    "taiwaneseCountingThousand": chinese,
    "japaneseCounting": chinese,
    "ideographDigital": lambda number: "".join(_DIGITS[int(digit)] for digit in str(abs(number))),
    "japaneseDigitalTenThousand": lambda number: "".join(_DIGITS[int(digit)] for digit in str(abs(number))),
    "taiwaneseDigital": lambda number: "".join(_DIGITS[int(digit)] for digit in str(abs(number))),
    "chineseLegalSimplified": chinese_legal,
    "japaneseLegal": chinese_legal,
    "ideographTraditional": _cycle(_STEMS),
    "ideographZodiac": _cycle(_BRANCHES),
    "none": lambda number: "",
    "bullet": lambda number: "",
}
"""``w:numFmt`` → the printed number."""
