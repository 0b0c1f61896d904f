"""Runs and comparisons as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from eval.agreement import Labelled, agreement
from eval.compare import Comparison, Paired
from eval.judge import LABELS
from eval.metrics import METRIC_NAMES
from eval.records import Label, Run

_SHOWN_CASES = 20


def run_table(run: Run) -> str:
    """Every metric with its 95% interval and number of cases."""
    rows = [("metric", "value", "95% interval", "n")]
    for name in METRIC_NAMES:
        value = run.metrics.get(name)
        if value is None:
            rows.append((name, "—", "", "0"))
            continue
        summary = run.summaries[name]
        rows.append(
            (name, f"{value:.3f}", f"[{summary.interval.low:.3f}, {summary.interval.high:.3f}]", str(summary.n))
        )
    failed = sum(case.status == "error" for case in run.cases)
    told = f"{run.set.name}: {run.set.cases} of {run.set.of} cases, index {run.index[:12]}"
    lines = [told + (f", {failed} failed with an error" if failed else ""), "", *_aligned(rows)]
    return "\n".join([*lines, *judge_lines(run)])


def judge_lines(run: Run) -> list[str]:
    """How far the judge of a run can be trusted; nothing where none was asked."""
    if run.judged is None:
        return []
    judged, agreement = run.judged, run.judged.agreement
    lines = [
        f"judged_right is the word of {judged.model}, whose agreement with {agreement.n} labels given by hand is "
        f"κ = {agreement.kappa:.2f} [{agreement.interval.low:.2f}, {agreement.interval.high:.2f}] "
        f"({agreement.observed:.0%} alike)"
    ]
    if judged.unreadable:
        lines.append(f"on {judged.unreadable} cases it said nothing that could be read")
    if judged.model == run.models.get("llm"):
        lines.append("it judges its own answers: set another judge_path or judge_model")
    return lines


def agreement_table(labelled: Sequence[Labelled], theirs: Sequence[Label | None]) -> str:
    """Labels given by hand against a judge's verdicts, κ, and the replies on which they differ."""
    verdicts = (*LABELS, None)
    rows = [("by hand", *(verdict or "unread" for verdict in verdicts))]
    for label in LABELS:
        given = [verdict for one, verdict in zip(labelled, theirs, strict=True) if one.label == label]
        rows.append((label, *(str(given.count(verdict)) for verdict in verdicts)))
    found = agreement([one.label for one in labelled], theirs)
    differing = [one.id for one, verdict in zip(labelled, theirs, strict=True) if one.label != verdict]
    return "\n".join(
        [
            *_aligned(rows),
            "",
            f"κ = {found.kappa:.2f} [{found.interval.low:.2f}, {found.interval.high:.2f}], "
            f"{found.observed:.0%} of {found.n} replies alike; not alike: {', '.join(differing) or 'none'}",
        ]
    )


def comparison_table(comparison: Comparison) -> str:
    """Metrics side by side with win/tie/loss and tests; what changed; the cases that changed."""
    lines = [
        *_aligned(
            [
                ("metric", "base", "new", "difference", "95% interval", "win/tie/loss", "p (corrected)", "verdict"),
                *(_row(paired) for paired in comparison.metrics),
                *(
                    (
                        cost.metric,
                        f"{cost.base:.3f}",
                        f"{cost.new:.3f}",
                        f"{cost.new - cost.base:+.3f}",
                        f"[{cost.interval.low:+.3f}, {cost.interval.high:+.3f}]",
                        "",
                        "",
                        "",
                    )
                    for cost in comparison.costs
                ),
            ]
        )
    ]
    how = f"by document ({comparison.documents})" if comparison.is_clustered else "by case (too few documents)"
    lines += ["", f"{len(comparison.base.cases)} cases; paired sign-flip tests {how}, 95% intervals"]
    lines += _judge_note(comparison)
    if comparison.changes:
        lines += ["", "made with:"]
        lines += [f"  {change.what}: {_cut(change.base)} → {_cut(change.new)}" for change in comparison.changes]
    if comparison.changed:
        lines += ["", f"cases that changed: {len(comparison.changed)}"]
    for changed in comparison.changed[:_SHOWN_CASES]:
        moves = [*(f"−{name}" for name in changed.worse), *(f"+{name}" for name in changed.better)]
        lines.append(f"  {changed.base.id}: {changed.base.question}")
        lines.append(f"    {', '.join(moves) or 'other status'}")
        lines.append(f"    base ({changed.base.status}): {_cut(changed.base.answer)}")
        lines.append(f"    new  ({changed.new.status}): {_cut(changed.new.answer)}")
    if len(comparison.changed) > _SHOWN_CASES:
        lines.append(f"  … and {len(comparison.changed) - _SHOWN_CASES} more; --html FILE shows all")
    return "\n".join(lines)


def _row(paired: Paired) -> tuple[str, ...]:
    tally = paired.tally
    return (
        paired.metric,
        f"{paired.base:.3f}",
        f"{paired.new:.3f}",
        f"{paired.difference:+.3f}",
        f"[{paired.interval.low:+.3f}, {paired.interval.high:+.3f}]",
        f"{tally.win}/{tally.tie}/{tally.loss}",
        f"{paired.p_corrected:.3f}",
        "" if paired.verdict == "no difference shown" else paired.verdict,
    )


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as text: first column to the left, the others to the right; ASCII cells only."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _judge_note(comparison: Comparison) -> list[str]:
    if not any(paired.metric == "judged_right" for paired in comparison.metrics):
        return []
    return [
        f"{name}: {line}"
        for name, run in (("base", comparison.base), ("new", comparison.new))
        for line in judge_lines(run)
    ]


def _cut(text: str, chars: int = 160) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= chars else flat[: chars - 1] + "…"
