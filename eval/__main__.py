"""``python -m eval``: run a set, report, compare two runs, gate a release."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.console import add_settings_flags, run_command, settings_from
from rag.errors import UsageError, YijuError

if TYPE_CHECKING:
    from eval.compare import Comparison
    from eval.gold import Located
    from eval.records import Run, SetInfo
    from eval.system import Snapshot

_EPILOG = """examples:
  python -m eval run eval/sets/samples.jsonl --index var/index --out var/runs/new.json --llm extractive
  python -m eval report var/runs/new.json --html var/runs/new.html
  python -m eval compare var/runs/base.json var/runs/new.json --html var/runs/compare.html
  python -m eval gate var/runs/base.json var/runs/new.json --floor answer_correct=0.8

gate exits with 0 pass, 1 regression, 2 input that cannot be used.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done (gate: pass), 1 regression, 2 input that cannot be used (one line says why)."""
    return run_command(
        _parser(), argv, usage_errors=(YijuError,), stopped="stopped; the same command goes on from here"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Measure the chatbot on a set of questions, and hold a worse release back.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary)
        sub.set_defaults(execute=run)
        return sub

    def on_index(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("cases", type=Path, metavar="SET", help="eval set, JSONL")
        add_settings_flags(sub)

    run = command("run", _run, "ask every case of a set and score the replies")
    on_index(run)
    run.add_argument("--out", type=Path, required=True, metavar="RUN.json", help="where the run is written")
    run.add_argument("--llm", choices=["local", "extractive", "openai"], help="who phrases the answers")
    run.add_argument("-k", type=int, default=10, help="hits asked for each case, at least 10 (default 10)")
    run.add_argument("--sample", type=int, metavar="N", help="N cases, each type in its share")
    run.add_argument("--seed", type=int, default=0, help="seed of --sample (default 0)")
    run.add_argument("--limit", type=int, metavar="N", help="the first N cases only")
    run.add_argument("--skip-invalid", action="store_true", help="leave out cases whose gold is not in the index")
    run.add_argument("--restart", action="store_true", help="drop what an unfinished run has already asked")
    run.add_argument("--dry-run", action="store_true", help="ask fakes, not models: tries set and index in seconds")
    run.add_argument("--html", type=Path, metavar="FILE", help="write the report as well")

    validate = command("validate", _validate, "check that the gold of every case is in the index")
    on_index(validate)

    score = command("score", _score, "score the frozen answers of a run again")
    score.add_argument("run", type=Path, metavar="RUN")
    score.add_argument("--out", type=Path, metavar="RUN.json", help="where to write (default: the same file)")

    report = command("report", _report, "show a run")
    report.add_argument("run", type=Path, metavar="RUN")
    report.add_argument("--html", type=Path, metavar="FILE", help="write a self-contained page")

    compared = command("compare", _compare, "show what changed between two runs of the same cases")
    gate = command("gate", _gate, "decide whether a new run may replace the base")
    for sub in (compared, gate):
        sub.add_argument("base", type=Path, metavar="BASE")
        sub.add_argument("new", type=Path, metavar="NEW")
        sub.add_argument("--html", type=Path, metavar="FILE", help="write the comparison as a self-contained page")
    gate.add_argument(
        "--floor",
        action="append",
        default=[],
        metavar="METRIC=VALUE",
        help="least value allowed (for rates of faults and seconds: most)",
    )
    gate.add_argument("--margin", type=float, default=0.02, help="loss that is tolerated (default 0.02)")
    gate.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _run(arguments: argparse.Namespace) -> int:
    from eval.records import write_run
    from eval.runs import describe, generate, partial_path
    from eval.scoring import score
    from eval.text import run_table

    out: Path = arguments.out
    if arguments.k < 10:
        raise UsageError(f"-k must be at least 10 for the deepest metric, was given {arguments.k}")
    bot = _open(arguments)
    snapshot = bot.index.snapshot()
    info, located = _cases(arguments, snapshot)
    partial = partial_path(out)
    if arguments.restart:
        partial.unlink(missing_ok=True)
    header = describe(bot, info, arguments.k)
    with _Progress(len(located), partial) as progress:
        run = score(generate(bot, snapshot, located, header, partial=partial, progress=progress.step))
    write_run(run, out)
    partial.unlink(missing_ok=True)
    print(run_table(run))
    print(f"\nwrote {out}")
    if arguments.html:
        _write_report(run, out.stem, arguments.html)
    return 0


def _open(arguments: argparse.Namespace) -> Any:
    from rag.chatbot import open_chatbot

    settings = settings_from(arguments)
    if arguments.dry_run:
        from eval.dry_run import open_dry

        return open_dry(settings)
    return open_chatbot(settings)


def _cases(arguments: argparse.Namespace, snapshot: Snapshot) -> tuple[SetInfo, tuple[Located, ...]]:
    """The cases of this run, with their gold.

    Raises:
        UsageError: gold that is not in the index, unless it may be skipped.
    """
    from eval.cases import load_set, sample, set_hash
    from eval.gold import locate
    from eval.records import SetInfo

    loaded = load_set(arguments.cases)
    located, faults = locate(loaded.cases, snapshot)
    for fault in faults:
        print(f"{arguments.cases} line {loaded.lines[fault.case]}: case {fault.case}: {fault.reason}", file=sys.stderr)
    if faults and not arguments.skip_invalid:
        raise UsageError(
            f"{arguments.cases}: {len(faults)} of {len(loaded.cases)} cases cannot be scored with this index; "
            "mend them or ingest their documents, or leave them out with --skip-invalid"
        )
    kept = [one.case for one in located]
    for option in ("sample", "limit"):
        if (size := getattr(arguments, option)) is not None and size < 1:
            raise UsageError(f"--{option} must be at least 1, was given {size}")
    if arguments.sample is not None:
        kept = list(sample(kept, arguments.sample, arguments.seed))
    if arguments.limit is not None:
        kept = kept[: arguments.limit]
    if not kept:
        raise UsageError(f"{arguments.cases}: no case is left to run")
    chosen = {case.id for case in kept}
    info = SetInfo(
        name=loaded.name,
        hash=set_hash(kept),
        cases=len(kept),
        of=len(loaded.cases),
        skipped=tuple(fault.case for fault in faults),
    )
    return info, tuple(one for one in located if one.case.id in chosen)


def _validate(arguments: argparse.Namespace) -> int:
    from eval.cases import load_set
    from eval.gold import locate
    from rag.index import Index

    loaded = load_set(arguments.cases)
    located, faults = locate(loaded.cases, Index.open(settings_from(arguments).index).snapshot())
    for fault in faults:
        print(f"{arguments.cases} line {loaded.lines[fault.case]}: case {fault.case}: {fault.reason}", file=sys.stderr)
    print(f"{len(located)} of {len(loaded.cases)} cases can be scored with this index")
    return 2 if faults else 0


def _score(arguments: argparse.Namespace) -> int:
    from eval.records import read_run, write_run
    from eval.scoring import score
    from eval.text import run_table

    run = score(read_run(arguments.run))
    write_run(run, arguments.out or arguments.run)
    print(run_table(run))
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from eval.records import read_run
    from eval.text import run_table

    run = read_run(arguments.run)
    if not run.metrics:
        raise UsageError(f"{arguments.run}: not scored yet; score it: python -m eval score {arguments.run}")
    print(run_table(run))
    if arguments.html:
        _write_report(run, arguments.run.stem, arguments.html)
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    from eval.compare import compare
    from eval.records import read_run
    from eval.text import comparison_table

    comparison = compare(read_run(arguments.base), read_run(arguments.new))
    print(comparison_table(comparison))
    _write_comparison(comparison, arguments)
    return 0


def _gate(arguments: argparse.Namespace) -> int:
    from eval.gate import judge, parse_floor
    from eval.records import read_run
    from eval.text import comparison_table

    floors = dict(parse_floor(text) for text in arguments.floor)
    if arguments.margin < 0:
        raise UsageError(f"--margin must be 0 or more, was given {arguments.margin:g}")
    judgement = judge(read_run(arguments.base), read_run(arguments.new), floors=floors, margin=arguments.margin)
    if arguments.json:
        findings = [{"rule": finding.rule, "message": finding.message} for finding in judgement.findings]
        told = {"passed": judgement.passed, "explanation": judgement.explanation, "findings": findings}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print(comparison_table(judgement.comparison))
        print(f"\n{judgement.explanation}")
    _write_comparison(judgement.comparison, arguments, judgement.explanation)
    return 0 if judgement.passed else 1


def _write_report(run: Run, name: str, path: Path) -> None:
    from eval.report import report_html

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report_html(run, name), encoding="utf-8")
    print(f"wrote {path}", file=sys.stderr)


def _write_comparison(comparison: Comparison, arguments: argparse.Namespace, verdict: str = "") -> None:
    from eval.report import comparison_html

    if arguments.html:
        arguments.html.parent.mkdir(parents=True, exist_ok=True)
        page = comparison_html(comparison, (arguments.base.stem, arguments.new.stem), verdict)
        arguments.html.write_text(page, encoding="utf-8")
        print(f"wrote {arguments.html}", file=sys.stderr)


class _Progress:
    """A bar with the time that remains, on a terminal only."""

    def __init__(self, total: int, partial: Path) -> None:
        from eval.runs import finished

        self._total, self._done = total, finished(partial)

    def __enter__(self) -> _Progress:
        from tqdm import tqdm

        hidden = not sys.stderr.isatty()
        self._bar = tqdm(total=self._total, initial=self._done, unit="case", disable=hidden, dynamic_ncols=True)
        return self

    def __exit__(self, *exc: object) -> None:
        self._bar.close()

    def step(self, run: Any) -> None:
        self._bar.update(1)


if __name__ == "__main__":
    sys.exit(main())
