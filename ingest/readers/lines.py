"""From the lines a reader finds to the text that everything quotes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.source import Block, BlockKind, SourceText
from rag.errors import DocumentError

_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\ufffb]"
)
_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")

BULLET = "• "
"""How an unnumbered list item is printed, whatever glyph its format asks for."""

_WIDE = "⺀-〿぀-ヿ㇀-㇯㐀-鿿豈-﫿︰-﹏！-～￠-￦𠀀-𱍊"
WIDE = re.compile(f"[{_WIDE}“”‘’…—·]")
"""A character that Chinese sets without a space to its neighbours."""
CJK = re.compile("[㐀-鿿豈-﫿𠀀-𱍊]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One paragraph, heading, item or table row on its way into a ``SourceText``.

    ``text`` is tidy (see ``tidy``) and without line breaks. ``breaks`` are offsets inside ``text``
    at which a further page begins.
    """

    text: str
    kind: BlockKind = "paragraph"
    level: int | None = None
    page: int | None = None
    size_pt: float | None = None
    bold: bool = False
    centered: bool = False
    table: int | None = None
    breaks: tuple[int, ...] = ()


def tidy(text: str) -> str:
    """Text without characters that print nothing, odd spaces made plain, no space at either end."""
    if text.isprintable():  # holds nothing that the patterns match, and is most text
        return text.strip()
    return _INVISIBLE.sub("", _SPACES.sub(" ", _SURROGATE.sub("\ufffd", text))).strip()


def split_lines(text: str) -> list[str]:
    """The lines of ``text`` at any of Unicode's line ends, each tidy; empty lines are left out."""
    return [line for line in map(tidy, _BREAKS.split(text)) if line]


def join_words(left: str, right: str) -> str:
    """Two pieces of one sentence joined as they are set: without a space between Chinese, else with one."""
    if not left or not right or left[-1].isspace() or right[0].isspace():
        return left + right
    if WIDE.match(left[-1]) and WIDE.match(right[0]):
        return left + right
    return f"{left} {right}"


def join_label(label: str, text: str) -> str:
    """A generated number before its text, spaced as people print it: ``一、总则``, ``第一条 为了``, ``1. Scope``."""
    if not label or not text:
        return label or text
    if label[-1] in "、，．：）】》〉」』" or (label[-1] in ".)" and WIDE.match(text[0])):
        return label + text
    return f"{label} {text}"


def assemble(
    lines: Iterable[Line],
    name: str,
    *,
    format: str,  # noqa: A002 - the field's name in SourceText
    title: str | None = None,
    pages: int = 0,
    warnings: Iterable[str] = (),
) -> SourceText:
    """The lines, one under the other, as a ``SourceText``; ``pages`` is how many the file has (0: none).

    Raises:
        DocumentError: no line holds any text.
    """
    parts: list[str] = []
    blocks: list[Block] = []
    begins: dict[int, int] = {}
    at = 0
    for line in lines:
        if not line.text:
            continue
        end = at + len(line.text)
        blocks.append(
            Block(
                start=at,
                end=end,
                kind=line.kind,
                level=line.level,
                page=line.page,
                size_pt=line.size_pt,
                bold=line.bold,
                centered=line.centered,
                table=line.table,
            )
        )
        if line.page is not None:
            begins.setdefault(line.page, at)
            for number, offset in enumerate(line.breaks, start=line.page + 1):
                begins.setdefault(number, at + offset)
        parts.append(line.text)
        at = end + 1
    if not blocks:
        raise DocumentError(f"{name}: the document holds no text; nothing to read")
    return SourceText(
        text="\n".join(parts),
        blocks=tuple(blocks),
        format=format,
        page_starts=_page_starts(begins, pages, at - 1),
        title=tidy(title) or None if title else None,
        warnings=tuple(warnings),
    )


def _page_starts(begins: dict[int, int], pages: int, length: int) -> tuple[int, ...]:
    """Offset of each page; a page without text begins where the next one with text does."""
    known = sorted(begins)
    starts = []
    for page in range(1, pages + 1):
        after = bisect_right(known, page - 1)
        starts.append(begins[known[after]] if after < len(known) else length)
    return tuple(starts)
