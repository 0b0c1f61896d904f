"""Running heads and page numbers: layout, not content, known by recurrence in one place and size."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.readers.pdf_layout import Row

_PAGE_NUMBER = re.compile(
    r"[-—–·・\s|]*(?:第\s*)?(?:page\s*)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*页)?"
    r"(?:\s*(?:/|of|，|,)?\s*(?:共\s*)?\d{1,4}(?:\s*页)?)?[-—–·・\s|]*",
    re.IGNORECASE,
)
_MARGIN = 0.14
_OUTER_MARGIN = 0.085
"""Text areas end before this share of the page: A4 with Word's margins leaves 0.085 to 0.1."""
_EDGE_ROWS = 4
_RECURRING_SHARE = 0.25
_FEWEST_PAGES = 3
_SAME_PLACE_PT = 18.0
"""Scans lie a little higher or lower; a title below a running head of the same words stands further off."""
_SAME_SIZE = 1.3
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Sighting:
    """Where a row stands on its page: how far from the edge that it is nearer to, and how large."""

    page: int
    off: float
    size_pt: float

    def is_like(self, other: _Sighting) -> bool:
        sizes = sorted((self.size_pt, other.size_pt))
        return abs(self.off - other.off) <= _SAME_PLACE_PT and sizes[1] <= _SAME_SIZE * sizes[0]


_Sightings = dict[tuple[str, int], list[_Sighting]]


def without_furniture(pages: Sequence[Sequence[Row]], heights: Sequence[float]) -> list[list[Row]]:
    """Pages without page numbers and running heads: what recurs, figures apart, at the edge of several pages.

    A title or heading in the words of the running head stands elsewhere, or larger, and stays.
    """
    seen: _Sightings = defaultdict(list)
    margin = _MARGIN if len(pages) >= _FEWEST_PAGES else _OUTER_MARGIN
    fewest = min(_FEWEST_PAGES, max(2, len(pages)))
    for rows, height in zip(pages, heights, strict=True):
        for row in _edge(rows, height, margin):
            seen[_key(row, height)].append(_sighting(row, height))
    least = max(fewest, _RECURRING_SHARE * min(len(pages), 40))
    kept: list[list[Row]] = []
    for rows, height in zip(pages, heights, strict=True):
        numbers = {id(row) for row in _edge(rows, height, _MARGIN) if _is_page_number(row, rows)}
        heads = {
            id(row)
            for row in _edge(rows, height, margin)
            if _recurs(_sighting(row, height), seen[_key(row, height)], least)
        }
        kept.append([row for row in rows if id(row) not in numbers | heads])
    return kept


def _key(row: Row, height: float) -> tuple[str, int]:
    """The words of a row, without its figures where it lies outside any text area, and whether it is below."""
    words = "".join(row.text.split())
    outside = row.bottom > (1 - _OUTER_MARGIN) * height or row.top < _OUTER_MARGIN * height
    return _DIGITS.sub("#", words) if outside else words, 0 if row.bottom > height / 2 else 1


def _sighting(row: Row, height: float) -> _Sighting:
    off = height - row.top if row.bottom > height / 2 else row.bottom
    return _Sighting(row.page, off, row.size_pt)


def _recurs(one: _Sighting, seen: Iterable[_Sighting], least: float) -> bool:
    pages: set[int] = set()
    for other in seen:
        if one.is_like(other):
            pages.add(other.page)
            if len(pages) >= least:
                return True
    return False


def _is_page_number(row: Row, rows: Sequence[Row]) -> bool:
    """Whether the highest or lowest row of a page is its number."""
    outermost = row.top <= min(other.top for other in rows) or row.bottom >= max(other.bottom for other in rows)
    return outermost and bool(_PAGE_NUMBER.fullmatch(row.text.strip()))


def _edge(rows: Sequence[Row], height: float, margin: float) -> list[Row]:
    """The rows in the upper and lower margin: the outermost few, not the body's own first and last."""
    ordered = sorted(rows, key=lambda row: row.top)
    ordered = [row for row in ordered if not row.cells]
    low = [row for row in ordered[:_EDGE_ROWS] if row.top < margin * height]
    high = [row for row in ordered[-_EDGE_ROWS:] if row.bottom > (1 - margin) * height]
    return low + high
