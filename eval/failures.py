"""Which cases failed, and in how many ways: what a report lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.records import CaseRun


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureKind:
    """A way to fail, the gravest first in ``KINDS``."""

    name: str
    words: str
    happened: Callable[[CaseRun], bool]


def _below(metric: str, bound: float) -> Callable[[CaseRun], bool]:
    return lambda run: run.scores.get(metric, bound) < bound


def _above_zero(metric: str) -> Callable[[CaseRun], bool]:
    return lambda run: run.scores.get(metric, 0.0) > 0


def _is_wrong(run: CaseRun) -> bool:
    return run.claims_to_know and run.scores.get("answer_correct", 1.0) < 1


KINDS: tuple[FailureKind, ...] = (
    FailureKind(name="error", words="failed with an error", happened=lambda run: run.status == "error"),
    FailureKind(name="broken", words="broken citation", happened=_below("quote_exact", 1.0)),
    FailureKind(name="stale", words="cites a superseded document", happened=_above_zero("stale_cited")),
    FailureKind(name="unsupported", words="unsupported number", happened=_above_zero("unsupported_numbers")),
    FailureKind(name="false answer", words="answered what cannot be", happened=_above_zero("false_answer")),
    FailureKind(name="wrong", words="wrong answer", happened=_is_wrong),
    FailureKind(name="false refusal", words="refused what can be answered", happened=_above_zero("false_refusal")),
    FailureKind(name="redaction", words="hidden figure not recognised", happened=_below("redaction", 1.0)),
    FailureKind(name="list", words="list incomplete", happened=_below("list_complete", 1.0)),
    FailureKind(name="not cited", words="gold not cited", happened=_below("cited_recall", 1.0)),
    FailureKind(name="not found", words="gold not among the hits", happened=_below("section_recall@10", 1.0)),
)


def failures(run: CaseRun) -> tuple[FailureKind, ...]:
    """The ways in which a scored case failed, the gravest first."""
    return tuple(kind for kind in KINDS if kind.happened(run))


def failed_cases(cases: Sequence[CaseRun]) -> list[tuple[CaseRun, tuple[FailureKind, ...]]]:
    """The cases that failed, by their gravest failure, else in the run's order."""
    found = [(case, ways) for case in cases if (ways := failures(case))]
    return sorted(found, key=lambda pair: KINDS.index(pair[1][0]))
