"""One PDF page through PDFium: its glyphs as rows, its ruled tables as cells."""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.readers.lines import WIDE, join_words, tidy
from ingest.readers.pdf_layout import Row
from ingest.readers.pdf_tables import Ruling, Stroke, rulings
from ingest.readers.tables import Cell

_BOLD_WEIGHT = 600
_GAP_EMS = 1.2
_WIDE_SPACE_EMS = 0.6
_SIDEWAYS_SHARE = 0.2
_THIN_PT = 2.5
_LONGEST_CELL_CHARS = 1200
_MOST_OBJECTS = 20_000

Turn = Callable[[float, float, float, float], tuple[float, float, float, float]]


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


def read_page(document: Any, number: int) -> tuple[list[Row] | None, float]:
    """The rows of page ``number`` (from 1; None: it cannot be loaded) and its height in points."""
    import pypdfium2

    try:
        page = document[number - 1]
        textpage = page.get_textpage()
    except pypdfium2.PdfiumError:
        return None, 0.0
    try:
        width, height = page.get_size()
        turn = _turn(page.get_rotation(), width, height)
        glyphs = _upright(list(_glyphs(textpage, turn)))
        tables = rulings(list(_strokes(page, turn))) if any(glyphs) else []
        return _page_rows(glyphs, tables, number), height
    finally:
        textpage.close()
        page.close()


def _turn(rotation: int, width: float, height: float) -> Turn:
    """From the page as stored to the page as it is seen."""
    turns: dict[int, Turn] = {
        90: lambda x0, y0, x1, y1: (y0, height - x1, y1, height - x0),
        180: lambda x0, y0, x1, y1: (width - x1, height - y1, width - x0, height - y0),
        270: lambda x0, y0, x1, y1: (width - y1, x0, width - y0, x1),
    }
    return turns.get(rotation, lambda x0, y0, x1, y1: (x0, y0, x1, y1))


def _glyphs(textpage: Any, turn: Turn) -> Iterator[Glyph | None]:
    """The glyphs in the file's order; None where PDFium sees a line end."""
    import pypdfium2.raw as pdfium

    handle = textpage.raw
    box, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    high = 0
    for index in range(textpage.count_chars()):
        code = pdfium.FPDFText_GetUnicode(handle, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        text, high = _character(code, high), 0
        if text in "\r\n":
            yield None
            continue
        pdfium.FPDFText_GetLooseCharBox(handle, index, ctypes.byref(box))
        pdfium.FPDFText_GetMatrix(handle, index, ctypes.byref(matrix))
        left, bottom, right, top = turn(box.left, min(box.bottom, box.top), box.right, max(box.top, box.bottom))
        angle = math.degrees(math.atan2(matrix.b, matrix.a))
        if not all(map(math.isfinite, (left, bottom, right, top))) or 10 < abs(angle) % 90 < 80:
            continue  # set aslant over the page: a watermark, not the document's words
        size = pdfium.FPDFText_GetFontSize(handle, index) * math.hypot(matrix.c, matrix.d)
        size = round(size if 1 <= size <= 500 else top - bottom, 1)
        bold = pdfium.FPDFText_GetFontWeight(handle, index) >= _BOLD_WEIGHT
        guessed = text == " " and pdfium.FPDFText_IsGenerated(handle, index) == 1
        yield Glyph(text, left, bottom, right, top, size, bold, round(angle / 90) % 4, guessed)


def _character(code: int, high: int) -> str:
    """A character from PDFium's UTF-16 unit and the surrogate before it, if any; U+FFFD for none."""
    if high and 0xDC00 <= code < 0xE000:
        return chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00))
    if code in {0x02, 0xFFFE}:  # PDFium's mark for a hyphen at a line's end
        return "-"
    return "\ufffd" if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)


def _upright(glyphs: Sequence[Glyph | None]) -> list[Glyph | None]:
    """The glyphs without the few that run up or down the margin of a page set the other way."""
    turns = Counter(glyph.quarter for glyph in glyphs if glyph is not None)
    few = {quarter for quarter, count in turns.items() if count < _SIDEWAYS_SHARE * turns.total()}
    return [glyph for glyph in glyphs if glyph is None or glyph.quarter not in few]


def _strokes(page: Any, turn: Turn) -> Iterator[Stroke]:
    """The straight lines drawn on a page, thin rectangles and the sides of outlined ones."""
    import pypdfium2.raw as pdfium

    for index, item in enumerate(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=3)):
        if index > _MOST_OBJECTS:
            return
        if pdfium.FPDFPath_CountSegments(item.raw) <= 6:
            x0, y0, x1, y1 = turn(*item.get_bounds())
            if min(x1 - x0, y1 - y0) <= _THIN_PT or _is_outlined(item):
                yield from _sides(x0, y0, x1, y1)
        else:
            yield from _segments(item, turn)


def _is_outlined(item: Any) -> bool:
    import pypdfium2.raw as pdfium

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(pdfium.FPDFPath_GetDrawMode(item.raw, ctypes.byref(fill), ctypes.byref(stroke))) and bool(stroke.value)


def _sides(x0: float, y0: float, x1: float, y1: float) -> Iterator[Stroke]:
    if min(x1 - x0, y1 - y0) <= _THIN_PT:
        yield Stroke(x0, y0, x1, y1)
        return
    yield from (Stroke(x0, y0, x1, y0), Stroke(x0, y1, x1, y1), Stroke(x0, y0, x0, y1), Stroke(x1, y0, x1, y1))


def _segments(item: Any, turn: Turn) -> Iterator[Stroke]:
    """The straight parts of a longer path, such as a whole grid drawn at once."""
    import pypdfium2.raw as pdfium

    matrix = item.get_matrix()
    x, y = ctypes.c_float(), ctypes.c_float()
    last: tuple[float, float] | None = None
    for index in range(min(pdfium.FPDFPath_CountSegments(item.raw), _MOST_OBJECTS)):
        segment = pdfium.FPDFPath_GetPathSegment(item.raw, index)
        pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        point = matrix.on_point(x.value, y.value)
        is_line = pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_LINETO
        if is_line and last is not None:
            (ax, ay), (bx, by) = last, point
            if min(abs(ax - bx), abs(ay - by)) <= _THIN_PT:
                yield Stroke(*turn(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)))
        last = point


def _page_rows(glyphs: Sequence[Glyph | None], tables: Sequence[Ruling], page: int) -> list[Row]:
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
