"""Ranking: candidates of both engines, what their words say, the reranker's turn, a learned query adapter."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from small_index import build, source_file

from eval.adaptation import Example, cross_validated, folds, learn, passages_of
from rag.candidates import Candidate, find_candidates
from rag.errors import ModelMissing, SettingsError
from rag.index import Index
from rag.models.query_adapter import AdaptedEmbedder, QueryAdapter, load_adapter
from rag.models.reranker import CrossEncoderReranker, open_reranker
from rag.relevance import (
    PREFERRED,
    WEIGHTS,
    Query,
    features,
    probability,
    read_query,
    score,
)
from rag.reranking import reranked
from rag.retrieve import retrieve
from rag.settings import Settings
from rag.testing import HashEmbedder
from rag.types import Chunk, Hit, IndexedChunk, Scope

EMBEDDER = HashEmbedder()


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    index = build(tmp_path_factory.mktemp("index"))
    yield index.snapshot()
    index.close()


def find(snapshot, question, **scope):
    return retrieve(snapshot, question, EMBEDDER.embed_query(question), Scope(**scope), 5, Settings())


def candidate(text, *, context="", cosine=0.8, bm25=1.0):
    chunk = Chunk(section="s", ordinal=0, start=0, end=len(text), spans=((0, len(text)),), text=text, context=context)
    return Candidate(IndexedChunk(id=1, doc_id="d", chunk=chunk), text, cosine, bm25)


def hit(rank, score):
    return Hit(
        rank=rank, score=score, doc_id="d", document="D", source="d.txt", section_id=str(rank), path=(str(rank),),
        heading="", label=f"D {rank}", text="", start=0, end=0, page=None, best=(0, 0),
    )  # fmt: skip


# Candidates and features ----------------------------------------------------------------------


def test_candidates_have_both_engines_values(snapshot):
    question = "住宿费每人每天多少元"
    query = EMBEDDER.embed_query(question)
    found = {one.key: one for one in find_candidates(snapshot, question, query, Scope(), 50)}
    assert max(one.bm25 for one in found.values()) == 1.0
    for one in found.values():
        ids = [chunk.id for chunk in snapshot.section_chunks(*one.key)]
        assert one.cosine == pytest.approx(float((snapshot.vectors(ids) @ query).max()), abs=1e-5)


def test_a_list_that_was_cut_gives_what_it_lacks_nine_tenths_of_its_last(snapshot):
    question = "住宿费 伙食补助 Requests certificate"
    lexical = snapshot.search_lexical(question, 2, Scope())[:2]
    listed = {snapshot.chunks([i])[i].chunk.section for i, _ in lexical}
    found = find_candidates(snapshot, question, EMBEDDER.embed_query(question), Scope(), 2)
    others = [one.bm25 for one in found if one.key[1] not in listed]
    assert others
    assert others == pytest.approx([0.9 * lexical[-1][1] / lexical[0][1]] * len(others))


def test_features_by_hand():
    query = Query({"住宿": 2.0, "宿费": 1.0, "飞机": 1.0}, frozenset({"350", "2"}))
    found = features(query, candidate("住宿费不超过350元。", context="《办法》 飞机"))
    # coverage: all three words (飞机 in the context), 4/4; window: without the context, 3/4; one number of two.
    assert astuple(found) == pytest.approx((0.8, 1.0, 1.0, 0.75, 0.5))


def test_words_count_together_only_when_near():
    query = Query({"申请": 1.0, "审批": 1.0}, frozenset())
    near = features(query, candidate("申请由办公室审批。"))
    far = features(query, candidate("申请" + "甲乙丙丁" * 30 + "审批"))
    assert (near.window, far.window) == (1.0, 0.5)
    assert (near.coverage, far.coverage) == (1.0, 1.0)


def test_rare_words_weigh_more(snapshot):
    weights = read_query(snapshot, "住宿费 出差").weights
    # 住宿 stands in one chunk of the index, 出差 in two.
    count = len(snapshot.lexical)
    assert weights["住宿"] == pytest.approx(math.log(1 + (count - 1 + 0.5) / 1.5))
    assert weights["出差"] == pytest.approx(math.log(1 + (count - 2 + 0.5) / 2.5))


def test_the_sum_is_weighted_and_the_probability_grows_with_it():
    found = features(Query({}, frozenset()), candidate("b"))
    assert score(found) == pytest.approx(sum(w * x for w, x in zip(astuple(WEIGHTS), astuple(found), strict=True)))
    chances = [probability(total) for total in (-1000.0, 10.0, 20.0, 30.0, 1000.0)]
    assert chances == sorted(chances)
    assert 0 <= chances[0] < chances[-1] <= 1


# Retrieval ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("住宿费每人每天不超过多少", "第二条"),
        ("伙食補助每人每天多少", "第三条"),
        ("medical certificate after how many days", "2"),
    ],
)
def test_the_section_that_says_it_comes_first(snapshot, question, path):
    hits = find(snapshot, question)
    assert hits[0].path[-1] == path
    assert [one.rank for one in hits] == [1, 2, 3, 4, 5]
    assert [one.score for one in hits] == sorted((one.score for one in hits), reverse=True)
    assert all(0 <= one.score <= 1 for one in hits)


def test_the_order_below_the_compared_sections_stays_below(snapshot):
    question = "住宿费每人每天不超过多少"
    few = retrieve(snapshot, question, EMBEDDER.embed_query(question), Scope(), 8, Settings(compared=2))
    assert [one.score for one in few] == sorted((one.score for one in few), reverse=True)
    assert few[0].path[-1] == "第二条"


def test_preferred_documents_are_raised_and_others_stay(snapshot):
    leave = next(d.doc_id for d in snapshot.documents() if d.title == "Leave Handbook")
    question = "每人每天"
    query = EMBEDDER.embed_query(question)
    plain = retrieve(snapshot, question, query, Scope(), 20, Settings())
    raised = retrieve(snapshot, question, query, Scope(), 20, Settings(), preferred=frozenset({leave}))
    assert {one.section_id for one in plain} == {one.section_id for one in raised}
    places = [[one.doc_id for one in hits].index(leave) for hits in (plain, raised)]
    assert places[1] <= places[0]
    assert PREFERRED > 0


def test_a_section_under_a_heading_of_another_year_is_lowered(tmp_path):
    report = [
        (("一",), "一、2023年工作回顾\n主要情况。\n"),
        (("一", "1"), "1. 建成库房三座。\n"),
        (("二",), "二、2024年工作安排\n主要任务。\n"),
        (("二", "1"), "1. 建成库房三座。\n"),
    ]
    with Index.open(tmp_path, embedder=EMBEDDER, chunk_tokens=384, create=True) as index:
        with index.writer() as writer:
            writer.put(source_file("report.txt", "2024年工作报告", report, year=2024))
        query = EMBEDDER.embed_query("建成库房几座？")
        for year, part in ((2023, "一"), (2024, "二")):
            hits = retrieve(index.snapshot(), "建成库房几座？", query, Scope(), 5, Settings(), years=frozenset({year}))
            assert hits[0].path == (part, "1")


def test_scope_holds_for_both_engines(snapshot):
    leave = next(d.doc_id for d in snapshot.documents() if d.title == "Leave Handbook")
    for scope in (
        {"documents": (leave,)},
        {"without": tuple(d.doc_id for d in snapshot.documents() if d.doc_id != leave)},
    ):
        hits = find(snapshot, "住宿费每人每天不超过多少", **scope)
        assert {one.doc_id for one in hits} == {leave}


# Reranking ------------------------------------------------------------------------------------


class Recorded:
    name = "recorded"

    def __init__(self, scores):
        self.given = dict(scores)
        self.asked = []

    def scores(self, question, clauses):
        self.asked.append(list(clauses))
        return [self.given[clause.split("\n")[0]] for clause in clauses]


HITS = [hit(1, 0.6), hit(2, 0.5), hit(3, 0.4), hit(4, 0.3), hit(5, 0.2), hit(6, 0.1)]


def test_a_reranker_orders_what_it_reads_and_the_rest_follows():
    model = Recorded({"D 1": 0.2, "D 2": 0.9, "D 3": 0.5})
    found = reranked("q", HITS, model, Settings(reranker_sections=3))
    assert [(one.section_id, one.rank, one.score) for one in found] == [
        ("2", 1, 0.9), ("3", 2, 0.5), ("1", 3, 0.2), ("4", 4, 0.2), ("5", 5, 0.2), ("6", 6, 0.1),
    ]  # fmt: skip


def test_a_clear_lead_needs_no_reranker():
    model = Recorded({})
    hits = (hit(1, 0.95), hit(2, 0.3))
    assert reranked("q", hits, model, Settings(reranker_margin=0.6)) == hits
    assert model.asked == []


def test_a_reranker_stops_when_its_time_is_spent():
    model = Recorded({f"D {i}": i / 10 for i in range(1, 7)})
    ticks = iter([0.0, 1.0, 3.0])  # start, before the first batch, before the second
    found = reranked("q", HITS, model, Settings(reranker_budget_s=2.0), clock=lambda: next(ticks))
    assert len(model.asked) == 1
    assert [one.section_id for one in found] == ["4", "3", "2", "1", "5", "6"]


def test_no_reranker_unless_one_is_named():
    assert open_reranker(Settings()) is None


@pytest.mark.models
def test_a_cross_encoder_is_loaded_from_a_folder(tmp_path):
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "leave", "days", "travel", "?"]
    (tmp_path / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    BertTokenizer(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    ours = CrossEncoderReranker(str(tmp_path)).scores("leave days?", ["travel", "leave days"])
    theirs = CrossEncoder(str(tmp_path)).predict([("leave days?", "travel"), ("leave days?", "leave days")])
    assert ours == pytest.approx(theirs.tolist(), abs=1e-5)


@pytest.mark.models
@pytest.mark.parametrize("name", ["/nowhere/at-all", "no-such/model"])
def test_a_missing_cross_encoder_is_one_line(name):
    with pytest.raises(ModelMissing, match=rf"reranker {name} .*leave it empty$") as raised:
        CrossEncoderReranker(name)
    assert "\n" not in str(raised.value)


# Query adapter --------------------------------------------------------------------------------


def planted(count=240, dimension=16):
    """Questions that are their clause's vector rotated: plain cosine fails, one linear map mends it."""
    chance = np.random.default_rng(0)
    passages = chance.normal(size=(count, dimension)).astype(np.float32)
    passages /= np.linalg.norm(passages, axis=1, keepdims=True)
    rotation, _ = np.linalg.qr(chance.normal(size=(dimension, dimension)))
    queries = (passages @ rotation).astype(np.float32)
    return [Example(queries[i], np.array([i]), (str(i),)) for i in range(count)], passages


