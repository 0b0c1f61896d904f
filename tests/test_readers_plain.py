"""Plain text: encodings, line ends, blocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers.encoding import decode
from ingest.readers.plain import read_plain
from ingest.source import Block
from rag.errors import DocumentError

CHINESE = "第一条 为了规范档案管理，制定本办法。\n第二条 借阅期限为15天，经批准可以延长一次。\n"
ENGLISH = "1. Scope\nThis policy applies to all staff of the library — and to visitors.\n"


@pytest.mark.parametrize("text", [CHINESE, ENGLISH, CHINESE.replace("\n", "").replace("15", "十五")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"])
def test_encodings_are_recognised(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "a.txt") == (text, ())


def test_utf16_big_endian_with_a_mark() -> None:
    assert decode(b"\xfe\xff" + CHINESE.encode("utf-16-be"), "a.txt")[0] == CHINESE


def test_traditional_chinese_in_big5() -> None:
    text = "圖書館暫停開放通告\n本館因設備檢修，暫停開放三天，請讀者見諒。\n"
    assert decode(text.encode("big5"), "a.txt") == (text, ())


def test_gb18030_with_rare_characters() -> None:
    text = "镕基同志、喆先生、㛃女士参加会议，会议研究了档案室搬迁事项并作出决定。"
    assert decode(text.encode("gb18030"), "a.txt")[0] == text


def test_western_quotes_are_not_taken_for_chinese() -> None:
    text = "The “records schedule” says – in short – that staff’s files are kept for seven years."
    assert decode(text.encode("cp1252"), "a.txt")[0] == text


def test_a_cut_character_at_the_end_is_reported() -> None:
    text, warnings = decode(CHINESE.strip().encode()[:-1], "a.txt")
    assert text == CHINESE.strip()[:-1] + "\ufffd"
    assert warnings == ("1 characters are damaged (read as UTF-8) and stand as \ufffd",)


def test_line_ends_become_line_feeds_and_blocks_are_trimmed_lines() -> None:
    source = read_plain("　　一、总则\r\n\r\n  (一)目的 \r第二\u2028第三".encode(), "a.txt")
    assert source.text == "　　一、总则\n\n  (一)目的 \n第二\n第三"
    assert source.blocks == (
        Block(start=2, end=6),
        Block(start=10, end=15),
        Block(start=17, end=19),
        Block(start=20, end=22),
    )


@pytest.mark.parametrize(
    ("text", "starts"),
    [("甲\f乙\f\f丁\f\n", (0, 2, 4, 5)), ("甲\f\n", ()), ("甲\r\n\f乙", (0, 3)), ("甲\n乙", ())],
)
def test_form_feeds_part_pages(text: str, starts: tuple[int, ...]) -> None:
    source = read_plain(text.encode(), "a.txt")
    assert source.page_starts == starts
    assert source.text == text.replace("\r", "").replace("\f", "\n")


def test_a_few_control_characters_are_dropped_with_a_warning() -> None:
    source = read_plain(b"Leave policy\x00 applies\x1a", "a.txt")
    assert (source.text, source.warnings) == ("Leave policy applies", ("2 control characters dropped",))


def test_text_that_another_program_garbled_is_told() -> None:
    good = "第一条 年假五天。\n"
    bad = "借阅证由图书馆办理，遗失的，应当挂失。\n".encode().decode("gb18030", errors="replace")
    assert read_plain((good * 40).encode(), "a.txt").warnings == ()
    (warning,) = read_plain((good + bad * 60).encode(), "a.txt").warnings
    assert warning.startswith("garbled from line 2 to line 61: UTF-8 that another program took for GBK")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"a\.txt: the file is empty \(0 bytes\)"),
        (b" \n\t \n", "holds only white space"),
        ("\u3000\n".encode(), "holds only white space"),
        (b"%PDF-1.7\n", "not a text file but a PDF; rename it to .pdf"),
        (b"PK\x03\x04rest", "zip archive such as .docx"),
        (b"\x89PNG\r\n\x1a\n", r"a picture; it needs text recognition"),
        (b"\x7fELF\x02\x01\x01" + bytes(100), "a program"),
        (bytes(range(256)) * 40, "binary file, not text|not text in UTF-8"),
        (b"\xff\xfe" + b"\x00\xd8" * 50, "begins as UTF-16-LE but is not"),
    ],
)
def test_what_is_no_text_is_refused_in_one_line(data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as error:
        read_plain(data, "a.txt")
    assert "\n" not in str(error.value)


def test_lines_of_cells_parted_by_tabs_below_a_header_are_a_table() -> None:
    text = "第九条 标准如下：\n类别\t住宿费\t伙食费\n甲类\t320\t130\n乙类\t\t110\n丙类\t200\t\n第十条 余下照旧。\n"
    source = read_plain(text.encode(), "a.txt")
    rows = [(block.kind, block.table, source.text[block.start : block.end]) for block in source.blocks]
    assert rows == [
        ("paragraph", None, "第九条 标准如下："),
        ("table_header", 0, "类别 | 住宿费 | 伙食费"),
        ("table_row", 0, "类别：甲类；住宿费：320；伙食费：130"),
        ("table_row", 0, "类别：乙类；伙食费：110"),
        ("table_row", 0, "类别：丙类；住宿费：200"),
        ("paragraph", None, "第十条 余下照旧。"),
    ]


def test_a_line_of_empty_cells_ends_a_table() -> None:
    rows = "类别\t住宿费\t伙食费\n甲类\t320\t130\n乙类\t260\t110\n"
    source = read_plain(f"{rows}\t\t\n丙类\t200\t90\n".encode(), "a.txt")
    printed = [source.text[block.start : block.end] for block in source.blocks]
    assert printed == [
        "类别 | 住宿费 | 伙食费",
        "类别：甲类；住宿费：320；伙食费：130",
        "类别：乙类；住宿费：260；伙食费：110",
        "丙类\t200\t90",
    ]


@given(st.lists(st.lists(st.sampled_from(["", "类别", "标准", "甲", "320", "一、", "。"]), max_size=4), max_size=8))
def test_no_line_and_no_cell_is_lost(rows: list[list[str]]) -> None:
    text = "\n".join("\t".join(cells) for cells in rows) + "\n正文"
    source = read_plain(text.encode(), "a.txt")
    assert source.text.count("\n") == text.count("\n")
    for line, cells in zip(source.text.split("\n"), rows, strict=False):
        assert all(cell in line for cell in cells)


@pytest.mark.parametrize(
    "text",
    [
        "一、\t总则\n二、\t分则\n三、\t附则",  # numbers and their headings
        "请假\t由科长批准\n出差\t由处长批准\n用车\t由主任批准",  # no header
        "1\t320\n2\t260\n3\t200",
        "类别\t标准\n甲类\t320",  # one row alone
        "目的\t为了规范管理。\n范围\t适用于3个部门。\n期限\t有效期5年。",
    ],
)
def test_other_lines_with_tabs_stay_as_they_are(text: str) -> None:
    source = read_plain(text.encode(), "a.txt")
    assert source.text == text
    assert {block.kind for block in source.blocks} == {"paragraph"}
