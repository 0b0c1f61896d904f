"""Numbers as the evaluation reads them: a normal form for matching, and the figures a text states.

This is on purpose not ``rag.numerals``, with which the system checks its own answers: a judge that
shares the code of the judged cannot see its mistakes. Of an answer only clear figures are taken
(``stated_figures``), of a clause everything that can be read as one (``all_figures``), so that a
finding is a fault and not a quirk of reading.
"""

from __future__ import annotations

import re
from decimal import Decimal

from rag.normalize import normalize

_DIGITS = (
    {c: i for i, c in enumerate("零一二三四五六七八九")}
    | {"〇": 0, "○": 0, "两": 2}
    | {c: i for i, c in enumerate("壹贰叁肆伍陆柒捌玖", start=1)}
)
_TENS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_HAN = "".join(_DIGITS) + "".join(_TENS) + "万亿"
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_TO_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
_WORDS = {word: value for value, word in enumerate(_TO_TWENTY.split(" "))} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "twice": 2,
}
_WORD = "|".join(_WORDS)
_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])")
_NUMBER = re.compile(
    rf"""
    (?P<fraction>百|千)分之(?P<part>[{_HAN}]+(?:点[{"".join(_DIGITS)}]+)?|\d+(?:\.\d+)?)
    | (?P<arabic>\d+(?:\.\d+)*)(?P<scale>千(?![克米瓦卡赫伏])|[十百万亿]+)?(?:\s*(?P<sign>%|‰|percent\b|per\ cent\b))?
    | (?P<han>[{_HAN}]+(?:点[{"".join(_DIGITS)}]+)?)
    | \b(?P<word>(?:{_WORD})(?:-(?:{_WORD}))?)\b(?P<word_sign>\ percent\b|\ per\ cent\b)?
    """,
    re.VERBOSE,
)
_MEASURE = re.compile(
    r"年|个?(?:工作日|自然日|月|学期|小时|季度|百分点|星期)|周|日|天|次|回|遍|名|人|元|岁|级|档|倍|份|件|台|套|辆|册|间|户|页|字|米|"
    r"公里|吨|分钟|批|届|期|条|款|章|节|编|目|%|折|个"
)
_COUNTED = re.compile(r"条|款|项|章|节|编|目|季度|期|次|届|批|年|学期")
_LOOSE_ONE = re.compile(
    r"一(?:个(?!月|工作日|小时|季度|学期|星期)|次性|年一度|日常|天天|人一|条龙|级政府|节|回事|期工程)"
)
_MARKUP = re.compile(r"[*_`“”\"'「」『』《》]|\[\d+\]")
_SPACE_BESIDE_HAN = re.compile(r"(?<=[㐀-鿿，。、；：！？])\s+|\s+(?=[㐀-鿿%，。、；：！？])")


def canonical(text: str) -> str:
    """Normal form for matching facts: 两次 and 2次, 百分之五 and 5%, 3万元 and 30,000元 are alike.

    Citation markers, quotation marks and Markdown emphasis are dropped, white space is collapsed.
    """
    plain = _SPACE_BESIDE_HAN.sub("", _MARKUP.sub("", _folded(text)))
    return re.sub(r"\s+", " ", _NUMBER.sub(lambda match: _read(match) or match.group(), plain)).strip()


def contains(text: str, wanted: str) -> bool:
    """Whether ``wanted`` stands in ``text``, both in canonical form, whole numbers and word beginnings only.

    ``5%`` does not stand in ``25%``, nor ``2次`` in ``12次``, nor ``art`` in ``party``.
    """
    needle = canonical(wanted)
    if not needle:
        return False
    before = (
        r"(?<!\d)(?<!\d\.)"
        if needle[0].isdecimal()
        else r"(?<![a-z])"
        if needle[0].isascii() and needle[0].isalpha()
        else ""
    )
    after = r"(?!\d|\.\d)" if needle[-1].isdecimal() else ""
    return re.search(before + re.escape(needle) + after, canonical(text)) is not None


