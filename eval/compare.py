"""Two runs of the same cases, side by side: what changed, where, and whether it is noise.

Every metric is tested on the cases that both runs score, as a paired difference new − base. The
deciding p-value is a sign-flip permutation by document, corrected for testing all metrics at once
(Westfall and Young); pass/fail metrics show the exact McNemar p-value as well. Seconds and tokens are compared
with intervals only.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from eval.metrics import COSTS, METRICS, QUANTILES, Metric
from eval.records import CaseRun, Run
from eval.scoring import is_scored, slices
from eval.statistics import (
    RESAMPLES,
    Interval,
    are_enough,
    corrected_p,
    difference_interval,
    mcnemar_exact,
    mean_interval,
    sign_flip_p,
    smallest_detectable_difference,
)
from rag.errors import UsageError

ALPHA = 0.05
Verdict = Literal["better", "worse", "no difference shown"]
_SAME = 1e-9
_PLACES = ("index", "models", "runs", "case_candidates", "own_set", "feedback")
"""Settings that only say where files lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Cases on which the new run is better, the same, or worse."""

    win: int
    tie: int
    loss: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """One metric on the cases that both runs score."""

    metric: str
    n: int
    base: float
    new: float
    difference: float
    """new − base, in the metric's own direction."""
    interval: Interval
    tally: Tally
    p: float
    p_corrected: float
    p_mcnemar: float | None
    smallest_detectable: float
    higher_is_better: bool

    @property
    def gain(self) -> Interval:
        """The interval turned so that more is better."""
        return self.interval if self.higher_is_better else Interval(-self.interval.high, -self.interval.low)

    @property
    def verdict(self) -> Verdict:
        """What the corrected test shows at 5%."""
        if self.p_corrected >= ALPHA:
            return "no difference shown"
        return "better" if (self.difference > 0) == self.higher_is_better else "worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One metric on part of the cases; too many of these exist for a test."""

    kind: str
    value: str
    metric: str
    n: int
    base: float
    new: float
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds or tokens in both runs, with the interval of the difference; shown, not tested."""

    metric: str
    base: float
    new: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A setting, model, prompt, library or index that is not the same in both runs."""

    what: str
    base: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedCase:
    """A case whose scores differ: metric → (base, new), None where there is no score."""

    base: CaseRun
    new: CaseRun
    scores: Mapping[str, tuple[float | None, float | None]]
    better: tuple[str, ...]
    worse: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All of it."""

    base: Run
    new: Run
    metrics: tuple[Paired, ...]
    costs: tuple[Cost, ...]
    slices: tuple[Slice, ...]
    changes: tuple[Change, ...]
    changed: tuple[ChangedCase, ...]
    documents: int
    """Documents the cases are about; a case about none stands for itself."""
    is_clustered: bool
    """False where there are too few documents to test by document, and cases were taken as independent."""


def compare(base: Run, new: Run) -> Comparison:
    """Compare two scored runs.

    Raises:
        UsageError: they are not of the same cases, or not scored.
    """
    pairs = _pair(base, new)
    clusters = [old.cluster for old, _ in pairs]
    scored = {metric: both for metric in METRICS if (both := _scored(metric, pairs))}
    tested = [_test(metric, both) for metric, both in scored.items()]
    adjusted = corrected_p(
        [[new - base for _, base, new in both] for both in scored.values()],
        [_units(both) for both in scored.values()],
    )
    return Comparison(
        base=base,
        new=new,
        metrics=tuple(replace(paired, p_corrected=p) for paired, p in zip(tested, adjusted, strict=True)),
        costs=(*_latency(pairs), *_tokens(pairs)),
        slices=_slices(pairs),
        changes=differences(base, new),
        changed=tuple(change for old, fresh in pairs if (change := _changed(old, fresh)) is not None),
        documents=len({case.gold[0].places[0].doc_id for case in base.cases if case.gold}),
        is_clustered=are_enough(clusters),
    )


def differences(base: Run, new: Run) -> tuple[Change, ...]:
    """What the two runs were made with that is not the same."""
    old, fresh = _made_with(base), _made_with(new)
    return tuple(
        Change(what=what, base=old.get(what, "—"), new=fresh.get(what, "—"))
        for what in dict.fromkeys((*old, *fresh))
        if old.get(what) != fresh.get(what)
    )


def _made_with(run: Run) -> dict[str, str]:
    parts: dict[str, Any] = {
        "settings": {key: value for key, value in run.settings.items() if key not in _PLACES},
        "models": run.models,
        "prompts": run.prompts,
        "libraries": run.libraries,
    }
    flat = {f"{part}.{key}": str(value) for part, values in parts.items() for key, value in values.items()}
    return {"index": run.index, "k": str(run.k), **flat}


def _pair(base: Run, new: Run) -> list[tuple[CaseRun, CaseRun]]:
    if base.set.hash != new.set.hash:
        ids, new_ids = {case.id for case in base.cases}, {case.id for case in new.cases}
        if ids == new_ids:
            detail = "the same ids, but other questions or gold"
        else:
            detail = f"{len(ids - new_ids)} cases only in the first, {len(new_ids - ids)} only in the second"
        raise UsageError(f"the runs are of different cases ({detail}); run both on the same set")
    fresh = {case.id: case for case in new.cases}
    if set(fresh) != {case.id for case in base.cases}:
        raise UsageError("a run file lacks cases that its set has; run the set again")
    for run, name in ((base, "first"), (new, "second")):
        if not is_scored(run):
            raise UsageError(f"the {name} run is not scored, or has lost scores; score it: python -m eval score RUN")
    return [(case, fresh[case.id]) for case in base.cases]


def _scored(metric: Metric, pairs: Sequence[tuple[CaseRun, CaseRun]]) -> list[tuple[CaseRun, float, float]]:
    """The cases that both runs score, with the scores of the base and of the new run."""
    name = metric.name
    return [
        (old, old.scores[name], fresh.scores[name])
        for old, fresh in pairs
        if name in old.scores and name in fresh.scores
    ]


def _units(scored: Sequence[tuple[CaseRun, float, float]]) -> list[Hashable]:
    """What is tested as one: the document of each case, or the case where there are too few documents."""
    clusters: list[Hashable] = [case.cluster for case, _, _ in scored]
    return clusters if are_enough(clusters) else [(case.id,) for case, _, _ in scored]


def _test(metric: Metric, scored: Sequence[tuple[CaseRun, float, float]]) -> Paired:
    values = [(base, new) for _, base, new in scored]
    deltas, units = [new - base for base, new in values], _units(scored)
    tally = _tally(values, metric.higher_is_better)
    return Paired(
        metric=metric.name,
        n=len(values),
        base=sum(base for base, _ in values) / len(values),
        new=sum(new for _, new in values) / len(values),
        difference=sum(deltas) / len(values),
        interval=difference_interval(deltas, units),
        tally=tally,
        p=sign_flip_p(deltas, units),
        p_corrected=1.0,
        p_mcnemar=mcnemar_exact(tally.win, tally.loss) if metric.is_binary else None,
        smallest_detectable=smallest_detectable_difference(deltas, units),
        higher_is_better=metric.higher_is_better,
    )


def _tally(values: Sequence[tuple[float, float]], higher_is_better: bool) -> Tally:
    gains = [(new - base) * (1 if higher_is_better else -1) for base, new in values]
    win, loss = sum(gain > _SAME for gain in gains), sum(gain < -_SAME for gain in gains)
    return Tally(win=win, tie=len(gains) - win - loss, loss=loss)


def _latency(pairs: Sequence[tuple[CaseRun, CaseRun]]) -> tuple[Cost, ...]:
    both = [(old.seconds.total, fresh.seconds.total) for old, fresh in pairs if old.seconds and fresh.seconds]
    if not both:
        return ()
    seconds = np.asarray(both)
    drawn = np.random.default_rng(0).integers(0, len(both), size=(RESAMPLES, len(both)))
    found = []
    for name, q in QUANTILES.items():
        base, new = np.quantile(seconds, q, axis=0)
        deltas = np.quantile(seconds[drawn, 1], q, axis=1) - np.quantile(seconds[drawn, 0], q, axis=1)
        low, high = np.quantile(deltas, [0.025, 0.975])
        found.append(Cost(metric=name, base=float(base), new=float(new), interval=Interval(float(low), float(high))))
    return tuple(found)


def _tokens(pairs: Sequence[tuple[CaseRun, CaseRun]]) -> tuple[Cost, ...]:
    found = []
    for metric in COSTS:
        both = [(a, b) for a, b in pairs if metric.name in a.scores and metric.name in b.scores]
        if both:
            base = [old.scores[metric.name] for old, _ in both]
            new = [fresh.scores[metric.name] for _, fresh in both]
            interval = mean_interval([n - b for b, n in zip(base, new, strict=True)], [old.cluster for old, _ in both])
            found.append(
                Cost(metric=metric.name, base=sum(base) / len(both), new=sum(new) / len(both), interval=interval)
            )
    return tuple(found)


def _slices(pairs: Sequence[tuple[CaseRun, CaseRun]]) -> tuple[Slice, ...]:
    fresh = {new.id: new for _, new in pairs}
    found: list[Slice] = []
    for kind, values in slices([base for base, _ in pairs]).items():
        for value, members in values.items():
            for metric in METRICS:
                name = metric.name
                scored = [
                    (case.scores[name], fresh[case.id].scores[name])
                    for case in members
                    if name in case.scores and name in fresh[case.id].scores
                ]
                if scored:
                    found.append(
                        Slice(
                            kind=kind,
                            value=value,
                            metric=name,
                            n=len(scored),
                            base=sum(base for base, _ in scored) / len(scored),
                            new=sum(new for _, new in scored) / len(scored),
                            tally=_tally(scored, metric.higher_is_better),
                        )
                    )
    return tuple(found)


def _changed(base: CaseRun, new: CaseRun) -> ChangedCase | None:
    scores: dict[str, tuple[float | None, float | None]] = {}
    better: list[str] = []
    worse: list[str] = []
    for metric in METRICS:
        pair = (base.scores.get(metric.name), new.scores.get(metric.name))
        if pair[0] is None or pair[1] is None:
            if pair[0] is not pair[1]:
                scores[metric.name] = pair
            continue
        gain = (pair[1] - pair[0]) * (1 if metric.higher_is_better else -1)
        if abs(gain) > _SAME:
            scores[metric.name] = pair
            (better if gain > 0 else worse).append(metric.name)
    if not scores and base.status == new.status:
        return None
    return ChangedCase(base=base, new=new, scores=scores, better=tuple(better), worse=tuple(worse))
