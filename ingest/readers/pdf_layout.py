"""Rows of words on a page, and the order they are read in, columns one after the other.

Pure functions over ``Row``; nothing here knows a PDF library. Coordinates are in points, y upwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.readers.lines import WIDE
from ingest.readers.tables import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Words on one base line, as close together as words of one sentence."""

    text: str
    page: int
    left: float
    right: float
    bottom: float
    top: float
    size_pt: float
    bold: bool = False
    column: tuple[float, float] = (0.0, 0.0)
    """Left and right edge of the text column the row stands in; known after ``reading_order``."""

    cells: tuple[tuple[Cell, ...], ...] = ()
    """A ruled table that stands here; its ``text`` is empty."""

    @property
    def height(self) -> float:
        """Of the row's box, in points."""
        return self.top - self.bottom


_COLUMN_ROWS = 5
"""A column of running text has at least this many rows; a table's cells seldom look like that."""
_COLUMN_FILL = 0.55
_COLUMN_EMS = 8
_CROSSING_SHARE = 0.25
_GUTTER_EMS = 0.6
_DEEPEST = 4


def reading_order(rows: Sequence[Row]) -> list[Row]:
    """The rows of one page in the order they are read, columns one after the other."""
    merged = _merge_base_lines(sorted(rows, key=lambda row: (-row.top, row.left)))
    return _ordered(rows, merged, 0)


def _ordered(rows: Sequence[Row], fallback: Sequence[Row], depth: int) -> list[Row]:
    gutter = _gutter(rows, depth)
    if gutter is None:
        merged = _merge_base_lines(sorted(rows, key=lambda row: (-row.top, row.left)))
        if not merged:
            return []
        column = (min(row.left for row in merged), max(row.right for row in merged))
        return [replace(row, column=column) for row in merged]
    found: list[Row] = []
    left: list[Row] = []
    right: list[Row] = []
    for row in sorted(rows, key=lambda row: -row.top):
        if row.left < gutter < row.right:
            found += _ordered(left, left, depth + 1) + _ordered(right, right, depth + 1)
            left, right = [], []
            found.append(replace(row, column=(row.left, row.right)))
        else:
            (left if row.right <= gutter else right).append(row)
    return found + _ordered(left, left, depth + 1) + _ordered(right, right, depth + 1)


def _gutter(rows: Sequence[Row], depth: int) -> float | None:
    """Where a vertical white strip parts two columns of running text, or None."""
    if depth >= _DEEPEST or len(rows) < 2 * _COLUMN_ROWS:
        return None
    size = median(row.size_pt for row in rows)
    lowest, highest = min(row.left for row in rows), max(row.right for row in rows)
    best: tuple[float, float] | None = None
    for edge in sorted({round(row.left) for row in rows}):
        at = edge - _GUTTER_EMS * size / 2
        if not lowest + 0.15 * (highest - lowest) < at < lowest + 0.85 * (highest - lowest):
            continue
        crossing = sum(row.left < at < row.right for row in rows)
        score = crossing / len(rows)
        if score <= _CROSSING_SHARE and (best is None or score < best[0]) and _parts_columns(rows, at, size, depth):
            best = (score, at)
    return None if best is None else best[1]


def _parts_columns(rows: Sequence[Row], at: float, size: float, depth: int) -> bool:
    left = [row for row in rows if row.right <= at]
    right = [row for row in rows if row.left >= at]
    if len(left) < _COLUMN_ROWS or len(right) < _COLUMN_ROWS:
        return False
    if min(row.left for row in right) - max(row.right for row in left) < _GUTTER_EMS * size:
        return False
    overlap = min(max(row.top for row in left), max(row.top for row in right)) - max(
        min(row.bottom for row in left), min(row.bottom for row in right)
    )
    if overlap < _COLUMN_ROWS * size:
        return False
    return all(_fill(side) >= _COLUMN_FILL or _gutter(side, depth + 1) is not None for side in (left, right))


def _fill(rows: Sequence[Row]) -> float:
    """How much of their column the rows take, on the median: running text fills it, table cells do not."""
    width = max(row.right for row in rows) - min(row.left for row in rows)
    usual = median(row.right - row.left for row in rows)
    narrow = usual < _COLUMN_EMS * median(row.size_pt for row in rows)
    return 0.0 if narrow or width <= 0 else usual / width


def _merge_base_lines(rows: Sequence[Row]) -> list[Row]:
    """Rows on one base line become one, left to right."""
    merged: list[Row] = []
    open_line: list[Row] = []
    for row in rows:
        if open_line and (row.cells or open_line[0].cells or not _same_line(open_line, row)):
            merged.append(_merge(open_line))
            open_line = []
        open_line.append(row)
    if open_line:
        merged.append(_merge(open_line))
    return merged


def _same_line(line: Sequence[Row], row: Row) -> bool:
    first = max(line, key=lambda other: other.size_pt)
    overlap = min(first.top, row.top) - max(first.bottom, row.bottom)
    return overlap > 0.5 * min(first.height, row.height)


def _merge(line: Sequence[Row]) -> Row:
    parts = sorted(line, key=lambda row: row.left)
    text = parts[0].text
    for before, after in pairwise(parts):
        gap = after.left - before.right
        wide = WIDE.match(before.text[-1]) or WIDE.match(after.text[0])
        text += (" " if gap > (0.6 if wide else 0.15) * after.size_pt else "") + after.text
    longest = max(parts, key=lambda row: len(row.text))
    return replace(
        longest,
        text=text,
        left=parts[0].left,
        right=max(row.right for row in parts),
        bottom=min(row.bottom for row in parts),
        top=max(row.top for row in parts),
        bold=all(row.bold for row in parts),
    )
