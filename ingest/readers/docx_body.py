"""The body of a Word document, paragraph by paragraph and row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.readers.docx_numbering import Numbering, NumberingCounter
from ingest.readers.docx_runs import Pieces, Runs
from ingest.readers.docx_styles import Style, Styles
from ingest.readers.lines import Line, join_label, split_lines
from ingest.readers.ooxml import W, flag, value, w
from ingest.readers.tables import Cell, is_layout, table_lines
from ingest.source import BlockKind

_TRANSPARENT = frozenset(w(name) for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
_LONGEST_CELL_CHARS = 1200
_DEEPEST = 20
"""Tables inside tables; more is not written by people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the body refers to."""

    styles: Styles
    numbering: Numbering
    footnotes: Mapping[str, Any] = field(default_factory=dict)
    endnotes: Mapping[str, Any] = field(default_factory=dict)


class Body:
    """Reads one document in order, counting its numbered paragraphs, notes and tables."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._counter = NumberingCounter(parts.numbering)
        self._runs = Runs(parts.styles)
        self._tables = 0
        self._notes = 0
        self._carried: Pieces | None = None
        self._end: list[Line] = []

    @property
    def struck(self) -> Sequence[str]:
        """The struck-out words of what was read so far."""
        return self._runs.struck

    def lines(self, body: Any) -> Iterator[Line]:
        """Every line; a footnote follows the paragraph it belongs to, endnotes close the document."""
        yield from self._block(body, 0)
        yield from self._end

    def _block(self, parent: Any, depth: int) -> Iterator[Line]:
        for node in parent:
            if node.tag == w("p"):
                yield from self._paragraph(node, depth)
            elif node.tag == w("tbl"):
                yield from self._table(node, depth)
            elif node.tag in _TRANSPARENT:
                yield from self._block(node, depth)

    def _paragraph(self, node: Any, depth: int) -> Iterator[Line]:
        properties = node.find(w("pPr"))
        style = self._parts.styles.paragraph(properties)
        pieces = self._runs.read(node, style, self._note_mark)
        if self._carried is not None:
            pieces, self._carried = self._carried.followed_by(pieces), None
        if _mark_is_deleted(properties):
            self._carried = pieces
            return
        label, listed = self._label(properties, style, pieces)
        yield from _lines(pieces, style, label, listed=listed)
        for box in pieces.boxes:
            if depth < _DEEPEST:
                yield from self._block(box, depth + 1)
        for mark, kind, note in pieces.notes:
            yield from self._note(mark, kind, note)

    def _label(self, properties: Any, style: Style, pieces: Pieces) -> tuple[str, bool]:
        """The number before a paragraph, and whether it is an item of a list.

        An empty one is not counted; one that is struck out keeps the number that Word shows.
        """
        num_id, index = style.list
        style_id = None if properties is None else value(properties.find(w("pStyle")), "val")
        linked = self._parts.numbering.by_style.get(style_id or "")
        if linked and (num_id is None or self._same_list(num_id, linked[0])):
            index = linked[1] if index is None else index
        if num_id is None or num_id == "0" or not (pieces.text.strip() or pieces.struck.strip()):
            return "", False
        label = self._counter.label(num_id, index or 0)
        return (label + "\0" if self._counter.is_glued(num_id, index or 0) else label), bool(label)

    def _same_list(self, one: str, other: str) -> bool:
        abstract = self._parts.numbering.abstract
        return abstract.get(one) is not None and abstract.get(one) == abstract.get(other)

    def _note_mark(self, kind: str, note_id: str) -> tuple[str, Any]:
        notes = self._parts.footnotes if kind == "footnote" else self._parts.endnotes
        note = notes.get(note_id)
        if note is None:
            return "", None
        self._notes += 1
        return str(self._notes).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")), note

    def _note(self, mark: str, kind: str, note: Any) -> Iterator[Line]:
        texts = [
            text
            for paragraph in note.iter(w("p"))
            for text in split_lines(self._runs.read(paragraph, Style(), lambda *_: ("", None)).text)
        ]
        if not texts:
            return
        line = Line(text=f"{mark} {' '.join(texts)}", kind="footnote")
        if kind == "footnote":
            yield line
        else:
            self._end.append(line)

    def _table(self, node: Any, depth: int) -> Iterator[Line]:
        if depth >= _DEEPEST:
            return
        header_rows, rows, cells = self._cells(node, depth)
        long = any(len(cell.text) > _LONGEST_CELL_CHARS for row in rows for cell in row)
        if is_layout(rows) or long:
            yield from (line for content in cells for line in content)
            return
        table, self._tables = self._tables, self._tables + 1
        yield from table_lines(rows, table=table, header_rows=header_rows or None)

    def _cells(self, node: Any, depth: int) -> tuple[int, list[list[Cell]], list[list[Line]]]:
        """Header rows by Word's own mark, cells by row, and each cell's lines."""
        header_rows = 0
        rows: list[list[Cell]] = []
        contents: list[list[Line]] = []
        spans: dict[int, tuple[int, int]] = {}
        for tr in _children(node, "tr"):
            if flag(tr.find(w("trPr")), "del"):
                continue
            header_rows += header_rows == len(rows) and flag(tr.find(w("trPr")), "tblHeader")
            row: list[Cell] = []
            column = _integer(value(_child(tr.find(w("trPr")), "gridBefore"), "val"), 0)
            row.extend([Cell(text="")] * min(column, 50))
            for tc in _children(tr, "tc"):
                lines = list(self._block(tc, depth + 1))
                contents.append(lines)
                column = self._place(tc, "\n".join(line.text for line in lines), column, rows, row, spans)
            rows.append(row)
        return header_rows, rows, contents

    def _place(
        self,
        tc: Any,
        text: str,
        column: int,
        rows: list[list[Cell]],
        row: list[Cell],
        spans: dict[int, tuple[int, int]],
    ) -> int:
        """Put a cell in its row, or lengthen the one above it that it is merged with; the next column."""
        properties = tc.find(w("tcPr"))
        width = max(1, _integer(value(_child(properties, "gridSpan"), "val"), 1))
        merge = _child(properties, "vMerge")
        above = spans.get(column)
        if merge is not None and value(merge, "val") != "restart" and above is not None:
            line, place = above
            cell = rows[line][place]
            rows[line][place] = Cell(text=cell.text, colspan=cell.colspan, rowspan=len(rows) - line + 1)
            return column + width
        spans.pop(column, None)
        if merge is not None:
            spans[column] = (len(rows), len(row))
        row.append(Cell(text=text, colspan=width))
        return column + width


def _lines(pieces: Pieces, style: Style, label: str, *, listed: bool) -> Iterator[Line]:
    level = style.level if style.level is not None and style.level >= 0 else None
    kind: BlockKind = "heading" if level is not None else "list_item" if listed else "paragraph"
    for text in split_lines(pieces.text):
        joined = label[:-1] + text if label.endswith("\0") else join_label(label, text)
        yield Line(
            text=joined,
            kind=kind,
            level=level,
            bold=pieces.bold,
            size_pt=pieces.size_pt,
            centered=bool(style.centered),
        )
        label = ""


def _mark_is_deleted(properties: Any) -> bool:
    """Whether the paragraph's end was deleted as a tracked change: it runs on into the next one."""
    mark = None if properties is None else properties.find(w("rPr"))
    return mark is not None and mark.find(w("del")) is not None


def _children(node: Any, name: str) -> Iterator[Any]:
    """Children of a name, through content controls and insertions."""
    for child in node:
        if child.tag == w(name):
            yield child
        elif child.tag in _TRANSPARENT:
            yield from _children(child, name)


def _child(node: Any, name: str) -> Any:
    return None if node is None else node.find(f"{{{W}}}{name}")


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() and len(text) < 5 else default
