"""HTML tables that hold data, apart from those that only lay out a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ingest.readers.tables import Cell, is_layout

_LAYOUT_INSIDE = frozenset(
    {"table", "h1", "h2", "h3", "h4", "h5", "h6", "form", "iframe", "article", "section", "main", "nav"}
)
_LONGEST_CELL_CHARS = 1500


def data_table_rows(table: Any, cell_text: Callable[[Any], str]) -> tuple[list[list[Cell]], int | None] | None:
    """Cells by row and how many header rows the markup gives; None for a table that is layout."""
    if (table.get("role") or "").lower() in {"presentation", "none"}:
        return None
    for node in table.iterdescendants():
        if node.tag in _LAYOUT_INSIDE:
            return None
    rows = []
    in_head = 0
    for row in table.iter("tr"):
        cells = [
            Cell(
                text=cell_text(cell),
                header=cell.tag == "th",
                colspan=_span(cell.get("colspan")),
                rowspan=_span(cell.get("rowspan")),
            )
            for cell in row
            if cell.tag in {"td", "th"}
        ]
        if cells:
            rows.append(cells)
            parent = row.getparent()
            in_head += parent is not None and parent.tag == "thead"
    if is_layout(rows) or any(len(cell.text) > _LONGEST_CELL_CHARS for row in rows for cell in row):
        return None
    return rows, in_head or None


def _span(text: str | None) -> int:
    return max(1, int(text)) if text and re.fullmatch(r"\d{1,4}", text.strip()) else 1
