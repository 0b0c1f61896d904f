"""Answering a comparison: for each side the passage that says it, looked up by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag import support
from rag.compose import best_passages
from rag.evidence import Sentence, rank_sentences
from rag.listing import Place, completed, enumeration_for
from rag.plan import Plan
from rag.types import Hit

if TYPE_CHECKING:
    from rag.gathering import Find
    from rag.index import Snapshot
    from rag.models.embedding import Embedder

_HITS = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One side of a comparison and what the documents say of it."""

    label: str
    places: tuple[Place, ...]
    """Empty where no clause bears on this side."""


def contrast(snapshot: Snapshot, embedder: Embedder, plan: Plan, find: Find, *, threshold: float) -> tuple[Row, ...]:
    """A row for each side of a comparison; empty unless at least two sides have a passage of their own.

    One is enough where each side is a document of its own: of the other it is said that nothing was found.
    ``threshold`` is the least probability with which a side's clauses must answer its question.
    """
    rows = []
    for side in plan.sides:
        query = embedder.embed_query(side.text)
        alone = Plan(side.text, side.scope, side.preferred, expansions=plan.expansions)
        hits = find(snapshot, alone, query, _HITS)
        sentences = rank_sentences(snapshot, embedder, side.text, query, hits)
        found = support.features(snapshot, side.text, hits, sentences)
        supported = support.probability(found, sentences[0].read if sentences else None) >= threshold
        rows.append(Row(side.label, _said(snapshot, side.text, hits, sentences) if supported else ()))
    places = {tuple((hit.doc_id, start, end) for hit, start, end in row.places) for row in rows if row.places}
    scopes = {side.scope.documents for side in plan.sides} - {()}
    enough = 1 if len(scopes) == len(plan.sides) else 2
    return tuple(rows) if len(places) >= enough else ()


def _said(snapshot: Snapshot, text: str, hits: Sequence[Hit], sentences: Sequence[Sentence]) -> tuple[Place, ...]:
    """What answers a side's question: a list whole, else the best passage."""
    if listed := enumeration_for(snapshot, text, hits, sentences):
        return listed
    return tuple(
        place for best in best_passages(snapshot, sentences[:1])[:1] for place in completed(snapshot, text, best)
    )
