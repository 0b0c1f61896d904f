"""From rows on pages to lines of text, for every format that places its words on pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ingest.readers.lines import Line
from ingest.readers.pdf_furniture import without_furniture
from ingest.readers.pdf_layout import Row, reading_order
from ingest.readers.pdf_paragraphs import Paragraph, is_centered, paragraphs
from ingest.readers.tables import Cell, header_depth, table_lines


def paged_lines(
    pages: Sequence[Sequence[Row]], heights: Sequence[float], bookmarks: Mapping[tuple[int, str], int]
) -> list[Line]:
    """The lines of a document from the rows of its pages, page furniture left out.

    ``heights`` are in points; ``bookmarks`` give (page, title without spaces) → heading level from 1.
    """
    ordered = [reading_order(rows) for rows in without_furniture(pages, heights)]
    return list(_lines(paragraphs(ordered), bookmarks))


def _lines(found: Sequence[Paragraph], bookmarks: Mapping[tuple[int, str], int]) -> Iterator[Line]:
    """Paragraphs as lines, tables as rows; a table that goes on over the page keeps number and header."""
    table = -1
    open_table: Row | None = None
    header: list[tuple[Cell, ...]] = []
    for paragraph in found:
        row = paragraph.rows[0]
        if not row.cells:
            open_table = None
            yield _line(paragraph, bookmarks)
            continue
        cells = list(row.cells)
        if open_table is not None and _goes_on(open_table, row):
            own = cells[len(header) :] if _words(cells[: len(header)]) == _words(header) else cells
            lines = table_lines([*header, *own], table=table, header_rows=len(header), page=row.page)
            yield from lines[len(header) :]
        else:
            table += 1
            header = cells[: header_depth(cells)]
            yield from table_lines(cells, table=table, page=row.page)
        open_table = row


def _goes_on(before: Row, row: Row) -> bool:
    """Whether a table is the rest of the one on the page before: as wide, at the same place, as many columns."""
    columns = [sum(cell.colspan for cell in part.cells[0]) for part in (before, row)]
    return (
        row.page == before.page + 1
        and columns[0] == columns[1]
        and abs(before.left - row.left) < row.size_pt
        and abs(before.right - row.right) < row.size_pt
    )


def _words(cells: Sequence[Sequence[Cell]]) -> list[list[str]]:
    return [[cell.text for cell in row] for row in cells]


def _line(paragraph: Paragraph, bookmarks: Mapping[tuple[int, str], int]) -> Line:
    first = paragraph.rows[0]
    squeezed = "".join(paragraph.text.split())
    level = bookmarks.get((first.page, squeezed))
    return Line(
        text=paragraph.text,
        kind="paragraph" if level is None else "heading",
        level=level,
        page=first.page,
        size_pt=first.size_pt,
        bold=all(row.bold for row in paragraph.rows),
        centered=is_centered(paragraph),
        breaks=paragraph.breaks,
    )
