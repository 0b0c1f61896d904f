"""What is abroad, and which clauses speak of it."""

import pytest
from small_index import source_file

from rag import support
from rag.abroad import goes_abroad, speaks_of_abroad
from rag.evidence import Bearing, Sentence
from rag.index import Index
from rag.retrieve import section_hit
from rag.testing import HashEmbedder


@pytest.mark.parametrize(
    ("question", "abroad"),
    [
        ("去新加坡出差住宿能报多少？", True),
        ("远檀C级员工去上海出差，住宿限额是多少？ 那去新加坡呢？", True),
        ("What is the hotel limit for a work trip to Norway?", True),
        ("How much for a hotel night at a conference in Lisbon?", True),
        ("去苏州出差住宿能报多少？", False),
        ("去日本路的分馆还书怎么坐车？", False),
        ("我人在巴黎，正在应聘，数据由谁管？", False),
        ("国外图书的采购由谁审批？", False),
        ("Who may book the Paris room?", False),
    ],
)
def test_a_journey_abroad(question, abroad):
    assert goes_abroad(question) is abroad


@pytest.mark.parametrize(
    ("text", "abroad"),
    [
        ("因公出国（境）住宿费按国别执行。", True),
        ("Overseas travel is approved by the Chief Executive.", True),
        ("一类城市为北京、上海；其余为二类城市。", False),
        ("Inner London: £165; Elsewhere in the UK: £110", False),
    ],
)
def test_a_clause_that_speaks_of_it(text, abroad):
    assert speaks_of_abroad(text) is abroad


@pytest.mark.parametrize(("question", "missing"), [("去苏州住宿能报多少？", 0.0), ("去新加坡住宿能报多少？", 1.0)])
def test_what_holds_at_home_speaks_against_an_answer(tmp_path, question, missing):
    index = Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        writer.put(source_file("travel.txt", "差旅费规定", [(("一",), "一、住宿费每天不超过350元。\n")]))
    snapshot = index.snapshot()
    (document,) = snapshot.documents()
    hit = section_hit(snapshot, document.doc_id, snapshot.sections(document.doc_id)[-1])
    sentence = Sentence(hit, hit.start, hit.end, hit.text, Bearing(0, 0, 0, 0, 0, 0, 0))
    assert support.features(snapshot, question, [hit], [sentence]).level_missing == missing
