"""Sections are named to people by the numbers as printed."""

import pytest

from rag.labels import document_label, section_label
from rag.types import Section


def section(id_: str, parent: str | None, number: str, heading: str, start: int) -> Section:
    path = tuple(id_.split("/")) if id_ else ()
    return Section(
        id=id_, parent=parent, level=len(path), number=number, heading=heading, path=path,
        start=start, end=start + 60, body=start + 30,
    )  # fmt: skip


def label(title: str, *chain: tuple[str, str, str]) -> str:
    """Label of the last of ``(number, heading, printed)``, each below the one before."""
    text, sections, parent = "", {"": section("", None, "", "", 0)}, ""
    for number, heading, printed in chain:
        id_ = f"{parent}/{number or heading}".strip("/")
        sections[id_] = section(id_, parent, number, heading, len(text))
        text += printed.ljust(60)
        parent = id_
    return section_label(title, sections[parent], sections, text)


@pytest.mark.parametrize(
    ("title", "chain", "expected"),
    [
        ("工作要点", [("三", "丰富活动", "三、丰富活动"), ("七", "读书", "（七）读书。")], "《工作要点》三、（七）"),
        ("工作要点", [("三", "丰富活动", "三、丰富活动"), ("七", "读书", "(七)读书。")], "《工作要点》三、(七)"),
        ("差旅办法", [("第三章", "标准", "第三章 标准"), ("第十二条", "", "第十二条 内容")], "《差旅办法》第十二条"),
        (
            "差旅办法",
            [("第三章", "标准", "第三章 标准"), ("第十二条", "", "第 十二 条 内容"), ("二", "", "（二）内容")],
            "《差旅办法》第十二条（二）",
        ),
        (
            "差旅办法",
            [("第三章", "标准", "第三章 标准"), ("第二节", "住宿", "第二节 住宿")],
            "《差旅办法》第三章第二节",
        ),
        ("Leave Handbook", [("3", "Leave", "3 Leave"), ("3.2", "Sick", "3.2 Sick")], "Leave Handbook, 3.2"),
        ("Policy", [("Article 4", "Loans", "Article 4 Loans"), ("a", "", "(a) text")], "Policy, Article 4(a)"),
        ("Guide", [("", "Booking rooms", "Booking rooms")], "Guide, Booking rooms"),
        ("《通知》", [], "《通知》"),
    ],
)
def test_section_label(title, chain, expected):
    assert label(title, *chain) == expected


def test_document_label_marks_chinese_titles():
    assert [document_label(t) for t in ("办法", "《办法》", "Leave Handbook")] == [
        "《办法》",
        "《办法》",
        "Leave Handbook",
    ]
