"""PDF pages in the reader: drawn when they come into view, kept in memory within a bound, words marked on them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from ingest.readers.pdf_sheets import Box, find_words, page_picture, page_sizes
from rag.types import Section
from ui.marks import trim
from ui.strings import Language, text

WIDTHS_PX = (900, 1600)
"""Widths in which a page can be asked for: a plain screen, and one with small dots."""
_PICTURES_BYTES = 64 << 20
_CLAUSE_CHARS = 1500


class Pictures:
    """Page pictures, the last ones used kept in memory; several people may ask at once."""

    def __init__(self, draw: Callable[[Path, int, int], bytes] = page_picture, limit: int = _PICTURES_BYTES) -> None:
        self._draw = draw
        self._limit = limit
        self._held = 0
        self._kept: OrderedDict[tuple[Path, int, int, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: Path, page: int, width_px: int) -> bytes:
        """A page as PNG.

        Raises:
            DocumentError: the file has no such page.
        """
        key = (path, path.stat().st_mtime_ns, page, width_px)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        picture = self._draw(path, page, width_px)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = picture
                self._held += len(picture)
            while self._held > self._limit and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._held -= len(gone)
        return picture


def sheets_html(path: Path, doc_id: str, language: Language) -> str:
    """Every page of a PDF as a figure of its shape; pictures come when they are near the view."""
    figures = []
    for page, (width, height) in enumerate(page_sizes(path), start=1):
        label = escape(text(language, "page", page=page))
        addresses = [f"yiju/sheet?{urlencode({'doc': doc_id, 'page': page, 'width': wide})}" for wide in WIDTHS_PX]
        choices = ", ".join(f"{escape(url)} {wide}w" for url, wide in zip(addresses, WIDTHS_PX, strict=True))
        figures.append(
            f'<figure class="sheet" data-page="{page}" style="aspect-ratio: {width:.2f} / {height:.2f}">'
            f'<img loading="lazy" decoding="async" src="{escape(addresses[0])}" srcset="{choices}" '
            f'sizes="min(100vw, 860px)" alt="{label}"><figcaption>{label}</figcaption></figure>'
        )
    return "".join(figures)


def boxes(
    path: Path, file_text: str, starts: Sequence[int], section: Section | None, quote: tuple[int, int] | None
) -> list[dict[str, float | str]]:
    """Where the quote stands, or else the beginning of the section: rectangles for the page to draw."""
    if not starts:
        return []
    kind = "quote" if quote else "clause"
    if quote is None:
        if section is None or not section.level:
            return []
        stop = min(section.end, section.start + _CLAUSE_CHARS)
        quote = trim(file_text, section.start, stop)
    start, end = quote[0], min(quote[1], len(file_text))
    first, last = page_at(starts, start), page_at(starts, max(end - 1, start))
    before = starts[first - 1]
    after = starts[last] if last < len(starts) else len(file_text)
    # A paragraph's last words may stand on the page after the one that it is counted to.
    pages = last + 1 - first
    share = (start - before) / max(after - before, 1) * pages / (pages + 1)
    found = find_words(path, file_text[start:end], first, last + 1, share)
    return [_drawn(box, kind) for box in found]


def page_at(starts: Sequence[int], offset: int) -> int:
    """The page, from 1, that a place of the text stands on."""
    return max(1, sum(start <= offset for start in starts))


def _drawn(box: Box, kind: str) -> dict[str, float | str]:
    return {
        "page": box.page, "left": box.left, "top": box.top, "width": box.width, "height": box.height, "kind": kind,
    }  # fmt: skip
