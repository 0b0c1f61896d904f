"""Reading the first sections once more with a cross-encoder: where their order is in doubt, while time lasts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.types import Hit

if TYPE_CHECKING:
    from rag.models.reranker import Reranker
    from rag.settings import Settings

_BATCH = 4


def reranked(
    question: str,
    hits: Sequence[Hit],
    reranker: Reranker,
    settings: Settings,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[Hit, ...]:
    """The hits in the order of the reranker's scores, those it did not reach after them as they stood.

    Skipped where the first hit's probability leads the second's by ``reranker_margin``; ended after the
    batch in which ``reranker_budget_s`` is spent. A hit that was read has the reranker's score, one that
    was not cannot have more than the last of those.
    """
    if len(hits) < 2 or hits[0].score - hits[1].score >= settings.reranker_margin:
        return tuple(hits)
    offered = hits[: settings.reranker_sections]
    until = clock() + settings.reranker_budget_s
    scores: list[float] = []
    while len(scores) < len(offered) and clock() < until:
        batch = offered[len(scores) : len(scores) + _BATCH]
        scores += reranker.scores(question, [f"{hit.label}\n{hit.text}" for hit in batch])
    read = sorted(zip(scores, offered, strict=False), key=lambda pair: (-pair[0], pair[1].rank))
    last = read[-1][0] if read else 1.0
    rest = [(min(last, hit.score), hit) for hit in hits[len(scores) :]]
    return tuple(replace(hit, rank=rank, score=score) for rank, (score, hit) in enumerate([*read, *rest], start=1))
