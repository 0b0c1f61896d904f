"""Looking up while somebody types: addresses, titles, words and beginnings of words, without a model, at once."""

import statistics
import time

import pytest
from small_index import build, source_file

from rag.as_you_type import look_up
from rag.index import Index
from rag.testing import HashEmbedder


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    with build(tmp_path_factory.mktemp("look") / "i") as index:
        yield index.snapshot()


def found(snapshot, typed: str, source: str = "") -> list[str]:
    doc_id = next((d.doc_id for d in snapshot.documents() if d.source == source), "")
    return [hit.label for hit in look_up(snapshot, typed, doc_id=doc_id)]


@pytest.mark.parametrize(
    ("typed", "source", "first"),
    [
        ("第三条", "", "《差旅费管理办法》第三条"),
        ("3", "travel.txt", "《差旅费管理办法》第三条"),
        ("三", "travel.txt", "《差旅费管理办法》第三条"),
        ("section 1.1", "", "Leave Handbook, 1.1"),
        ("住宿", "", "《差旅费管理办法》第二条"),
        ("伙食补助", "handbook.md", "《差旅费管理办法》第三条"),
        ("会议室", "", "《会议室使用通知》"),
        ("certif", "", "Leave Handbook, 2"),
        ("certificat", "", "Leave Handbook, 2"),
        ("medical certificate", "travel.txt", "Leave Handbook, 2"),
        ("annual leave", "", "Leave Handbook, 1"),
    ],
)
def test_what_is_typed_finds_its_clause_first(snapshot, typed, source, first):
    assert found(snapshot, typed, source)[0] == first


@pytest.mark.parametrize("typed", ["", "   ", "不相干的词语", "zzzz", "\x00", "(((", '"'])
def test_what_stands_nowhere_finds_nothing(snapshot, typed):
    assert found(snapshot, typed) == []


def test_the_open_document_comes_first_and_no_section_twice(snapshot):
    labels = found(snapshot, "办公室", "meeting.txt")
    assert labels[0] == "《会议室使用通知》一"
    assert len(set(labels)) == len(labels)


def test_words_as_typed_are_the_span_to_mark(snapshot):
    hit = look_up(snapshot, "由部门负责人审批")[0]
    assert snapshot.text(hit.doc_id, *hit.best) == "由部门负责人审批"


def test_a_key_press_is_answered_within_150_ms_in_a_statute_of_1200_articles(tmp_path):
    parts = [
        ((f"第{n}条",), f"第{n}条 各部门应当建立第{n}类数据的登记、更新和共享制度，明确责任人。\n")
        for n in range(1, 1201)
    ]
    with Index.open(tmp_path / "i", embedder=HashEmbedder(), chunk_tokens=384, create=True) as index:
        with index.writer() as writer:
            writer.put(source_file("statute.txt", "公共数据管理条例", parts))
        snapshot = index.snapshot()
        doc_id = snapshot.documents()[0].doc_id
        typed = "第640条", "数据的登", "共享制度", "登记", "640", "公共数据", "责任"
        look_up(snapshot, "先热一次", doc_id=doc_id)
        seconds = []
        for words in typed:
            started = time.process_time()  # of this process: other work on the machine does not count
            assert look_up(snapshot, words, doc_id=doc_id)
            seconds.append(time.process_time() - started)
    assert statistics.median(seconds) < 0.15, seconds
