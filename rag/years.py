"""Years in a question: printed (2023年, 二〇二三年, 2022–2024, FY2023) or relative (去年, last year).

A number counts as a year only where it stands like one: 2000元 and 第2024号 are none. What is
relative counts from a date that is handed in, so that the same question on the same day reads the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from rag.normalize import normalize
from rag.numerals import DIGITS

_FIRST, _AHEAD = 1949, 10
_MAX_SPAN = 30
_DIGIT = "〇○零一二三四五六七八九"
_NAMES_OF_TEXTS = (
    "版|度|财年|学年|的?(?:文件|办法|规定|条例|细则|制度|通知|计划|方案|标准|要点|总结|报告|预算)|出台|印发|发布|修订"
)
OF_A_THING = (
    r"\s*年?(?:(?:出版?|印[刷制]?|出厂|入职|上岗|退休|毕业|购?[买置]|购入|建成?|造|生产|投用|启用|进[馆厂校]|生)的"
    r"(?!新?(?:文件|办法|规定?|条例|细则|制度|通知|政策|意见|计划|方案|标准|要点|总结|报告|预算|版))"
    r"|入职[,，]|出生|参加工作|[以之]前的)"
)
"""Behind a year that tells how old a thing or a person is, not when a rule holds."""
# What a number counts: then it is an amount.
_COUNTED = (
    r"[元块角人名个条项次号册卷件台套份字页米克吨斤公平万亿千百余多倍%‰分小天日月级]|[.,]\d"
    r"|\s*(?:%|per\s?cent|euros?|eur|usd|gbp|dollars?|pounds?|yuan|rmb|km|kg|m2|metres?|meters?|miles?|words?|characters?"
    r"|people|persons?|staff|employees|members|pages|items|copies|files|records|boxes|hours|days|weeks|months|times|units)\b"
)
_YEAR = re.compile(
    rf"""
    (?P<short>fy)\s*(?P<fiscal>\d{{4}}|\d{{2}})(?!\d)
    | (?<![\d$€£¥#/])(?<!\d[.,])(?<![a-z]-)(?<!第)(?<!no\.)(?<!no\.\s)(?P<year>(?:19|20)\d\d)
      (?:\s*[/](?P<slash>\d\d)(?!\d))?(?!\d|{OF_A_THING})(?:\s*年|(?!{_COUNTED}))
    | (?P<chinese>[一二][{_DIGIT}]{{3}})\s*年
    | (?<![\d第满])(?<!\d[.,])(?P<two>\d\d)年(?={_NAMES_OF_TEXTS})
    """,
    re.VERBOSE,
)
# The year in a document number tells which document is meant, not when.
_NUMBERED = re.compile(r"[〔\[［【（(]\s*(?:19|20)\d\d\s*[〕\]］】）)]\s*第?\s*\d+\s*号")
_RANGE = re.compile(r"\s*年?度?\s*(?:至|到|[-—–~～]+|to|through|until)\s*")
_RELATIVE = (
    (re.compile(r"大前年"), -3),
    (re.compile(r"(?<![大目以之此当年提日月])前年(?!龄)|\byear before last\b"), -2),
    (
        re.compile(
            r"去年|(?<![以晚早])上一?年(?![龄纪限级会])度?|\b(?:last|previous|prior) (?:financial |calendar )?year\b"
        ),
        -1,
    ),
    (re.compile(r"今年|本年(?!龄|级)|\b(?:this|current) (?:financial |calendar )?year\b"), 0),
    (re.compile(r"(?<![说表声证注标阐指查])明年|下一年度?|\bnext (?:financial |calendar )?year\b"), 1),
    (re.compile(r"(?<![今以之其此最大])后年"), 2),
)
_LATEST = re.compile(
    r"最新|最近(?:的|一)?(?:版|一次修订)|现行|新版|目前有效"
    r"|现在|目前(?!为止|年)|如今|眼下"
    r"|\b(?:now|at present|latest|newest|most recent|currently? (?:in force|valid)"
    r"|current (?:version|edition|policy|rules?))\b"
)


@dataclass(frozen=True, slots=True)
class Years:
    """The years that a question gives."""

    named: tuple[int, ...] = ()
    """In order, each once; all years of a range."""
    relative: tuple[int, ...] = ()
    """Those of ``named`` that were given relative to today."""
    latest: bool = False
    """Whether the newest version is asked for."""


def years_of(question: str, today: date) -> Years:
    """Read the years of a question; ``today`` is what 今年 and "last year" count from."""
    text = normalize(question)
    latest = bool(_LATEST.search(text))
    text = _NUMBERED.sub(lambda match: " " * len(match.group()), text)
    found: dict[int, int] = {}
    relative: set[int] = set()
    last: tuple[int, int] | None = None
    for match in _YEAR.finditer(text):
        year = _value(match)
        if not _FIRST <= year <= today.year + _AHEAD:
            continue
        if last is not None and _RANGE.fullmatch(text, last[0], match.start()) and 0 < year - last[1] <= _MAX_SPAN:
            found |= {between: match.start() for between in range(last[1] + 1, year)}
        found.setdefault(year, match.start())
        last = (match.end(), year)
    for pattern, offset in _RELATIVE:
        if at := pattern.search(text):
            found.setdefault(today.year + offset, at.start())
            relative.add(today.year + offset)
    ordered = tuple(sorted(found, key=lambda year: (found[year], year)))
    return Years(ordered, tuple(year for year in ordered if year in relative), latest)


def years_in_name(text: str) -> frozenset[int]:
    """Years that a title or file name gives."""
    return frozenset(int(year) for year in re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", text))


def _value(match: re.Match[str]) -> int:
    if fiscal := match["fiscal"]:
        return int(fiscal) if len(fiscal) == 4 else 2000 + int(fiscal)
    if chinese := match["chinese"]:
        return int("".join(str(DIGITS[c]) for c in chinese))
    if two := match["two"]:
        return 2000 + int(two)
    return int(match["year"])
