"""What kind of thing an answer must hold: an amount of money, a share, a length of time, a date, a number, a level.

The clause that answers 多少元 holds an amount of money; a question about 四级人员 is not answered by
what holds for 三级人员. Such things are read in code, for embeddings hardly see them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.normalize import normalize
from rag.numerals import NUMERAL_CHARS

_N = rf"(?:[\d.,]+|[{NUMERAL_CHARS}]+|[x×*]+)\s*"
_EN = r"(?:\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|sixty|ninety)\s*"
# What is asked for, and what a sentence must hold to answer it; the first that fits counts.
_KINDS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    (
        "percentage",
        re.compile(r"百分之(?:多少|几)|比例|占比|百分比|percentage|what per ?cent|what share|proportion"),
        re.compile(rf"百分之|%|‰|{_N}成|per ?cent|half|all\b|全部|全额|一半"),
    ),
    (
        "money",
        re.compile(
            r"多少钱|(?:几|多少)(?:块|万?元)|罚款|押金|补贴|津贴|劳务费|经费|(?:工资|费用?|价格|金额|限额|补助|饭补).{0,4}多少"
            r"|how much (?:money|does|do|will|can|is|was)|\b(?:fine|fee|cost|price|salary|allowance|excess|budget)\b"
        ),
        re.compile(
            rf"{_N}(?:余|多)?(?:万|亿|百|千)*(?:元|块|角)|免费|不收|收费|[$€£¥]\s*\d|\d\s*[$€£¥]"
            r"|\b(?:euros?|dollars?|pounds?|yuan|rmb|usd|eur|gbp|free)\b"
        ),
    ),
    (
        "duration",
        re.compile(
            r"(?:几|多少)(?:个)?(?:工作日|天|日|小时|分钟|年|个?月|周)|多久|多长时间|期限|提前"
            r"|how (?:long|soon|fast|quickly|far in advance)"
            r"|how many (?:working )?(?:days|hours|weeks|months|years|minutes)"
        ),
        re.compile(
            rf"{_N}(?:个|余)?(?:工作日|自然日|天|日|小时|分钟|年|个?月|周|学期|季度)|当[天日月场]|次日|隔日|立即"
            r"|即时|即刻|随时|永久|长期|半[天年月日]|每[天日月年周]|[上下本]旬"
            rf"|{_EN}(?:\w+ )?(?:days?|hours?|weeks?|months?|years?|minutes?)"
            r"|immediately|same day|at once|permanent|indefinite"
        ),
    ),
    (
        "clock",
        re.compile(r"几点|什么时间|何时开|what time|opening hours"),
        re.compile(rf"{_N}(?:时|点|[:：]\d)|\d\s*(?:am|pm|a\.m|p\.m)|\d:\d\d|noon|midnight|全天"),
    ),
    (
        "date",
        re.compile(
            r"什么时候|何时|哪一?[天年]|几月|哪个月|日期|星期几|周几|\bwhen\b|what date|which (?:day|month|year)"
        ),
        re.compile(
            rf"{_N}[年月日号时点天]|周[一二三四五六日末]|星期|底前|[上下中]旬|季度|当[天日]|次日|每[年月周天日]|之日|以前|之前|之后|以后|前|后|时"
            r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
            r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|before|after|within|annually|quarterly|weekly|daily|by)\b"
        ),
    ),
    (
        "number",
        re.compile(r"多少|几(?!乎|时|点)|how many|how often|how much|what number|number of"),
        re.compile(
            rf"{_N}|\d|\b(?:once|twice|{_EN}|no|none|daily|weekly|monthly|annually|each|every)\b|无|免|不(?:限|得|予)|全部"
        ),
    ),
)
_LEVEL = re.compile(
    rf"(?<!第)(?:[{NUMERAL_CHARS}]+|\d+|[a-z])(?:级|类|档|等)(?!别|型|时|于|候)|特[大小]型|[大中小]型|绝密|机密|特急|加急"
    r"|\b(?:grade|level|category|class|tier|band|annex|appendix|schedule)\s+(?:[a-z]|\d+|[ivx]+)\b"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a question expects of its answer."""

    kind: str
    """``money``, ``percentage``, ``duration``, ``clock``, ``date``, ``number``, or ``""`` for none of these."""
    levels: tuple[str, ...]
    """Grades, classes and categories that the question names."""
    years: tuple[str, ...]

    def is_met_by(self, text: str) -> bool:
        """Whether a sentence holds a thing of the kind that is asked for; always, where no kind is."""
        pattern = next((holds for kind, _, holds in _KINDS if kind == self.kind), None)
        return pattern is None or bool(pattern.search(normalize(text)))

    def missing_levels(self, text: str) -> tuple[str, ...]:
        """Levels of the question that a text does not name."""
        there = re.sub(r"\s+", "", normalize(text))
        return tuple(level for level in self.levels if re.sub(r"\s+", "", level) not in there)

    def other_years(self, text: str) -> bool:
        """Whether the question gives years, the text gives years, and none is the same."""
        there = set(_YEAR.findall(normalize(text)))
        return bool(self.years and there and not there.intersection(self.years))


def expectation_of(question: str) -> Expectation:
    """Read what a question expects."""
    text = normalize(question)
    kind = next((name for name, asks, _ in _KINDS if asks.search(text)), "")
    return Expectation(kind, tuple(dict.fromkeys(_LEVEL.findall(text))), tuple(dict.fromkeys(_YEAR.findall(text))))
