"""What closes a document below its last clause: contacts, its attachments, who signed it and when, copies.

A document's outline counts these lines as the end of its last clause, for nothing numbered begins there. They are
searched with it, but are no part of what it says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.normalize import length

_S = r"[ \u3000]*"
_CONTACT = re.compile(
    rf"[（(]?(?:联{_S}系{_S}(?:人|电话|方式|地址)|(?:咨询|监督|举报|值班)电话|电{_S}话|传{_S}真|(?:电子)?邮{_S}箱|抄{_S}送|报{_S}送|主题词)"
    rf"{_S}[:：]|[（(]此件|特此(?:通知|公告|通告|报告|函复|批复)"
)
_DATE = re.compile(
    rf"(?:[\d〇○零一二三四五六七八九]{{4}}|二[〇○零][\d〇○零一二三四五六七八九十]+){_S}年.{{1,4}}月.{{1,4}}日[。.]?"
)
_ATTACHMENTS = re.compile(rf"附{_S}件{_S}[:：]")
_ENTRY = re.compile(rf"(?:附{_S}件{_S})?\d{{1,2}}{_S}[.．、:：]")
_LONGEST_NAME = 40
"""Of one who signs, or of an attachment; a ``length``."""
_MOST_LINES = 40
_WORD = re.compile(r"\w")
_ASKED_FOR = re.compile(
    r"联系|电话|传真|邮箱|咨询|抄送|附件|落款|署名|签发|发文|印发|成文|发布|日期|哪[天日年]|什么时候|何时|谁"
    r"|\b(?:contact|phone|e-?mail|attach\w*|annex\w*|signed|issued|dated?|when|who)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[。；;：:，,]$")


def asks_for_closing(question: str) -> bool:
    """Whether a question may be answered by what closes a document: whom to ask, what is attached, who signed when."""
    return bool(_ASKED_FOR.search(question))


def closing_of(text: str, start: int, end: int) -> int:
    """Where what closes a document begins in ``text[start:end]``; ``end`` where nothing does.

    Read from the end upwards; the first line is the clause's own.
    """
    lines = _last_lines(text, start, end)
    first = len(lines)
    while first > 1 and (closing := _closes(lines, first - 1)):
        first -= closing
    return lines[first][0] if 0 < first < len(lines) else end


def _last_lines(text: str, start: int, end: int) -> list[tuple[int, str]]:
    """The last lines that are neither empty nor a mere rule (---), each with its offset."""
    lines: list[tuple[int, str]] = []
    while end > start and len(lines) < _MOST_LINES:
        at = text.rfind("\n", start, end) + 1 or start
        line = text[at:end].strip()
        if _WORD.search(line):
            lines.append((at, line))
        end = at - 1
    return lines[::-1]


def _closes(lines: Sequence[tuple[int, str]], last: int) -> int:
    """How many lines that end with line ``last`` belong to the closing; 0 for none."""
    line = lines[last][1]
    if _CONTACT.match(line) or _ATTACHMENTS.match(line):
        return 1
    if _DATE.fullmatch(line):
        above = lines[last - 1][1]
        signed = last > 1 and length(above) <= _LONGEST_NAME and not _ENDS.search(above) and not _ENTRY.match(above)
        return 2 if signed and not _CONTACT.match(above) else 1
    top = last
    while top > 1 and _ENTRY.match(lines[top][1]) and length(lines[top][1]) <= _LONGEST_NAME:
        top -= 1
    return last - top + 1 if top < last and _ATTACHMENTS.match(lines[top][1]) else 0
