"""Derived parts that are missing, behind, from elsewhere or damaged mend themselves; ``check`` finds the rest."""

import shutil

import numpy as np
import pytest
from policy_files import content, policy_file

from rag.errors import IndexMismatch
from rag.index import Index, check, lexical
from rag.index.manifest import SCHEMA_VERSION
from rag.index.records import natural_doc_id
from rag.index.store import Stamp, Store
from rag.index.writer import content_digest
from rag.testing import HashEmbedder
from rag.types import Scope

PARTS = ["vectors.faiss", "lexical"]


def build(folder, *, dimension=64, files=4):
    with Index.open(folder, embedder=HashEmbedder(dimension), chunk_tokens=384, create=True) as index:
        for n in range(files):
            with index.writer() as writer:
                writer.put(policy_file(f"{n}.txt", n))
    return folder


@pytest.fixture
def folder(tmp_path):
    return build(tmp_path / "index")


def answers(folder, dimension=64):
    with Index.open(folder, embedder=HashEmbedder(dimension)) as index:
        snapshot = index.snapshot()
        query = HashEmbedder(dimension).embed_query("部门负责人审批差旅")
        return (
            content(snapshot),
            snapshot.search_lexical("部门负责人审批差旅 leave", 20, Scope()),
            snapshot.search_vectors(query, 20, Scope()),
        )


def files_in(part):
    return [part] if part.is_file() else [path for path in sorted(part.iterdir()) if path.suffix != ".lock"]


def delete(part):
    shutil.rmtree(part) if part.is_dir() else part.unlink()


def truncate(part):
    for path in files_in(part):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def truncate_by_one(part):
    for path in files_in(part):
        path.write_bytes(path.read_bytes()[:-1])


def overwrite(part):
    for path in files_in(part):
        path.write_bytes(np.random.default_rng(7).bytes(path.stat().st_size))


def flip_in_the_middle(part):
    for path in files_in(part):
        data = bytearray(path.read_bytes())
        if path.suffix not in {".json", ""} and len(data) > 200:
            data[len(data) // 3] ^= 0xFF
            path.write_bytes(data)


def empty(part):
    for path in files_in(part):
        path.write_bytes(b"")


@pytest.mark.parametrize("harm", [delete, truncate, truncate_by_one, overwrite, flip_in_the_middle, empty])
@pytest.mark.parametrize("name", PARTS)
def test_damaged_part_is_built_anew_and_answers_the_same(folder, name, harm):
    expected = answers(folder)
    harm(folder / name)
    assert answers(folder) == expected
    assert check(folder) == []
    with Index.open(folder, embedder=HashEmbedder()) as index, index.writer() as writer:
        writer.put(policy_file("later.txt", 1))
    assert check(folder) == []


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("change", ["add", "update", "remove"])
def test_stale_copy_is_brought_up(folder, tmp_path, name, change):
    shutil.copytree(folder, tmp_path / "old")
    with Index.open(folder, embedder=HashEmbedder()) as index, index.writer() as writer:
        if change == "remove":
            writer.remove(natural_doc_id("1.txt", 0))
        else:
            writer.put(policy_file("1.txt" if change == "update" else "9.txt", 77))
    expected = answers(folder)
    delete(folder / name)
    restore(tmp_path / "old", folder, name)
    assert answers(folder) == expected
    assert check(folder) == []


@pytest.mark.parametrize("name", PARTS)
def test_part_newer_than_the_truth_is_thrown_away(folder, tmp_path, name):
    expected = answers(folder)
    shutil.copytree(folder, tmp_path / "newer")
    with Index.open(tmp_path / "newer", embedder=HashEmbedder()) as index, index.writer() as writer:
        writer.put(policy_file("1.txt", 77))
    delete(folder / name)
    restore(tmp_path / "newer", folder, name)
    assert answers(folder) == expected
    assert check(folder) == []


@pytest.mark.parametrize("name", PARTS)
def test_part_of_another_index_at_the_same_generation_is_thrown_away(folder, tmp_path, name):
    expected = answers(folder)
    with Index.open(tmp_path / "other", embedder=HashEmbedder(), chunk_tokens=384, create=True) as index:
        for n in range(4):
            with index.writer() as writer:
                writer.put(policy_file(f"{n}.txt", n + 50))
    delete(folder / name)
    restore(tmp_path / "other", folder, name)
    assert answers(folder) == expected
    assert check(folder) == []


def test_vectors_of_another_dimension_are_thrown_away(folder, tmp_path):
    expected = answers(folder)
    build(tmp_path / "narrow", dimension=16)
    shutil.copy(tmp_path / "narrow" / "vectors.faiss", folder / "vectors.faiss")
    assert answers(folder) == expected


def test_restoring_an_older_truth_under_newer_parts(folder, tmp_path):
    expected = answers(folder)
    shutil.copytree(folder, tmp_path / "old")
    with Index.open(folder, embedder=HashEmbedder()) as index:
        for seed in (5, 6):
            with index.writer() as writer:
                writer.put(policy_file("1.txt", seed))
    for name in ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)
        if (tmp_path / "old" / name).exists():
            shutil.copy(tmp_path / "old" / name, folder / name)
    assert answers(folder) == expected
    assert check(folder) == []