def all_figures(text: str) -> frozenset[str]:
    """Every canonical number that can be read in a text, however weak the sign of it."""
    folded = _folded(text)
    found = {value for match in _NUMBER.finditer(folded) if (value := _read(match)) is not None}
    for match in _NUMBER.finditer(folded):  # 10-year plans in one run: 十四五, 两三天
        if match["han"]:
            found.update(str(_DIGITS[c]) for c in match["han"] if c in _DIGITS)
        elif match["arabic"] and match["scale"]:
            found.add(_decimal(match["arabic"]))
    return frozenset(found)


def stated_figures(text: str) -> tuple[str, ...]:
    """The figures that a text plainly states, in order, canonical.

    Arabic numbers; Chinese numerals of two characters or more; a single one only before a measure
    word or after 第 with one (三次, 第五条; not 一般, 统一, 一是, 十分). List numbers at the start of
    a line are not figures.
    """
    folded = re.sub(r"(?m)^\s*[-•]?\s*(?:\(?\d{1,2}[.)、](?!\d)|\([一二三四五六七八九十]+\))\s*", "", _folded(text))
    return tuple(
        value for match in _NUMBER.finditer(folded) if (value := _read(match)) is not None and _is_stated(match, folded)
    )


def _is_stated(match: re.Match[str], text: str) -> bool:
    if match["word"]:
        return match["word"] != "one"
    han = match["han"]
    if not han:
        return True
    if text[match.start() - 1 : match.start()] == "第":
        return _COUNTED.match(text, match.end()) is not None
    if len(han) > 1 and not _is_estimate(han):
        return True
    return (
        _MEASURE.match(text, match.end()) is not None
        and not _LOOSE_ONE.match(text, match.start())
        and not _is_estimate(han)
    )


def _is_estimate(han: str) -> bool:
    """三五天, 两三次: neighbouring digits without a ten are an estimate."""
    return len(han) == 2 and all(c in _DIGITS for c in han) and han[0] not in "〇零○" and han[1] not in "〇零○"


def _folded(text: str) -> str:
    return normalize(_THOUSANDS.sub(lambda match: match.group().replace(",", ""), text))


def _read(match: re.Match[str]) -> str | None:
    if match["fraction"]:
        part = match["part"]
        value = _decimal(part) if part[0].isdecimal() else _han(part)
        return None if value is None else value + ("%" if match["fraction"] == "百" else "‰")
    if match["arabic"]:
        value = _decimal(match["arabic"])
        for scale in match["scale"] or "":
            value = _decimal(str(Decimal(value) * _SCALES[scale])) if value.count(".") < 2 else value
        return value + (("‰" if match["sign"] == "‰" else "%") if match["sign"] else "")
    if match["word"]:
        return str(sum(_WORDS[part] for part in match["word"].split("-"))) + ("%" if match["word_sign"] else "")
    return _han(match["han"])


def _decimal(text: str) -> str:
    if text.count(".") > 1:  # 3.2.1 is an address
        return text
    value = f"{Decimal(text):f}"
    return value.rstrip("0").rstrip(".") if "." in value else value


def _han(text: str) -> str | None:
    whole, _, fraction = text.partition("点")
    value = _han_integer(whole)
    if value is None or not fraction:
        return value
    return _decimal(f"{value}." + "".join(str(_DIGITS[c]) for c in fraction))


def _han_integer(text: str) -> str | None:
    if not text:
        return None
    if all(c in _DIGITS for c in text):
        return str(int("".join(str(_DIGITS[c]) for c in text)))
    if text[0] not in _DIGITS and text[0] not in "十拾":
        return None  # 千方百计, 万一
    total = group = digit = 0
    after_digit = False
    for c in text:
        if c in _DIGITS:
            if after_digit and digit:
                return None  # 十四五
            digit, after_digit = _DIGITS[c], True
            continue
        if c in _TENS:
            group += (digit if after_digit else 1) * _TENS[c]
        else:
            total = (total + group + digit) * _SCALES[c]
            group = 0
        digit, after_digit = 0, False
    return str(total + group + digit)
