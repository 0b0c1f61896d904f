"""Spreadsheets: each sheet under its name, each row a line with its header."""

from __future__ import annotations

import csv
import datetime
import io
import re
import warnings
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ingest.readers import limits
from ingest.readers.docx import open_office
from ingest.readers.encoding import decode
from ingest.readers.lines import Line, assemble, tidy
from ingest.readers.struck import struck_warning
from ingest.readers.tables import Cell, table_lines
from ingest.source import SourceText
from rag.errors import DocumentError

LIMIT_CSV_BYTES = 16 * limits.MIB
LIMIT_XLSX_PART_BYTES = 16 * limits.MIB
"""A sheet takes some fifty times its XML in memory."""
LIMIT_ROWS = 100_000
LIMIT_CELLS = 500_000
_DELIMITERS = ",\t;|"
_DECIMALS = re.compile(r"\.([0#?]+)")
_WORDS = r"""(?:"[^"]*"|[\\!_*].|\[[^\]]*\]|[^"\\!_*\[\]#0?.,%;@A-Za-z])*"""
_FORMAT = re.compile(rf"({_WORDS})(General|[#0?,]*[#0?](?:\.[0#?]+)?%?)({_WORDS})(?=;|$)")
"""The first section of a number format: words, the figure, words. One that scales or has a condition is none."""
_WORD = re.compile(r"""[_*].|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|"([^"]*)"|[\\!](.)""")
_EXACT_DIGITS = 15
"""What a spreadsheet keeps of a number with a fraction."""


def read_csv(data: bytes, name: str) -> SourceText:
    """The rows of a comma-, tab- or semicolon-separated file.

    Raises:
        DocumentError: empty, too large, binary, or not separated values.
    """
    limits.check_size(len(data), name, LIMIT_CSV_BYTES)
    text, notes = decode(data, name)
    head = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(_DELIMITERS, key=head.count)
    rows: list[list[Cell]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append([Cell(text=tidy(value)) for value in row])
            _check_count(name, len(rows), sum(map(len, rows[-1:])))
    except csv.Error as error:
        raise DocumentError(f"{name}: line {len(rows) + 1} is not separated values ({error}); save it again") from None
    return assemble(table_lines(rows, table=0), name, format="csv", warnings=notes)


def read_xlsx(data: bytes, name: str) -> SourceText:
    """The visible sheets of a workbook, values as its cells show them.

    Raises:
        DocumentError: empty, damaged, encrypted, over the limits, or without values.
    """
    archive = open_office(data, name, "xlsx", "Excel")
    for part in archive.names:
        if part.endswith(".xml"):
            limits.check_size(len(archive.read(part)), f"{name} ({part})", LIMIT_XLSX_PART_BYTES)
            if b"<!DOCTYPE" in archive.read(part)[:4096]:
                raise DocumentError(f"{name}: its part {part} declares a document type; refused")
    workbook = _open(data, name)
    hidden = [sheet.title for sheet in workbook.worksheets if sheet.sheet_state != "visible"]
    struck: list[str] = []
    lines = list(_lines(workbook, name, struck))
    notes = [f"hidden sheets were left out: {', '.join(hidden)}"] if hidden else []
    notes += struck_warning(struck)
    return assemble(lines, name, format="xlsx", title=workbook.properties.title, warnings=notes)


def _open(data: bytes, name: str) -> Any:
    import openpyxl

    try:
        with warnings.catch_warnings(action="ignore"):  # on styles and extensions, which are not read
            return openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    except Exception as error:  # noqa: BLE001 - openpyxl documents no family; damaged XML raises nearly anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DocumentError(f"{name}: the workbook is damaged ({reason}); open it in Excel and save it again") from None


def _check_count(name: str, rows: int, cells: int) -> None:
    if rows > LIMIT_ROWS or cells > LIMIT_CELLS:
        raise DocumentError(f"{name}: more than {LIMIT_ROWS} rows or {LIMIT_CELLS} cells; split the table")


def _lines(workbook: Any, name: str, struck: list[str]) -> Iterator[Line]:
    table = 0
    for sheet in workbook.worksheets:
        if sheet.sheet_state != "visible":
            continue
        _check_count(name, sheet.max_row, sheet.max_row * sheet.max_column)
        rows = table_lines(_rows(sheet, struck), table=table)
        if rows:
            yield Line(text=tidy(sheet.title), kind="heading", level=1)
            yield from rows
            table += 1


def _rows(sheet: Any, struck: list[str]) -> list[list[Cell]]:
    """The cells of a sheet; what is struck out goes to ``struck``."""
    spans = {
        (area.min_row, area.min_col): (area.max_row - area.min_row + 1, area.max_col - area.min_col + 1)
        for area in sheet.merged_cells.ranges
    }
    covered = {
        (row, column)
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row, min(area.max_row, LIMIT_ROWS) + 1)
        for column in range(area.min_col, area.max_col + 1)
    } - set(spans)
    rows: list[list[Cell]] = []
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = []
        for column, cell in enumerate(row, start=1):
            if (number, column) not in covered:
                down, across = spans.get((number, column), (1, 1))
                text = _shown(cell.value, cell.number_format)
                if text and cell.has_style and cell.font.strike:
                    struck.append(text)
                    text = ""
                cells.append(Cell(text=text, rowspan=down, colspan=across))
        rows.append(cells)
    return rows


def _shown(value: Any, number_format: str) -> str:
    """A value as its cell shows it: percentages, decimals, thousands, dates."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    found = _FORMAT.match(number_format)
    before, figure, after = found.groups() if found else ("", number_format, "")
    if value < 0 and ";" in number_format:  # the words for these stand in another section
        before = after = ""
    sign = "-" if value < 0 else ""
    return f"{sign}{_words(before)}{_figure(abs(value), figure)}{_words(after)}".strip()


def _words(part: str) -> str:
    """The words of a number format; room left, repeated characters and colours are none."""
    return _WORD.sub(lambda match: "".join(group or "" for group in match.groups()), part)


def _figure(value: float, pattern: str) -> str:
    """A number without sign as its pattern shows it, every digit of it where the pattern asks for none."""
    if "%" not in pattern and "0" not in pattern.replace("General", ""):
        return str(value) if isinstance(value, int) else f"{Decimal(f'{value:.{_EXACT_DIGITS}g}'):f}"
    decimals = _DECIMALS.search(pattern)
    places = decimals.group(1) if decimals else ""
    if "%" in pattern:
        value *= 100
    text = f"{value:{',' if ',' in pattern else ''}.{len(places)}f}"
    optional = len(places) - len(places.rstrip("#?"))
    while optional and text.endswith("0"):
        text, optional = text[:-1], optional - 1
    whole = text.partition(".")[0]
    text = "0" * (pattern.partition(".")[0].count("0") - len(whole)) + text.rstrip(".")
    return text + "%" if "%" in pattern else text
