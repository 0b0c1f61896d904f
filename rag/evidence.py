"""From hits to evidence: the whole sentences that bear on the question, numbered, within a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rag.expectation import expectation_of
from rag.normalize import tokens
from rag.question import asks_list, content_tokens
from rag.relevance import MOST_ODDS, odds
from rag.retrieve import kept_spans
from rag.sentences import sentence_spans
from rag.types import Evidence, Hit

if TYPE_CHECKING:
    from rag.index import Snapshot
    from rag.models.embedding import Embedder, Vectors

_MAX_EMBEDDED = 24
# How much a sentence bears on a question: a conditional logit over the sentences of a question's best
# sections, fitted on development questions by ``benchmarks/fit_sentences.py``.
_COVERAGE, _COSINE, _SECTION, _EXPECTED = 6.0, 42.0, 1.4, 3.0
_HEADING, _PREAMBLE = -4.0, -1.3


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a hit, with how much it bears on the question."""

    hit: Hit
    start: int
    end: int
    text: str
    """As it reads: without removed spans."""
    coverage: float
    """Share of the question's content tokens that the sentence or its headings hold, in [0, 1]."""
    cosine: float
    score: float
    """Log odds against the other sentences of the question: a difference of 1 is 2.7 times as probable."""


def rank_sentences(
    snapshot: Snapshot, embedder: Embedder, question: str, query: Vectors, hits: Sequence[Hit]
) -> tuple[Sentence, ...]:
    """Sentences of the hits, those that bear most on the question first; ``query`` is its vector.

    What bears on it: its words in the sentence and the headings above, its meaning, how well the whole
    section fits, and whether the kind of thing stands there that is asked for. A heading alone, or the
    title and preamble of a document, seldom is the answer.
    """
    wanted = content_tokens(question)
    expected = expectation_of(question)
    best = max((odds(hit.score) for hit in hits), default=0.0)
    candidates = []
    for hit in hits:
        about = f"{hit.document} {hit.label} {hit.heading}"
        section = max(-MOST_ODDS, odds(hit.score) - best) * _SECTION
        preamble = 0.0 if hit.path else _PREAMBLE
        for start, end, text in sentences_of(snapshot, hit.doc_id, hit.start, hit.end):
            coverage = _coverage(wanted, f"{about} {text}")
            met = _EXPECTED if expected.kind and expected.is_met_by(text) else 0.0
            heading = _HEADING if _is_heading(text, hit) else 0.0
            score = _COVERAGE * coverage + section + preamble + met + heading
            candidates.append(Sentence(hit, start, end, text, coverage, 0.0, score))
    candidates = sorted(candidates, key=_best_first)[:_MAX_EMBEDDED]
    if not candidates:
        return ()
    passages = [f"{s.hit.heading} {s.text}" if s.hit.heading not in s.text else s.text for s in candidates]
    cosines = np.asarray(embedder.embed_passages(passages) @ query, dtype=float).tolist()
    ranked = [
        replace(sentence, cosine=cosine, score=sentence.score + _COSINE * cosine)
        for sentence, cosine in zip(candidates, cosines, strict=True)
    ]
    return tuple(sorted(ranked, key=_best_first))


def select_evidence(
    snapshot: Snapshot, question: str, sentences: Sequence[Sentence], *, max_clauses: int, max_chars: int
) -> tuple[Evidence, ...]:
    """Numbered clauses made of the best sentences, in text order inside each clause.

    At least the best sentence is taken, however long; no sentence is cut. For a question that asks
    for several things the whole enumeration of the best clause is taken first.
    """
    chosen: dict[tuple[str, str], list[tuple[int, int]]] = {}
    hits: dict[tuple[str, str], Hit] = {}
    left = max_chars
    wanted = list(sentences)
    if sentences and asks_list(question):
        wanted = [s for s in sentences if s.hit is sentences[0].hit] + wanted
    for sentence in wanted:
        key = (sentence.hit.doc_id, sentence.hit.section_id)
        span = (sentence.start, sentence.end)
        if span in chosen.get(key, ()) or (key not in chosen and len(chosen) >= max_clauses):
            continue
        if chosen and len(sentence.text) > left:
            continue
        chosen.setdefault(key, []).append(span)
        hits[key] = sentence.hit
        left -= len(sentence.text)
    return tuple(
        Evidence(n=n, hit=hits[key], sentences=tuple(sorted(spans)), text=_joined(snapshot, hits[key], sorted(spans)))
        for n, (key, spans) in enumerate(chosen.items(), start=1)
    )


def sentences_of(snapshot: Snapshot, doc_id: str, start: int, end: int) -> list[tuple[int, int, str]]:
    """Sentences between two offsets as they read without removed spans: ``(start, end, text)`` in the file."""
    text = snapshot.file_text(doc_id)
    kept = kept_spans(snapshot, doc_id, start, end)
    reading = "".join(text[a:b] for a, b in kept)
    offsets = [i for a, b in kept for i in range(a, b)]
    return [(offsets[a], offsets[b - 1] + 1, reading[a:b]) for a, b in sentence_spans(reading)]


def _best_first(sentence: Sentence) -> tuple[float, int, int]:
    return (-sentence.score, sentence.hit.rank, sentence.start)


def _is_heading(text: str, hit: Hit) -> bool:
    """Whether a sentence is its section's heading, or its document's title."""
    bare = text.rstrip("。.：:")
    return bool(hit.heading and bare.endswith(hit.heading)) or (not hit.path and bare in hit.document)


def _coverage(wanted: frozenset[str], text: str) -> float:
    return len(wanted.intersection(tokens(text))) / len(wanted) if wanted else 0.0


def _joined(snapshot: Snapshot, hit: Hit, spans: Sequence[tuple[int, int]]) -> str:
    text = snapshot.file_text(hit.doc_id)
    parts = ["".join(text[a:b] for a, b in kept_spans(snapshot, hit.doc_id, start, end)) for start, end in spans]
    separator = "" if all(part[-1:] > "⺀" for part in parts) else " "
    return separator.join(parts)
