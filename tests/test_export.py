"""Answers leave as Markdown and as Word files in which every clause is a footnote."""

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace

import docx
import pytest
from lxml import etree
from markdown_it import MarkdownIt
from small_index import build

import rag.__main__ as commands
from rag.export import Entry, Part, Report, Table, entry_of, markdown, report_of
from rag.export_docx import docx_bytes
from rag.models import embedding
from rag.testing import HashEmbedder
from rag.types import Answer, Citation, Closest, IndexedDocument, Metadata, Seconds

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HOSTILE = [
    "<script>alert(1)</script> & ]]> &amp;",
    "bell\x07 null\x00 escape\x1b[31m vertical\x0b",
    "![x](http://example.com/x.png) [a](javascript:alert(1)) www.example.com <http://example.com>",
    "# 标题\n- 一项\n1. 二项\n> 引\n| a | b |\n```\ncode",
    "*强* _弱_ ~~删~~ `码` $x$ [^9] [9]",
    "反\u202e向\u2066 半个\ud800字 \ufffe\uffff",
    "{NOTEREF x} \\f %s {0} ${y}",
]


def citation(n: int, **changes: object) -> Citation:
    values = {
        "n": n, "doc_id": "d1", "document": "差旅费管理办法", "source": "travel.txt", "section_id": "s1", "path": ("第二条",),
        "label": "《差旅费管理办法》第二条", "quote": "住宿费每人每天\n不超过350元。", "start": 3, "end": 10, "page": 4, "verified": True,
    }  # fmt: skip
    return Citation(**{**values, **changes})


def entry(text: str = "不超过350元[1]。", citations=None, **changes: object) -> Entry:
    values = {"question": "住宿费多少？", "citations": (citation(1),) if citations is None else citations}
    return Entry(**{"text": text, "status": "answered", "retrieved": "2026-11-21", **values, **changes})


def comparison() -> Entry:
    table = "| 对比 | 条款原文 |\n|---|---|\n| 旧版本 | 60日内报销。[1] |\n| 现行版本 | 30日内报销。[2] |"
    return entry(f"新旧不同。\n{table}\n没有别的。[1]", (citation(1), citation(2, section_id="s2")))


TRAVEL = IndexedDocument(
    doc_id="d1", source="travel.txt", ordinal=0, title="差旅费管理办法", start=0, end=99, sections=4, chunks=4,
    metadata=Metadata(year=2024, status="in_force", document_number="云财〔2024〕3号", version="第2版", effective="2024-07-01"),
)  # fmt: skip
LIBRARY = {"d1": TRAVEL}


