"""The SQLite file: nouns come back as they went in, faults are told in one line."""

import sqlite3
import threading

import pytest
from policy_files import content, content_of, policy_file

from rag.errors import IndexDamaged, IndexMissing, UsageError
from rag.index import Index, check
from rag.index.faults import FILE_NAME
from rag.index.records import natural_doc_id, number_key
from rag.index.store import Store
from rag.testing import HashEmbedder
from rag.types import (
    Chunk,
    Document,
    Irregularity,
    Item,
    Link,
    Metadata,
    Redaction,
    RemovedSpan,
    Section,
    SourceFile,
)

AD = "[广告]"


@pytest.fixture
def index(tmp_path):
    with Index.open(tmp_path / "index", embedder=HashEmbedder(), chunk_tokens=384, create=True) as opened:
        yield opened


def full_file():
    text = "档案管理办法（办发〔2021〕7号）\n第一条 档案由×科管理，见第二条。[广告]\n第二条 一是登记；\n"
    first, second = text.index("第一条"), text.index("第二条 一")
    sections = (
        Section(id="r", parent=None, level=0, number="", heading="", path=(), start=0, end=len(text), body=0),
        Section(
            id="a", parent="r", level=1, number="第一条", heading="", path=("第一条",), start=first, end=second,
            body=first + 3, page=1,
        ),
        Section(
            id="b", parent="r", level=1, number="第二条", heading="", path=("第二条",), start=second, end=len(text),
            body=second + 3, page=2,
        ),
    )  # fmt: skip
    ad, hidden, item, link = text.index(AD), text.index("×"), text.index("一是"), text.index("第二条。")
    document = Document(
        title="档案管理办法",
        start=0,
        end=len(text),
        metadata=Metadata(
            year=2021, issuer="档案局", document_number="办发〔2021〕7号", adopted="2021-01-02", issued="2021-01-03",
            effective="2021-02-01", repealed="2024-01-01", version="2021", status="repealed",
            found_at={"year": (9, 13)},
        ),
        sections=sections,
        items=(Item(section="b", marker="一是", start=item, end=item + 5),),
        removed=(RemovedSpan(start=ad, end=ad + 4, text=AD, reason="promotion"),),
        links=(Link(section="a", start=link, end=link + 3, target="b"), Link(section="a", start=0, end=1, target=None)),
        redactions=(Redaction(section="a", start=hidden, end=hidden + 1),),
        irregularities=(Irregularity(kind="number", message="第三条 is missing", start=second, end=second + 3),),
    )  # fmt: skip
    spans = [((0, first),), ((first, ad), (ad + 4, second)), ((second, len(text)),)]
    chunks = tuple(
        Chunk(
            section=sections[i].id, ordinal=i, start=pieces[0][0], end=pieces[-1][1], spans=pieces,
            text="".join(text[a:b] for a, b in pieces), context="《档案管理办法》",
        )
        for i, pieces in enumerate(spans)
    )  # fmt: skip
    return SourceFile(
        source="规定/档案 😀.txt",
        sha256="ab" * 32,
        text=text,
        documents=(document,),
        chunks=(chunks,),
        page_starts=(0, second),
    )


def test_everything_comes_back_as_it_went_in(index):
    file = full_file()
    with index.writer() as writer:
        writer.put(file)
    snapshot = index.snapshot()
    (document,) = snapshot.documents()
    assert content(snapshot) == content_of([file])
    assert snapshot.page_starts(document.doc_id) == file.page_starts
    assert (document.doc_id, document.source, document.sections, document.chunks) == (
        natural_doc_id(file.source, 0), file.source, 2, 3,
    )  # fmt: skip
    assert snapshot.section(document.doc_id, "b") == file.documents[0].sections[2]
    assert snapshot.removed(document.doc_id) == file.documents[0].removed
    assert snapshot.text(document.doc_id, 0, 6) == "档案管理办法"
    assert [c.chunk for c in snapshot.section_chunks(document.doc_id, "a")] == [file.chunks[0][1]]
    assert check(index.folder) == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda s: s.document("0" * 12),
        lambda s: s.outline("0" * 12),
        lambda s: s.sections("0" * 12),
        lambda s: s.section("0" * 12, "a"),
        lambda s: s.file_text("0" * 12),
        lambda s: s.section(s.documents()[0].doc_id, "nowhere"),
    ],
)
def test_unknown_names_are_told(index, ask):
    with index.writer() as writer:
        writer.put(full_file())
    with pytest.raises(UsageError, match=r"no (document|section) "):
        ask(index.snapshot())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("国办发〔2019〕4号", "国办发[2019]4号", True),
        ("国办发〔2019〕4号", "國辦發（２０１９） 4 號", True),
        ("国办发〔2019〕4号", "国办发〔2019〕14号", False),
        (None, None, True),
        ("  ", None, True),
    ],
)
def test_document_numbers_are_compared_apart_from_brackets_width_and_spaces(one, other, same):
    assert (number_key(one) == number_key(other)) is same


