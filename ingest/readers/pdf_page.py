"""One PDF page through PDFium: its glyphs as rows, its ruled tables as cells."""

from __future__ import annotations

import ctypes
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ingest.readers.glyphs import Glyph, page_rows
from ingest.readers.pdf_layout import Row
from ingest.readers.pdf_tables import Stroke, rulings

PDFIUM = threading.RLock()
"""Held around every call of PDFium, which is not safe to use from several threads."""
_BOLD_WEIGHT = 600
_SIDEWAYS_SHARE = 0.2
_THIN_PT = 2.5
_MOST_OBJECTS = 20_000

Turn = Callable[[float, float, float, float], tuple[float, float, float, float]]


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
        return page_rows(glyphs, tables, number), height
    finally:
        textpage.close()
        page.close()


def page_pixels(document: Any, number: int, longest_px: int) -> tuple[Any, float] | None:
    """A picture of page ``number`` (blue, green, red) and its width in points; None: nothing is drawn there."""
    import pypdfium2

    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError:
        return None
    try:
        if next(iter(page.get_objects(max_depth=1)), None) is None:
            return None
        width, height = page.get_size()
        scale = longest_px / max(width, height, 1.0)
        bitmap = page.render(scale=scale, rev_byteorder=False, force_bitmap_format=pypdfium2.raw.FPDFBitmap_BGR)
        return bitmap.to_numpy(), width
    except pypdfium2.PdfiumError:
        return None
    finally:
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
