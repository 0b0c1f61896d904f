"""The few sentences that code itself says, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from rag.question import Language

_NOT_FOUND = {
    "zh": "在这些文件里没有找到能回答这个问题的条款。",
    "en": "No clause in these documents answers this question.",
}
_NOT_STATED = {
    "zh": "这些文件里有相关的条款，但没有写明所问的内容。",
    "en": "There are clauses on this, but they do not state what you ask.",
}
_NO_SUCH_YEAR = {
    "zh": "在这些文件里没有找到{years}年的相关内容，下面最接近的条款属于其他年份。",
    "en": "These documents say nothing of {years} about this; the closest clauses are of other years.",
}
_NO_SUCH_CLAUSE = {
    "zh": "{document}没有{address}{nearest}。",
    "en": "{document} has no {address}{nearest}.",
}
_OF_YEAR = {"zh": "（{year}年）", "en": " ({year})"}
_NO_LONGER_IN_FORCE = {
    "zh": "上面的条款出自已经失效的{document}。",
    "en": "The clause above is of {document}, which is no longer in force.",
}
_NOWHERE = {"zh": "这些文件里都没有{address}。", "en": "None of these documents has {address}."}
_NEAREST = {"zh": "，最近的是{label}", "en": "; the nearest is {label}"}
_NO_SUCH_PART = {
    "zh": "{above}没有{part}{count}{nearest}。",
    "en": "{above} has no {part}{count}{nearest}.",
}
_COUNT = {"zh": "，这样的共有{count}个", "en": "; it has {count}"}
_IN_SEVERAL = {
    "zh": "有{count}份文件都有这一条，这里只列出最相近的几份；写明文件名可以只看一份。",
    "en": "{count} documents have this clause; only the closest are shown. Name the document to see one.",
}
_COMPARED = {"zh": ("对比", "条款原文"), "en": ("Compared", "What the clause says")}
_SIDES = {
    "zh": {"old": "旧版本", "new": "现行版本", "earlier": "较早年份", "later": "较晚年份"},
    "en": {
        "old": "the old version",
        "new": "the current version",
        "earlier": "the earlier year",
        "later": "the later year",
    },
}
_NOTHING_ON = {"zh": "没有找到关于“{side}”的条款。", "en": "No clause was found on “{side}”."}
_REDACTED = {
    "zh": "文件没有显示这个内容（原文写作“{shown}”）。",
    "en": "The document does not show this (it is written as “{shown}”).",
}


def not_found(language: Language) -> str:
    """What is said when nothing answers."""
    return _NOT_FOUND[language]


def not_stated(language: Language) -> str:
    """What is said when the subject is dealt with, but not what is asked of it."""
    return _NOT_STATED[language]


def no_such_year(language: Language, years: Sequence[str]) -> str:
    """What is said when the clauses found are of other years than the question's."""
    return _NO_SUCH_YEAR[language].format(years=("、" if language == "zh" else ", ").join(years))


def redacted(language: Language, shown: str) -> str:
    """What is said where the source hides what is asked for; ``shown`` is how it is written."""
    return _REDACTED[language].format(shown=shown)


def compared(language: Language) -> tuple[str, str]:
    """The head of a table that sets things side by side."""
    return _COMPARED[language]


def side(language: Language, label: str) -> str:
    """How a side of a comparison is called: in words for versions and years, else as the question has it."""
    return _SIDES[language].get(label, label)


def nothing_on(language: Language, label: str) -> str:
    """What is said of a side of a comparison on which nothing was found."""
    return _NOTHING_ON[language].format(side=side(language, label))


def no_such_clause(language: Language, address: str, document: str, nearest: str = "") -> str:
    """What is said when a document has no such number; ``nearest`` is the label of the closest one."""
    near = _NEAREST[language].format(label=nearest) if nearest else ""
    return _NO_SUCH_CLAUSE[language].format(address=address, document=document, nearest=near)


def nowhere(language: Language, address: str) -> str:
    """What is said when no document has a number, and the question names none."""
    return _NOWHERE[language].format(address=address)


def no_longer_in_force(language: Language, document: str, year: int | None) -> str:
    """What is added below a clause of a version that is out of force, quoted for want of it in the one in force.

    The ``year`` tells the version, where the name does not.
    """
    if year and str(year) not in document:
        document += _OF_YEAR[language].format(year=year)
    return _NO_LONGER_IN_FORCE[language].format(document=document)


def no_such_part(language: Language, above: str, part: str, count: int, nearest: str = "") -> str:
    """What is said when a clause lacks a paragraph or an item; ``count`` is how many of them it has."""
    near = _NEAREST[language].format(label=nearest) if nearest else ""
    has = _COUNT[language].format(count=count) if count else ""
    return _NO_SUCH_PART[language].format(above=above, part=part, count=has, nearest=near)


def in_several(language: Language, count: int) -> str:
    """What is added when more documents have a clause than are shown."""
    return _IN_SEVERAL[language].format(count=count)
