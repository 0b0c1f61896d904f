"""Whether the clauses found answer the question at all: a calibrated probability, decided before any model.

A logistic model over what retrieval already knows; its weights are fitted on development questions,
half of them without an answer in the index (``benchmarks/calibrate_support.py``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rag.evidence import Sentence
from rag.normalize import tokens
from rag.question import content_tokens
from rag.types import Hit


@dataclass(frozen=True, slots=True)
class Features:
    """What the decision is made from."""

    cosine: float
    """Best cosine of a chunk with the question."""
    sentence_cosine: float
    """Best cosine of a sentence with the question."""
    coverage: float
    """Best share of the question's content tokens in one sentence and its headings."""
    clause_coverage: float
    """The same for the best whole clause."""


INTERCEPT = -30.0
WEIGHTS = Features(cosine=16.0, sentence_cosine=14.0, coverage=4.0, clause_coverage=3.0)


def features(question: str, hits: Sequence[Hit], sentences: Sequence[Sentence]) -> Features:
    """Features of a question's hits and their sentences; all 0 where nothing was found."""
    wanted = content_tokens(question)
    return Features(
        cosine=max((hit.dense for hit in hits), default=0.0),
        sentence_cosine=max((s.cosine for s in sentences), default=0.0),
        coverage=max((s.coverage for s in sentences), default=0.0),
        clause_coverage=max((_share(wanted, f"{hit.document} {hit.heading} {hit.text}") for hit in hits), default=0.0),
    )


def probability(found: Features) -> float:
    """Probability, in [0, 1], that the clauses found answer the question."""
    z = (
        INTERCEPT
        + WEIGHTS.cosine * found.cosine
        + WEIGHTS.sentence_cosine * found.sentence_cosine
        + WEIGHTS.coverage * found.coverage
        + WEIGHTS.clause_coverage * found.clause_coverage
    )
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, z))))


def _share(wanted: frozenset[str], text: str) -> float:
    return len(wanted.intersection(tokens(text))) / len(wanted) if wanted else 0.0