def test_an_adapter_learns_what_holds_for_questions_it_has_not_seen():
    examples, passages = planted()
    gain = cross_validated(examples, passages, "hash-16")
    assert gain.questions == len(examples)
    assert gain.before < 0.1
    assert gain.after > 0.5


def test_learning_is_the_same_every_time():
    examples, passages = planted(60)
    first, second = (learn(examples, passages, "hash-16").matrix for _ in range(2))
    assert np.array_equal(first, second)


def test_a_group_stays_on_one_side():
    examples = [Example(np.zeros(2, dtype=np.float32), np.array([0]), (str(i // 3),)) for i in range(30)]
    parts = folds(examples)
    assert sorted(np.concatenate(parts).tolist()) == list(range(30))
    for rows in parts:
        assert len(rows) % 3 == 0


def test_passages_are_found_by_section(snapshot):
    vectors, rows = passages_of(snapshot)
    assert len(vectors) == len(snapshot.lexical)
    for key, places in rows.items():
        ids = [chunk.id for chunk in snapshot.section_chunks(*key)]
        assert np.array_equal(vectors[places], snapshot.vectors(ids))


def test_an_adapter_turns_questions_and_leaves_passages(tmp_path):
    matrix = np.zeros((64, 64), dtype=np.float32)
    matrix[0, 1] = 1.0
    QueryAdapter(EMBEDDER.fingerprint, matrix).save(tmp_path / "adapter.npz")
    adapted = AdaptedEmbedder(EMBEDDER, load_adapter(tmp_path / "adapter.npz", EMBEDDER))
    plain = EMBEDDER.embed_query("住宿费")
    turned = plain.copy()
    turned[1] += plain[0]
    assert adapted.embed_query("住宿费") == pytest.approx(turned / np.linalg.norm(turned), abs=1e-6)
    assert np.array_equal(adapted.embed_passages(["住宿费"]), EMBEDDER.embed_passages(["住宿费"]))
    assert (adapted.fingerprint, adapted.dimension) == (EMBEDDER.fingerprint, 64)


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), (b"nothing", "cannot be read"), ("other", "was learned with model other")],
)
def test_an_adapter_that_does_not_fit_is_refused(tmp_path, content, said):
    path = tmp_path / "adapter.npz"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        QueryAdapter(content, np.zeros((64, 64), dtype=np.float32)).save(path)
    with pytest.raises(SettingsError, match=said) as raised:
        load_adapter(path, EMBEDDER)
    assert "python -m eval adapt" in str(raised.value)
