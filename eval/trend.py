"""The folder of runs over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup, escape

from eval.places import RUN_FILE, place, read_run
from eval.records import Run
from eval.scoring import is_scored
from rag.errors import UsageError

SHOWN = ("answer_correct", "section_recall@5", "cited_precision", "false_answer", "false_refusal", "seconds_p50")
_LINES = ("answer_correct", "section_recall@5", "cited_precision")
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760, 210, 44, 150, 14, 34
_APART = 15


@dataclass(frozen=True, slots=True)
class Entry:
    """One run of the folder, without its cases."""

    name: str
    path: Path
    created: str
    set_name: str
    set_hash: str
    cases: int
    llm: str
    metrics: Mapping[str, float | None]


def entries(folder: Path) -> tuple[Entry, ...]:
    """The scored runs of a folder, files and folders, oldest first; what is no run is left out."""
    if not folder.is_dir():
        return ()
    paths = [path for path in folder.iterdir() if (path / RUN_FILE).is_file() or path.suffix == ".json"]
    found = [_entry(path, place(path).run.stat().st_mtime_ns) for path in paths if place(path).run.is_file()]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.created, one.name)))


@lru_cache(maxsize=500)
def _entry(path: Path, _changed: int) -> Entry | None:
    try:
        run = read_run(path)
    except UsageError:
        return None
    if not is_scored(run):
        return None
    name = path.name if path.is_dir() else path.stem
    llm = str(run.models.get("llm", ""))
    return Entry(name, path, run.created, run.set.name, run.set.hash, len(run.cases), llm, dict(run.metrics))


def find_run(folder: Path, name: str) -> Run:
    """The run of that name in the folder.

    Raises:
        UsageError: there is none.
    """
    found = next((one for one in entries(folder) if one.name == name), None)
    if found is None:
        raise UsageError(f"no scored run {name!r} in {folder}")
    return read_run(found.path)


def trend_chart(runs: Sequence[Entry]) -> Markup:
    """Three scores over the runs of one set, oldest to the left; nothing for fewer than two."""
    if len(runs) < 2:
        return Markup("")
    step = (_WIDTH - _LEFT - _RIGHT) / (len(runs) - 1)
    body = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_y(share):.1f}" y2="{_y(share):.1f}"/>'
        f'<text x="{_LEFT - 8}" y="{_y(share) + 4:.1f}" text-anchor="end">{share:g}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    )
    ends: list[tuple[float, str]] = []
    for number, metric in enumerate(_LINES):
        values = [(i, run.metrics.get(metric)) for i, run in enumerate(runs)]
        points = [(_LEFT + i * step, _y(value), value, runs[i].name) for i, value in values if value is not None]
        if not points:
            continue
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in points)
        body += f'<polyline class="line trend{number}" points="{line}"/>'
        body += "".join(
            f'<circle class="dot trend{number}" cx="{x:.1f}" cy="{y:.1f}" r="3.5">'
            f"<title>{escape(name)}: {metric} {value:.3f}</title></circle>"
            for x, y, value, name in points
        )
        ends.append((points[-1][1], f'class="value trend{number}">{metric} {points[-1][2]:.2f}'))
    lowest = -float(_APART)
    for y, label in sorted(ends):
        lowest = max(y, lowest + _APART)
        body += f'<text x="{_WIDTH - _RIGHT + 9}" y="{lowest + 4:.1f}" {label}</text>'
    for i, anchor in ((0, "start"), (len(runs) - 1, "end")):
        at = _LEFT + i * step
        body += f'<text x="{at:.1f}" y="{_HEIGHT - 14}" text-anchor="{anchor}">{escape(runs[i].created[:10])}</text>'
    return Markup(f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"><title>trend</title>{body}</svg>')


def _y(share: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share)
