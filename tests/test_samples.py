import importlib.util
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from outlined_folder import OutlinedFolder

from eval.cases import Case, load_set
from ingest.readers import read
from rag.types import Section

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
OUTLINED = OutlinedFolder(SAMPLES)
FILES, source, documents = OUTLINED.files, OUTLINED.source, OUTLINED.documents
CASES = load_set(ROOT / "eval/sets/samples.jsonl").cases
ANSWERABLE = [case for case in CASES if case.answerable]
UNANSWERABLE = [case for case in CASES if not case.answerable]


def find(name: str, path: tuple[str, ...]) -> Section:
    (found,) = OUTLINED.sections(name, path)
    return found


@cache
def built() -> list[str]:
    spec = importlib.util.spec_from_file_location("build_samples", ROOT / "scripts/build_samples.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return list(module.BUILDS)


# The documents


@pytest.mark.parametrize(("suffix", "least"), [(".txt", 8), (".md", 3), (".html", 3), (".docx", 4), (".pdf", 3)])
def test_every_format_is_there(suffix, least):
    assert sum(path.suffix == suffix for path in FILES) >= least


@pytest.mark.parametrize(
    ("name", "encoding", "mark"),
    [
        ("2021年机关后勤保障工作要点.txt", "gb18030", b""),
        ("县档案馆2022年工作总结.txt", "utf-8-sig", b"\xef\xbb\xbf"),
        ("meeting-room-guideline.txt", "utf-16", b"\xff\xfe"),
        ("职工请休假管理规定.txt", "utf-8", b""),
    ],
)
def test_text_encodings(name, encoding, mark):
    data = (SAMPLES / name).read_bytes()
    assert data.startswith(mark)
    assert source(name).text.strip() == data.decode(encoding).strip()


def test_files_are_small_and_carry_names_as_in_life():
    assert max(path.stat().st_size for path in FILES) < 300_000
    assert any(" " in path.name for path in FILES)
    assert any(re.search(r"[一-鿿]", path.name) for path in FILES)


def test_there_are_enough_sections():
    assert sum(len(document.sections) - 1 for path in FILES for document in documents(path.name)) >= 250


TITLES = {
    "2021年机关后勤保障工作要点.txt": "2021年云溪县机关后勤保障工作要点",
    "2022年职工培训计划.txt": "云溪县机关2022年职工培训计划",
    "2023年职工培训计划.txt": "云溪县机关2023年职工培训计划",
    "Equipment Lending Policy.docx": "Equipment Lending Policy",
    "meeting-room-guideline.txt": "MEETING ROOM GUIDELINE",
    "records-retention-schedule.html": "Records Retention Schedule",
    "staff-handbook.md": "Staff Handbook",
    "vehicle-use-policy.pdf": "Vehicle Use Policy",
    "云溪县机关会议室管理办法.docx": "云溪县机关会议室管理办法",
    "住宿费限额标准表.html": "云溪县出差人员住宿费限额标准表",
    "公文写作规范问答.md": "公文写作规范问答",
    "关于开展2023年度固定资产清查工作的通知.pdf": "关于开展2023年度固定资产清查工作的通知",
    "办公用品领用细则.txt": "云溪县政务中心办公用品领用细则",
    "县档案馆2022年工作总结.txt": "云溪县档案馆2022年工作总结",
    "图书馆阅览规则.html": "云溪县图书馆阅览规则",
    "圖書館暫停開放通告.txt": "關於圖書館部分區域暫停開放的通告",
    "在全县档案工作会议上的讲话.txt": "在全县档案工作会议上的讲话",
    "差旅费管理办法（2018年）.docx": "云溪县机关差旅费管理办法",
    "差旅费管理办法（2024年）.pdf": "云溪县机关差旅费管理办法",
    "数据分类分级管理办法.docx": "云溪县机关数据分类分级管理办法",
    "职工请休假管理规定.txt": "云溪县机关职工请休假管理规定",
    "采购限额标准.md": "云溪县机关采购限额标准（2023年版）",
}


def test_every_file_has_its_title_written_down():
    assert set(TITLES) == {path.name for path in FILES}


@pytest.mark.parametrize(("name", "title"), TITLES.items(), ids=list(TITLES))
def test_each_file_holds_one_document_with_its_title(name, title):
    assert [document.title for document in documents(name)] == [title]


# path of a heading that the words alone could lead astray
@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("公文写作规范问答.md", {("一", "1"), ("一", "2"), ("一", "3"), ("一", "4")}),
        ("staff-handbook.md", {("1", "1.1"), ("1", "1.2"), ("1", "1.3"), ("1", "1.4")}),
        ("云溪县机关会议室管理办法.docx", {("第二章", "第五条"), ("第二章", "第六条"), ("第二章", "第六条之一")}),
        ("Equipment Lending Policy.docx", {("Article 2", "Section 2.1"), ("Article 2", "Section 2.2")}),
    ],
)
def test_headings_below_the_first_or_second(name, paths):
    top = next(iter(paths))[0]
    sections = documents(name)[0].sections
    assert {section.path for section in sections if section.path[:1] == (top,) and section.level == 2} == paths
    assert not [section for section in sections if section.level > 2 and "附件" in section.number]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("2021年机关后勤保障工作要点.txt", ["一是", "二是", "三是", "（www.example.com）", "(四)", "（六）"]),
        ("县档案馆2022年工作总结.txt", ["XX卷", "**余人次", "X次", "XX万元"]),
        ("云溪县机关会议室管理办法.docx", ["第一章", "第一节", "第六条之一", "（一）防汛", "1.大型会议室"]),
        ("差旅费管理办法（2024年）.pdf", ["自2024年4月1日起施行", "12号）同时废止"]),
        ("关于开展2023年度固定资产清查工作的通知.pdf", ["云机管〔2023〕18号", "附件1", "附件2", "各乡镇人民政府"]),
        ("Equipment Lending Policy.docx", ["Article 1", "Section 3.3", "(a)", "(ii)", "Annex A"]),
        ("meeting-room-guideline.txt", ["BOOKING A ROOM", "OUT OF HOURS"]),
        ("在全县档案工作会议上的讲话.txt", ["讲三点意见", "第一，", "第二，", "第三，"]),
        ("圖書館暫停開放通告.txt", ["暫停開放", "圖書"]),
        ("数据分类分级管理办法.docx", ["附表", "双因素认证"]),
    ],
)
def test_shapes_of_real_documents(name, words):
    text = source(name).text
    assert [word for word in words if word not in text] == []


