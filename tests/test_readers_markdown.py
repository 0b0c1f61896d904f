"""Markdown: words without markup, hidden figures kept."""

from __future__ import annotations

import pytest

from ingest.readers.markdown import read_markdown
from ingest.readers.stars import mark_stars


def texts(markdown: str) -> list[str]:
    source = read_markdown(markdown.encode(), "a.md")
    return [source.text[block.start : block.end] for block in source.blocks]


def kinds(markdown: str) -> list[tuple[str, int | None, str]]:
    source = read_markdown(markdown.encode(), "a.md")
    return [(block.kind, block.level, source.text[block.start : block.end]) for block in source.blocks]


@pytest.mark.parametrize(
    ("markdown", "wanted"),
    [
        (
            "# 请假规定\n\n## 第一章 总则 ##\n\n总则内容",
            [("heading", 1, "请假规定"), ("heading", 2, "第一章 总则"), ("paragraph", None, "总则内容")],
        ),
        ("Leave\n=====\n\ntext", [("heading", 1, "Leave"), ("paragraph", None, "text")]),
        ("- one\n* two", [("list_item", None, "• one"), ("list_item", None, "• two")]),
        ("3. three\n4. four", [("list_item", None, "3. three"), ("list_item", None, "4. four")]),
        ("1) one", [("list_item", None, "1) one")]),
        ("1. 一项\n\n   续段", [("list_item", None, "1.一项"), ("paragraph", None, "续段")]),
        ("```\na **b**\n\n  c\n```", [("code", None, "a **b**"), ("code", None, "c")]),
        ("    缩进的段落", [("paragraph", None, "缩进的段落")]),
        ("a<!-- note -->b\n\n<!-- gone -->\n\nc", [("paragraph", None, "ab"), ("paragraph", None, "c")]),
        ("<div>\n<p>行一</p>\n<p>行二</p>\n</div>", [("paragraph", None, "行一"), ("paragraph", None, "行二")]),
        ("> quoted", [("paragraph", None, "quoted")]),
        ("one\n\n***\n\ntwo", [("paragraph", None, "one"), ("paragraph", None, "two")]),
    ],
)
def test_blocks(markdown: str, wanted: list[tuple[str, int | None, str]]) -> None:
    assert kinds(markdown) == wanted


@pytest.mark.parametrize(
    ("markdown", "wanted"),
    [
        ("A *b* **c** `d` [e](http://f) <http://g>", "A b c d e http://g"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("第__条第__款，____年__月__日", "第__条第__款，____年__月__日"),
        ("型号X5，覆盖XX个乡镇，××县", "型号X5，覆盖XX个乡镇，××县"),
        ("检查**次，培训**次", "检查**次，培训**次"),
        ("***县委在***的指导下，开展**余次", "***县委在***的指导下，开展**余次"),
        ("共*年*月*日", "共*年*月*日"),
        ("**一、总体要求。**全县检查**次", "一、总体要求。全县检查**次"),
        ("**“重点”**工作和**年度目标**完成", "“重点”工作和年度目标完成"),
        ("每年**两**次，**经费**、**人员**，", "每年两次，经费、人员，"),
        ("写作 `**次` 的意思", "写作 **次 的意思"),
        ("see note[^1]", "see note[^1]"),
        (r"1\. not a list", "1. not a list"),
        ("![seal](seal.png)after", "after"),
    ],
)
def test_inline_markup_goes_and_hidden_figures_stay(markdown: str, wanted: str) -> None:
    assert texts(markdown) == [wanted]


def test_stars_beside_english_are_left_to_markdown() -> None:
    assert mark_stars("a **bold** and *it*") == "a **bold** and *it*"


@pytest.mark.parametrize(
    ("markdown", "wanted"),
    [
        ("Staff are asked\nto file reports.", ["Staff are asked to file reports."]),
        (
            "第一条 本办法所称档案，是指各单位在工作中形成的\n有保存价值的记录。",
            ["第一条 本办法所称档案，是指各单位在工作中形成的有保存价值的记录。"],
        ),
        ("第一条 目的。\n第二条 范围。", ["第一条 目的。", "第二条 范围。"]),
        ("（一）登记；\n（二）归档。", ["（一）登记；", "（二）归档。"]),
        ("any of:\n(a) leave\n(b) travel", ["any of:", "(a) leave", "(b) travel"]),
        ("one  \ntwo<br>three", ["one", "two", "three"]),
    ],
)
def test_line_breaks_stay_only_where_a_line_ends(markdown: str, wanted: list[str]) -> None:
    assert texts(markdown) == wanted


def test_front_matter_gives_the_title_and_is_no_text() -> None:
    source = read_markdown(b'---\ntitle: "Leave types"\nkeywords: x\n---\n\nText', "a.md")
    assert (source.title, source.text) == ("Leave types", "Text")


def test_tables_print_their_header_with_every_row() -> None:
    markdown = "| 级别 | 标准 |\n|---|---|\n| 一级 | **500**元 |\n| 二级 | |"
    assert texts(markdown) == ["级别 | 标准", "级别：一级；标准：500元", "级别：二级"]


def test_footnotes_keep_their_words() -> None:
    assert texts("text[^1]\n\n[^1]: once") == ["text[^1]", "[^1]: once"]


def test_bold_lines_are_hinted() -> None:
    source = read_markdown("**一、范围**\n\n普通 **词**".encode(), "a.md")
    assert [block.bold for block in source.blocks] == [True, False]


@pytest.mark.parametrize(
    ("markdown", "wanted", "struck"),
    [
        ("The fee is ~~5~~ 8 pounds.", "The fee is 8 pounds.", "5"),
        ("借期<del>十</del>五日，逾期**~~一元~~**二元。", "借期五日，逾期二元。", "十 / 一元"),
        ("- ~~全部~~\n- 部分", "• 部分", "全部"),
        ("<p>借期<s>十</s>五日。</p>", "借期五日。", "十"),
        ("每次100~~200元，每月300~~400元。", "每次100~~200元，每月300~~400元。", ""),
        ("填写<s>处的姓名。", "填写处的姓名。", ""),
    ],
)
def test_struck_out_text_is_left_out_and_told(markdown: str, wanted: str, struck: str) -> None:
    source = read_markdown(markdown.encode(), "a.md")
    assert source.text == wanted
    assert source.warnings == ((f"struck-out text was left out: {struck}",) if struck else ())
