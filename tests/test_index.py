"""One writer, many readers: consistent snapshots, locks, replacement by name and by document number."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_files import content, content_of, marker, policy_file, texts_of

from rag.errors import IndexLocked, IndexMismatch
from rag.index import Index, check
from rag.index.records import natural_doc_id
from rag.index.writer import Put
from rag.testing import HashEmbedder
from rag.types import Scope

HERE = Path(__file__).parent


def make(folder, *files, embedder=None):
    index = Index.open(folder, embedder=embedder or HashEmbedder(), chunk_tokens=384, create=True)
    if files:
        put(index, *files)
    return index


def put(index, *files, **options):
    with index.writer() as writer:
        return [writer.put(file, **options) for file in files]


def found(snapshot, word):
    return {snapshot.document(chunk.doc_id).source for chunk in snapshot.chunks(
        [chunk_id for chunk_id, _ in snapshot.search_lexical(word, 50, Scope())]
    ).values()}  # fmt: skip


def test_update_leaves_no_old_word_to_be_found(tmp_path):
    index = make(tmp_path, policy_file("a.txt", 1), policy_file("b.txt", 1))
    doc_id = natural_doc_id("a.txt", 0)
    old = {chunk.id for chunk in index.snapshot().store.document_chunks(doc_id)}
    assert found(index.snapshot(), marker("a.txt", 1)) == {"a.txt"}
    put(index, policy_file("a.txt", 2))
    snapshot = index.snapshot()
    assert found(snapshot, marker("a.txt", 1)) == set()
    assert found(snapshot, marker("a.txt", 2)) == {"a.txt"}
    query = HashEmbedder().embed_query(marker("a.txt", 1))
    assert not old & {chunk_id for chunk_id, _ in snapshot.search_vectors(query, 1000, Scope())}
    assert not old & set(snapshot.chunks(sorted(old)))
    assert snapshot.document(doc_id).source == "a.txt"
    assert check(tmp_path) == []


def test_a_snapshot_keeps_its_state_while_later_ones_see_the_new(tmp_path):
    index = make(tmp_path, policy_file("a.txt", 1))
    old = index.snapshot()
    before = content(old)
    put(index, policy_file("a.txt", 2))
    new = index.snapshot()
    assert new.generation == old.generation + 1
    assert content(old) == before
    assert found(old, marker("a.txt", 1)) == {"a.txt"}
    query = HashEmbedder().embed_query(marker("a.txt", 1))
    for snapshot in (old, new):
        ids = {chunk_id for chunk_id, _ in snapshot.search_vectors(query, 99, Scope())}
        assert ids == set(snapshot.lexical.ids().tolist()) == set(snapshot.chunks(sorted(ids)))
    assert content(new) == content_of([policy_file("a.txt", 2)])


def test_nothing_new_gives_the_same_snapshot(tmp_path):
    index = make(tmp_path, policy_file("a.txt", 1))
    assert index.snapshot() is index.snapshot()


def test_another_process_sees_a_new_generation_without_reopening(tmp_path):
    index = make(tmp_path, policy_file("a.txt", 1))
    reader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, json; from pathlib import Path; from rag.index import Index\n"
            "index = Index.open(Path(sys.argv[1]))\n"
            "for line in sys.stdin:\n"
            "    s = index.snapshot(); print(json.dumps([s.version, [d.source for d in s.documents()]]), flush=True)",
            str(tmp_path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE.parent,
    )

    def ask():
        reader.stdin.write("?\n")
        reader.stdin.flush()
        return json.loads(reader.stdout.readline())

    assert ask() == [index.snapshot().version, ["a.txt"]]
    put(index, policy_file("b.txt", 1))
    assert ask() == [index.snapshot().version, ["a.txt", "b.txt"]]
    reader.communicate(timeout=20)


def test_second_writer_is_refused_at_once_and_told_who_writes(tmp_path):
    index = make(tmp_path)
    other = Index.open(tmp_path, embedder=HashEmbedder())
    with index.writer():
        began = time.monotonic()
        with (
            pytest.raises(IndexLocked, match=rf"being written by process {os.getpid()}, since 2\d\d\d-"),
            other.writer(),
        ):
            pass
        assert time.monotonic() - began < 5
    put(other, policy_file("a.txt", 1))
    assert index.snapshot().generation == 1


def test_readers_are_served_the_old_state_while_a_writer_is_at_work(tmp_path):
    index = make(tmp_path, policy_file("a.txt", 1))
    with Index.open(tmp_path) as reader, index.writer() as writer:
        writer.put(policy_file("a.txt", 2))
        assert content(reader.snapshot()) == content_of([policy_file("a.txt", 1)])
        with Index.open(tmp_path) as late:
            assert content(late.snapshot()) == content_of([policy_file("a.txt", 1)])


def test_between_commit_and_derived_parts_the_old_state_is_served_whole(tmp_path, monkeypatch):
    index = make(tmp_path, policy_file("a.txt", 1))
    reader = Index.open(tmp_path)
    seen = []

    import rag.index.folder

    bring_up = rag.index.folder.bring_up

    def observed(store, **options):
        if store.stamp().generation == 2:
            snapshot = reader.snapshot()
            seen.append((snapshot.generation, found(snapshot, marker("a.txt", 1)), content(snapshot)))
        return bring_up(store, **options)

    monkeypatch.setattr(rag.index.folder, "bring_up", observed)
    put(index, policy_file("a.txt", 2))
    assert seen == [(1, {"a.txt"}, content_of([policy_file("a.txt", 1)]))]
    assert reader.snapshot().generation == 2


def test_readers_never_see_a_mixture_while_a_writer_works(tmp_path):
    index = make(tmp_path, policy_file("a.txt", 0), policy_file("b.txt", 0))
    stop, faults, states = threading.Event(), [], set()
    query = HashEmbedder().embed_query("部门审批")

    def read():
        with Index.open(tmp_path) as reader:
            while not stop.is_set():
                snapshot = reader.snapshot()
                dense = {i for i, _ in snapshot.search_vectors(query, 99, Scope())}
                lexical = set(snapshot.lexical.ids().tolist())
                if not dense == lexical == set(snapshot.chunks(sorted(dense | lexical))):
                    faults.append((snapshot.generation, dense, lexical))
                states.add(snapshot.generation)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for seed in range(1, 13):
        put(index, policy_file("a.txt", seed), policy_file("b.txt", seed))
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(states) > 1


def test_only_new_chunks_are_embedded(tmp_path):
    embedder = HashEmbedder()
    file = policy_file("a.txt", 1)
    index = make(tmp_path, file, embedder=embedder)
    assert embedder.passages_embedded == len(set(texts_of(file)))
    put(index, file)
    assert embedder.passages_embedded == len(set(texts_of(file)))
    longer = policy_file("b.txt", 1)
    put(index, file, longer)
    assert embedder.passages_embedded == len(set(texts_of(file)) | set(texts_of(longer)))


def test_embeddings_of_an_ingest_that_failed_are_not_computed_again(tmp_path):
    embedder = HashEmbedder()
    index = make(tmp_path, embedder=embedder)
    file = policy_file("a.txt", 1)

    def stopped_halfway():
        with index.writer() as writer:
            writer.put(file)
            writer.documents()
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stopped_halfway()
    computed = embedder.passages_embedded
    assert (tmp_path / "embeddings.sqlite").exists()
    assert file.text[20:40].encode() not in (tmp_path / "embeddings.sqlite").read_bytes()
    put(index, file)
    assert embedder.passages_embedded == computed > 0
    assert not (tmp_path / "embeddings.sqlite").exists()


def test_a_damaged_cache_of_embeddings_is_thrown_away(tmp_path):
    index = make(tmp_path)
    (tmp_path / "embeddings.sqlite").write_bytes(b"\x00garbage" * 500)
    put(index, policy_file("a.txt", 1))
    assert check(tmp_path) == []


@pytest.mark.parametrize(
    ("run", "expected", "sources"),
    [
        ((), Put(action="updated", replaced=("old.txt",)), ["new.txt"]),
        (("old.txt", "new.txt"), Put(action="added", twins=(("办发〔2020〕1号", "old.txt"),)), ["new.txt", "old.txt"]),
    ],
)
def test_a_document_takes_the_place_of_one_with_its_number_unless_both_were_given(tmp_path, run, expected, sources):
    index = make(tmp_path, policy_file("old.txt", 1, number="办发[2020] 1 号"))
    assert put(index, policy_file("new.txt", 1, number="办发〔2020〕1号"), run=run) == [expected]
    documents = index.snapshot().documents()
    assert [document.source for document in documents] == sources
    if not run:
        assert documents[0].doc_id == natural_doc_id("old.txt", 0)
        put(index, policy_file("old.txt", 9))
        ids = {document.source: document.doc_id for document in index.snapshot().documents()}
        assert ids == {"new.txt": natural_doc_id("old.txt", 0), "old.txt": natural_doc_id("old.txt", 0, 1)}
    assert check(tmp_path) == []


def test_one_document_of_a_file_may_go_alone(tmp_path):
    index = make(tmp_path, policy_file("a.txt", 1, documents=3))
    with index.writer() as writer:
        assert writer.file("a.txt").whole
        writer.remove(natural_doc_id("a.txt", 1))
        assert not writer.file("a.txt").whole
    assert [d.ordinal for d in index.snapshot().documents()] == [0, 2]
    assert check(tmp_path) == []
    with index.writer() as writer:
        writer.remove(natural_doc_id("a.txt", 0))
        writer.remove(natural_doc_id("a.txt", 2))
        assert writer.files() == {}
    assert check(tmp_path) == []


@pytest.mark.parametrize(
    ("embedder", "chunk_tokens", "message"),
    [
        (HashEmbedder(32), 384, r"built with model hash-64 \(64 dims\), settings name model hash-32 \(32 dims\)"),
        (HashEmbedder(), 200, "built with chunk_tokens = 384, settings say 200"),
    ],
)
def test_other_settings_are_refused_with_the_command_that_rebuilds(tmp_path, embedder, chunk_tokens, message):
    make(tmp_path, policy_file("a.txt", 1)).close()
    with pytest.raises(IndexMismatch, match=rf"{message}\. Rebuild: python -m ingest add --rebuild --index "):
        Index.open(tmp_path, embedder=embedder, chunk_tokens=chunk_tokens)
    Index.open(tmp_path).close()


def test_a_question_embedded_by_another_model_is_refused(tmp_path):
    index = make(tmp_path, policy_file("a.txt", 1))
    with pytest.raises(IndexMismatch, match=r"model hash-64 \(64 dims\), the question was embedded with another \(32"):
        index.snapshot().search_vectors(HashEmbedder(32).embed_query("差旅"), 5, Scope())


def test_version_tells_content_whatever_the_history(tmp_path):
    one = make(tmp_path / "one", policy_file("a.txt", 1), policy_file("b.txt", 1))
    other = make(tmp_path / "other", policy_file("b.txt", 5))
    put(other, policy_file("c.txt", 1))
    put(other, policy_file("b.txt", 1), policy_file("a.txt", 1))
    with other.writer() as writer:
        writer.remove(natural_doc_id("c.txt", 0))
    assert one.snapshot().version.split("-")[0] == "1"
    assert other.snapshot().version.split("-")[0] == "4"
    assert one.snapshot().version.split("-")[1] == other.snapshot().version.split("-")[1]
    for scope in (Scope(), Scope(documents=(natural_doc_id("a.txt", 0),))):
        rankings = []
        for index in (one, other):
            snapshot = index.snapshot()
            ranked = snapshot.search_lexical("部门 审批 差旅 leave", 8, scope)
            ranked += snapshot.search_vectors(HashEmbedder().embed_query("部门审批"), 8, scope)
            chunks = snapshot.chunks([i for i, _ in ranked])
            rankings.append([(snapshot.document(chunks[i].doc_id).source, chunks[i].chunk, s) for i, s in ranked])
        assert rankings[0] == rankings[1]
    put(other, policy_file("a.txt", 2))
    assert one.snapshot().version.split("-")[1] != other.snapshot().version.split("-")[1]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(1, 4))), min_size=1, max_size=3),
        min_size=1,
        max_size=6,
    )
)
def test_any_sequence_of_changes_equals_a_dict(tmp_path_factory, commands):
    folder = tmp_path_factory.mktemp("any")
    index, model = make(folder), {}
    for command in commands:
        with index.writer() as writer:
            for source, seed in command:
                if seed is None:
                    for document in writer.documents():
                        if document.source == source:
                            writer.remove(document.doc_id)
                    model.pop(source, None)
                else:
                    writer.put(policy_file(source, seed, documents=1 + seed % 2))
                    model[source] = policy_file(source, seed, documents=1 + seed % 2)
        assert content(index.snapshot()) == content_of(model.values())
    index.close()
    assert check(folder) == []


def log_bytes_after_many_changes(folder, between):
    with Index.open(folder) as reader, Index.open(folder, embedder=HashEmbedder()) as index:
        for seed in range(8):
            put(index, policy_file("a.txt", seed, sections=40))
            for held in (reader, index, reader, index):
                between(held)
        return (folder / "index.sqlite-wal").stat().st_size


def test_a_reader_that_is_not_asked_does_not_let_the_log_grow(tmp_path, monkeypatch):
    monkeypatch.setattr("rag.index.folder.LOG_BYTES", 0)
    for name in ("asked", "renewed"):
        make(tmp_path / name).close()
    grown = log_bytes_after_many_changes(tmp_path / "asked", lambda held: held.snapshot())
    kept = log_bytes_after_many_changes(tmp_path / "renewed", lambda held: held.renew())
    assert kept < grown / 3


def test_renewing_leaves_a_snapshot_that_is_held_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr("rag.index.folder.LOG_BYTES", 0)
    index = make(tmp_path, policy_file("a.txt", 1))
    held = index.snapshot()
    before = content(held)
    put(index, policy_file("a.txt", 2))
    index.renew()
    assert content(held) == before
    assert index.snapshot().generation == held.generation + 1


def test_documents_that_did_not_change_are_not_read_again(tmp_path, monkeypatch):
    index = make(tmp_path, policy_file("a.txt", 1), policy_file("b.txt", 1, year=2020))
    before = {document.source: document for document in index.snapshot().documents()}
    put(index, policy_file("a.txt", 2, sections=7))
    after = {document.source: document for document in index.snapshot().documents()}
    assert after["b.txt"] is before["b.txt"]
    assert after == {document.source: document for document in Index.open(tmp_path).snapshot().documents()}
    assert after["a.txt"].sections == 7
