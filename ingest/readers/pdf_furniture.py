"""Running heads and page numbers: layout, not content, known by recurrence and place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

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
_DIGITS = re.compile(r"\d+")


def without_furniture(pages: Sequence[Sequence[Row]], heights: Sequence[float]) -> list[list[Row]]:
    """Pages without page numbers and running heads: what recurs, figures apart, at the edge of several pages."""
    keys: Counter[tuple[str, int]] = Counter()
    margin = _MARGIN if len(pages) >= _FEWEST_PAGES else _OUTER_MARGIN
    fewest = min(_FEWEST_PAGES, max(2, len(pages)))
    for rows, height in zip(pages, heights, strict=True):
        keys.update({_key(row, height) for row in _edge(rows, height, margin)})
    least = max(fewest, _RECURRING_SHARE * min(len(pages), 40))
    kept: list[list[Row]] = []
    for rows, height in zip(pages, heights, strict=True):
        numbers = {id(row) for row in _edge(rows, height, _MARGIN) if _is_page_number(row, rows)}
        heads = {id(row) for row in _edge(rows, height, margin) if _recurs(row, height, keys, least)}
        kept.append([row for row in rows if id(row) not in numbers | heads])
    return kept


def _key(row: Row, height: float) -> tuple[str, int]:
    """The words of a row, without its figures where it lies outside any text area, and whether it is below."""
    words = "".join(row.text.split())
    outside = row.bottom > (1 - _OUTER_MARGIN) * height or row.top < _OUTER_MARGIN * height
    return _DIGITS.sub("#", words) if outside else words, 0 if row.bottom > height / 2 else 1


def _recurs(row: Row, height: float, keys: Counter[tuple[str, int]], least: float) -> bool:
    return keys[_key(row, height)] >= least


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
