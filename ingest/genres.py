"""How official documents name their own kind, in Chinese and in English, at the end of a title."""

from __future__ import annotations

import re

GENRE = re.compile(
    r"(?:通知|意见|办法|规定|条例|章程|细则|方案|要点|总结|计划|报告|讲话|制度|规则|准则|守则|决定|决议|函|批复|公告|通告|通报|纪要|规程|规范"
    r"|指南|预案|手册|须知|规划|纲要|(?<![方做看执司立合守违非依用说])法|解释|标准|协议|公约|倡议书|措施|责任制|清单|说明|答复|令|请示|议案|宣言|声明|汇编|解答)"
    r"(?:[（(][^）)]{1,16}[）)])*$"
)
"""Matches a title that ends with its genre (…工作总结, …管理办法（试行）)."""
ENGLISH_GENRE = re.compile(
    r"\b(?:polic(?:y|ies)|procedures?|handbook|manual|guide(?:lines?|book)?|plan|programme|report|rules|regulations?|charter"
    r"|agreement|standards?|minutes|notice|strategy|framework|protocol|statutes?|act|directive|terms|scheme|faqs?"
    r"|frequently asked questions|(?:code|terms|rules|minutes) (?:of|for) [\w' -]{3,40})"
    r"(?:\W+(?:(?:19|20)\d\d(?:\W\d\d(?:\d\d)?)?|v(?:ersion)? ?[\d.]+))?\W*$",
    re.IGNORECASE,
)
"""The same for English ones (Procurement Policy 2026, Code of Conduct)."""
