"""Characters placed on a page, brought together to rows and to the cells of ruled tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.readers.lines import WIDE, join_words, tidy
from ingest.readers.pdf_layout import Row
from ingest.readers.pdf_tables import Ruling
from ingest.readers.tables import Cell

_GAP_EMS = 1.2
_WIDE_SPACE_EMS = 0.6
_LONGEST_CELL_CHARS = 1200


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character with its box; ``quarter`` is in how many quarter turns it is set.

    ``guessed``: a space that is not in the file, PDFium takes a gap for one.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size_pt: float
    bold: bool
    quarter: int
    guessed: bool = False


def page_rows(glyphs: Sequence[Glyph | None], tables: Sequence[Ruling], page: int) -> list[Row]:
    """The rows of one page from its glyphs in the file's order (None: a line end), each table as one row."""
    inside: list[list[Glyph | None]] = [[] for _ in tables]
    outside: list[Glyph | None] = []
    for glyph in glyphs:
        home = _table_of(glyph, tables)
        if home is None:
            outside.append(glyph)
        else:
            inside[home].append(glyph)
    rows = _rows(outside, page)
    for ruling, held in zip(tables, inside, strict=True):
        cells = _cells(ruling, held, page)
        if (
            len({cell.text for row in cells for cell in row if cell.text}) > 1
            and _longest(cells) <= _LONGEST_CELL_CHARS
        ):
            rows.append(_table_row(ruling, cells, held, page))
        else:
            rows.extend(_rows(held, page))
    return rows


def _table_of(glyph: Glyph | None, tables: Sequence[Ruling]) -> int | None:
    if glyph is None:
        return None
    x, y = (glyph.left + glyph.right) / 2, (glyph.bottom + glyph.top) / 2
    return next((index for index, ruling in enumerate(tables) if ruling.holds(x, y)), None)


def _longest(cells: Sequence[Sequence[Cell]]) -> int:
    return max((len(cell.text) for row in cells for cell in row), default=0)


def _cells(ruling: Ruling, glyphs: Sequence[Glyph | None], page: int) -> list[list[Cell]]:
    """The cells of a table by row, each with the words inside its lines."""
    home = {
        (cell.row + down, cell.column + right): cell
        for cell in ruling.cells
        for down in range(cell.rowspan)
        for right in range(cell.colspan)
    }
    held: dict[tuple[int, int], list[Glyph | None]] = {}
    for glyph in glyphs:
        if glyph is not None:
            cell = home[ruling.place((glyph.left + glyph.right) / 2, (glyph.bottom + glyph.top) / 2)]
            held.setdefault((cell.row, cell.column), []).append(glyph)
    rows: list[list[Cell]] = [[] for _ in ruling.ys[1:]]
    for cell in ruling.cells:
        text = ""
        for row in sorted(_rows(held.get((cell.row, cell.column), []), page), key=lambda row: (-row.bottom, row.left)):
            text = join_words(text, row.text)
        rows[cell.row].append(Cell(text=text, rowspan=cell.rowspan, colspan=cell.colspan))
    return rows


def _table_row(ruling: Ruling, cells: list[list[Cell]], glyphs: Sequence[Glyph | None], page: int) -> Row:
    """The whole table as one row of the page's layout."""
    sizes = sorted(glyph.size_pt for glyph in glyphs if glyph is not None)
    return Row(
        text="",
        page=page,
        left=ruling.xs[0],
        right=ruling.xs[-1],
        bottom=ruling.ys[-1],
        top=ruling.ys[0],
        size_pt=sizes[len(sizes) // 2],
        cells=tuple(tuple(row) for row in cells),
    )


def _rows(glyphs: Sequence[Glyph | None], page: int) -> list[Row]:
    rows: list[Row] = []
    run: list[Glyph] = []
    for glyph in [*glyphs, None]:
        if glyph is None or (run and _is_apart(run, glyph)):
            rows.extend(_row(run, page))
            run = []
        if glyph is not None:
            run.append(glyph)
    return rows


def _is_apart(run: Sequence[Glyph], glyph: Glyph) -> bool:
    """Whether a glyph stands on another line, or too far away to belong to the same words."""
    if glyph.text.isspace():
        return False
    last = next((other for other in reversed(run) if not other.text.isspace()), None)
    if last is None:
        return False
    middle = (glyph.bottom + glyph.top) / 2
    size = max(last.size_pt, glyph.size_pt, 1.0)
    off_line = not last.bottom - 0.2 * size < middle < last.top + 0.2 * size
    return off_line or glyph.left - last.right > _GAP_EMS * size or last.left - glyph.left > 2 * size


def _is_no_space(run: Sequence[Glyph], index: int) -> bool:
    """Whether a guessed space is only the loose setting of Chinese."""
    if not run[index].guessed or not 0 < index < len(run) - 1:
        return False
    before, after = run[index - 1], run[index + 1]
    is_chinese = WIDE.match(before.text) or WIDE.match(after.text)
    return bool(is_chinese) and after.left - before.right < _WIDE_SPACE_EMS * after.size_pt


def _row(run: Sequence[Glyph], page: int) -> list[Row]:
    text = tidy("".join(glyph.text for index, glyph in enumerate(run) if not _is_no_space(run, index)))
    inked = [glyph for glyph in run if not glyph.text.isspace()]
    if not text or not inked:
        return []
    sizes = sorted(glyph.size_pt for glyph in inked)
    return [
        Row(
            text=text,
            page=page,
            left=min(glyph.left for glyph in inked),
            right=max(glyph.right for glyph in inked),
            bottom=min(glyph.bottom for glyph in inked),
            top=max(glyph.top for glyph in inked),
            size_pt=sizes[len(sizes) // 2],
            bold=sum(glyph.bold for glyph in inked) > 0.6 * len(inked),
        )
    ]
