"""How table rows are printed."""

from __future__ import annotations

import pytest

from ingest.readers.tables import Cell, header_depth, table_lines


def rows(*texts: str) -> list[list[Cell]]:
    return [[Cell(text=text) for text in line.split("|")] for line in texts]


def printed(cells: list[list[Cell]], header_rows: int | None = None) -> list[tuple[str, str]]:
    return [(line.kind, line.text) for line in table_lines(cells, table=0, header_rows=header_rows)]


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (
            rows("岗位|标准", "科员|300元", "处长|"),
            [("table_header", "岗位 | 标准"), ("table_row", "岗位：科员；标准：300元"), ("table_row", "岗位：处长")],
        ),
        (
            rows("Grade|Allowance", "B|50"),
            [("table_header", "Grade | Allowance"), ("table_row", "Grade: B; Allowance: 50")],
        ),
        (rows("1|2", "3|4"), [("table_row", "1 | 2"), ("table_row", "3 | 4")]),
        (
            rows("索 引 号：|0001|日期：|2018年", "标　　题：|办法"),
            [("table_row", "索引号：0001；日期：2018年"), ("table_row", "标题：办法")],
        ),
        (rows("合计：|5|人数：|5"), [("table_row", "合计：5；人数：5")]),
        (rows("主题词：|"), [("table_row", "主题词：")]),
        (
            rows("岗位|标准", "科员|300元", "注：旺季上浮。|"),
            [
                ("table_header", "岗位 | 标准"),
                ("table_row", "岗位：科员；标准：300元"),
                ("table_row", "注：旺季上浮。"),
            ],
        ),
        (rows("only one row|b"), [("table_row", "only one row | b")]),
        ([], []),
        (rows("|", "|"), []),
    ],
)
def test_rows(cells: list[list[Cell]], wanted: list[tuple[str, str]]) -> None:
    assert printed(cells) == wanted


@pytest.mark.parametrize(
    ("cells", "first_row"),
    [
        (rows("住宿标准||", "地区|岗位|标准", "甲市|科员|300元"), "地区：甲市；岗位：科员；标准：300元"),
        (rows("|住宿标准|", "||单位：元", "地区|岗位|标准", "甲市|科员|300"), "地区：甲市；岗位：科员；标准：300"),
        (rows("姓名：||", "性别|男|汉族", "职务|科员|科室"), "姓名："),
        (rows("单位|", "地址|东街", "电话|未填"), "单位"),
        (rows("甲市||", "科员|300元|一天", "处长|450元|一天"), "甲市"),
    ],
)
def test_a_title_alone_in_its_row_stands_above_the_header(cells: list[list[Cell]], first_row: str) -> None:
    assert next(text for kind, text in printed(cells) if kind == "table_row") == first_row


def test_a_caption_over_the_whole_width_comes_first() -> None:
    cells = [[Cell(text="附表 住宿标准", colspan=2)], *rows("岗位|标准", "科员|300元")]
    assert printed(cells) == [
        ("table_header", "附表 住宿标准"),
        ("table_header", "岗位 | 标准"),
        ("table_row", "岗位：科员；标准：300元"),
    ]


def test_a_header_of_two_rows_names_columns_by_both() -> None:
    cells = [
        [Cell(text="单位", rowspan=2), Cell(text="任务", colspan=2)],
        [Cell(text="2023年"), Cell(text="2024年")],
        [Cell(text="甲乡"), Cell(text="5"), Cell(text="6")],
        [Cell(text="合计"), Cell(text="11", colspan=2)],
    ]
    assert header_depth(cells) == 2
    assert [text for _, text in printed(cells)][2:] == [
        "单位：甲乡；任务/2023年：5；任务/2024年：6",
        "单位：合计；任务/2023年/任务/2024年：11",
    ]


def test_header_cells_beside_their_values() -> None:
    cells = [[Cell(text="编号", header=True), Cell(text="7")], [Cell(text="负责人", header=True), Cell(text="张某")]]
    assert [text for _, text in printed(cells)] == ["编号：7", "负责人：张某"]


def test_a_cell_over_rows_stands_in_each() -> None:
    cells = [
        *rows("类别|项目|标准"),
        [Cell(text="住宿", rowspan=2), Cell(text="甲"), Cell(text="1元")],
        *rows("乙|2元"),
    ]
    assert [text for _, text in printed(cells)][1:] == [
        "类别：住宿；项目：甲；标准：1元",
        "类别：住宿；项目：乙；标准：2元",
    ]


def test_absurd_spans_stay_small() -> None:
    cells = [[Cell(text="a", colspan=10**9, rowspan=10**9)] * 50, *rows("b|c")]
    assert len(printed(cells)) <= 2