def footnotes_of(content: bytes) -> dict[int, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        root = etree.fromstring(package.read("word/footnotes.xml"))
    return {
        int(note.get(f"{W}id")): "".join(note.itertext()).strip()
        for note in root
        if note.get(f"{W}type") is None
    }  # fmt: skip


def test_footnote_names_document_clause_version_status_year_quote_and_day():
    report = report_of([entry()], LIBRARY, "zh")
    assert report.footnotes[0].text == (
        "《差旅费管理办法》第二条。云财〔2024〕3号，2024年，版本：第2版，2024-07-01起施行，现行有效，第4页。"
        "“住宿费每人每天不超过350元。” 检索于2026-11-21"
    )
    english = report_of([entry()], LIBRARY, "en").footnotes[0].text
    assert "2024, version 第2版, effective 2024-07-01, in force, p. 4. “" in english
    assert english.endswith("retrieved 2026-11-21")


@pytest.mark.parametrize(
    ("documents", "changes", "expected"),
    [
        ({}, {}, "这份文件已不在库里"),
        (LIBRARY, {"verified": False}, "未能逐字核对"),
        ({"d1": replace(TRAVEL, metadata=Metadata(status="superseded"))}, {}, "已被替代"),
    ],
)
def test_footnote_says_what_a_reader_must_know_of_its_source(documents, changes, expected):
    report = report_of([entry(citations=(citation(1, **changes),))], documents, "zh")
    assert expected in report.footnotes[0].facts


def test_footnotes_are_numbered_through_all_answers_in_the_order_of_the_text():
    first = entry("乙[2]。甲[1]。又乙[2]。不明[7]。", (citation(1, label="甲"), citation(2, label="乙")))
    second = entry("丙[1]。", (citation(1, label="丙"),), question="第二问")
    report = report_of([first, second], LIBRARY, "zh")
    assert [note.label for note in report.footnotes] == ["乙。", "甲。", "丙。"]
    assert report.parts[0].blocks == (("乙", 1, "。甲", 2, "。又乙", 1, "。不明[7]。"),)
    assert report.parts[1].blocks == (("丙", 3, "。"),)
    words = markdown(report)
    assert words.startswith("# 问答与依据\n\n## 住宿费多少？\n\n乙[^1]。甲[^2]。又乙[^1]。不明\\[7\\]。\n")
    assert re.findall(r"^\[\^(\d)\]: (.)", words, re.M) == [("1", "乙"), ("2", "甲"), ("3", "丙")]


def test_a_comparison_stays_a_table_between_its_lines():
    report = report_of([comparison()], LIBRARY, "zh")
    assert report.parts[0].blocks == (
        ("新旧不同。",),
        Table(
            rows=((("对比",), ("条款原文",)), (("旧版本",), ("60日内报销。", 1)), (("现行版本",), ("30日内报销。", 2)))
        ),
        ("没有别的。", 1),
    )
    assert markdown(report).startswith(
        "## 住宿费多少？\n\n新旧不同。\n\n"
        "| 对比 | 条款原文 |\n|---|---|\n| 旧版本 | 60日内报销。[^1] |\n| 现行版本 | 30日内报销。[^2] |\n\n"
        "没有别的。[^1]\n\n[^1]: "
    )


@pytest.mark.parametrize(
    ("lines", "cells"),
    [
        (["| 甲 |", "|---|", "| 一 |"], [["甲"], ["一"]]),
        (["| 甲 | 乙 | 丙 |", "| :--- | :-: | --: |", "|  | 二 |  |", "| 一 | | 三 |"], [["甲", "乙", "丙"], ["", "二", ""], ["一", "", "三"]]),
        (["  | 甲 | 乙 |  ", "|---|---|", "| a|b | - 二 | "], [["甲", "乙"], ["a|b", "- 二"]]),
        (["|" + " x |" * 63, "|" + "---|" * 63, "|" + " y |" * 63], [["x"] * 63, ["y"] * 63]),
    ],
)  # fmt: skip
def test_whole_tables_are_tables(lines, cells):
    (table,) = report_of([entry("\n".join(lines), ())], {}, "zh").parts[0].blocks
    assert [["".join(cell) for cell in row] for row in table.rows] == cells


@pytest.mark.parametrize(
    "lines",
    [
        ["| 甲 | 乙 |"],
        ["| 甲 | 乙 |", "|---|---|"],
        ["| 甲 | 乙 |", "| 一 | 二 |", "| 三 | 四 |"],
        ["| 甲 | 乙 |", "|---|---|---|", "| 一 | 二 |"],
        ["| 甲 | 乙 |", "|---|---|", "| 一 | 二 |", "| 三 |"],
        ["| 甲 | 乙 |", "|---|---|", "| 一 | 二 | 三 |"],
        ["| 甲 | 乙 |", "|---|---|", "一 | 二"],
        ["|---|---|", "| 甲 | 乙 |", "| 一 | 二 |"],
        ["|", "||", "| |", "|---|"],
        ["|" + " x |" * 64, "|" + "---|" * 64, "|" + " y |" * 64],  # more columns than Word opens
    ],
)
def test_what_is_no_whole_table_stays_lines(lines):
    report = report_of([entry("\n".join(lines), ())], {}, "zh")
    assert report.parts[0].blocks == tuple((line,) for line in lines)
    assert "<table>" not in MarkdownIt("gfm-like", {"linkify": False}).render(markdown(report))
    word = docx.Document(io.BytesIO(docx_bytes(report)))
    assert [paragraph.text for paragraph in word.paragraphs] == ["住宿费多少？", *lines]


def test_a_table_in_word_has_rules_a_head_and_footnotes_and_fits_the_page():
    content = docx_bytes(report_of([comparison()], LIBRARY, "zh"))
    word = docx.Document(io.BytesIO(content))
    (table,) = word.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["对比", "条款原文"], ["旧版本", "60日内报销。"], ["现行版本", "30日内报销。"],
    ]  # fmt: skip
    tree = etree.fromstring(etree.tostring(table._tbl))
    assert [child.tag.removeprefix(W) for child in tree[0]] == ["tblW", "tblBorders", "tblLayout", "tblCellMar"]
    borders = {border.tag.removeprefix(W): border.get(f"{W}val") for border in tree.find(f"{W}tblPr/{W}tblBorders")}
    assert borders == dict.fromkeys(("top", "left", "bottom", "right", "insideH", "insideV"), "single")
    rows = tree.findall(f"{W}tr")
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True, False, False]
    assert {run.style.name for cell in table.rows[0].cells for run in cell.paragraphs} == {"Table Head"}
    assert word.styles["Table Head"].font.bold
    page = word.sections[0]
    room = page.page_width.twips - page.left_margin.twips - page.right_margin.twips
    widths = [int(column.get(f"{W}w")) for column in tree.iter(f"{W}gridCol")]
    assert widths == [2211, 6633]  # 11906 - 2 * 1531 = 8844; a quarter and the rest
    assert sum(widths) == room == int(tree.find(f"{W}tblPr/{W}tblW").get(f"{W}w"))
    assert [[int(width.get(f"{W}w")) for width in row.iter(f"{W}tcW")] for row in rows] == [widths] * 3
    marks = [[ref.get(f"{W}id") for ref in cell.iter(f"{W}footnoteReference")] for cell in tree.iter(f"{W}tc")]
    assert marks == [[], [], [], ["2"], [], ["3"]]
    assert sorted(footnotes_of(content)) == [2, 3]
    assert [block.tag.removeprefix(W) for block in word.element.body] == ["p", "p", "tbl", "p", "p", "sectPr"]


