"""How much a section bears on a question: a linear model over what both engines and the words say.

Fusing normalised scores keeps what ranks throw away (Bruch, Gai, Ingber: "An Analysis of Fusion
Functions for Hybrid Retrieval", ACM TOIS 2023); the words are compared once more because both
engines forget order and nearness. Weights and calibration were fitted on development questions by
``benchmarks/fit_relevance.py``; a second logistic turns the sum into a probability (Platt, 1999).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.candidates import Candidate
from rag.normalize import normalize, tokens
from rag.question import content_tokens

if TYPE_CHECKING:
    from rag.index import Snapshot

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WINDOW_TOKENS = 80
"""About 40 Chinese characters, each of which counts alone and with the next one, or 80 English words."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a question and a section; also the weights."""

    cosine: float
    """Of the section's nearest chunk."""
    bm25: float
    """Share of the best BM25 of this search, in [0, 1]."""
    coverage: float
    """Share of the question's content tokens, weighted by rarity, that section and headings hold, in [0, 1]."""
    window: float
    """The same share inside the best window of the section's text: near each other they mean more."""
    numbers: float
    """Share of the question's numbers that the section holds, in [0, 1]; 0 without numbers."""


WEIGHTS = Features(cosine=69.2, bm25=3.47, coverage=2.69, window=4.44, numbers=3.88)
FIRST = Features(cosine=48.0, bm25=4.0, coverage=0.0, window=0.0, numbers=0.0)
"""The weights of what is known before a text is read: they choose the sections whose words are compared."""
PREFERRED = 2.5
"""Added for documents that the question points to without naming them."""
SLOPE, INTERCEPT = 0.563, -39.5
MOST_ODDS = 6.0


@dataclass(frozen=True, slots=True)
class Query:
    """A question as its words are compared with sections."""

    weights: Mapping[str, float]
    """Content tokens and their rarity."""
    numbers: frozenset[str]


def read_query(snapshot: Snapshot, question: str) -> Query:
    """The question's words, weighted by inverse document frequency in this index."""
    text = normalize(question)
    words = sorted(content_tokens(question))
    count = max(1, len(snapshot.lexical))
    weights = {
        word: math.log(1 + (count - holding + 0.5) / (holding + 0.5))
        for word, holding in zip(words, snapshot.lexical.frequencies(words), strict=True)
    }
    return Query(weights, frozenset(_NUMBER.findall(text)))


def first_score(candidate: Candidate) -> float:
    """The sum without a look at the text."""
    return FIRST.cosine * candidate.cosine + FIRST.bm25 * candidate.bm25


def features(query: Query, candidate: Candidate) -> Features:
    """Features of one section; reads its text once."""
    text = normalize(candidate.text)
    words = tokens(candidate.text)
    held = set(words).union(tokens(candidate.best.chunk.context))
    total = sum(query.weights.values()) or 1.0
    return Features(
        cosine=candidate.cosine,
        bm25=candidate.bm25,
        coverage=sum(weight for word, weight in query.weights.items() if word in held) / total,
        window=_best_window(words, query.weights) / total,
        numbers=len(query.numbers.intersection(_NUMBER.findall(text))) / max(1, len(query.numbers)),
    )


def score(found: Features) -> float:
    """The weighted sum: higher bears more on the question."""
    return float(np.dot(astuple(WEIGHTS), astuple(found)))


def probability(total: float) -> float:
    """Probability, in [0, 1], that a section with this sum answers the question."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, SLOPE * total + INTERCEPT))))


def odds(chance: float) -> float:
    """Log odds of a probability, cut to [-6, 6]."""
    inside = min(max(chance, 1e-6), 1 - 1e-6)
    return max(-MOST_ODDS, min(MOST_ODDS, math.log(inside / (1 - inside))))


def _best_window(words: Sequence[str], weights: Mapping[str, float]) -> float:
    """Largest summed weight of different content tokens within a window of the text."""
    places = [(at, word) for at, word in enumerate(words) if word in weights]
    inside: Counter[str] = Counter()
    best = held = 0.0
    left = 0
    for at, word in places:
        held += weights[word] if not inside[word] else 0.0
        inside[word] += 1
        while at - places[left][0] > _WINDOW_TOKENS:
            gone = places[left][1]
            inside[gone] -= 1
            held -= weights[gone] if not inside[gone] else 0.0
            left += 1
        best = max(best, held)
    return best