def test_chunk_ids_are_never_used_again(index):
    seen = set()
    for seed in range(4):
        with index.writer() as writer:
            writer.put(policy_file("a.txt", seed))
        ids = set(index.snapshot().dense.ids().tolist())
        assert not ids & seen
        seen |= ids


def test_an_error_inside_the_block_undoes_everything(index):
    with index.writer() as writer:
        writer.put(policy_file("a.txt", 1))
    before, version = content(index.snapshot()), index.snapshot().version

    def stopped_halfway():
        with index.writer() as writer:
            writer.put(policy_file("a.txt", 2))
            writer.put(policy_file("b.txt", 1))
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stopped_halfway()
    assert (content(index.snapshot()), index.snapshot().version) == (before, version)


def test_a_writer_that_changes_nothing_makes_no_generation(index):
    with index.writer():
        pass
    assert index.snapshot().generation == 0


def test_audit_names_every_change(index):
    with index.writer() as writer:
        writer.put(policy_file("a.txt", 1, documents=2))
    with index.writer() as writer:
        writer.put(policy_file("a.txt", 2, documents=1))
    with index.writer() as writer:
        writer.remove(natural_doc_id("a.txt", 0))
    rows = index.snapshot().store.rows("SELECT generation, action, source, doc_id FROM audit ORDER BY rowid")
    first, second = natural_doc_id("a.txt", 0), natural_doc_id("a.txt", 1)
    assert rows == [
        (1, "added", "a.txt", first),
        (1, "added", "a.txt", second),
        (2, "updated", "a.txt", first),
        (2, "removed", "a.txt", second),
        (3, "removed", "a.txt", first),
    ]


def test_many_threads_may_ask_one_snapshot(index):
    with index.writer() as writer:
        for n in range(5):
            writer.put(policy_file(f"{n}.txt", n))
    snapshot = index.snapshot()
    expected, faults = content(snapshot), []

    def ask():
        for _ in range(20):
            if content(snapshot) != expected:
                faults.append("differs")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_missing_index_names_the_command_that_makes_one(tmp_path):
    with pytest.raises(IndexMissing, match=r"no index in .*python -m ingest add"):
        Index.open(tmp_path / "nothing")


def test_empty_file_of_a_killed_creation_counts_as_missing_and_is_taken_over(tmp_path):
    (tmp_path / FILE_NAME).touch()
    with pytest.raises(IndexMissing):
        Index.open(tmp_path)
    with Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True) as index:
        assert index.snapshot().documents() == ()


@pytest.mark.parametrize("damage", ["garbage", "truncated"])
def test_damaged_truth_is_told_with_what_to_do(tmp_path, damage):
    folder = tmp_path / "index"
    with Index.open(folder, embedder=HashEmbedder(), chunk_tokens=384, create=True) as index, index.writer() as writer:
        writer.put(policy_file("a.txt", 1, sections=60))
    store = Store(folder)
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    path = folder / FILE_NAME
    data = path.read_bytes()
    path.write_bytes(b"\x07" * len(data) if damage == "garbage" else data[: len(data) // 3])
    with pytest.raises(IndexDamaged, match=r"index\.sqlite cannot be read .*python -m ingest add"):
        content(Index.open(folder).snapshot())


def test_removed_words_are_wiped_from_the_file(index):
    with index.writer() as writer:
        writer.put(policy_file("a.txt", 1))
    word = policy_file("a.txt", 1).text[30:60].encode()
    with index.writer() as writer:
        writer.remove(natural_doc_id("a.txt", 0))
    index.close()
    connection = sqlite3.connect(index.folder / FILE_NAME)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert word not in (index.folder / FILE_NAME).read_bytes()