def test_tables_of_a_conversation_share_its_footnote_numbers_and_stay_apart():
    side = "| 对比 | 条款原文 |\n|---|---|\n| 甲[1] | 乙[2]，又[1] |"
    both = (citation(1), citation(2, section_id="s2"))
    report = report_of([entry("先说[1]。"), entry(f"{side}\n\n{side}", both)], LIBRARY, "zh")
    table = Table(rows=((("对比",), ("条款原文",)), (("甲", 2), ("乙", 3, "，又", 2))))
    assert report.parts[1].blocks == (table, table)
    assert markdown(report).count("| 甲[^2] | 乙[^3]，又[^2] |") == 2
    body = docx.Document(io.BytesIO(docx_bytes(report))).element.body
    assert [block.tag.removeprefix(W) for block in body] == [*"ppp", "p", "tbl", "p", "tbl", "p", "sectPr"]
    cells = [list(cell.iter(f"{W}footnoteReference", f"{W}fldSimple")) for cell in body.iter(f"{W}tc")]
    assert [[mark.get(f"{W}id") or mark.get(f"{W}instr").split()[1] for mark in marks] for marks in cells] == [
        [], [], ["3"], ["4", "_Note2"], [], [], ["_Note2"], ["_Note3", "_Note2"],
    ]  # fmt: skip


@pytest.mark.parametrize("columns", [1, 2, 3, 7, 63])
def test_columns_of_any_table_in_word_are_as_wide_as_the_text(columns):
    table = Table(rows=((("x",),) * columns,) * 2)
    report = Report(title="t", language="en", parts=(Part(question="q", blocks=(table,), remarks=()),), footnotes=())
    widths = [column.width.twips for column in docx.Document(io.BytesIO(docx_bytes(report))).tables[0].columns]
    assert sum(widths) == 8844
    assert min(widths) > 0


def test_refusals_parts_and_stopped_answers_are_said():
    closest = (Closest(label="《办法》第一条", doc_id="d1", section_id="s", path=("第一条",)),)
    refused = report_of([entry("", (), status="not_found", closest=closest)], LIBRARY, "zh")
    assert refused.parts[0].remarks == (
        "现有文件里没有找到能回答这个问题的条款。",
        "最接近的条款：《办法》第一条",
    )
    assert report_of([entry(status=None)], LIBRARY, "en").parts[0].remarks[0].startswith("The answer was stopped")
    assert report_of([entry(status="redacted")], LIBRARY, "en").parts[0].remarks == ("The document itself hides this.",)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words_in_markdown(words):
    report = report_of([entry(words, question=words, citations=(citation(1, quote=words, label=words),))], {}, "en")
    html = MarkdownIt("gfm-like", {"linkify": False}).render(markdown(report))
    found = etree.HTML(html)
    assert {node.tag for node in found.iter()} <= {"html", "body", "h2", "p", "br"}
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\ud800-\udfff]", markdown(report))


