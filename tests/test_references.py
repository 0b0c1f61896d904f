"""References between clauses, followed both ways: inside a document, and to others by their titles."""

import time
from pathlib import Path

import pytest
from small_index import source_file

from ingest.outline import outline
from ingest.readers.plain import read_plain
from rag.index import Index
from rag.references import citing, references
from rag.testing import HashEmbedder
from rag.types import SourceFile

RULES = "差旅费管理办法\n第一条 为规范差旅费，制定本办法。\n第二条 住宿费限额350元。\n第三条 超过第二条限额的自理。\n"
NOTICE = (
    "报销通知\n第一条 按照《差旅费管理办法》第二条的限额报销。\n第二条 其余事项见《差旅费管理办法》。\n"
    "第三条 《不存在的办法》第一条不适用，本通知第一条适用。\n"
)
HANDBOOK = "Leave Handbook\n1. Annual leave\nStaff have 20 days.\n2. Sick leave\nSee section 1.\n"
GUIDE = "Payroll Guide\n1. Pay\nLeave is paid under section 2 of the Leave Handbook.\n"


def put(writer, source: str, text: str) -> None:
    read = read_plain(text.encode(), source)
    documents = outline(read, Path(source).stem)
    writer.put(
        SourceFile(source=source, sha256=source, text=read.text, documents=documents, chunks=((),) * len(documents))
    )


def made(folder: Path, texts: dict[str, str]) -> Index:
    index = Index.open(folder, embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        for source, text in texts.items():
            put(writer, source, text)
    return index


@pytest.fixture
def index(tmp_path):
    with made(tmp_path / "i", {"a.txt": RULES, "b.txt": NOTICE, "c.txt": HANDBOOK, "d.txt": GUIDE}) as index:
        yield index


def named(snapshot, doc_id: str, section: str) -> str:
    if not section:
        return snapshot.document(doc_id).title
    return f"{snapshot.document(doc_id).title} {snapshot.section(doc_id, section).number}"


def test_words_that_name_a_clause_lead_to_it_also_in_other_documents(index):
    snapshot = index.snapshot()
    ids = {document.source: document.doc_id for document in snapshot.documents()}
    found = {
        source: [
            (snapshot.file_text(one.doc_id)[one.start : one.end], named(snapshot, one.target_doc, one.target))
            for one in references(snapshot, doc_id)
        ]
        for source, doc_id in ids.items()
    }
    assert found == {
        "a.txt": [("第二条", "差旅费管理办法 第二条")],
        "b.txt": [
            ("《差旅费管理办法》第二条", "差旅费管理办法 第二条"),
            ("《差旅费管理办法》", "差旅费管理办法"),
            ("第一条", "报销通知 第一条"),
        ],
        "c.txt": [("section 1", "Leave Handbook 1")],
        "d.txt": [("section 2", "Leave Handbook 2")],
    }


def test_a_clause_knows_where_it_is_cited(index):
    snapshot = index.snapshot()
    ids = {document.source: document.doc_id for document in snapshot.documents()}
    cited = {
        named(snapshot, ids["a.txt"], section): [named(snapshot, one.doc_id, one.section) for one in found]
        for section, found in citing(snapshot, ids["a.txt"]).items()
    }
    assert cited == {
        "差旅费管理办法 第二条": ["差旅费管理办法 第三条", "报销通知 第一条"],
        "差旅费管理办法": ["报销通知 第二条"],
    }
    assert citing(snapshot, ids["d.txt"]) == {}


def test_of_two_documents_of_one_title_the_number_or_the_one_in_force_is_meant(tmp_path):
    index = Index.open(tmp_path / "i", embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index, index.writer() as writer:
        old = source_file(
            "old.txt", "用车办法", [(("第一条",), "第一条 旧。\n")], document_number="机〔2018〕1号", year=2018
        )
        new = source_file(
            "new.txt", "用车办法", [(("第一条",), "第一条 新。\n")], document_number="机〔2024〕1号", year=2024
        )
        writer.put(old)
        writer.put(new)
        put(writer, "notice.txt", "通知\n第一条 按《用车办法》第一条办理，《用车办法》（机〔2018〕1号）停止执行。\n")
    with Index.open(tmp_path / "i") as index:
        snapshot = index.snapshot()
        (notice,) = (document.doc_id for document in snapshot.documents() if document.source == "notice.txt")
        sources = [snapshot.document(one.target_doc).source for one in references(snapshot, notice)]
    assert sources == ["new.txt", "old.txt"]


def test_references_of_a_statute_of_1200_articles_take_well_under_a_second(tmp_path):
    lines = ["公共数据管理条例"] + [
        f"第{n}条 依照第{max(1, n - 1)}条和第{n // 2 + 1}条办理登记。" for n in range(1, 1201)
    ]
    with made(tmp_path / "i", {"statute.txt": "\n".join(lines) + "\n"}) as index:
        snapshot = index.snapshot()
        (doc_id,) = (document.doc_id for document in snapshot.documents())
        started = time.process_time()
        found = citing(snapshot, doc_id)
        took = time.process_time() - started
        assert len(found) > 1100
        assert took < 1
        started = time.process_time()
        citing(snapshot, doc_id)
        assert time.process_time() - started < 0.01
