"""Reports as one HTML file each, that opens offline and prints: of a run, and of two runs compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from eval.charts import interval_bar, latency_chart, recall_chart, reliability_chart, status_chart
from eval.claims import MARKER
from eval.compare import ChangedCase, Comparison
from eval.failures import KINDS, FailureKind, failed_cases
from eval.marking import difference, marked_answer, marked_quote
from eval.metrics import COSTS, METRIC_NAMES, QUANTILES, is_higher_better, missing_facts
from eval.records import CaseRun, Run, RunHit
from eval.scoring import slices
from eval.statistics import Interval
from eval.text import judge_lines

_HERE = Path(__file__).parent
_SLICE_METRICS = (
    "section_recall@1",
    "section_recall@5",
    "answer_correct",
    "cited_recall",
    "cited_precision",
    "false_refusal",
    "false_answer",
)
_TILES = ("answer_correct", "section_recall@5", "cited_precision", "false_answer", "false_refusal", "seconds_p50")
_HITS_SHOWN = 5
_WORDS = {
    "section_recall@1": "gold sections among the first hit",
    "section_recall@3": "gold sections among the first 3 hits",
    "section_recall@5": "gold sections among the first 5 hits",
    "section_recall@10": "gold sections among the first 10 hits",
    "mrr": "1 / rank of the first right hit",
    "ndcg@10": "ranking quality of the first 10 hits",
    "answer_correct": "answers that hold every required fact",
    "cited_recall": "gold sections that are cited",
    "cited_precision": "citations that point at gold",
    "unsupported_numbers": "sentences with a number their clauses lack",
    "quote_exact": "citations that quote the document exactly",
    "false_answer": "unanswerable questions answered",
    "false_refusal": "answerable questions refused",
    "redaction": "hidden figures recognised",
    "list_complete": "list entries given",
    "stale_cited": "citations of deleted or superseded documents",
    "judged_right": "replies that the judge calls right (partial: half)",
    "evidence_tokens": "tokens of evidence for each case",
    "prompt_tokens": "tokens the language model read for each case",
    "answer_tokens": "tokens of the answer",
    "seconds_p50": "median seconds to the whole answer",
    "seconds_p95": "95% are answered within",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    """A metric as the page shows it."""

    name: str
    words: str
    value: str
    interval: str
    n: int
    bar: Markup
    is_lower_better: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCase:
    """A failed case as the page shows it."""

    run: CaseRun
    ways: tuple[FailureKind, ...]
    answer: Markup
    expected: Markup
    facts: tuple[tuple[str, bool], ...]
    gold: tuple[tuple[str, str, Markup], ...]
    """Document, path, text with the quote marked."""
    hits: tuple[tuple[RunHit, bool], ...]
    """Hit, and whether it is gold."""


def report_html(run: Run, name: str) -> str:
    """The page of one scored run."""
    failed = [_failed(case, ways) for case, ways in failed_cases(run.cases)]
    rows = {row.name: row for row in (_metric_row(run, metric) for metric in METRIC_NAMES) if row is not None}
    return _render(
        "report_template.html",
        run=run,
        name=name,
        tiles=[rows[metric] for metric in _TILES if metric in rows],
        rows=list(rows.values()),
        unscored=[metric for metric in METRIC_NAMES if metric not in rows],
        charts=[
            ("Section recall by k", recall_chart(run)),
            ("Latency", latency_chart(run.cases, run.metrics)),
            ("Replies", status_chart(run.cases)),
            ("Reliability", reliability_chart(run.cases)),
        ],
        slices=_slice_rows(run.cases),
        slice_metrics=_SLICE_METRICS,
        failed=failed,
        kinds=[(kind, sum(kind in case.ways for case in failed)) for kind in KINDS],
        made_with=_made_with(run),
        judge_notes=judge_lines(run),
    )


def comparison_html(comparison: Comparison, names: tuple[str, str], verdict: str = "") -> str:
    """The page of two runs compared; ``verdict`` is the gate's paragraph, if it was asked."""
    widest = max((abs(edge) for p in comparison.metrics for edge in (p.interval.low, p.interval.high)), default=0.0)
    scale = max(0.05, widest)
    return _render(
        "comparison_template.html",
        comparison=comparison,
        names=names,
        verdict=verdict,
        rows=[
            (paired, interval_bar(paired.difference, paired.interval, -scale, scale, f"difference in {paired.metric}"))
            for paired in comparison.metrics
        ],
        scale=scale,
        slices=[s for s in comparison.slices if s.tally.win or s.tally.loss],
        changed=[(change, *_answers(change)) for change in comparison.changed],
    )


