"""Whether the clauses found answer the question at all: a calibrated probability, decided before any model.

A logistic model over what retrieval knows and what code reads in the question; its weights are
fitted on development questions, a quarter of them near misses without an answer
(``benchmarks/calibrate_support.py``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from rag.evidence import Sentence
from rag.expectation import expectation_of
from rag.question import language_of
from rag.types import Hit

if TYPE_CHECKING:
    from rag.index import Snapshot

_TOP_HITS = 3


@dataclass(frozen=True, slots=True)
class Features:
    """What the decision is made from; also its weights."""

    cosine: float
    """Best cosine of a chunk with the question."""
    sentence_cosine: float
    """Best cosine of a sentence with the question."""
    kind_met: float
    """1 where the best sentence holds the kind of thing that is asked for, else 0."""
    level_missing: float
    """1 where the question names a grade or class that the best sections do not, else 0."""
    year_differs: float
    """1 where the best sections give years, but none that the question gives, else 0."""
    english: float
    """1 for an English question, whose cosines are lower, else 0."""


INTERCEPT = -23.86
WEIGHTS = Features(
    cosine=9.39, sentence_cosine=18.93, kind_met=-0.47, level_missing=-6.00, year_differs=-2.12, english=1.60
)


def features(snapshot: Snapshot, question: str, hits: Sequence[Hit], sentences: Sequence[Sentence]) -> Features:
    """Features of a question's hits and their sentences; without any, nothing speaks for an answer."""
    expected = expectation_of(question)
    best = [f"{hit.document} {hit.label} {hit.heading} {hit.text}" for hit in hits[:_TOP_HITS]]
    years = [str(snapshot.document(hit.doc_id).metadata.year or "") for hit in hits[:_TOP_HITS]]
    return Features(
        cosine=max((hit.dense for hit in hits), default=0.0),
        sentence_cosine=max((s.cosine for s in sentences), default=0.0),
        kind_met=float(bool(sentences) and expected.is_met_by(sentences[0].text)),
        level_missing=float(bool(expected.missing_levels(" ".join(best)))),
        year_differs=float(expected.other_years(" ".join([*best, *years]))),
        english=float(language_of(question) == "en"),
    )


def probability(found: Features) -> float:
    """Probability, in [0, 1], that the clauses found answer the question."""
    z = INTERCEPT + sum(w * x for w, x in zip(astuple(WEIGHTS), astuple(found), strict=True))
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, z))))
