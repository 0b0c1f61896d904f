"""What a clause leaves open is not given as an answer."""

import pytest
from small_index import source_file

from rag.deferral import leaves_open
from rag.evidence import Bearing, Sentence
from rag.index import Index
from rag.retrieve import section_hit
from rag.testing import HashEmbedder

CLAUSES = (
    "技能津贴按初级工每月100元、高级工每月350元发放，技师的津贴另行研究。",
    "住宿费每天350元；出国住宿费由财务科另行规定。",
    "检查中有6家单位不合格。具体单位名单会后单独通知。",
    "The ceiling abroad is set by the Finance Office for each country.",
    "会议由办公室另行通知，参加人数30人。",
    "The limit for one purchase is £750. Each holder has a monthly limit, which is written in the letter with the card.",
    "课时费每学时400元，交通补贴在聘书中载明。",
)


@pytest.mark.parametrize(
    ("question", "clause", "open_"),
    [
        ("技师的津贴每月多少钱？", 0, True),
        ("高级工的津贴每月多少钱？", 0, False),
        ("出国住宿费每天多少钱？", 1, True),
        ("住宿费每天多少钱？", 1, False),
        ("出国住宿费由谁规定？", 1, False),
        ("不合格的单位是哪几家？", 2, True),
        ("不合格的单位有多少家？", 2, False),
        ("谁参加评审，是哪几个部门？", 2, False),
        ("参加评审的是哪些部门？", 2, False),
        ("How much is the ceiling abroad?", 3, True),
        ("Who sets the ceiling abroad?", 3, False),
        ("会议的参加人数是多少？", 4, False),
        ("How much is the monthly limit of a holder?", 5, True),
        ("How much is the limit for one purchase?", 5, False),
        ("交通补贴是多少？", 6, True),
        ("课时费每学时多少钱？", 6, False),
    ],
)
def test_what_is_asked_for_is_left_open(tmp_path, question, clause, open_):
    index = Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        writer.put(source_file("rules.txt", "规则", [((str(clause + 1),), f"{clause + 1} {CLAUSES[clause]}\n")]))
    snapshot = index.snapshot()
    (document,) = snapshot.documents()
    hit = section_hit(snapshot, document.doc_id, snapshot.sections(document.doc_id)[-1])
    sentence = Sentence(hit, hit.start, hit.end, hit.text, Bearing(0, 0, 0, 0, 0, 0, 0))
    assert leaves_open(snapshot, question, [sentence]) is open_


def test_of_nothing_nothing_is_open(tmp_path):
    index = Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True)
    assert not leaves_open(index.snapshot(), "多少钱？", [])
