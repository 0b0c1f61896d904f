"""Spreadsheets, OFD, and old word-processor files."""

from __future__ import annotations

import shutil

import pytest
from office_files import glyphs, ofd, words, workbook
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