def test_other_token_form_derives_the_lexical_part_anew(folder, monkeypatch):
    expected = answers(folder)
    monkeypatch.setattr("rag.index.lexical.token_form", lambda: "later")
    with Index.open(folder) as index:
        assert [(repair.part, repair.how) for repair in index.repairs] == [("lexical", "rebuilt")]
    assert answers(folder) == expected


def test_running_reader_goes_on_when_a_part_vanishes(folder):
    with Index.open(folder, embedder=HashEmbedder()) as index:
        before = content(index.snapshot())
        delete(folder / "lexical")
        delete(folder / "vectors.faiss")
        assert content(index.snapshot()) == before
        with index.writer() as writer:
            writer.put(policy_file("9.txt", 1))
        assert len(index.snapshot().documents()) == 5
    assert check(folder) == []


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("UPDATE chunks SET text = text || '改' WHERE ordinal = 1", "chunk"),
        ("UPDATE chunks SET section = 'nowhere' WHERE ordinal = 1", "chunk"),
        ("UPDATE chunks SET spans = '[[0, 99999]]' WHERE ordinal = 1", "chunk"),
        ("UPDATE chunks SET ordinal = 50 WHERE ordinal = 1", "chunk"),
        ("UPDATE chunks SET vector = zeroblob(256) WHERE ordinal = 1", "vectors"),
        ("UPDATE chunks SET vector = zeroblob(8) WHERE ordinal = 1", "manifest"),
        ("DELETE FROM chunks WHERE ordinal = 2", "cover"),
        ("DELETE FROM chunks WHERE ordinal = 2", "vectors"),
        ("DELETE FROM chunks WHERE ordinal = 2", "lexical"),
        ("UPDATE sections SET start = start + 1 WHERE position = 2", "section"),
        ("UPDATE sections SET parent = 'nowhere' WHERE position = 2", "section"),
        ("UPDATE sections SET level = 7 WHERE position = 2", "section"),
        ('UPDATE sections SET "end" = "end" + 1 WHERE position = 1', "section"),
        ("UPDATE sections SET body = 0 WHERE position = 2", "section"),
        ("DELETE FROM sections WHERE position = 0", "section"),
        ('UPDATE documents SET "end" = 99999', "span"),
        ('UPDATE items SET "end" = 99999', "span"),
        ("UPDATE items SET section = 'nowhere'", "orphan"),
        ("UPDATE removed SET text = 'other'", "removed"),
        ("UPDATE removed SET start = start - 5, text = substr(text, 1, 0) || 'x'", "removed"),
        ("UPDATE files SET text = '无' || text", "hash"),
        ("UPDATE documents SET title = 'other'", "hash"),
        ("UPDATE documents SET hash = zeroblob(32)", "digest"),
        ("UPDATE documents SET year = 1999", "lexical"),
        ("DELETE FROM files WHERE source = '1.txt'", "orphan"),
        ("INSERT INTO files VALUES ('x', 'x', 'x', 'x', '[]', '', '', 1)", "orphan"),
        ("UPDATE files SET documents_read = 0", "orphan"),
        ("INSERT INTO meta VALUES ('writing', '9')", "transaction"),
    ],
)
def test_check_finds_each_broken_invariant(folder, sql, rule):
    assert check(folder) == []
    store = Store(folder)
    store.execute("PRAGMA foreign_keys=OFF")
    store.execute(sql)
    store.close()
    violations = check(folder)
    assert rule in {violation.rule for violation in violations}
    assert all("python -m ingest" in str(violation) and "\n" not in str(violation) for violation in violations)


