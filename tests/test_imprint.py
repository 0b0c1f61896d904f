"""A document's number, issuer and dates are asked of the document, not of a clause."""

import pytest

from ingest import pipeline
from ingest.recipe import standard_recipe
from rag.imprint import imprint_of
from rag.index import Index
from rag.testing import HashEmbedder

NUMBERED = """石渡区应急管理局
石应急发〔2023〕11号

关于开展2023年安全疏散演练的通知

各单位：

一、时间安排
各单位在6月9日前报送演练总结。

石渡区应急管理局
2023年4月17日
"""
RULES = """石渡区公共档案管理规定
（2020年10月28日石渡区人民政府令第4号公布　自2021年1月1日起施行）

第一条 为了规范公共档案管理，制定本规定。
第二条 单位应当自档案形成之日起满十年移交档案。
"""
THREE = """石渡区关于推行三项档案制度的意见

一、目标
在全区推行归档登记制度、借阅审批制度、销毁监督制度（以下统称“三项制度”），年内全部到位。
二、要求
“三项制度”由档案馆检查。
"""
OLD = """石渡区机关出差管理办法
石财行〔2018〕7号

第一条 住宿费每天不超过300元。
第二条 本办法自2018年7月1日起施行。
"""
NEW = """石渡区机关出差管理办法
石财行〔2024〕3号

第一条 住宿费每天不超过400元。
第二条 本办法自2024年5月1日起施行，《石渡区机关出差管理办法》（石财行〔2018〕7号）同时废止。
"""
BARE = """南浦学院教职工手册

1 用印
合同用印应当先登记。
"""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    texts = {"notice": NUMBERED, "rules": RULES, "three": THREE, "old": OLD, "new": NEW, "handbook": BARE}
    for name, text in texts.items():
        (files / f"{name}.txt").write_text(text, encoding="utf-8")
    embedder = HashEmbedder()
    folder = tmp_path_factory.mktemp("index")
    index = Index.open(folder, embedder=embedder, chunk_tokens=384, create=True)
    pipeline.add(index, [files], standard_recipe(embedder, 384))
    return index.snapshot()


def said(snapshot, question):
    found = imprint_of(snapshot, question, [document.doc_id for document in snapshot.documents()])
    if found is None or found.place is None:
        return found
    hit, start, end = found.place
    return snapshot.file_text(hit.doc_id)[start:end]


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("石渡区应急管理局演练通知的发文字号是什么？", "石应急发〔2023〕11号"),
        ("2023年安全疏散演练通知是哪天印发的？", "2023年4月17日"),
        ("公共档案管理规定从什么时候起施行？", "自2021年1月1日起施行"),
    ],
)
def test_what_a_document_says_of_itself(snapshot, question, holds):
    assert holds in said(snapshot, question)


@pytest.mark.parametrize("question", ["档案“三项制度”指哪三项？", "推行的三项制度是什么意思？"])
def test_what_a_short_name_stands_for_is_told_by_the_sentence_that_defines_it(snapshot, question):
    assert said(snapshot, question).startswith("在全区推行归档登记制度、借阅审批制度、销毁监督制度")


def test_what_else_is_asked_of_a_short_name_is_left_to_the_clauses(snapshot):
    assert said(snapshot, "三项制度由哪个单位检查，检查指什么？") is None


def test_a_number_that_a_document_does_not_have(snapshot):
    found = imprint_of(snapshot, "教职工手册的文号是多少？", [d.doc_id for d in snapshot.documents()])
    assert found is not None
    assert found.place is None
    assert snapshot.document(found.doc_id).source == "handbook.txt"


@pytest.mark.parametrize(
    "question",
    [
        "演练总结什么时候报送？",
        "档案满几年移交？",
        "什么时候施行？",
        "合同用印的登记表是谁制定的？",
        "预算公开表格是哪天印发的？",
    ],
)
def test_what_is_asked_of_a_clause_is_left_to_the_clauses(snapshot, question):
    assert said(snapshot, question) is None


@pytest.mark.parametrize("question", ["石财行〔2018〕7号还有效吗？", "石渡区机关2018年的出差管理办法废止了没有？"])
def test_whether_a_document_still_holds_is_told_by_what_repeals_it(snapshot, question):
    assert said(snapshot, question) == (
        "第二条 本办法自2024年5月1日起施行，《石渡区机关出差管理办法》（石财行〔2018〕7号）同时废止。"
    )


@pytest.mark.parametrize("question", ["石财行〔2024〕3号还有效吗？", "会议室预约多久有效？", "有效期多久？"])
def test_what_is_in_force_is_repealed_by_nothing(snapshot, question):
    assert said(snapshot, question) is None
