"""Counts and what they count: 几家 is answered by “12家”, not by 5000元 or 两年.

Chinese counts with measure words, several of which may stand for one another (几本 by “8册”); English
counts the noun itself. A count of anything is a numeral without a unit of money, time or share.
"""

from __future__ import annotations

import re
from functools import cache

from rag.numerals import NUMERAL_CHARS

CHINESE_NUMERAL = rf"(?:\d[\d,.]*|[{NUMERAL_CHARS}]+|[x×*]+)\s*(?:余|多|来|几)?\s*[万亿千百]*\s*(?:余|多)?\s*"
"""A numeral as a regular expression over normalised text, hidden figures (x, ×, *) included."""
ENGLISH_NUMERAL = (
    r"(?:\d[\d.,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|eighteen|twenty|thirty|forty"
    r"|fifty|sixty|ninety)[ -]*"
)

_ALIKE = (
    "人 名 位 口",
    "次 回 遍 趟 轮 场 期",
    "届 期",
    "家 户 个 所",
    "本 册 卷 套 部 种 类",
    "份 件 套 张 页 式 个 本",
    "台 部 套 个 架 件 辆",
    "间 处 个 所 座 栋 层 套",
    "级 档 类 等 星 个 种",
    "条 项 点 款 个 种 类 方面 部分 步 环节 阶段",
    "度 ℃ °c 摄氏度",
    "公里 千米 里 米 厘米",
    "千克 公斤 克 斤 吨 kg",
    "平方米 平米 亩 公顷",
    "岁 周岁",
    "分",
    "字",
    "盏 个",
    "门 节 学时 课时 个",
    "倍",
    "gb tb mb 兆",
)
_OF_MONEY_TIME_SHARE = (
    r"万?[元块角]|%|‰|成(?!员)|个?工作日|自然日|天|日|小时|分钟|秒|个?月|周|年|季度|学期|时(?!段)|点|号|折"
)
_ENGLISH_OF_MONEY_TIME_SHARE = (
    r"per ?cent|percent|%|(?:working |calendar )?(?:days?|hours?|weeks?|months?|years?|minutes?|seconds?)\b"
    r"|(?:euros?|dollars?|pounds?|pence|yuan|cents?)\b|(?:a\.?m|p\.?m)\b|[:.]\d|(?:january|february|march|april|may|june"
    r"|july|august|september|october|november|december)\b"
)
_NO_COUNT = r"百分|[万千]分之|十分|一(?:次|律|般|定|致|并|旦|些|起|切|直|经|体化?|方面|样|同|时|日)"
"""百分之三十, 更换一次: written with numerals, but nothing is counted."""
_COUNT = re.compile(
    rf"(?<![第之\d.统同唯逐专单任万])(?!{_NO_COUNT}){CHINESE_NUMERAL}"
    rf"(?!{_OF_MONEY_TIME_SHARE}|[\d.%{NUMERAL_CHARS}])(?:[^\W\d_])"
    rf"|(?<![£$€¥\d.,:])\b{ENGLISH_NUMERAL}(?!{_ENGLISH_OF_MONEY_TIME_SHARE})\b|\b(?:once|twice|one|none|no)\b"
)
_UNLIMITED = r"不限|不受[^，。；]{0,6}限制|无限制|无上限|unlimited|no limit"
MEASURE_WORDS = frozenset(word for group in _ALIKE for word in group.split())
MEASURES = "|".join(sorted(MEASURE_WORDS, key=len, reverse=True))
"""Any of them, as a regular expression."""
_ASKED = re.compile(rf"(?:多少|几)(?:余|多)?(?P<unit>个(?!人)|个?人|{MEASURES})")


def asked_measure(question: str) -> str:
    """The measure word that a normalised question counts by: 名 of 几名, ``""`` where it names none."""
    match = _ASKED.search(question)
    return match["unit"].removeprefix("个") or "个" if match else ""


@cache
def counted_by(measure: str) -> re.Pattern[str]:
    """A numeral with a measure word that may stand for ``measure``; any count for ``""`` and 个."""
    if measure in ("", "个"):
        return re.compile(rf"{_COUNT.pattern}|{_UNLIMITED}")
    alike = {other for group in _ALIKE if measure in group.split() for other in group.split()} or {measure}
    units = "|".join(sorted(map(re.escape, alike), key=len, reverse=True))
    return re.compile(rf"(?<![第{NUMERAL_CHARS}\d.]){CHINESE_NUMERAL}(?:{units})|{_UNLIMITED}")
