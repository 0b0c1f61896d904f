"""The baseline that a release is held against: a run small enough to be committed."""

from __future__ import annotations

from dataclasses import replace

from eval.gate import broken_rules
from eval.records import CaseRun, Run
from eval.scoring import is_scored
from rag.errors import UsageError


def slimmed(run: Run) -> Run:
    """A scored run without the texts that only a report shows.

    Its scores and everything that scoring, comparing and the gate read stay.

    Raises:
        UsageError: the run is not scored, or breaks a hard rule, so that no release could ever pass beside it.
    """
    if not is_scored(run):
        raise UsageError("the run is not scored, or has lost scores; score it: python -m eval score RUN")
    if broken := broken_rules(run.cases):
        told = "; ".join(finding.message for finding in broken)
        raise UsageError(f"a baseline must keep the hard rules, and this run does not: {told}")
    return without_texts(run)


def without_texts(run: Run) -> Run:
    """A run without the texts of its hits and gold sections, which only a report shows."""
    return replace(run, cases=tuple(_slim(case) for case in run.cases))


def _slim(case: CaseRun) -> CaseRun:
    gold = tuple(replace(one, places=tuple(replace(place, text="") for place in one.places)) for one in case.gold)
    hits = tuple(replace(hit, document="", source="", label="", text="") for hit in case.hits)
    return replace(case, hits=hits, gold=gold)
