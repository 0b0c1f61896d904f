"""What a rule puts in a class is looked up by that class."""

import pytest

from ingest import pipeline
from ingest.recipe import standard_recipe
from rag.chatbot import Chatbot
from rag.index import Index
from rag.membership import memberships
from rag.retrieve import section_hit
from rag.settings import Settings
from rag.testing import HashEmbedder
from rag.types import Question

RULES = """差旅费管理办法
第一条 人员分为A、B、C三级：A级为公司高管；B级为总监、首席专家和高级工程师；C级为其他员工。
第二条 一类城市为北京、上海、苏州；二类城市为其他省会城市、计划单列市和无锡市；其余为三类城市。
第三条 住宿限额见下表。

级别	一类城市	二类城市	三类城市
A级	800	650	500
B级	600	480	380
C级	400	320	260

第四条 职级与待遇如下。

级别	适用人员	补助
甲级	教授、研究员	120
乙级	副教授、副研究员	100

第五条 高级工程师的办公用品由行政部发放。
第六条 Band B means team leaders and senior advisers.
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    (files / "travel.txt").write_text(RULES, encoding="utf-8")
    embedder = HashEmbedder()
    with Index.open(tmp_path_factory.mktemp("index"), embedder=embedder, chunk_tokens=384, create=True) as index:
        pipeline.add(index, [files], standard_recipe(embedder, 384))
        yield index


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("去苏州出差住宿限额多少？", "去苏州（一类城市）出差住宿限额多少？"),
        ("去无锡出差住宿限额多少？", "去无锡（二类城市）出差住宿限额多少？"),
        ("去杭州出差住宿限额多少？", "去杭州（二类城市）出差住宿限额多少？"),
        ("去宁波出差住宿限额多少？", "去宁波（二类城市）出差住宿限额多少？"),
        ("去北京出差住宿限额多少？", "去北京（一类城市）出差住宿限额多少？"),
        ("高级工程师住宿限额多少？", "高级工程师（B级）住宿限额多少？"),
        ("副教授补助多少？", "副教授（乙级）补助多少？"),
        ("教授补助多少？", "教授（甲级）补助多少？"),
        ("What may Team Leaders claim?", "What may Team Leaders (band b) claim?"),
        ("去新加坡出差住宿限额多少？", None),
        ("去苏州这样的一类城市出差住宿限额多少？", None),
        ("其他员工住宿限额多少？", None),
    ],
)
def test_the_class_of_what_a_question_names(index, question, found):
    snapshot = index.snapshot()
    (document,) = snapshot.documents()
    hits = [section_hit(snapshot, document.doc_id, section) for section in snapshot.sections(document.doc_id)[1:]]
    asked = question
    for one in memberships(snapshot, question, hits):
        asked = one.in_words(asked)
    assert asked == (found or question)


def test_the_row_of_the_class_answers_and_the_clause_that_says_so_stands_beside_it(index):
    bot = Chatbot(Settings(llm="extractive", answer_threshold=0.0), index, HashEmbedder, lambda: None)
    answer = bot.ask(Question(text="B级人员到苏州出差住宿限额是多少？"))
    assert [citation.path[-1] for citation in answer.citations] == ["第三条", "第二条"]
    assert "级别：B级；一类城市：600" in answer.text
