"""One way to print a table row in every format, with its header, so that a row can stand alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from ingest.readers.lines import CJK, Line, tidy
from ingest.source import BlockKind

_SPAN_LIMIT = 100
_CELL_LIMIT = 500_000
_NUMBER = re.compile(r"[\d\s.,:：%％+\-–—/¥$€万亿元]+")
_SPACED_OUT = re.compile(r"^[㐀-鿿](?:\s+[㐀-鿿])+$")
_NOTE = re.compile(r"(?:注|备注|附注|说明|notes?)\s*\d{0,2}\s*[:：]", re.IGNORECASE)
_LONGEST_LABEL = 40
_FEWEST_TITLED_COLUMNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell as the format gives it; ``text`` may hold line breaks, which become spaces."""

    text: str
    header: bool = False
    colspan: int = 1
    rowspan: int = 1


Grid = list[list[Cell | None]]


def table_lines(
    rows: Sequence[Sequence[Cell]], *, table: int, header_rows: int | None = None, page: int | None = None
) -> list[Line]:
    """The rows of one table as lines.

    A row reads ``岗位：科员；标准：300元`` or ``Grade: B; Allowance: 50`` under a header, and
    ``a | b`` where the table has none; rows that alternate label and value read the same way.
    Empty cells are left out, a cell that spans rows stands in each of them. The header's own row
    is printed as ``岗位 | 标准``. ``header_rows`` None: judged from the cells.
    """
    grid = [row for row in _resolve(rows) if any(cell is not None and cell.text for cell in row)]
    if not grid:
        return []
    captions = _captions(grid) if not header_rows else []
    grid = grid[len(captions) :]
    header_rows = min(_header_rows(grid) if header_rows is None else header_rows, len(grid) - 1)
    names = [_column_name(grid[:header_rows], column) for column in range(len(grid[0]))]
    chinese = any(CJK.search(cell.text) for row in grid[: header_rows + 1] for cell in row if cell)
    lines = [Line(text=text, kind="table_header", table=table, page=page) for text in captions]
    for index, row in enumerate(grid):
        if index < header_rows:
            text = " | ".join(cell.text for cell, _ in _spans(row))
        else:
            text = _row_text(row, names, chinese=chinese)
        if text:
            kind: BlockKind = "table_header" if index < header_rows else "table_row"
            lines.append(Line(text=text, kind=kind, table=table, page=page))
    return lines


def header_depth(rows: Sequence[Sequence[Cell]]) -> int:
    """How many of the rows are captions and header, judged from the cells."""
    grid = _resolve(rows)
    captions = _captions(grid)
    return len(captions) + (_header_rows(grid[len(captions) :]) if len(grid) > len(captions) else 0)


