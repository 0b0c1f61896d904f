"""The words around a name in a question: whether they speak of a text, and whether they make it another body's."""

from __future__ import annotations

import re

_FRAME_BEFORE = re.compile(
    r"(?:按照|根据|依据|依照|参照|遵照|违反|对照|按|在|《|\b(?:under|per|to|in|of|does|do|say|with|by)(?:\s+the)?)"
    r"\s*(?:\d{4}\s*年?的?)?\s*$"
)
_FRAME_AFTER = re.compile(
    r"\s*》?\s*(?:第\s*[\d零一二三四五六七八九十百(]|中|里|内|上|规定|要求|怎么|如何|是怎|有没有|[一二三四五六七八九十]\s*[、(]"
    r"|(?:article|section|chapter|annex|clause|state|says?|require|provide|cover|set))"
)
_QUOTED_AFTER_NAME = re.compile(r"[㐀-鿿][“\"「]$")


def is_framed(text: str, start: int, end: int) -> bool:
    """Whether the words around speak of a text: 按照…, …第三条, …里, "under the …", "does the … say"."""
    return bool(_FRAME_BEFORE.search(text[max(0, start - 24) : start]) or _FRAME_AFTER.match(text, end))


def is_another_bodys(before: str) -> bool:
    """Whether a quoted name follows whose it is, in words that its document's title has not: 支部的学习“三年计划”."""
    return bool(_QUOTED_AFTER_NAME.search(before)) and not is_framed(before[:-1], len(before) - 1, len(before) - 1)
