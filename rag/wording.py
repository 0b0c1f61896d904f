"""The few sentences that code itself says, in both languages."""

from __future__ import annotations

from rag.question import Language

_NOT_FOUND = {
    "zh": "在这些文件里没有找到能回答这个问题的条款。",
    "en": "No clause in these documents answers this question.",
}
_NO_SUCH_CLAUSE = {
    "zh": "{document}没有{address}。",
    "en": "{document} has no {address}.",
}
_REDACTED = {
    "zh": "文件没有显示这个内容（原文写作“{shown}”）。",
    "en": "The document does not show this (it is written as “{shown}”).",
}


def not_found(language: Language) -> str:
    """What is said when nothing answers."""
    return _NOT_FOUND[language]


def redacted(language: Language, shown: str) -> str:
    """What is said where the source hides what is asked for; ``shown`` is how it is written."""
    return _REDACTED[language].format(shown=shown)


def no_such_clause(language: Language, address: str, document: str) -> str:
    """What is said when a document has no such number."""
    return _NO_SUCH_CLAUSE[language].format(address=address, document=document)