def is_layout(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether the table only places text on the page: a single column, or one cell."""
    return all(len(row) <= 1 for row in rows)


def _resolve(rows: Sequence[Sequence[Cell]]) -> Grid:
    """Rows of equal length in which a spanning cell stands in every place it covers."""
    grid: Grid = []
    pending: dict[int, tuple[int, Cell]] = {}
    used = 0
    for row in rows:
        placed: dict[int, Cell] = {}
        below: dict[int, tuple[int, Cell]] = {}
        for column, (left, cell) in pending.items():
            placed[column] = cell
            if left > 1:
                below[column] = (left - 1, cell)
        column = 0
        for raw in row:
            while column in placed:
                column += 1
            cell = Cell(text=_one_line(raw.text), header=raw.header, colspan=raw.colspan, rowspan=raw.rowspan)
            for _ in range(max(1, min(raw.colspan, _SPAN_LIMIT))):
                placed[column] = cell
                if raw.rowspan > 1:
                    below[column] = (min(raw.rowspan, len(rows)) - 1, cell)
                column += 1
        pending = below
        width = max(placed, default=-1) + 1
        used += width
        if used > _CELL_LIMIT:
            break
        grid.append([placed.get(column) for column in range(width)])
    widest = max((len(row) for row in grid), default=0)
    return [row + [None] * (widest - len(row)) for row in grid] if widest * len(grid) <= _CELL_LIMIT else grid


def _one_line(text: str) -> str:
    return " ".join(tidy(text).split())


def _spans(row: Sequence[Cell | None]) -> list[tuple[Cell, list[int]]]:
    """The cells of a row that hold text, each once, with the columns it covers."""
    found: list[tuple[Cell, list[int]]] = []
    for column, cell in enumerate(row):
        if cell is None or not cell.text:
            continue
        if found and found[-1][0] is cell:
            found[-1][1].append(column)
        else:
            found.append((cell, [column]))
    return found


def _captions(grid: Grid) -> list[str]:
    """Texts of the rows above the table proper: one cell over its whole width, or alone above a header.

    In two columns a cell alone is a label whose value is left blank, as likely as a title.
    """
    lone = [cells[0] for row in takewhile(lambda row: len(_spans(row)) == 1, grid[:-1]) for cells in [_spans(row)]]
    width = len(grid[0])
    if (
        width < _FEWEST_TITLED_COLUMNS
        or any(_is_label(cell) for cell, _ in lone)
        or not _header_rows(grid[len(lone) :])
    ):
        lone = list(takewhile(lambda one: len(one[1]) == width > 1, lone))
    return [cell.text for cell, _ in lone]


def _header_rows(grid: Grid) -> int:
    marked = 0
    for row in grid:
        if not all(cell.header for cell, _ in _spans(row)):
            break
        marked += 1
    if marked:
        return marked
    return _stacked_header_rows(grid) or (1 if _looks_like_header(grid) else 0)


def _stacked_header_rows(grid: Grid) -> int:
    """Rows of a header in which a cell over several columns stands above their own names."""
    first = _spans(grid[0])
    depth = max((cell.rowspan for cell, _ in first), default=1)
    if not 2 <= depth < len(grid) or not any(cell.colspan > 1 for cell, _ in first):
        return 0
    if any(cell.colspan == 1 and cell.rowspan != depth for cell, _ in first):
        return 0
    words = [cell.text for row in grid[:depth] for cell, _ in _spans(row)]
    return depth if all(len(text) <= _LONGEST_LABEL and not _is_figure(text) for text in words) else 0


def _is_figure(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text))


def _looks_like_header(grid: Grid) -> bool:
    """A first row of short, different words with no figures among them, over at least one further row."""
    first = _spans(grid[0])
    texts = [cell.text for cell, _ in first]
    return (
        len(grid) > 1
        and len(texts) >= 2
        and all(cell is not None and cell.text for cell in grid[0])
        and all(len(columns) == 1 for _, columns in first)
        and len(set(texts)) == len(texts)
        and all(len(text) <= _LONGEST_LABEL and not _is_figure(text) for text in texts)
        and not any(_is_label(cell) for cell, _ in first)
    )


def _is_label(cell: Cell) -> bool:
    return cell.header or cell.text.endswith((":", "："))


def _column_name(header: Grid, column: int) -> str:
    words: list[str] = []
    for row in header:
        cell = row[column] if column < len(row) else None
        name = _label(cell.text) if cell else ""
        if name and name not in words:
            words.append(name)
    return "/".join(words)


def _label(text: str) -> str:
    """A label without its colon; characters spaced out to fill a cell (标　　题) are brought together."""
    text = text.rstrip(":： ").strip()
    return "".join(text.split()) if _SPACED_OUT.match(text) else text


def _row_text(row: Sequence[Cell | None], names: Sequence[str], *, chinese: bool) -> str:
    cells = _spans(row)
    colon, semicolon = ("：", "；") if chinese else (": ", "; ")
    if len(cells) == 1 and (len(cells[0][1]) == len(row) > 1 or _NOTE.match(cells[0][0].text)):
        return cells[0][0].text
    if not any(names):
        return _labelled(row, colon, semicolon)
    parts = []
    for cell, columns in cells:
        name = "/".join(dict.fromkeys(names[column] for column in columns if names[column]))
        parts.append(f"{name}{colon}{cell.text}" if name else cell.text)
    return semicolon.join(parts)


def _labelled(row: Sequence[Cell | None], colon: str, semicolon: str) -> str:
    """A row without a header above it: label and value in turn, or cells side by side."""
    cells = list({id(cell): cell for cell in row if cell is not None}.values())
    if not any(cell.text and _is_label(cell) for cell in cells):
        return " | ".join(cell.text for cell, _ in _spans(row))
    parts: list[str] = []
    label = ""
    for cell in cells:
        if cell.text and _is_label(cell):
            if label:
                parts.append(label + colon.rstrip())
            label = _label(cell.text)
        elif label:
            parts.append(f"{label}{colon}{cell.text}" if cell.text else label + colon.rstrip())
            label = ""
        elif cell.text:
            parts.append(cell.text)
    return semicolon.join([*parts, label + colon.rstrip()] if label else parts)
