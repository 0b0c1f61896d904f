"""A ranking of chunks, as each engine of the index gives it."""

from __future__ import annotations

Ranking = list[tuple[int, float]]
"""(chunk id, score), best first."""


def with_ties(found: Ranking, k: int) -> Ranking:
    """The first ``k`` of a ranking, and those that follow with the score of the last."""
    end = min(k, len(found))
    while 0 < end < len(found) and found[end][1] == found[end - 1][1]:
        end += 1
    return found[:end]
