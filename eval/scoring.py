"""Scoring frozen answers: no system and no index is needed, so a new metric can judge an old run."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

from eval.metrics import BY_NAME, COSTS, METRIC_NAMES, METRICS, QUANTILES, Metric, score_case
from eval.records import CaseRun, Run, Summary
from eval.statistics import Interval, mean_interval, quantile, quantile_interval, share_interval


def score(run: Run) -> Run:
    """The run with the scores of each case and the metrics of all, computed afresh."""
    cases = tuple(dataclasses.replace(case, scores=score_case(case)) for case in run.cases)
    metrics, summaries = summarize(cases)
    return dataclasses.replace(run, cases=cases, metrics=metrics, summaries=summaries)


def is_scored(run: Run) -> bool:
    """Whether a run has metrics, and they are those of its cases' scores: a file may have lost some."""
    scores = {name: [case.scores[name] for case in run.cases if name in case.scores] for name in BY_NAME}
    return bool(run.metrics) and all(
        _is_of(run, name, values) for name, values in (scores | dict.fromkeys(QUANTILES, _seconds(run.cases))).items()
    )


def _is_of(run: Run, name: str, values: Sequence[float]) -> bool:
    value, summary = run.metrics.get(name), run.summaries.get(name)
    if not values or value is None or summary is None:
        return not values and value is None
    return summary.n == len(values) and math.isclose(value, _whole(name, values), abs_tol=1e-9)


def _whole(name: str, values: Sequence[float]) -> float:
    """What a metric makes of the values of all cases."""
    return quantile(values, QUANTILES[name]) if name in QUANTILES else sum(values) / len(values)


def _seconds(cases: Sequence[CaseRun]) -> list[float]:
    return [case.seconds.total for case in cases if case.seconds is not None]


def summarize(cases: Sequence[CaseRun]) -> tuple[Mapping[str, float | None], Mapping[str, Summary]]:
    """Every metric over cases that are scored already, with n and 95% interval where there is a score."""
    metrics: dict[str, float | None] = dict.fromkeys(METRIC_NAMES)
    summaries: dict[str, Summary] = {}
    for metric in (*METRICS, *COSTS):
        scored = [(case.scores[metric.name], case.cluster) for case in cases if metric.name in case.scores]
        if scored:
            values, clusters = zip(*scored, strict=True)
            metrics[metric.name] = _whole(metric.name, values)
            summaries[metric.name] = Summary(n=len(values), interval=_interval(metric, values, clusters))
    seconds = _seconds(cases)
    for name, q in QUANTILES.items():
        if seconds:
            metrics[name] = _whole(name, seconds)
            summaries[name] = Summary(n=len(seconds), interval=quantile_interval(seconds, q))
    return metrics, summaries


def _interval(metric: Metric, values: Sequence[float], clusters: Sequence[str]) -> Interval:
    if metric in COSTS:
        return mean_interval(values, clusters)
    return share_interval(values, clusters, is_binary=metric.is_binary)


def slices(cases: Sequence[CaseRun]) -> dict[str, dict[str, tuple[CaseRun, ...]]]:
    """Cases by kind of slice (type, language, document, tag) and its value; a case may have several tags."""
    found: dict[str, dict[str, list[CaseRun]]] = {"type": {}, "language": {}, "document": {}, "tag": {}}

    def put(kind: str, value: str, case: CaseRun) -> None:
        found[kind].setdefault(value, []).append(case)

    for case in cases:
        put("type", case.case.type or "none", case)
        put("language", language(case.question), case)
        for title in dict.fromkeys(gold.places[0].document for gold in case.gold if gold.places):
            put("document", title, case)
        for tag in case.case.tags:
            put("tag", tag, case)
    return {
        kind: {value: tuple(members) for value, members in sorted(values.items())} for kind, values in found.items()
    }


def language(question: str) -> str:
    """``zh`` if the question has a Chinese character, else ``en``."""
    return "zh" if any("㐀" <= c <= "鿿" for c in question) else "en"
