"""Answering a comparison: for each side the passage that says it, looked up by itself and chosen beside the others'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from rag import support
from rag.comparison import Side
from rag.compose import best_passages
from rag.evidence import Sentence, is_of_another_year, rank_sentences
from rag.expectation import expectation_of
from rag.listing import completed, enumeration_for, with_lead_in
from rag.plan import Plan
from rag.points import Place
from rag.types import Hit

if TYPE_CHECKING:
    from rag.gathering import Find
    from rag.index import Snapshot
    from rag.models.embedding import Embedder, Vectors


_HITS = 6
_CHOICE = 6
"""The best sentences of a side among which the one is chosen that goes best with the other sides'."""
_LIKENESS = 30.0
"""Of two sides' sentences: what one is worth of their cosine, in log odds."""


@dataclass(frozen=True, slots=True)
class Row:
    """One side of a comparison and what the documents say of it."""

    label: str
    places: tuple[Place, ...]
    """Empty where no clause bears on this side."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found for one side."""

    side: Side
    hits: tuple[Hit, ...]
    sentences: tuple[Sentence, ...]
    choice: tuple[Sentence, ...]
    """The best of them, without those that a clause says of another year than the side's."""
    vectors: Vectors
    """Of the choice, a row each."""


def contrast(snapshot: Snapshot, embedder: Embedder, plan: Plan, find: Find, *, threshold: float) -> tuple[Row, ...]:
    """A row for each side of a comparison; empty unless at least two sides have a passage of their own.

    One is enough where each side is a document of its own: of the other it is said that nothing was found.
    ``threshold`` is the least probability with which a side's clauses must answer its question.
    """
    found = [_look_up(snapshot, embedder, plan, side, find) for side in plan.sides]
    answered = [
        one
        for one in found
        if one.sentences and _probability(snapshot, one.side.text, one.hits, one.sentences) >= threshold
    ]
    chosen = dict(zip((one.side for one in answered), _together(answered), strict=True))
    rows = [
        Row(one.side.label, _said(snapshot, one.side.text, one.hits, chosen[one.side]) if one.side in chosen else ())
        for one in found
    ]
    places = {tuple((hit.doc_id, start, end) for hit, start, end in row.places) for row in rows if row.places}
    scopes = {side.scope.documents for side in plan.sides} - {()}
    enough = 1 if len(scopes) == len(plan.sides) else 2
    return tuple(rows) if len(places) >= enough else ()


def _look_up(snapshot: Snapshot, embedder: Embedder, plan: Plan, side: Side, find: Find) -> _Found:
    query = embedder.embed_query(side.text)
    alone = Plan(side.text, side.scope, side.preferred, expansions=plan.expansions)
    hits = find(snapshot, alone, query, _HITS)
    sentences = rank_sentences(snapshot, embedder, side.text, query, hits)
    years = expectation_of(side.text).years
    choice = tuple(one for one in sentences if not is_of_another_year(snapshot, years, one))[:_CHOICE]
    choice = choice or sentences[:_CHOICE]
    return _Found(side, hits, sentences, choice, embedder.embed_passages([_about(one) for one in choice]))


def _about(sentence: Sentence) -> str:
    return f"{sentence.hit.heading} {sentence.text}"


def _probability(snapshot: Snapshot, text: str, hits: Sequence[Hit], sentences: Sequence[Sentence]) -> float:
    found = support.features(snapshot, text, hits, sentences)
    return support.probability(found, sentences[0].read if sentences else None)


def _together(found: Sequence[_Found]) -> list[tuple[Sentence, ...]]:
    """Each side's sentences, first the one that with the other sides' says most and is most like them.

    What is compared is said in like words: two targets, two time limits, the same clause of two versions.
    """
    likeness = {(i, j): _likeness(found[i], found[j]) for i, j in combinations(range(len(found)), 2)}

    def worth(choice: tuple[int, ...]) -> float:
        scores = sum(one.choice[n].score for one, n in zip(found, choice, strict=True))
        alike = [like[choice[i], choice[j]] for (i, j), like in likeness.items()]
        return scores + _LIKENESS * float(np.mean(alike) if alike else 0.0) * (len(found) - 1)

    best = max(product(*(range(len(one.choice)) for one in found)), key=worth, default=())
    return [
        (one.choice[n], *(other for other in one.sentences if other is not one.choice[n]))
        for one, n in zip(found, best, strict=True)
    ]


def _likeness(one: _Found, other: _Found) -> Vectors:
    """Cosines of two sides' sentences; a sentence is no more like itself than like the least like one."""
    cosines = np.asarray(one.vectors @ other.vectors.T, dtype=float)
    same = np.array([[_is_same(a, b) for b in other.choice] for a in one.choice])
    return np.where(same, cosines.min(), cosines)


def _is_same(one: Sentence, other: Sentence) -> bool:
    return (one.hit.doc_id, one.start) == (other.hit.doc_id, other.start)


def _said(snapshot: Snapshot, text: str, hits: Sequence[Hit], sentences: Sequence[Sentence]) -> tuple[Place, ...]:
    """What answers a side's question: a list whole, else the best passage."""
    if listed := enumeration_for(snapshot, text, hits, sentences):
        return listed
    passages = best_passages(snapshot, sentences[:1])[:1]
    return with_lead_in(snapshot, [place for best in passages for place in completed(snapshot, text, best)])
