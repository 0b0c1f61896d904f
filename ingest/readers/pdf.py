"""PDF with a text layer: paragraphs in reading order, without page furniture.

Glyphs come from PDFium (pypdfium2) with place, size and weight; ``paged.py`` makes lines of
them. Bookmarks give heading levels.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from ingest.readers import limits
from ingest.readers.encoding import everyday_chinese
from ingest.readers.lines import CJK, assemble
from ingest.readers.paged import paged_lines
from ingest.readers.pdf_layout import Row
from ingest.readers.pdf_page import read_page
from ingest.source import SourceText
from rag.errors import DocumentError

LIMIT_BYTES = 256 * limits.MIB
LIMIT_PAGES = 5_000
LIMIT_CHARS = 20_000_000
_SAMPLE = 50_000
_MOST_GARBLED = 0.15
_LEAST_EVERYDAY = 0.35
_OCR = "it needs text recognition (OCR) first"


def read_pdf(data: bytes, name: str) -> SourceText:
    """The text of a PDF, its bookmarks as heading levels, a page for each block.

    Raises:
        DocumentError: empty, damaged, encrypted, scanned, with a garbled text layer, or too large.
    """
    limits.check_size(len(data), name, LIMIT_BYTES)
    if not data:
        raise DocumentError(f"{name}: the file is empty (0 bytes)")
    if b"%PDF" not in data[:2048]:
        raise DocumentError(f"{name}: not a PDF (it does not begin with %PDF); give it its own ending")
    document = _open(data, name)
    try:
        return _read(document, name)
    finally:
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
    for number in range(1, len(document) + 1):
        rows, height = read_page(document, number)
        if rows is None:
            unreadable.append(number)
        chars += sum(len(_text(row)) for row in rows or [])
        if chars > LIMIT_CHARS:
            raise DocumentError(f"{name}: more than {LIMIT_CHARS} characters of text; split the file")
        pages.append(rows or [])
        heights.append(height)
    _check_text(pages, name)
    empty = [number for number, rows in enumerate(pages, start=1) if not rows and number not in unreadable]
    return assemble(
        paged_lines(pages, heights, _bookmarks(document)),
        name,
        format="pdf",
        title=_title(document),
        pages=len(pages),
        warnings=_warnings(empty, unreadable, len(pages)),
    )


def _warnings(empty: Sequence[int], unreadable: Sequence[int], pages: int) -> Iterator[str]:
    if empty and len(empty) < pages:
        yield f"no text on page {_numbers(empty)} of {pages}; if scanned, {_OCR}"
    if unreadable:
        yield f"page {_numbers(unreadable)} of {pages} is damaged and was left out"


def _numbers(pages: Sequence[int]) -> str:
    shown = ", ".join(map(str, pages[:10]))
    return shown + (" …" if len(pages) > 10 else "")


def _check_text(pages: Sequence[Sequence[Row]], name: str) -> None:
    """Refuse a file without a text layer, or with one that does not hold the words that are seen."""
    sample = "".join(_text(row) for rows in pages for row in rows)[:_SAMPLE]
    sample = "".join(sample.split())
    if not sample:
        raise DocumentError(f"{name}: has no text layer, its {len(pages)} page(s) are pictures (a scan); {_OCR}")
    broken = sum(unicodedata.category(char) in {"Co", "Cn", "Cc", "Cs"} or char == "\ufffd" for char in sample)
    chinese = "".join(CJK.findall(sample))
    rare = (
        len(chinese) >= 50 and everyday_chinese(chinese) < _LEAST_EVERYDAY and _traditional(chinese) < _LEAST_EVERYDAY
    )
    if broken > _MOST_GARBLED * len(sample) or rare:
        raise DocumentError(
            f"{name}: its text layer is garbled (the characters stored are not those shown); {_OCR}, "
            "or export the PDF again with its fonts embedded"
        )


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
