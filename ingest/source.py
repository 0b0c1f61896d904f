"""What a reader gives: a file's text with hints of how it looked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["paragraph", "heading", "list_item", "table_row", "table_header", "footnote", "code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A line, paragraph or table row of the text. Blocks are in text order and do not overlap."""

    start: int
    end: int
    kind: BlockKind = "paragraph"
    level: int | None = None
    """Heading level the format itself gives (Markdown ``##``, Word style, HTML ``h2``, PDF bookmark)."""
    page: int | None = None
    """From 1."""
    size_pt: float | None = None
    bold: bool = False
    centered: bool = False
    table: int | None = None
    """Which table of the file a row belongs to, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """The text of one file, exactly what all offsets count in, and its blocks.

    A table row reads ``header: cell；header: cell`` or ``cell | cell``, one block a row, so that a
    row can be cited. Markdown and HTML markup is not part of the text; numbers that Word generates are.
    """

    text: str
    blocks: tuple[Block, ...]
    format: str
    """``txt``, ``md``, ``html``, ``docx``, ``pdf`` …"""
    page_starts: tuple[int, ...] = ()
    title: str | None = None
    """Title the format's own metadata gives, if any."""
    warnings: tuple[str, ...] = ()
