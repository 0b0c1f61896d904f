"""Short names that a document defines are read where they are defined."""

import time

import pytest

from ingest.outline import outline
from ingest.outline.abbreviations import read_abbreviations
from ingest.source import SourceText


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("由安河县机关事务管理中心（以下简称“机关事务中心”）负责。", [("机关事务中心", "机关事务管理中心")]),
        ("根据《安河县差旅费管理办法》（以下简称《差旅办法》），", [("差旅办法", "安河县差旅费管理办法")]),
        ("《关于印发〈差旅办法〉的通知》(以下称《通知》)", [("通知", "关于印发〈差旅办法〉的通知")]),
        ("国家机关运行经费(以下简称机关运行经费)是指", [("机关运行经费", "国家机关运行经费")]),
        ("公共数据共享交换平台，以下简称“共享平台”。", [("共享平台", "共享交换平台")]),
        ("通过人力资源管理系统（HRMS）登记", [("HRMS", "人力资源管理系统")]),
        ("The Human Resources Office (HRO) keeps", [("HRO", "Human Resources Office")]),
        ("the Board of Records and Archives (BRA)", [("BRA", "Board of Records and Archives")]),
        ('Ashford Records Office (the "Office") issues', [("Office", "Ashford Records Office")]),
        ("the Records Retention Schedule (hereinafter the “Schedule”)", [("Schedule", "Records Retention Schedule")]),
        ('Data Protection Officer, hereinafter referred to as "DPO",', [("DPO", "Data Protection Officer")]),
        ("各级机关、事业单位（以下统称各单位）", []),
        ("工作人员（含聘用人员）", []),
        ("staff (see below), a file (PDF), the form (Annex A)", []),
        ("（以下简称“甲方”）", []),
    ],
)
def test_definitions(text, pairs):
    found = read_abbreviations(text, 0, len(text))
    assert [(one.short, one.full) for one in found] == pairs
    assert all(text[one.start : one.end].startswith(one.full) for one in found)


def test_only_the_document_is_read():
    text = "人事系统管理处（以下简称人事处）。人事系统管理处（以下简称管理处）。"
    assert [one.short for one in read_abbreviations(text, 0, 18)] == ["人事处"]


def test_the_outline_holds_them():
    text = "会议室管理办法\n第一条 安河县机关事务管理中心（以下简称“事务中心”）负责会议室。\n第二条 会后关灯。\n"
    (document,) = outline(SourceText(format="txt", text=text, blocks=()), "办法")
    assert [(one.short, one.full) for one in document.abbreviations] == [("事务中心", "事务管理中心")]


@pytest.mark.parametrize(
    "text", ["（以下简称" * 20_000, "A " * 50_000 + '(the "X")', " " * 50_000 + "(A", "(hereinafter " * 9_000]
)
def test_odd_texts_cost_no_time(text):
    started = time.perf_counter()
    assert read_abbreviations(text, 0, len(text)) == ()
    assert time.perf_counter() - started < 2