@pytest.mark.parametrize("words", [*HOSTILE, "a|b \\| c\\", "一\n\n二 | |---|"])
def test_hostile_words_stay_words_in_a_cell(words):
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]", "", words)
    table = Table(rows=((("甲",), ("乙",)), ((clean,), (clean, 1, clean))))
    report = Report(title="", language="zh", parts=(Part(question="问", blocks=(table,), remarks=()),), footnotes=())
    found = etree.HTML(MarkdownIt("gfm-like", {"linkify": False}).render(markdown(report)))
    tags = {node.tag for node in found.find("body").iter()}
    assert tags == {"body", "h2", "table", "thead", "tbody", "tr", "th", "td"}
    cells = ["".join("".join(cell.itertext()).split()) for cell in found.iter("th", "td")]
    flat = "".join(clean.split())
    assert cells == ["甲", "乙", flat, f"{flat}[^1]{flat}"]
    word = docx.Document(io.BytesIO(docx_bytes(report))).tables[0]
    assert [cell.text for cell in word.rows[1].cells] == [clean, clean + clean]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words_in_a_valid_word_file(words):
    hostile = entry(words + "[1]", question=words, citations=(citation(1, quote=words, label=words),))
    content = docx_bytes(report_of([hostile, hostile], {}, "zh"))
    shown = "".join(paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs)
    kept = re.sub(r"[\x00-\x08\x0b-\x1f\s\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]", "", words)
    assert kept in "".join(shown.split())
    assert kept in "".join(footnotes_of(content)[2].split())


def test_word_file_refers_to_each_footnote_once_and_to_repeated_ones_by_field():
    report = report_of([entry("甲[1]。乙[1]。", question="问\n二行"), entry("丙[1]。")], LIBRARY, "zh")
    content = docx_bytes(report)
    assert content == docx_bytes(report)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        document = etree.fromstring(package.read("word/document.xml"))
    assert [ref.get(f"{W}id") for ref in document.iter(f"{W}footnoteReference")] == ["2", "3"]
    assert [field.get(f"{W}instr") for field in document.iter(f"{W}fldSimple")] == [" NOTEREF _Note1 \\f \\h "]
    assert footnotes_of(content)[2].startswith("《差旅费管理办法》第二条。云财〔2024〕3号")
    styles = [paragraph.style.name for paragraph in docx.Document(io.BytesIO(content)).paragraphs]
    assert styles == ["Title", "Heading 1", "Normal", "Heading 1", "Normal"]


@pytest.mark.slow
def test_word_file_shows_its_footnotes_in_libreoffice(tmp_path):
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice here")
    from pypdfium2 import PdfDocument

    report = report_of([entry("甲[1]。乙[1]。"), comparison()], LIBRARY, "zh")
    (tmp_path / "answer.docx").write_bytes(docx_bytes(report))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    order = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "answer.docx"]
    subprocess.run(order, check=True, capture_output=True, timeout=180)
    with PdfDocument(tmp_path / "answer.pdf") as pdf:
        page = "".join(pdf[0].get_textpage().get_text_range().split())
    said, note = page.index("甲1。乙1。"), page.index("1《差旅费管理办法》第二条。云财〔2024〕3号")
    assert said < note
    assert "新旧不同。对比条款原文旧版本60日内报销。2现行版本30日内报销。3没有别的。2" in page


def test_answer_is_written_where_out_says(tmp_path, capsys, monkeypatch):
    build(tmp_path / "index").close()
    monkeypatch.setattr(embedding, "open_embedder", lambda settings: HashEmbedder())  # what the index was built with
    for name in ("answer.md", "answer.DOCX"):
        order = ["ask", "住宿费每天不超过多少？", "--index", str(tmp_path / "index"), "--llm", "extractive"]
        assert commands.main([*order, "--set", "answer_threshold=0", "--out", str(tmp_path / name)]) == 0
    words = (tmp_path / "answer.md").read_text(encoding="utf-8")
    assert "[^1]: 《差旅费管理办法》第二条。2024年。“" in words
    assert "《差旅费管理办法》第二条" in footnotes_of((tmp_path / "answer.DOCX").read_bytes())[2]
    order[1] = "住宿费和伙食补助各是多少元？"
    assert commands.main([*order, "--set", "answer_threshold=0", "--out", str(tmp_path / "both.md")]) == 0
    words = (tmp_path / "both.md").read_text(encoding="utf-8")
    assert "\n| 对比 | 条款原文 |\n|---|---|\n| 住宿费 | 第二条 住" in words
    assert commands.main([*order, "--out", str(tmp_path / "answer.pdf")]) == 2
    assert ".md or .docx" in capsys.readouterr().err
    assert commands.main([*order, "--out", str(tmp_path / "nowhere" / "a.md")]) == 2


def test_an_answer_is_an_entry_with_its_day():
    answer = Answer(
        question="问", status="partial", text="答[1]", citations=(citation(1),), closest=(), warnings=(), model="m",
        prompt="", index="1", seconds=Seconds(total=1, first_token=1, retrieve=1),
    )  # fmt: skip
    made = entry_of(answer, "2026-11-21")
    assert (made.question, made.text, made.status, made.retrieved) == ("问", "答[1]", "partial", "2026-11-21")