def test_advertising_stands_in_mid_sentence_twice():
    text = source("2021年机关后勤保障工作要点.txt").text
    assert text.count("www.example.com") == 2
    removed = [span.text for document in documents("2021年机关后勤保障工作要点.txt") for span in document.removed]
    assert sum("www.example.com" in span for span in removed) == 2


def test_numbering_in_brackets_runs_on_across_parts():
    paths = [section.path for section in documents("2021年机关后勤保障工作要点.txt")[0].sections if section.level == 2]
    assert paths[:4] == [("一", "一"), ("一", "二"), ("一", "三"), ("二", "四")]
    assert paths[-1] == ("五", "十五")


def test_pdf_has_pages():
    assert len(source("关于开展2023年度固定资产清查工作的通知.pdf").page_starts) == 3
    assert find("关于开展2023年度固定资产清查工作的通知.pdf", ("附件2",)).page == 3


def test_navigation_of_a_web_page_is_no_content():
    for name in ("住宿费限额标准表.html", "图书馆阅览规则.html", "records-retention-schedule.html"):
        removed = [span for document in documents(name) for span in document.removed]
        text = source(name).text
        for words in ("关闭窗口", "网站地图", "当前位置", "Accessibility", "Related pages"):
            at = text.find(words)
            assert at < 0 or any(span.start <= at < span.end for span in removed), (name, words)


def test_rebuilding_gives_the_same_text(tmp_path):
    pytest.importorskip("reportlab")
    subprocess.run([sys.executable, ROOT / "scripts/build_samples.py", tmp_path], check=True, timeout=120)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(built())
    for name in built():
        assert read(tmp_path / name).text == source(name).text, name


def test_rebuilding_twice_gives_the_same_bytes(tmp_path):
    pytest.importorskip("reportlab")
    for folder in ("a", "b"):
        subprocess.run([sys.executable, ROOT / "scripts/build_samples.py", tmp_path / folder], check=True, timeout=120)
    for name in built():
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


# The cases


def test_there_are_enough_cases_and_a_quarter_has_no_answer():
    assert len(CASES) >= 100
    assert len(UNANSWERABLE) >= len(CASES) / 4


def test_every_kind_of_question_is_asked():
    kinds = Counter(case.type for case in CASES)
    needed = {"fact", "list", "address", "number", "who", "procedure", "yes_no", "comparison", "redaction"}
    needed |= {"false_premise", "near_miss", "wrong_year", "undefined_level", "unanswerable"}
    assert {kind for kind in needed if kinds[kind] < 4} == set()
    tags = Counter(tag for case in CASES for tag in case.tags)
    assert {tag for tag in ("zh", "en", "cross_language", "follow_up", "versions", "table") if tags[tag] < 4} == set()


def test_about_a_third_is_held_out():
    share = sum("heldout" in case.tags for case in CASES) / len(CASES)
    assert 0.25 <= share <= 0.35


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_is_well_formed(case: Case):
    assert len({"zh", "en"} & set(case.tags)) == 1
    assert len(set(case.tags)) == len(case.tags)
    if "en" in case.tags:
        assert not re.search(r"[一-鿿]", case.question)
    assert ("follow_up" in case.tags) == bool(case.history)
    assert ("redacted" in case.tags) == (case.type == "redaction")
    if not case.answerable:
        assert (case.must_contain, case.sections, case.quote) == ((), (), "")
        return
    assert case.sections
    assert case.quote
    assert bool(case.must_contain) != case.expects_redaction
    assert {section.document for section in case.sections} <= {path.name for path in FILES}


def test_every_document_is_asked_about():
    asked = {section.document for case in CASES for section in case.sections}
    assert asked == {path.name for path in FILES}


@pytest.mark.parametrize("case", ANSWERABLE, ids=lambda case: case.id)
def test_the_quote_stands_in_a_gold_section(case: Case):
    holding = []
    for gold in case.sections:
        section = find(gold.document, gold.path)
        if case.quote in source(gold.document).text[section.start : section.end]:
            holding.append(gold)
    assert holding


def in_the_words_of_the_text(case: Case) -> bool:
    return case.type not in ("comparison", "yes_no", "redaction") and "cross_language" not in case.tags


@pytest.mark.parametrize("case", filter(in_the_words_of_the_text, ANSWERABLE), ids=lambda case: case.id)
def test_what_an_answer_must_contain_stands_in_the_gold_sections(case: Case):
    text = ""
    for gold in case.sections:
        section = find(gold.document, gold.path)
        text += source(gold.document).text[section.start : section.end]
    printed = re.sub(r"\s+", " ", text)
    assert [words for words in case.must_contain if not any(word in printed for word in words)] == []


def test_no_two_cases_ask_the_same():
    asked = Counter((case.question, case.history) for case in CASES)
    assert [question for question, count in asked.items() if count > 1] == []