def test_tables_of_another_version_are_refused_with_what_mends_it(folder):
    store = Store(folder)
    now = f'"schema": {SCHEMA_VERSION}'
    store.execute("UPDATE meta SET value = replace(value, ?, '\"schema\": 0') WHERE key = 'manifest'", (now,))
    store.close()
    with pytest.raises(IndexMismatch, match="tables of version 0.*python -m ingest add DOCUMENTS --index NEW_FOLDER"):
        check(folder)


def test_check_itself_changes_nothing(folder):
    store = Store(folder)
    before = (store.stamp(), content_digest(store))
    assert check(folder) == []
    assert (store.stamp(), content_digest(store)) == before
    store.close()


def test_growing_and_shrinking_changes_the_kind_of_index_and_no_answer(tmp_path, monkeypatch):
    kinds, found = [], {}
    for limit in (10_000, 15):
        monkeypatch.setattr("rag.index.vectors.FLAT_VECTORS", limit)
        folder = build(tmp_path / str(limit), files=2)
        for step, seed in enumerate((7, 8, None)):
            with Index.open(folder, embedder=HashEmbedder()) as index:
                with index.writer() as writer:
                    for n in range(2, 6):
                        if seed is None:
                            writer.remove(natural_doc_id(f"{n}.txt", 0))
                        else:
                            writer.put(policy_file(f"{n}.txt", seed))
                if seed is None:
                    with index.writer() as writer:
                        writer.remove(natural_doc_id("1.txt", 0))
                kinds.append(index.snapshot().dense.kind)
            assert check(folder) == []
            found.setdefault(step, []).append(ranked(folder))
    assert kinds == ["flat", "flat", "flat", "sq8", "sq8", "flat"]
    assert all(one == other for one, other in found.values())


def ranked(folder):
    """What is found, without ids."""
    with Index.open(folder, embedder=HashEmbedder()) as index:
        snapshot = index.snapshot()
        scored = snapshot.search_vectors(HashEmbedder().embed_query("部门负责人审批差旅"), 10, Scope())
        chunks = snapshot.chunks([i for i, _ in scored])
        return [(chunks[i].doc_id, chunks[i].chunk, score) for i, score in scored]


def test_sound_files_are_not_read_again_until_they_are_touched(folder, monkeypatch):
    read = []
    agrees = lexical._checksum_agrees
    monkeypatch.setattr(lexical, "_checksum_agrees", lambda file: read.append(file.name) or agrees(file))
    answers(folder)
    read.clear()
    answers(folder)
    assert read == []
    check(folder)
    assert read != []


def test_stamp_reads_what_it_writes():
    assert Stamp.parse(str(Stamp(12, "ab"))) == Stamp(12, "ab")


def restore(old, folder, name):
    source = old / name
    if source.is_dir():
        shutil.copytree(source, folder / name)
    else:
        shutil.copy(source, folder / name)
