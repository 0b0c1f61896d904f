"""Spreadsheets, OFD, and old word-processor files."""

from __future__ import annotations

import shutil

import pytest
from office_files import column, glyphs, ofd, words, workbook
from word_xml import package

from ingest.readers import office
from ingest.readers.ofd import read_ofd
from ingest.readers.office import read_doc, read_rtf
from ingest.readers.sheets import read_csv, read_xlsx
from rag.errors import DocumentError, MissingExtra

NEEDS_OFFICE = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_csv_rows_carry_their_header(delimiter: str, encoding: str) -> None:
    text = "\r\n".join(delimiter.join(row) for row in [("岗位", "标准"), ("科员", '"300元\n每天"'), ("", "")])
    source = read_csv(text.encode(encoding), "a.csv")
    assert source.text == "岗位 | 标准\n岗位：科员；标准：300元 每天"
    assert [block.kind for block in source.blocks] == ["table_header", "table_row"]


def test_sheets_are_sections_and_values_read_as_shown() -> None:
    source = read_xlsx(workbook(), "a.xlsx")
    assert source.text.split("\n") == [
        "住宿标准",
        "城市 | 级别 | 标准 | 比例 | 起",
        "城市：甲市；级别：一级；标准：1,500.00；比例：15%；起：2024-07-01",
        "城市：甲市；级别：二级；标准：300.5；比例：100%",
    ]
    assert (source.blocks[0].kind, source.blocks[0].level) == ("heading", 1)
    assert source.warnings == ("hidden sheets were left out: 草稿",)


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (13812345678, "General", "13812345678"),
        (1234567890.55, "General", "1234567890.55"),
        (0.1 + 0.2, "General", "0.3"),
        (0.00000012, "General", "0.00000012"),
        (1e15, "General", "1000000000000000"),
        (6222020012345678, "@", "6222020012345678"),
        (10020, "000000", "010020"),
        (3.75, "0.##", "3.75"),
        (3.0, "0.0#", "3.0"),
        (1234.56, "#,###.00", "1,234.56"),
        (0.155, "0.0%", "15.5%"),
        (15, '0"%"', "15%"),
        (1100, '#,##0"元"', "1,100元"),
        (5, '[Red]"第"0\\名', "第5名"),
        (6, 'General"人"', "6人"),
        (500, "[$¥-804]#,##0.00", "¥500.00"),
        (-500, "¥#,##0.00", "-¥500.00"),
        (1234.5, '_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ', "¥1,234.50"),
        (-5, '#,##0"盈";#,##0"亏"', "-5"),
        (12345, '0.0,"千元"', "12,345.0"),
        (12000, '[>=10000]0.0,"万";0', "12,000.0"),
    ],
)
def test_a_number_keeps_its_digits_and_the_words_of_its_format(value: float, number_format: str, shown: str) -> None:
    """Words that go with a scaled figure, or with some figures only, are left out: they would be wrong."""
    source = read_xlsx(column((value, number_format)), "a.xlsx")
    assert source.text.rsplit(" | ", 1)[1] == shown


def test_a_struck_out_cell_is_left_out() -> None:
    source = read_xlsx(column((300, "0"), (400, "0"), struck=1), "a.xlsx")
    assert "300" not in source.text
    assert source.text.endswith("400")
    assert source.warnings == ("struck-out text was left out: 300",)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (workbook()[:-200], "damaged or cut short"),
        (package({"xl/workbook.xml": "<a"}), "the workbook is damaged"),
        (package({"xl/workbook.xml": "<!DOCTYPE a><a/>"}), "declares a document type"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
    ],
)
def test_workbooks_that_cannot_be_read(data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read_xlsx(data, "a.xlsx")


def test_ofd_pages_come_in_the_order_of_the_document_and_glyphs_are_joined() -> None:
    data = ofd(words("第二页的通知内容", 40), glyphs("关于开放阅览室的通知", 40) + words("各科室：", 60), order=[1, 0])
    source = read_ofd(data, "a.ofd")
    assert source.text == "关于开放阅览室的通知\n各科室：\n第二页的通知内容"
    assert source.page_starts == (0, 16)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"text", "not a .ofd file"),
        (package({"a": "b"}), "is no OFD file"),
        (package({"OFD.xml": "<a/>", "Encryptions.xml": "<a/>"}), "is encrypted"),
        (ofd("<x>")[:-300], "damaged or cut short"),
        (ofd("<x>"), "is not sound XML"),
    ],
)
def test_ofd_files_that_cannot_be_read(data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read_ofd(data, "a.ofd")


RTF = rb"{\rtf1\ansi\deff0{\fonttbl{\f0 Times;}}\f0 Leave policy\par Staff accrue leave monthly.\par}"


@NEEDS_OFFICE
@pytest.mark.slow
def test_rich_text_is_read_through_libreoffice() -> None:
    source = read_rtf(RTF, "a.rtf")
    assert (source.text, source.format) == ("Leave policy\nStaff accrue leave monthly.", "rtf")


def test_without_libreoffice_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office.shutil, "which", lambda _: None)
    with pytest.raises(
        MissingExtra, match=r"a\.rtf: .* LibreOffice, which is not installed; install it \(Debian: apt-get"
    ):
        read_rtf(RTF, "a.rtf")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"plain", "not a Word or WPS file"),
        (OLE + bytes(512) + "CONTENTS".encode("utf-16-le") + b"\0\0", "a Microsoft Works file"),
        (OLE + bytes(512) + "Workbook".encode("utf-16-le"), "an office file, but no text document"),
    ],
)
def test_old_files_that_cannot_be_read(data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read_doc(data, "a.wps")


def test_rtf_is_checked_before_it_is_converted() -> None:
    with pytest.raises(DocumentError, match="not Rich Text"):
        read_rtf(b"hello", "a.rtf")
