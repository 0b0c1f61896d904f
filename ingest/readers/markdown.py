"""Markdown: the words without the markup, headings with their levels.

CommonMark and pipe tables through markdown-it-py, with three departures that policy texts need:
asterisks that stand for a hidden figure are text (``stars.py``), lines indented by four spaces are
paragraphs, not code, and a line break in Chinese text stays where a line ends a sentence or an item begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.readers import limits
from ingest.readers.encoding import decode
from ingest.readers.html import fragment_lines
from ingest.readers.lines import BULLET, WIDE, Line, assemble, join_label, join_words, split_lines, tidy
from ingest.readers.stars import mark_stars
from ingest.readers.struck import closed_up, struck_warning
from ingest.readers.tables import Cell, table_lines
from ingest.source import BlockKind, SourceText

if TYPE_CHECKING:
    from markdown_it.token import Token

LIMIT_BYTES = 4 * limits.MIB
_LONGEST_INLINE = 100_000
"""A longer paragraph is not Markdown written by people, and inline markup in it costs quadratic time."""

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:", re.MULTILINE)
_MOST_DEFINITIONS = 2_000
"""Link definitions one below the other cost quadratic time; a text with more of them keeps them as text."""
_FOOTNOTE = re.compile(r"^\[\^", re.MULTILINE)
_ITEM = re.compile(
    r"[(（]?(?:[一二三四五六七八九十百]{1,4}|\d{1,3}|[a-zA-Z]|[ivx]{1,5})[)）、.．]|第[一二三四五六七八九十百千\d]{1,6}[条章节编款]|[①-⑳•]"
)
_SENTENCE_END = re.compile(r"[。；：！？!?;:…”」』）)]$")
_SHORT_LINE_CHARS = 20
_STRONG = {"strong_open": 1, "strong_close": -1, "<strong>": 1, "</strong>": -1}
_MARKUP = re.compile(r"[\\*_`\[\]<>&!~\n]")
_TILDES = re.compile(r"(?<![\\~\d])~~(?=[^\s~])((?:[^~]|~(?!~))+)(?<=[^\s~])~~(?!~)")
"""Struck out; behind a figure two tildes may stand for “to” (100~~200元)."""
_DELETED = re.compile(r"<(/)?(del|s|strike)\b[^>]*>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def read_markdown(data: bytes, name: str) -> SourceText:
    """The words of a Markdown file; front matter gives the title only, comments are dropped.

    Raises:
        DocumentError: empty, too large, binary, or in an unknown encoding.
    """
    limits.check_size(len(data), name, LIMIT_BYTES, "split it, or name it .txt if it is plain text")
    text, warnings = decode(data, name)
    text = re.sub("\r\n?|[\u2028\u2029\x0b\x0c\x85]", "\n", text)
    title = None
    front = _FRONT_MATTER.match(text)
    if front:
        text = text[front.end() :]
        named = _TITLE.search(front.group(1))
        title = named.group(1).strip("\"'") if named else None
    lines, struck = markdown_lines(text, name)
    return assemble(lines, name, format="md", title=title, warnings=[*warnings, *struck_warning(struck)])


def markdown_lines(text: str, name: str) -> tuple[list[Line], list[str]]:
    """The blocks of Markdown ``text`` as lines, and what was struck out; ``name`` is for messages."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table").disable(["code", "inline"])
    inline = MarkdownIt("commonmark")
    if len(_DEFINITION.findall(text)) > _MOST_DEFINITIONS:
        parser.disable("reference")
    tokens = parser.parse(_FOOTNOTE.sub(r"\\[^", text))
    walk = _Walk(inline, name)
    return list(walk.lines(tokens)), walk.struck


@dataclass
class _List:
    number: int | None
    delimiter: str


