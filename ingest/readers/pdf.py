"""PDF with a text layer: paragraphs in reading order, without page furniture.

Glyphs come from PDFium (pypdfium2) with place, size and weight; ``paged.py`` makes lines of
them. Bookmarks give heading levels.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from ingest.readers import limits, ocr
from ingest.readers.encoding import everyday_chinese
from ingest.readers.lines import CJK, assemble
from ingest.readers.paged import paged_lines
from ingest.readers.pdf_layout import Row
from ingest.readers.pdf_page import PDFIUM, page_pixels, read_page
from ingest.source import SourceText
from rag.errors import DocumentError

LIMIT_BYTES = 256 * limits.MIB
LIMIT_PAGES = 5_000
LIMIT_CHARS = 20_000_000
_SAMPLE = 50_000
_MOST_GARBLED = 0.15
_LEAST_EVERYDAY = 0.35


def read_pdf(data: bytes, name: str) -> SourceText:
    """The text of a PDF, its bookmarks as heading levels, a page for each block.

    Raises:
        DocumentError: empty, damaged, encrypted, or too large.
        MissingExtra: a scan, or a garbled text layer, and text recognition is not installed.
    """
    limits.check_size(len(data), name, LIMIT_BYTES)
    if not data:
        raise DocumentError(f"{name}: the file is empty (0 bytes)")
    if b"%PDF" not in data[:2048]:
        raise DocumentError(f"{name}: not a PDF (it does not begin with %PDF); give it its own ending")
    with PDFIUM:
        document = _open(data, name)
    try:
        return _read(document, name)
    finally:
        with PDFIUM:
            document.close()


def _open(data: bytes, name: str) -> Any:
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        document = pypdfium2.PdfDocument(data)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise DocumentError(f"{name}: protected by a password; open it and save it without one") from None
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_SECURITY:
            raise DocumentError(f"{name}: protected in a way that cannot be read; print it to a new PDF") from None
        raise DocumentError(f"{name}: the PDF is damaged or cut short ({error}); copy or export it again") from None
    if not pages:
        document.close()
        raise DocumentError(f"{name}: the PDF has no pages; it is damaged or cut short, export it again")
    if pages > LIMIT_PAGES:
        document.close()
        raise DocumentError(f"{name}: {pages} pages are over the limit of {LIMIT_PAGES}; split the file")
    return document


def _read(document: Any, name: str) -> SourceText:
    pages: list[list[Row]] = []
    heights: list[float] = []
    unreadable: list[int] = []
    chars = 0
    count = len(document)
    for number in range(1, count + 1):
        with PDFIUM:
            rows, height = read_page(document, number)
        if rows is None:
            unreadable.append(number)
        chars += sum(len(_text(row)) for row in rows or [])
        if chars > LIMIT_CHARS:
            raise DocumentError(f"{name}: more than {LIMIT_CHARS} characters of text; split the file")
        pages.append(rows or [])
        heights.append(height)
    scanned = _scanned(pages, unreadable, name)
    recognised = [number for number in scanned if _recognise(document, number, pages, heights)]
    if not any(pages):
        raise DocumentError(f"{name}: no words can be made out on its {len(pages)} scanned page(s); scan it again")
    with PDFIUM:
        bookmarks, title = _bookmarks(document), _title(document)
    return assemble(
        paged_lines(pages, heights, bookmarks),
        name,
        format="pdf",
        title=title,
        pages=len(pages),
        warnings=_warnings(pages, recognised, unreadable),
    )


def _scanned(pages: list[list[Row]], unreadable: Sequence[int], name: str) -> list[int]:
    """The pages to recognise: those without text, or all where the text layer is missing or garbled.

    Raises:
        MissingExtra: the file is a scan or its text layer is garbled, and recognition is not installed.
    """
    fault = _fault(pages)
    if fault:
        ocr.require(name, fault)
        pages[:] = [[] for _ in pages]
    empty = [number for number, rows in enumerate(pages, start=1) if not rows and number not in unreadable]
    if not ocr.is_installed():
        return []
    if len(empty) > ocr.LIMIT_PAGES:
        raise DocumentError(
            f"{name}: {len(empty)} scanned pages are over the limit of {ocr.LIMIT_PAGES}; split the file"
        )
    return empty


def _recognise(document: Any, number: int, pages: list[list[Row]], heights: Sequence[float]) -> bool:
    """Fill in the rows of a page from its picture; whether there were any."""
    with PDFIUM:
        picture = page_pixels(document, number, ocr.LONGEST_SIDE_PX)
    if picture is not None:
        pages[number - 1] = ocr.picture_rows(picture[0], number, picture[1], heights[number - 1])
    return bool(pages[number - 1])


def _warnings(pages: Sequence[Sequence[Row]], recognised: Sequence[int], unreadable: Sequence[int]) -> Iterator[str]:
    if recognised:
        yield ocr.warning(len(pages), _numbers(recognised))
    empty = [number for number, rows in enumerate(pages, start=1) if not rows and number not in unreadable]
    if empty:
        advice = "" if ocr.is_installed() else f"; if scanned, install the extra `ocr`: {ocr.INSTALL}"
        yield f"no text on page {_numbers(empty)} of {len(pages)}{advice}"
    if unreadable:
        yield f"page {_numbers(unreadable)} of {len(pages)} is damaged and was left out"


def _numbers(pages: Sequence[int]) -> str:
    shown = ", ".join(map(str, pages[:10]))
    return shown + (" …" if len(pages) > 10 else "")


def _fault(pages: Sequence[Sequence[Row]]) -> str:
    """What is wrong with the text layer as a whole: there is none, or it does not hold the words that are seen."""
    sample = "".join(_text(row) for rows in pages for row in rows)[:_SAMPLE]
    sample = "".join(sample.split())
    if not sample:
        return f"has no text layer, its {len(pages)} page(s) are pictures (a scan)"
    broken = sum(unicodedata.category(char) in {"Co", "Cn", "Cc", "Cs"} or char == "\ufffd" for char in sample)
    chinese = "".join(CJK.findall(sample))
    rare = (
        len(chinese) >= 50 and everyday_chinese(chinese) < _LEAST_EVERYDAY and _traditional(chinese) < _LEAST_EVERYDAY
    )
    if broken > _MOST_GARBLED * len(sample) or rare:
        return "its text layer is garbled (the characters stored are not those shown)"
    return ""


def _text(row: Row) -> str:
    return row.text or "".join(cell.text for cells in row.cells for cell in cells)


def _traditional(text: str) -> float:
    """Share of characters in Big5's level of frequent ones."""
    lead = [char.encode("big5", errors="ignore")[:1] for char in text]
    return sum(b"\xa4" <= byte <= b"\xc6" for byte in lead) / len(text)


def _bookmarks(document: Any) -> dict[tuple[int, str], int]:
    """(page, title without spaces) → level from 1."""
    import pypdfium2

    found: dict[tuple[int, str], int] = {}
    try:
        for bookmark in document.get_toc(max_depth=9):
            target = bookmark.get_dest()
            page = target.get_index() if target is not None else None
            title = "".join((bookmark.get_title() or "").split())
            if title and page is not None:
                found.setdefault((page + 1, title), bookmark.level + 1)
    except pypdfium2.PdfiumError:
        return found
    return found


def _title(document: Any) -> str | None:
    title = str(document.get_metadata_dict().get("Title") or "").strip()
    is_file_name = title.lower().rsplit(".", 1)[-1] in {
        "doc",
        "docx",
        "pdf",
        "wps",
        "ofd",
        "xls",
        "xlsx",
        "ppt",
        "pptx",
    }
    return None if is_file_name or title.lower() in {"untitled", "无标题"} else title or None
