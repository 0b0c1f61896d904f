"""A small workbook and small OFD files, for tests.

Packages beyond the application's: openpyxl.
"""

from __future__ import annotations

import io
from datetime import date

from word_xml import package


def workbook() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "住宿标准"
    for row in [
        ("城市", "级别", "标准", "比例", "起"),
        ("甲市", "一级", 1500, 0.15, date(2024, 7, 1)),
        (None, "二级", 300.5, 1, None),
    ]:
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet["C2"].number_format = "#,##0.00"
    sheet["D2"].number_format = sheet["D3"].number_format = "0%"
    book.create_sheet("空表")
    book.create_sheet("草稿").append(("a", "b"))
    book["草稿"].sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def column(*values: tuple[object, str], struck: int | None = None) -> bytes:
    """A workbook with one sheet ``表`` of two columns: a character, and values with their number formats."""
    import openpyxl
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "表"
    for number, (value, number_format) in enumerate(values, start=1):
        sheet.append((chr(0x7530 + number), value))
        sheet.cell(number, 2).number_format = number_format
        if number == struck:
            sheet.cell(number, 2).font = Font(strike=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ofd(*pages: str, order: list[int] | None = None) -> bytes:
    names = [f"Pages/P{number}.xml" for number in range(len(pages))]
    listed = "".join(f'<ofd:Page ID="{n}" BaseLoc="{names[n]}"/>' for n in order or range(len(pages)))
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    parts: dict[str, str | bytes] = {
        "OFD.xml": f"<ofd:OFD {space}><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {space}><ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
    }
    for name, content in zip(names, pages, strict=True):
        parts[f"Doc_0/{name}"] = (
            f"<ofd:Page {space}><ofd:Content><ofd:Layer>{content}</ofd:Layer></ofd:Content></ofd:Page>"
        )
    return package(parts)


def words(text: str, y: float, x: float = 30, size: float = 5) -> str:
    """One text object, its characters set apart by ``g`` steps."""
    return (
        f'<ofd:TextObject Boundary="{x} {y} 150 8" Size="{size}"><ofd:TextCode X="0" Y="5" '
        f'DeltaX="g {len(text) - 1} {size}">{text}</ofd:TextCode></ofd:TextObject>'
    )


def glyphs(text: str, y: float, x: float = 30, size: float = 5) -> str:
    """One text object for each character, last one first."""
    return "".join(words(char, y, x + size * index, size) for index, char in reversed(list(enumerate(text))))
