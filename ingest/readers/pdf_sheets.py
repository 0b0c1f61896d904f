"""PDF pages as they look: their sizes, their pictures, and where words stand on them."""

from __future__ import annotations

import ctypes
import io
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.readers.pdf_page import PDFIUM
from rag.errors import DocumentError

_LEAST_CHARS = 4
_SAME_LINE = 0.5
_GAP_EMS = 1.6
_GRID = 100_000
_HYPHENS = "-\u00ad\u2010\u2011"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in shares of its width and height, from the top left corner."""

    page: int
    """From 1."""
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Char:
    text: str
    page: int
    left: float
    top: float
    right: float
    bottom: float


def page_sizes(path: Path) -> tuple[tuple[float, float], ...]:
    """Width and height of every page as it is seen, in points.

    Raises:
        DocumentError: not a PDF that can be opened.
    """
    with _opened(path) as document:
        return tuple(document.get_page_size(number) for number in range(len(document)))


def page_picture(path: Path, number: int, width_px: int) -> bytes:
    """Page ``number`` (from 1) as a PNG of that width.

    Raises:
        DocumentError: the file cannot be opened, or has no such page.
    """
    with _opened(path) as document:
        page = _page(document, number, path)
        try:
            bitmap = page.render(scale=width_px / max(page.get_width(), 1.0), draw_annots=True)
            picture = bitmap.to_pil()
        finally:
            page.close()
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue()


def find_words(path: Path, words: str, first: int, last: int, share: float = 0.0) -> tuple[Box, ...]:
    """Where ``words`` stand on the pages ``first`` to ``last``: a box for each line of them, none if nowhere.

    Spaces and line ends do not count. Words that stand several times are taken nearest to ``share``
    of the pages' text; what is broken by page furniture or a table is found piece by piece.

    Raises:
        DocumentError: the file cannot be opened.
    """
    with _opened(path) as document:
        numbers = range(max(first, 1), min(last, len(document)) + 1)
        chars = [char for number in numbers for char in _chars(document, number)]
    found = _places("".join(char.text for char in chars), _squeezed(words), share)
    return tuple(_lines([chars[place] for place in found]))


def _places(text: str, wanted: str, share: float) -> list[int]:
    """Indexes in ``text`` of the characters of ``wanted``: all in one place, else the longest pieces in turn."""
    if not wanted:
        return []
    expected = int(share * len(text))
    whole = _nearest(text, wanted, expected)
    if whole >= 0:
        return list(range(whole, whole + len(wanted)))
    found: list[int] = []
    at = 0
    while at < len(wanted):
        length, start = _longest(text, wanted[at:], found[-1] + 1 if found else expected)
        if length >= min(_LEAST_CHARS, len(wanted)):
            found += range(start, start + length)
        at += max(length, 1)
    return found


def _longest(text: str, wanted: str, expected: int) -> tuple[int, int]:
    """How much of the beginning of ``wanted`` stands in ``text``, and where it does nearest to ``expected``."""
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if wanted[:middle] in text else (low, middle - 1)
    return low, _nearest(text, wanted[:low], expected) if low else -1


def _nearest(text: str, wanted: str, expected: int) -> int:
    before = text.rfind(wanted, 0, min(expected + len(wanted), len(text)))
    after = text.find(wanted, max(expected, 0))
    if before < 0 or after < 0:
        return max(before, after)
    return before if expected - before <= after - expected else after


def _lines(chars: Sequence[_Char]) -> Iterator[Box]:
    """Neighbouring characters of one line as one box, a little wider than the glyphs."""
    line: list[_Char] = []
    for char in chars:
        if line and not _goes_on(line[-1], char):
            yield _box(line)
            line = []
        line.append(char)
    if line:
        yield _box(line)


def _goes_on(last: _Char, char: _Char) -> bool:
    height = max(last.bottom - last.top, char.bottom - char.top)
    overlap = min(last.bottom, char.bottom) - max(last.top, char.top)
    near = -height <= char.left - last.right <= _GAP_EMS * height
    return (
        last.page == char.page and overlap > _SAME_LINE * min(last.bottom - last.top, char.bottom - char.top) and near
    )


def _box(line: Sequence[_Char]) -> Box:
    left, top = min(c.left for c in line), min(c.top for c in line)
    right, bottom = max(c.right for c in line), max(c.bottom for c in line)
    return Box(line[0].page, round(left, 4), round(top, 4), round(right - left, 4), round(bottom - top, 4))


def _chars(document: Any, number: int) -> Iterator[_Char]:
    """The characters of a page without spaces, each in normal form; places in shares of the page."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        page = document[number - 1]
        textpage = page.get_textpage()
    except pypdfium2.PdfiumError:
        return
    try:
        box = pdfium.FS_RECTF()
        for index in range(textpage.count_chars()):
            words = _squeezed(chr(pdfium.FPDFText_GetUnicode(textpage.raw, index)))
            if words and pdfium.FPDFText_GetLooseCharBox(textpage.raw, index, ctypes.byref(box)):
                place = _seen(page, (box.left, box.top), (box.right, box.bottom))
                yield from (_Char(char, number, *place) for char in words)
    finally:
        textpage.close()
        page.close()


def _seen(page: Any, *corners: tuple[float, float]) -> tuple[float, float, float, float]:
    """Two corners as left, top, right and bottom of the page as it is seen: turned, and cut to its crop box."""
    import pypdfium2.raw as pdfium

    x, y = ctypes.c_int(), ctypes.c_int()
    points = []
    for corner in corners:
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, _GRID, _GRID, 0, *corner, ctypes.byref(x), ctypes.byref(y))
        points.append((x.value / _GRID, y.value / _GRID))
    (x0, y0), (x1, y1) = points
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _squeezed(words: str) -> str:
    """Words in NFKC and lower case without what PDF files and our text write differently: spaces and hyphens."""
    normal = unicodedata.normalize("NFKC", words).lower()
    return "".join(c for c in normal if not c.isspace() and c not in _HYPHENS and unicodedata.category(c)[0] != "C")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import pypdfium2

    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(path)
        except (pypdfium2.PdfiumError, OSError) as error:
            raise DocumentError(f"{path.name}: cannot be opened as a PDF ({error})") from None
        try:
            yield document
        finally:
            document.close()


def _page(document: Any, number: int, path: Path) -> Any:
    import pypdfium2

    try:
        return document[number - 1] if 0 < number <= len(document) else _refuse(path, number)
    except pypdfium2.PdfiumError:
        return _refuse(path, number)


def _refuse(path: Path, number: int) -> Any:
    raise DocumentError(f"{path.name}: there is no page {number}, or it is damaged")
