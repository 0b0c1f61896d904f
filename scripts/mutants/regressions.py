"""Twenty regressions, each of which the gate shall stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

import numpy as np

import rag.compose
import rag.index.snapshot
from eval.scoring import language
from eval.system import System
from prompts import Prompt
from rag.chatbot import Chatbot
from rag.index import Index
from rag.models.query_adapter import AdaptedEmbedder, QueryAdapter
from rag.types import Answer, Citation, Evidence, Question, Scope
from rag.verify import Verdict
from scripts.mutants.documents import before_update, digest, with_deleted, with_gaps, without_context
from scripts.mutants.variants import Variant, in_snapshot, output, over_index, prompted, replaced
from scripts.mutants.workshop import Altered, Workshop, ranked_anew

_THRESHOLD_STEP = 0.25
_SHIFTED = 4
_SEED = 7
_IDLE_PROMPT = {
    "zh": "你是助手。用一两句话概括条款的大意，不要写数字、期限、名称和序号，末尾写[1]。",
    "en": "You are an assistant. Give the gist of the clauses without figures, dates, names or numbers; end with [1].",
}


def _nothing(method: Any) -> Any:
    del method
    return lambda *args, **options: []


def _zeroed(vectors: Any) -> Any:
    return lambda snapshot, ids: 0 * vectors(snapshot, ids)


@contextmanager
def halved(shop: Workshop) -> Iterator[System]:
    """Half as many candidates, hits and clauses."""
    half = {name: getattr(shop.settings, name) // 2 for name in ("candidates", "compared", "evidence_clauses")}
    find = Chatbot._find  # where both search and ask get their hits
    with mock.patch.object(
        Chatbot, "_find", lambda bot, snapshot, plan, query, k: find(bot, snapshot, plan, query, k // 2)
    ):
        yield shop.bot(**half)


def _without_first(find: Any) -> Any:
    return lambda bot, snapshot, plan, query, k: ranked_anew(find(bot, snapshot, plan, query, k + 1)[1:])


def _without_scope(search: Any) -> Any:
    return lambda snapshot, query, k, scope, **options: search(snapshot, query, k, Scope(), **options)


def _half_of_own_text(own_end: Any) -> Any:
    def cut(snapshot: Any, doc_id: str, section: Any) -> int:
        return int(section.start + (own_end(snapshot, doc_id, section) - section.start) // 2)

    return cut


@contextmanager
def other_prefix(shop: Workshop) -> Iterator[System]:
    """Questions embedded as passages are."""
    settings = shop.settings.model_copy(update={"embedding_query_prefix": shop.settings.embedding_passage_prefix})
    yield shop.bot(embedder=shop.embedder_of(settings))


@contextmanager
def untrained_adapter(shop: Workshop) -> Iterator[System]:
    """Questions turned by an adapter of a fresh seed that nobody trained: weights as a new linear layer has them."""
    width = shop.embedder.dimension
    bound = 1 / np.sqrt(width)
    matrix = np.random.default_rng(_SEED).uniform(-bound, bound, (width, width)).astype(np.float32)
    yield shop.bot(embedder=AdaptedEmbedder(shop.embedder, QueryAdapter(shop.embedder.fingerprint, matrix)))


def threshold(by: float) -> Callable[[Workshop], Any]:
    """The refusal threshold moved."""

    @contextmanager
    def make(shop: Workshop) -> Iterator[System]:
        yield shop.bot(answer_threshold=min(1.0, max(0.0, shop.settings.answer_threshold + by)))

    return make


@contextmanager
def superseded_offered(shop: Workshop) -> Iterator[System]:
    """No document knows that another one supersedes it; in a view of the index that is opened meanwhile."""
    with mock.patch.object(rag.index.snapshot, "with_status", tuple):
        index = Index.open(shop.setup.index)
        yield shop.bot(index=index)
        index.close()


@contextmanager
def shuffled(shop: Workshop) -> Iterator[System]:
    """Each answer with the citations of the answer before it."""
    before: tuple[Citation, ...] = ()

    def answer(question: Question, given: Answer) -> Answer:
        nonlocal before
        del question
        if not given.citations:
            return given
        others, before = before or given.citations, given.citations
        swapped = tuple(replace(others[i % len(others)], n=own.n) for i, own in enumerate(given.citations))
        return replace(given, citations=swapped)

    yield Altered(shop.bot(), answer)


def shifted(question: Question, answer: Answer) -> Answer:
    """In every fourth answer, offsets that count in another text."""
    if digest(question.text) % _SHIFTED:
        return answer
    return replace(answer, citations=tuple(replace(c, start=c.start + 1, end=c.end + 1) for c in answer.citations))


def english_refused(question: Question, answer: Answer) -> Answer:
    """Questions in English find nothing."""
    if language(question.text) == "zh":
        return answer
    return replace(answer, status="not_found", text="No clause answers this.", citations=())


def _believing(best_verdict: Any) -> Any:
    """Whatever a draft says is carried by the clause that it cites, or else by the first one."""
    del best_verdict

    def verdict(sentence: Any, evidence: Any) -> Verdict | None:
        cited: list[Evidence] = [e for e in evidence if e.n in sentence.markers]
        return Verdict((cited or list(evidence))[0], 1.0, "") if evidence else None

    return verdict


def _idle(prompt: Prompt) -> Prompt:
    tongue = prompt.name.rpartition(".")[2]
    return replace(prompt, system=_IDLE_PROMPT[tongue], hash="idle") if prompt.name.startswith("answer") else prompt


REGRESSIONS = (
    Variant("k-halved", "half as many candidates, hits and clauses", halved),
    Variant("no-lexical", "no lexical list", in_snapshot(search_lexical=_nothing)),
    Variant("no-dense", "no dense list, and all vectors zero", in_snapshot(search_vectors=_nothing, vectors=_zeroed)),
    Variant("query-prefix", "questions embedded with the passages' prefix", other_prefix),
    Variant("no-headings", "title and heading path dropped from chunks", over_index(without_context)),
    Variant("other-seed", "questions turned by an untrained adapter of another seed", untrained_adapter),
    Variant("top-hit-lost", "the best hit dropped", replaced(Chatbot, _find=_without_first)),
    Variant("gaps", "every fourth chunk lost", over_index(with_gaps)),
    Variant(
        "no-filters",
        "scope, year and named documents ignored",
        in_snapshot(search_vectors=_without_scope, search_lexical=_without_scope),
    ),
    Variant("refuses-more", f"refusal threshold {_THRESHOLD_STEP:g} higher", threshold(_THRESHOLD_STEP)),
    Variant("refuses-less", f"refusal threshold {_THRESHOLD_STEP:g} lower", threshold(-_THRESHOLD_STEP)),
    Variant("stale-index", "every third file indexed as it was before its update", over_index(before_update)),
    Variant("deleted-cited", "copies of deleted files still in the index", over_index(folders=with_deleted)),
    Variant("stale-offered", "superseded documents not left out", superseded_offered),
    Variant("truncated", "clauses cut in the middle", in_snapshot(own_end=_half_of_own_text)),
    Variant("shuffled", "each answer with the citations of the one before", shuffled),
    Variant("offsets", "offsets off by one in every fourth answer", output(shifted)),
    Variant("english", "questions in English refused", output(english_refused)),
    Variant(
        "unverified", "the model's drafts unchecked", replaced(rag.compose, best_verdict=_believing), needs_model=True
    ),
    Variant("worse-prompt", "a prompt that asks for the gist without figures", prompted(_idle), needs_model=True),
)