@dataclass
class _Walk:
    """Turns the block tokens of one document into lines."""

    inline: object
    name: str
    lists: list[_List] = field(default_factory=list)
    label: str = ""
    tables: int = 0
    struck: list[str] = field(default_factory=list)

    def lines(self, tokens: list[Token]) -> Iterator[Line]:
        """Every block in order."""
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.type == "table_open":
                close = next(i for i in range(index, len(tokens)) if tokens[i].type == "table_close")
                yield from self._table(tokens[index:close])
                index = close
            elif token.type == "inline":
                yield from self._inline(token, tokens[index - 1])
            elif token.type in {"fence", "code_block"}:
                yield from (Line(text=line, kind="code") for line in split_lines(token.content))
            elif token.type == "html_block":
                yield from self._html(token.content)
            else:
                self._list_token(token)
            index += 1

    def _list_token(self, token: Token) -> None:
        if token.type == "ordered_list_open":
            self.lists.append(_List(int(token.attrGet("start") or 1), token.markup))
        elif token.type == "bullet_list_open":
            self.lists.append(_List(None, ""))
        elif token.type in {"ordered_list_close", "bullet_list_close"}:
            self.lists.pop()
        elif token.type == "list_item_open":
            kept = self.lists[-1]
            self.label = BULLET.strip() if kept.number is None else f"{token.info}{token.markup}"

    def _inline(self, token: Token, opener: Token) -> Iterator[Line]:
        heading = opener.type == "heading_open"
        level = int(opener.tag[1]) if heading else None
        kind: BlockKind = "heading" if heading else "list_item" if self.label else "paragraph"
        label, self.label = self.label, ""
        for text, bold in self._texts(token.content):
            yield Line(text=join_label(label, text), kind=kind, level=level, bold=bold)
            label = ""
            kind = "heading" if heading else "paragraph"

    def _texts(self, content: str) -> list[tuple[str, bool]]:
        """The printed lines of one paragraph, each with whether it is bold throughout."""
        if len(content) > _LONGEST_INLINE or not _MARKUP.search(content):
            return [(line, False) for line in split_lines(content)]
        parts: list[str] = [""]
        plain: list[bool] = [False]
        strong = deleted = 0
        content = _TILDES.sub(r"<del>\1</del>", content)
        closed = {mark.group(2).lower() for mark in _DELETED.finditer(content) if mark.group(1)}
        children = self.inline.parseInline(mark_stars(content))[0].children or []  # type: ignore[attr-defined]
        for child in children:
            if child.type in _STRONG or child.content in _STRONG:
                strong += _STRONG.get(child.type) or _STRONG[child.content]
            elif child.type == "html_inline" and (mark := _DELETED.match(child.content)):
                deleted = max(0, deleted + (-1 if mark.group(1) else mark.group(2).lower() in closed))
            elif deleted:
                self.struck.append("" if child.type == "html_inline" else child.content)
            elif child.type == "softbreak":
                parts.append("\n")
                plain.append(False)
            elif child.type == "hardbreak" or (child.type == "html_inline" and _BREAK.match(child.content)):
                parts.append("")
                plain.append(False)
            elif child.content and child.type not in {"html_inline", "image"}:
                parts[-1] += child.content
                plain[-1] = plain[-1] or (not strong and bool(child.content.strip()))
        return _unwrapped([closed_up(part) for part in parts] if closed else parts, plain)

    def _table(self, tokens: list[Token]) -> Iterator[Line]:
        rows: list[list[Cell]] = []
        for index, token in enumerate(tokens):
            if token.type == "tr_open":
                rows.append([])
            elif token.type in {"th_open", "td_open"}:
                text = " ".join(text for text, _ in self._texts(tokens[index + 1].content))
                rows[-1].append(Cell(text=text, header=token.type == "th_open"))
        yield from table_lines(rows, table=self.tables, header_rows=1)
        self.tables += 1

    def _html(self, content: str) -> Iterator[Line]:
        lines, struck = fragment_lines(content, self.name, first_table=self.tables)
        self.struck += struck
        for line in lines:
            self.tables = max(self.tables, (line.table or 0) + 1) if line.table is not None else self.tables
            yield line


def _unwrapped(parts: list[str], plain: list[bool]) -> list[tuple[str, bool]]:
    """Printed lines from source lines; one that begins with a line feed may belong to the line before it."""
    lines: list[tuple[str, bool]] = []
    for part, is_plain in zip(parts, plain, strict=True):
        text = tidy(part)
        if not text:
            continue
        if part.startswith("\n") and lines and _wraps(lines[-1][0], text):
            before, bold = lines[-1]
            lines[-1] = (join_words(before, text), bold and not is_plain)
        else:
            lines.append((text, not is_plain))
    return lines


def _wraps(before: str, after: str) -> bool:
    """Whether ``after`` goes on with the sentence of ``before``, the break being only in the source."""
    if _ITEM.match(after):
        return False
    if WIDE.match(before[-1]) or WIDE.match(after[0]):
        return len(before) >= _SHORT_LINE_CHARS and not _SENTENCE_END.search(before)
    return True
