"""Gathering the hits of a whole question: clauses named by address, each side of a comparison, and the rest."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from rag.reranking import reranked
from rag.retrieve import located_hits, merged, retrieve
from rag.types import Hit

if TYPE_CHECKING:
    from rag.index import Snapshot
    from rag.models.embedding import Vectors
    from rag.models.reranker import Reranker
    from rag.plan import Plan
    from rag.settings import Settings

    Find = Callable[[Snapshot, Plan, Vectors, int], tuple[Hit, ...]]
    """Snapshot, plan, the question's vector and how many → the best sections."""

_CONTEXT_CLAUSES = 2
"""Located clauses that stand behind the best hit where the question asks for more than they say."""


def gather(
    snapshot: Snapshot,
    plan: Plan,
    query: Vectors,
    k: int,
    settings: Settings,
    *,
    embed: Callable[[str], Vectors],
    reranker: Reranker | None = None,
) -> tuple[Hit, ...]:
    """The best ``k`` sections for a planned question; ``query`` is its vector, ``embed`` makes those of its sides.

    Clauses named by address come first where they are what is asked for, else behind the best hit. The
    sides of a comparison take turns with each other and with the question as a whole, so that the best
    section of each side is among the first hits.
    """
    whole = retrieve(
        snapshot,
        plan.text,
        query,
        plan.scope,
        k,
        settings,
        preferred=plan.preferred,
        years=plan.years,
        expansions=plan.expansions,
    )
    if reranker is not None:
        whole = reranked(plan.text, whole, reranker, settings)
    if plan.sides:
        found = [
            retrieve(snapshot, side.text, embed(side.text), side.scope, k, settings, preferred=side.preferred)
            for side in plan.sides
        ]
        turns = chain.from_iterable(zip_longest(*found, whole))
        whole = merged([hit for hit in turns if hit is not None], (), k)
    located = located_hits(snapshot, plan)
    if plan.by_address:
        return merged(located, whole, k)
    return merged((*whole[:1], *located[:_CONTEXT_CLAUSES]), whole, k)
