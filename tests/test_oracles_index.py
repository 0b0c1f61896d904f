"""FAISS equals NumPy brute force, tantivy equals BM25 written out, on seeded random data."""

import math
import random
from collections import Counter

import numpy as np
import pytest
from policy_files import policy_file

from rag.index import Index, vectors
from rag.index.records import natural_doc_id
from rag.index.vectors import VectorView
from rag.normalize import tokens
from rag.testing import HashEmbedder
from rag.types import Scope

K1, B = 1.2, 0.75


def unit(rng, count, dimension):
    rows = rng.normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def unread(ids):
    raise AssertionError("a flat base has its vectors itself")


def brute_force(ids, rows, query, k, allowed):
    """Cosines by one matrix product, ranked by (score, id)."""
    scores = np.round((rows.astype(np.float64) @ query.astype(np.float64)), vectors.SCORE_DIGITS)
    pairs = [(int(i), float(s)) for i, s in zip(ids, scores, strict=True) if allowed is None or i in allowed]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:k]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("changes", [0, 40, 900])
@pytest.mark.parametrize("kind", ["flat", "sq8"])
def test_dense_search_equals_brute_force(kind, seed, changes):
    rng = np.random.default_rng(seed)
    dimension, count = 24, 1500
    ids = np.arange(1, count + 1, dtype=np.int64) * 3
    rows = unit(rng, count, dimension)
    view = VectorView.build(dimension, ids, rows, kind)
    if changes:
        gone = rng.choice(ids, changes, replace=False)
        new_ids = np.arange(changes, dtype=np.int64) + 100_000
        new_rows = unit(rng, changes, dimension)
        for part in np.array_split(np.arange(changes), 3):
            view = view.advance(gone[part], new_ids[part], new_rows[part])
        stays = ~np.isin(ids, gone)
        ids, rows = np.concatenate([ids[stays], new_ids]), np.concatenate([rows[stays], new_rows])
    assert (len(view), view.kind) == (len(ids), kind)
    assert np.array_equal(view.ids(), np.sort(ids))
    row_of = dict(zip(ids.tolist(), rows, strict=True))

    def exact(wanted):
        return np.stack([row_of[i] for i in wanted.tolist()])

    assert list(view.differing(exact)) == []
    for allowed in (None, rng.choice(ids, 200, replace=False), np.asarray([5], dtype=np.int64), ids[:0]):
        query = unit(rng, 1, dimension)[0]
        expected = brute_force(ids, rows, query, 10, None if allowed is None else set(allowed.tolist()))
        found = view.search(query, 10, allowed, exact=unread if kind == "flat" else exact)[:10]
        assert [i for i, _ in found] == [i for i, _ in expected]
        assert [s for _, s in found] == pytest.approx([s for _, s in expected], abs=2e-6)


@pytest.mark.parametrize("kind", ["flat", "sq8"])
def test_documents_left_out_are_left_out_before_ranking(kind):
    rng = np.random.default_rng(2)
    ids, rows = np.arange(1, 401, dtype=np.int64), unit(rng, 400, 16)
    view = VectorView.build(16, ids, rows, kind).advance(ids[:9], np.asarray([500]), rows[:1])
    denied, query = np.append(rng.choice(ids, 350, replace=False), 500), unit(rng, 1, 16)[0]
    found = view.search(query, 20, denied=denied, exact=lambda wanted: rows[wanted - 1])[:20]
    left = set(ids[9:].tolist()) - set(denied.tolist())
    assert [i for i, _ in found] == [i for i, _ in brute_force(ids, rows, query, 20, left)]


def test_a_vector_that_differs_by_more_than_eight_bits_is_found():
    ids, rows = np.arange(1, 301, dtype=np.int64), unit(np.random.default_rng(5), 300, 16)
    view = VectorView.build(16, ids, rows, "sq8")
    changed = rows.copy()
    changed[41] = -changed[41]
    assert list(view.differing(lambda wanted: changed[wanted - 1])) == [42]


@pytest.mark.parametrize(
    ("count", "now", "kind"),
    [
        (50_000, None, "flat"),
        (50_001, None, "sq8"),
        (50_001, "flat", "sq8"),
        (30_000, "sq8", "sq8"),
        (25_000, "sq8", "flat"),
    ],
)
def test_the_kind_follows_the_size_and_does_not_swing(count, now, kind):
    assert vectors.kind_for(count, now) == kind


def test_equal_vectors_come_in_order_of_id_even_at_the_cut():
    rows = np.repeat(np.eye(4, dtype=np.float32), 50, axis=0)
    ids = np.random.default_rng(1).permutation(200).astype(np.int64) + 1
    found = VectorView.build(4, ids, rows).search(np.eye(4, dtype=np.float32)[2], 7, exact=unread)
    assert found == [(int(i), 1.0) for i in np.sort(ids[100:150])]


