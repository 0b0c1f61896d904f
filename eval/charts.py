"""Charts as inline SVG, coloured by the page's CSS variables; every one has a title for screen readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from eval.metrics import QUANTILES, RECALL_DEPTHS
from eval.records import CaseRun, Run
from eval.reliability import reliability
from eval.statistics import Interval

_WIDTH, _HEIGHT = 380, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 16, 14, 34
_STATUSES = ("answered", "partial", "redacted", "not_found", "error")


def interval_bar(value: float, interval: Interval, low: float = 0.0, high: float = 1.0, label: str = "") -> Markup:
    """A dot with its whiskers on a scale from ``low`` to ``high``; a line at 0 where the scale passes it."""

    def x(number: float) -> float:
        return 4 + 152 * (min(max(number, low), high) - low) / (high - low)

    zero = f'<line class="zero" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="1" y2="15"/>' if low < 0 < high else ""
    return Markup(
        f'<svg class="bar" viewBox="0 0 160 16" width="160" height="16" role="img"><title>{escape(label)}</title>'
        f'<line class="track" x1="4" x2="156" y1="8" y2="8"/>{zero}'
        f'<line class="whisker" x1="{x(interval.low):.1f}" x2="{x(interval.high):.1f}" y1="8" y2="8"/>'
        f'<circle class="dot" cx="{x(value):.1f}" cy="8" r="4"/></svg>'
    )


def recall_chart(run: Run) -> Markup:
    """Section recall over k, with the 95% band."""
    points = [(k, run.metrics.get(f"section_recall@{k}")) for k in RECALL_DEPTHS]
    known = [(k, value) for k, value in points if value is not None]
    if not known:
        return Markup("")
    step = (_WIDTH - _LEFT - _RIGHT - 40) / (len(RECALL_DEPTHS) - 1)
    at = {k: _LEFT + 20 + i * step for i, k in enumerate(RECALL_DEPTHS)}
    bands = [(k, run.summaries[f"section_recall@{k}"].interval) for k, _ in known]
    edge = [f"{at[k]:.1f},{_y(b.high):.1f}" for k, b in bands]
    edge += [f"{at[k]:.1f},{_y(b.low):.1f}" for k, b in reversed(bands)]
    line = " ".join(f"{at[k]:.1f},{_y(value):.1f}" for k, value in known)
    marks = "".join(
        f'<circle class="dot" cx="{at[k]:.1f}" cy="{_y(v):.1f}" r="4"/>'
        f'<text class="value" x="{at[k]:.1f}" y="{_y(v) + 18:.1f}" text-anchor="middle">{v:.2f}</text>'
        f'<text x="{at[k]:.1f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{k}</text>'
        for k, v in known
    )
    body = f'<polygon class="band" points="{" ".join(edge)}"/><polyline class="line" points="{line}"/>{marks}'
    return _frame("Section recall by k", _share_axis() + body + _x_title("first k sections"))


def latency_chart(cases: Sequence[CaseRun], metrics: Mapping[str, float | None]) -> Markup:
    """Share of the cases answered within so many seconds; the first words dashed, p50 and p95 marked."""
    totals = sorted(case.seconds.total for case in cases if case.seconds)
    if not totals:
        return Markup("")
    firsts = sorted(case.seconds.first_token for case in cases if case.seconds)
    top = _round_up(totals[-1])

    def x(seconds: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(seconds, top) / top

    def steps(values: Sequence[float]) -> str:
        points = [f"{x(0):.1f},{_y(0):.1f}"]
        for i, value in enumerate(values):
            points += [f"{x(value):.1f},{_y(i / len(values)):.1f}", f"{x(value):.1f},{_y((i + 1) / len(values)):.1f}"]
        return " ".join([*points, f"{x(top):.1f},{_y(1):.1f}"])

    ticks = "".join(
        f'<text x="{x(top * i / 4):.1f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{top * i / 4:g}</text>'
        for i in range(5)
    )
    marks = ""
    for name, q in QUANTILES.items():
        if (seconds := metrics.get(name)) is not None:
            anchor, shift = ("start", 7) if x(seconds) < _WIDTH * 0.7 else ("end", -7)
            marks += (
                f'<circle class="dot" cx="{x(seconds):.1f}" cy="{_y(q):.1f}" r="4"/><text class="value" '
                f'x="{x(seconds) + shift:.1f}" y="{_y(q) + 15:.1f}" text-anchor="{anchor}">'
                f"p{q * 100:.0f} {seconds:.2f} s</text>"
            )
    body = (
        f'<polyline class="line faint" points="{steps(firsts)}"/>'
        f'<polyline class="line" points="{steps(totals)}"/>{ticks}{marks}'
    )
    return _frame("Share of cases by seconds", _share_axis() + body + _x_title("seconds (dashed: first words)"))


def reliability_chart(cases: Sequence[CaseRun]) -> Markup:
    """How often the clauses did answer, by the confidence that was told; empty where none was told."""
    found = reliability(cases)
    if found is None:
        return Markup("")

    def x(share: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * share

    ticks = "".join(
        f'<text x="{x(share):.1f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{share:g}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    )
    body = f'<line class="faint" x1="{x(0):.1f}" y1="{_y(0):.1f}" x2="{x(1):.1f}" y2="{_y(1):.1f}"/>'
    largest = max(one.n for one in found.bins)
    for one in found.bins:
        at = f"{x(one.confidence):.1f}"
        low, high = _y(one.interval.low), _y(one.interval.high)
        body += (
            f'<line class="whisker" x1="{at}" x2="{at}" y1="{low:.1f}" y2="{high:.1f}"/>'
            f'<circle class="dot" cx="{at}" cy="{_y(one.right):.1f}" r="{3 + 4 * (one.n / largest) ** 0.5:.1f}">'
            f"<title>{one.n} cases, told {one.confidence:.2f}, right {one.right:.2f}</title></circle>"
        )
    error = f'<text class="value" x="{x(0.03):.1f}" y="{_y(0.93):.1f}">calibration error {found.error:.3f}</text>'
    return _frame("Reliability of the confidence", _share_axis() + body + ticks + error + _x_title("confidence told"))


def status_chart(cases: Sequence[CaseRun]) -> Markup:
    """What became of answerable, unanswerable and hidden-figure questions."""
    groups = {
        "answerable": [c for c in cases if c.case.answerable and not c.case.expects_redaction],
        "unanswerable": [c for c in cases if not c.case.answerable and not c.case.expects_redaction],
        "hidden figure": [c for c in cases if c.case.expects_redaction],
    }
    shown = {name: members for name, members in groups.items() if members}
    body, y = "", 26.0
    inner = _WIDTH - _RIGHT - 8
    for name, members in shown.items():
        body += f'<text x="8" y="{y - 6:.1f}">{name} ({len(members)})</text>'
        x = 8.0
        for status in _STATUSES:
            count = sum(case.status == status for case in members)
            width = inner * count / len(members)
            if count:
                body += (
                    f'<rect class="status {status}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="22">'
                    f"<title>{status} {count}</title></rect>"
                )
                if width > 18:
                    middle = f'x="{x + width / 2:.1f}" y="{y + 15:.1f}" text-anchor="middle"'
                    body += f'<text class="inside" {middle}>{count}</text>'
            x += width
        y += 54
    x = 8.0
    for status in _STATUSES:
        if any(case.status == status for case in cases):
            words = status.replace("_", " ")
            body += f'<rect class="status {status}" x="{x:.0f}" y="{_HEIGHT - 20}" width="10" height="10"/>'
            body += f'<text x="{x + 14:.0f}" y="{_HEIGHT - 11}">{words}</text>'
            x += 26 + 6.4 * len(words)
    return _frame("Replies by kind of question", body)


def _y(share: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share)


def _share_axis() -> str:
    return "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_y(share):.1f}" y2="{_y(share):.1f}"/>'
        f'<text x="{_LEFT - 8}" y="{_y(share) + 4:.1f}" text-anchor="end">{share:g}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    )


def _x_title(words: str) -> str:
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    return f'<text class="title" x="{middle:.0f}" y="{_HEIGHT - 3}" text-anchor="middle">{words}</text>'


def _frame(title: str, body: str) -> Markup:
    return Markup(f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"><title>{title}</title>{body}</svg>')


def _round_up(seconds: float) -> float:
    """The next of 1, 2, 4, 8 times a power of ten."""
    scale = 0.001
    while True:
        for step in (1, 2, 4, 8):
            if seconds <= step * scale:
                return step * scale
        scale *= 10
