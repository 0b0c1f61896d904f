"""Whether the confidence that a system tells means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.records import CaseRun
from eval.statistics import Interval, wilson

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases whose confidence lies in one tenth of [0, 1]."""

    n: int
    confidence: float
    """Mean of what was told."""
    right: float
    """Share of those that it was right to be sure of."""
    interval: Interval


@dataclass(frozen=True, slots=True)
class Reliability:
    """A reliability diagram and its one number."""

    bins: tuple[Bin, ...]
    error: float
    """Expected calibration error: Σ n(bin) / n · |right − confidence|."""


def reliability(cases: Sequence[CaseRun]) -> Reliability | None:
    """The diagram over the cases for which a confidence was told; None where there is none.

    A case counts as right to be sure of where the documents answer it, and the reply, if one was
    given, holds the required facts. M. Naeini, G. Cooper & M. Hauskrecht, "Obtaining well calibrated
    probabilities using Bayesian binning", AAAI 2015 (ECE over ten bins of equal width).
    """
    told = [(case.confidence, _was_right(case)) for case in cases if case.confidence is not None]
    if not told:
        return None
    groups: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in told:
        groups.setdefault(min(BINS - 1, int(confidence * BINS)), []).append((confidence, right))
    bins = tuple(_bin(groups[number]) for number in sorted(groups))
    return Reliability(bins, sum(one.n * abs(one.right - one.confidence) for one in bins) / len(told))


def _bin(members: Sequence[tuple[float, bool]]) -> Bin:
    n, right = len(members), sum(right for _, right in members)
    return Bin(n, sum(confidence for confidence, _ in members) / n, right / n, wilson(right, n))


def _was_right(case: CaseRun) -> bool:
    if not case.case.answerable:
        return False
    return not case.claims_to_know or case.scores.get("answer_correct", 1.0) == 1