def test_advancing_twice_is_the_same_as_once():
    rng = np.random.default_rng(3)
    ids, rows = np.arange(1, 11, dtype=np.int64), unit(rng, 10, 8)
    view = VectorView.build(8, ids, rows).advance(ids[:3], np.asarray([20]), rows[:1])
    assert np.array_equal(view.advance(ids[:3], ids[:0], rows[:0]).ids(), view.ids())
    assert np.array_equal(view.folded().ids(), view.ids())


def bm25(documents, words, weights):
    """Okapi BM25 as Lucene and tantivy have it: idf · tf·(k1+1) / (tf + k1·(1 − b + b·length/average)).

    ``idf = ln(1 + (N − n + ½) / (n + ½))``; every field on its own, summed with its weight. tantivy
    keeps field lengths in one byte, exact to 40 tokens and coarser above (Lucene's SmallFloat).
    """
    scores = Counter()
    for field, weight in weights.items():
        fields = {i: document[field] for i, document in documents.items()}
        average = sum(map(len, fields.values())) / len(fields)
        for word in dict.fromkeys(words):
            holding = {i: field.count(word) for i, field in fields.items() if word in field}
            idf = math.log(1 + (len(fields) - len(holding) + 0.5) / (len(holding) + 0.5))
            for i, tf in holding.items():
                length = byte_length(len(fields[i]))
                scores[i] += weight * idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * length / average))
    return scores


def byte_length(length):
    """The largest length of tantivy's table that is not above this one: 0–40, then steps that double each 8."""
    table, step = list(range(41)), 2
    while table[-1] < length:
        table += [table[-1] + step * n for n in range(1, 9)]
        step *= 2
    return max(entry for entry in table if entry <= length)


@pytest.mark.parametrize("seed", range(4))
def test_lexical_search_equals_bm25_written_out(tmp_path, seed):
    random_ = random.Random(seed)
    with Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True) as index:
        for n in range(3):
            with index.writer() as writer:
                for m in range(10):
                    writer.put(policy_file(f"{n}-{m}.txt", seed, year=2020 + m % 3))
        with index.writer() as writer:
            writer.remove(natural_doc_id("1-1.txt", 0))
            writer.put(policy_file("2-2.txt", seed + 100, year=2020))
        snapshot = index.snapshot()
        documents, years, owners = {}, {}, {}
        for document in snapshot.documents():
            for chunk in snapshot.store.document_chunks(document.doc_id):
                documents[chunk.id] = {"body": tokens(chunk.chunk.text), "heading": tokens(chunk.chunk.context)}
                years[chunk.id] = document.metadata.year
                owners[chunk.id] = document.doc_id
        some = tuple(random_.sample(sorted(set(owners.values())), 3))
        for question in ("职工差旅审批几日内完成？", "leave of 5 days 差旅差旅", "第1份 档案 借阅", "不存在的詞語xyz"):
            for scope in (Scope(), Scope(year=2021), Scope(documents=some), Scope(documents=some, year=2020)):
                weights = {"body": random_.choice([1.0, 2.0]), "heading": random_.choice([0.0, 0.5])}
                scores = {
                    i: score
                    for i, score in bm25(documents, tokens(question), weights).items()
                    if score > 0
                    and (scope.year is None or years[i] == scope.year)
                    and (not scope.documents or owners[i] in scope.documents)
                }
                found = snapshot.search_lexical(question, 500, scope, **weights)
                assert {i for i, _ in found} == set(scores)
                assert [s for _, s in found] == pytest.approx(sorted(scores.values(), reverse=True), rel=1e-4, abs=2e-4)
                assert all(score == pytest.approx(scores[i], rel=1e-4, abs=2e-4) for i, score in found)
                assert snapshot.search_lexical(question, 7, scope, **weights) == found[:7]


@pytest.mark.parametrize(
    "question", ["", " ", "？！", '+-&&||!(){}[]^"~*?:\\/', "body:x AND doc_id:y", "a" * 20_000, "差旅" * 10_000]
)
def test_any_question_can_be_searched(tmp_path, question):
    with Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True) as index:
        assert index.snapshot().search_lexical(question, 5, Scope()) == []
        with index.writer() as writer:
            writer.put(policy_file("a.txt", 1))
        assert len(index.snapshot().search_lexical(question, 5, Scope())) <= 5
        assert index.snapshot().search_vectors(HashEmbedder().embed_query(question), 0, Scope()) == []
