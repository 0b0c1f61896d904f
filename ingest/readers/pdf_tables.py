"""Ruled tables on a PDF page: from the lines drawn to cells. Coordinates are in points, y upwards."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

_TOUCH = 3.0
"""Ends of lines this close meet."""
_MOST_LINES = 4_000
_FEWEST_LINES = 3
"""Two columns and two rows have three lines each way."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight horizontal or vertical line; ``x0 <= x1`` and ``y0 <= y1``."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def is_horizontal(self) -> bool:
        """Whether it runs more across than up."""
        return self.x1 - self.x0 >= self.y1 - self.y0


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell by its column and row (from the left and from the top) and how many it covers."""

    row: int
    column: int
    rowspan: int
    colspan: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """A table's lines: columns' edges from left to right, rows' edges from top to bottom."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[GridCell, ...]

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies inside the table."""
        return self.xs[0] <= x <= self.xs[-1] and self.ys[-1] <= y <= self.ys[0]

    def place(self, x: float, y: float) -> tuple[int, int]:
        """Row and column of a point inside the table."""
        column = min(max(bisect_right(self.xs, x) - 1, 0), len(self.xs) - 2)
        row = min(max(bisect_right([-edge for edge in self.ys], -y) - 1, 0), len(self.ys) - 2)
        return row, column


def rulings(strokes: Sequence[Stroke]) -> list[Ruling]:
    """The tables of at least two rows and two columns that the lines draw, from the top down."""
    if len(strokes) > _MOST_LINES:
        return []
    found = [ruling for group in _connected(strokes) if (ruling := _ruling(group)) is not None]
    return sorted(found, key=lambda ruling: -ruling.ys[0])


def _connected(strokes: Sequence[Stroke]) -> list[list[Stroke]]:
    """Lines that touch one another, in groups; swept from left to right."""
    groups: list[tuple[list[Stroke], float]] = []
    for stroke in sorted(strokes, key=lambda line: line.x0):
        touching = [
            group
            for group in groups
            if group[1] >= stroke.x0 - _TOUCH and any(_touch(stroke, other) for other in group[0])
        ]
        merged = [stroke, *(other for group in touching for other in group[0])]
        right = max([stroke.x1, *(group[1] for group in touching)])
        groups = [group for group in groups if group not in touching]
        groups.append((merged, right))
    return [group for group, _ in groups]


def _touch(one: Stroke, other: Stroke) -> bool:
    return (
        one.x0 - _TOUCH <= other.x1
        and other.x0 - _TOUCH <= one.x1
        and one.y0 - _TOUCH <= other.y1
        and other.y0 - _TOUCH <= one.y1
    )


def _ruling(group: Sequence[Stroke]) -> Ruling | None:
    across = [line for line in group if line.is_horizontal]
    upright = [line for line in group if not line.is_horizontal]
    xs = _edges([(line.x0 + line.x1) / 2 for line in upright])
    ys = _edges([(line.y0 + line.y1) / 2 for line in across])[::-1]
    if len(xs) < _FEWEST_LINES or len(ys) < _FEWEST_LINES:
        return None
    return Ruling(tuple(xs), tuple(ys), tuple(_cells(xs, ys, across, upright)))


def _edges(places: Sequence[float]) -> list[float]:
    """Places in order, those that touch taken together."""
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > _TOUCH:
            edges.append(place)
    return edges


def _cells(
    xs: Sequence[float], ys: Sequence[float], across: Sequence[Stroke], upright: Sequence[Stroke]
) -> list[GridCell]:
    """Cells from the top left on; where no line parts two places they are one cell."""

    def parted_right(row: int, column: int) -> bool:
        middle = (ys[row] + ys[row + 1]) / 2
        return any(
            abs((line.x0 + line.x1) / 2 - xs[column + 1]) <= _TOUCH and line.y0 <= middle <= line.y1 for line in upright
        )

    def parted_below(row: int, column: int) -> bool:
        middle = (xs[column] + xs[column + 1]) / 2
        return any(
            abs((line.y0 + line.y1) / 2 - ys[row + 1]) <= _TOUCH and line.x0 <= middle <= line.x1 for line in across
        )

    taken: set[tuple[int, int]] = set()
    cells: list[GridCell] = []
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            if (row, column) in taken:
                continue
            width = 1
            while column + width < len(xs) - 1 and not parted_right(row, column + width - 1):
                width += 1
            height = 1
            while row + height < len(ys) - 1 and not parted_below(row + height - 1, column):
                height += 1
            taken.update((row + down, column + right) for down in range(height) for right in range(width))
            cells.append(GridCell(row, column, height, width))
    return cells
