"""Gathering the hits of a whole question: each side of a comparison, and lists with what leads in to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from rag.reranking import reranked
from rag.retrieve import merged, retrieve, section_hit
from rag.types import Hit

if TYPE_CHECKING:
    from rag.index import Snapshot
    from rag.models.embedding import Vectors
    from rag.models.reranker import Reranker
    from rag.plan import Plan
    from rag.settings import Settings

_LEADS_IN = ("：", ":", "：—", ":-")
_MAX_LEAD_IN_CHARS = 300


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

    The sides of a comparison take turns with each other and with the question as a whole, so that
    the best section of each side is among the first hits.
    """
    whole = retrieve(
        snapshot, plan.text, query, plan.scope, k, settings, preferred=plan.preferred, expansions=plan.expansions
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
    return with_lead_ins(snapshot, whole, k) if plan.wants_list else whole


def with_lead_ins(snapshot: Snapshot, hits: Sequence[Hit], k: int) -> tuple[Hit, ...]:
    """The hits; a section that leads in to a list (下列情形：) is put before the first of its points."""
    found: list[Hit] = []
    for hit in hits:
        section = snapshot.section(hit.doc_id, hit.section_id)
        parent = snapshot.section(hit.doc_id, section.parent) if section.parent else None
        if parent is not None and parent.level > 0:
            lead_in = section_hit(snapshot, hit.doc_id, parent, score=hit.score, dense=hit.dense)
            if lead_in.text.rstrip().endswith(_LEADS_IN) and len(lead_in.text) <= _MAX_LEAD_IN_CHARS:
                found.append(lead_in)
        found.append(hit)
    return merged(found, (), k)