def style() -> str:
    """The style sheet of all evaluation pages."""
    return (_HERE / "report_style.css").read_text(encoding="utf-8")


def _answers(change: ChangedCase) -> tuple[Markup, Markup]:
    return difference(change.base.answer, change.new.answer)


def _render(template: str, **values: Any) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(template).render(style=Markup(style()), **values)


def _metric_row(run: Run, name: str) -> MetricRow | None:
    value = run.metrics.get(name)
    if value is None:
        return None
    summary = run.summaries[name]
    seconds, is_share = name in QUANTILES, name not in {*QUANTILES, *(cost.name for cost in COSTS)}
    top = 1.0 if is_share else max(summary.interval.high, value, 0.001) * 1.1
    return MetricRow(
        name=name,
        words=_WORDS.get(name, ""),
        value=f"{value:.2f} s" if seconds else f"{value:.3f}" if is_share else f"{value:.0f}",
        interval=_range(summary.interval, 3 if is_share or seconds else 0),
        n=summary.n,
        bar=interval_bar(value, summary.interval, 0.0, top, f"{name} {value:.3f}"),
        is_lower_better=not is_higher_better(name),
    )


def _range(interval: Interval, digits: int) -> str:
    return f"{interval.low:.{digits}f} – {interval.high:.{digits}f}"


def _slice_rows(cases: Sequence[CaseRun]) -> list[tuple[str, str, int, list[tuple[str, int]]]]:
    """Kind, value, number of cases, and for each slice metric its value and a shade from 0 (bad) to 10."""
    rows = []
    for kind, values in slices(cases).items():
        for value, members in values.items():
            rows.append((kind, value, len(members), [_cell(members, metric) for metric in _SLICE_METRICS]))
    return rows


def _cell(cases: Sequence[CaseRun], metric: str) -> tuple[str, int]:
    mean = _mean(cases, metric)
    if mean is None:
        return "—", -1
    return f"{mean:.2f}", round(10 * (mean if is_higher_better(metric) else 1 - mean))


def _mean(cases: Sequence[CaseRun], metric: str) -> float | None:
    scores = [case.scores[metric] for case in cases if metric in case.scores]
    return sum(scores) / len(scores) if scores else None


def _failed(run: CaseRun, ways: tuple[FailureKind, ...]) -> FailedCase:
    lacking = missing_facts(run)
    expected, _ = difference(run.case.answer, MARKER.sub("", run.answer))
    return FailedCase(
        run=run,
        ways=ways,
        answer=marked_answer(run),
        expected=expected if run.case.answerable else Markup.escape(run.case.answer),
        facts=tuple((" / ".join(facts), facts not in lacking) for facts in run.case.must_contain),
        gold=tuple(
            (place.document, " › ".join(place.path), marked_quote(place.text, run.case.quote))
            for gold in run.gold
            for place in gold.places[:1]
        ),
        hits=tuple(
            (hit, any(gold.holds(hit.doc_id, hit.section) for gold in run.gold)) for hit in run.hits[:_HITS_SHOWN]
        ),
    )


def _made_with(run: Run) -> list[tuple[str, list[tuple[str, str]]]]:
    parts = {
        "models": run.models,
        "prompts": run.prompts,
        "settings": run.settings,
        "libraries": run.libraries,
        "machine": run.machine,
    }
    return [(part, [(key, str(value)) for key, value in values.items()]) for part, values in parts.items()]
