"""The release gate: may the new run replace the base?

Three kinds of rule, in this order. *Hard*: no broken citation, no unsupported number, no citation of
a document that was deleted or superseded, no failed case; one is enough. *Floors*: a metric must reach a value
(for metrics where less is better, stay at or below it). *Statistical*: no metric may be shown worse,
that is a significant loss after correction, or a difference whose whole 95% interval lies below −margin.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eval.compare import Comparison, Paired, compare
from eval.metrics import METRIC_NAMES, checked_claims, is_higher_better
from eval.records import CaseRun, Run
from rag.errors import UsageError

MARGIN = 0.02
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A reason to hold the release back."""

    rule: str
    """``hard``, ``floor`` or ``statistical``."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the gate says."""

    findings: tuple[Finding, ...]
    comparison: Comparison
    margin: float

    @property
    def passed(self) -> bool:
        """Whether the release may go out."""
        return not self.findings

    @property
    def explanation(self) -> str:
        """One paragraph that says why."""
        return _explain(self)


def judge(base: Run, new: Run, *, floors: Mapping[str, float] | None = None, margin: float = MARGIN) -> Judgement:
    """Apply all rules.

    Raises:
        UsageError: the runs cannot be compared, or a floor names a metric that the new run lacks.
    """
    floors = floors or {}
    _check_usable(base, new, floors)
    comparison = compare(base, new)
    findings = (*broken_rules(new.cases), *_floors(new, floors), *_statistical(comparison.metrics, margin))
    return Judgement(findings=findings, comparison=comparison, margin=margin)


def parse_floor(text: str) -> tuple[str, float]:
    """``metric=value`` as name and number.

    Raises:
        UsageError: it is neither.
    """
    name, equals, value = text.partition("=")
    if name not in METRIC_NAMES:
        raise UsageError(f"--floor {text}: no metric {name!r}; metrics: {', '.join(METRIC_NAMES)}")
    try:
        floor = float(value if equals else "none")
    except ValueError:
        floor = math.nan
    if not math.isfinite(floor):
        raise UsageError(f"--floor {text}: give a number, for example --floor {name}=0.9")
    return name, floor


def _check_usable(base: Run, new: Run, floors: Mapping[str, float]) -> None:
    if not new.cases:
        raise UsageError("the second run has no cases; run the set again")
    lost = [n for n in METRIC_NAMES if base.metrics.get(n) is not None and n not in new.metrics]
    if lost:
        raise UsageError(f"the second run lacks the metrics {', '.join(lost)}; score it: python -m eval score RUN")
    for name in floors:
        if new.metrics.get(name) is None:
            raise UsageError(f"--floor {name}: no case of this set has a score for it; drop the floor or add cases")


def broken_rules(cases: Sequence[CaseRun]) -> list[Finding]:
    """The hard rules that scored cases break."""
    rules: tuple[tuple[str, Callable[[CaseRun], bool]], ...] = (
        ("failed with an error", lambda case: case.status == "error"),
        ("cite a deleted or superseded document", lambda case: case.scores.get("stale_cited", 0.0) > 0),
        ("have a broken citation", lambda case: case.scores.get("quote_exact", 1.0) < 1),
        ("state a number that the cited clauses lack", lambda case: case.scores.get("unsupported_numbers", 0.0) > 0),
    )
    found: list[Finding] = []
    for words, breaks in rules:
        broken = [case for case in cases if breaks(case)]
        if broken:
            shown = ", ".join(_named(case) for case in broken[:_NAMED]) + (" …" if len(broken) > _NAMED else "")
            found.append(Finding(rule="hard", message=f"{len(broken)} of {len(cases)} cases {words}: {shown}"))
    return found


def _named(case: CaseRun) -> str:
    if case.status == "error":
        return f"{case.id} ({case.error})"
    figures = dict.fromkeys(figure for _, lacking in checked_claims(case) for figure in lacking)
    return f"{case.id} ({', '.join(figures)})" if figures else case.id


def _floors(run: Run, floors: Mapping[str, float]) -> list[Finding]:
    found = []
    for name, bound in floors.items():
        value = run.metrics[name]
        if value is None or (value >= bound if is_higher_better(name) else value <= bound):
            continue
        side = "below the floor" if is_higher_better(name) else "above the ceiling"
        found.append(Finding(rule="floor", message=f"{name} is {value:.3f}, {side} {bound:g}"))
    return found


def _statistical(metrics: Sequence[Paired], margin: float) -> list[Finding]:
    found = []
    for paired in metrics:
        gain = paired.gain
        change = f"{paired.metric} went from {paired.base:.3f} to {paired.new:.3f}"
        counts = f"{paired.tally.loss} cases worse, {paired.tally.win} better"
        if paired.verdict == "worse":
            message = f"{change} ({counts}; p = {paired.p_corrected:.2g} after correction): a significant loss"
        elif gain.high < -margin:
            interval = f"[{gain.low:+.3f}, {gain.high:+.3f}]"
            message = f"{change} ({counts}): the 95% interval {interval} lies below −{margin:g}"
        else:
            continue
        found.append(Finding(rule="statistical", message=message))
    return found


def _explain(judgement: Judgement) -> str:
    comparison = judgement.comparison
    n = len(comparison.new.cases)
    scope = f"{n} cases in {comparison.documents} documents" if comparison.is_clustered else f"{n} cases"
    if judgement.findings:
        reasons = "; ".join(finding.message for finding in judgement.findings)
        return f"FAIL on {scope}: {reasons}."
    moved = [p for p in comparison.metrics if p.tally.win or p.tally.loss]
    if not moved:
        return f"PASS on {scope}: no hard rule is broken, floors are met, and no score of any case changed."
    losing = [p for p in moved if (p.difference < 0) == p.higher_is_better and p.difference]
    worst = f" The largest loss is {_loss(max(losing, key=lambda p: abs(p.difference)))}." if losing else ""
    coarse = max(moved, key=lambda p: p.smallest_detectable)
    return (
        f"PASS on {scope}: no hard rule is broken, floors are met, and no metric is shown worse "
        f"({len(moved)} of {len(comparison.metrics)} moved).{worst} A true change smaller than about "
        f"{coarse.smallest_detectable:.3f} in {coarse.metric} could not have been shown by this set."
    )


def _loss(paired: Paired) -> str:
    return (
        f"{paired.metric} {paired.base:.3f} → {paired.new:.3f} (95% interval of the difference "
        f"[{paired.interval.low:+.3f}, {paired.interval.high:+.3f}]), which may be noise"
    )
