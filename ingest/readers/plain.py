"""Plain text: as read, one block a line; form feeds part pages, tabs the cells of a pasted table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.readers import limits
from ingest.readers.encoding import decode
from ingest.readers.lines import Line
from ingest.readers.tables import Cell, header_depth, table_lines
from ingest.source import Block, SourceText
from rag.errors import DocumentError

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x85\u2028\u2029]")
_PAGE_END = "\f"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_LINE = re.compile(r"[^\s](?:[^\n]*[^\s])?")
LIMIT_BYTES = 128 * limits.MIB
LIMIT_LINES = 2_000_000
_FEWEST_ROWS = 3
# What begins or ends a line of running text: “一、<tab>总则” is no row.
_RUNNING = re.compile(
    r"[。；;！？!?]$|^(?:[一二三四五六七八九十]+[、.．]|[（(][一二三四五六七八九十\d]+[）)]|\d+(?:\.\d+)*[、.．)）]"
    r"|第[一二三四五六七八九十百\d]+[条章节部]|[•·●○■◆*-])"
)


def read_plain(data: bytes, name: str) -> SourceText:
    """The decoded text, unchanged but for line ends (all become line feeds), control characters and tables.

    White space and empty lines stay; a block is a line without the white space around it. A page begins behind
    each form feed, which becomes a line feed too. Control characters are dropped. Lines of as many cells, parted by
    tabs, below a header of such cells are the rows of a table and read as in every format.

    Raises:
        DocumentError: empty, too large, binary, or in an unknown encoding.
    """
    limits.check_size(len(data), name, LIMIT_BYTES)
    text, warnings = decode(data, name)
    text, dropped = _CONTROL.subn("", _LINE_ENDS.sub("\n", text))
    if text.count("\n") + text.count(_PAGE_END) > LIMIT_LINES:
        raise DocumentError(f"{name}: more than {LIMIT_LINES} lines; split the file")
    if dropped:
        warnings += (f"{dropped} control characters dropped",)
    rows: dict[int, Line] = {}
    if "\t" in text:
        text, rows = _with_tables(text)
    pages = _page_starts(text)
    text = text.replace(_PAGE_END, "\n")
    blocks = tuple(_block(match, rows.get(match.start())) for match in _LINE.finditer(text))
    if not blocks:
        raise DocumentError(f"{name}: the file holds only white space")
    return SourceText(text=text, blocks=blocks, format="txt", page_starts=pages, warnings=warnings)


def _block(match: re.Match[str], row: Line | None) -> Block:
    if row is None:
        return Block(start=match.start(), end=match.end())
    return Block(start=match.start(), end=match.end(), kind=row.kind, table=row.table)


def _with_tables(text: str) -> tuple[str, dict[int, Line]]:
    """The text with the rows of its tables printed as such, and by their offsets what those lines are."""
    lines = text.split("\n")
    printed: dict[int, Line] = {}
    for table, (first, rows) in enumerate(_tables(lines)):
        for number, line in enumerate(table_lines(rows, table=table, header_rows=1), start=first):
            printed[number] = line
            lines[number] = line.text
    starts: dict[int, Line] = {}
    at = 0
    for number, content in enumerate(lines):
        if number in printed:
            starts[at] = printed[number]
        at += len(content) + 1
    return "\n".join(lines), starts


def _tables(lines: list[str]) -> Iterator[tuple[int, list[list[Cell]]]]:
    """Number of the first line, and the cells, of each run of lines that is a table below a header."""
    first = 0
    while first < len(lines):
        rows = _rows(lines, first) if _is_header(lines[first : first + 2]) else []
        if len(rows) >= _FEWEST_ROWS and (len(rows[0]) > 2 or _holds_figures(rows[1:])):
            yield first, [[Cell(text=cell) for cell in row] for row in rows]
        first += max(1, len(rows))


def _rows(lines: list[str], first: int) -> list[list[str]]:
    """Cells of the lines from ``first`` on, as long as they have several, not all empty, and no more than the first."""
    rows: list[list[str]] = []
    for number in range(first, len(lines)):
        cells = _cells(lines[number])
        if len(cells) < 2 or not any(cells) or (rows and len(cells) > len(rows[0])):
            break
        rows.append(cells)
    return rows


def _cells(line: str) -> list[str]:
    """Cells of a line, empty ones at its end left out but for the second; a line that ends a page has none."""
    cells = [] if _PAGE_END in line else [cell.strip() for cell in line.split("\t")]
    while len(cells) > 2 and not cells[-1]:
        cells.pop()
    return cells


def _is_header(lines: list[str]) -> bool:
    """Whether the first of two lines looks like the names of columns."""
    rows = [[Cell(text=cell) for cell in _cells(line)] for line in lines]
    return len(rows[0]) > 1 and not any(_RUNNING.search(cell.text) for cell in rows[0]) and header_depth(rows) == 1


def _holds_figures(rows: list[list[str]]) -> bool:
    """Whether most rows of two columns hold a figure in the second: words beside words may have no header."""
    return 2 * sum(bool(re.search(r"\d", row[1])) for row in rows) > len(rows)


def _page_starts(text: str) -> tuple[int, ...]:
    """Where pages begin; () for a text without form feeds, or with none but at its end."""
    ends = [at for at, char in enumerate(text.rstrip()) if char == _PAGE_END]
    return (0, *(at + 1 for at in ends)) if ends else ()
