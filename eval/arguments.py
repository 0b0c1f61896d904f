"""The command line of ``python -m eval``: its commands, their options and their help."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from rag.console import add_settings_flags

Execute = Callable[[argparse.Namespace], int]

_EPILOG = """examples:
  python -m eval run eval/sets/samples.jsonl --index var/index --out var/runs/new --llm extractive
  python -m eval report var/runs/new --html var/runs/new.html
  python -m eval compare var/runs/base var/runs/new --html var/runs/compare.html
  python -m eval gate eval/baselines/release.json.gz var/runs/new --floor answer_correct=0.8
  python -m eval baseline var/runs/new --out eval/baselines/release.json.gz
  python -m eval adapt var/own_set.jsonl --index var/index --out var/adapter.npz
  python -m eval draft --index var/index --out var/candidates.jsonl
  python -m eval review var/candidates.jsonl --into var/own_set.jsonl

A RUN is a file (RUN.json) or a folder. gate exits with 0 pass, 1 regression, 2 input that cannot be used.
"""


def build_parser(execute: Mapping[str, Execute]) -> argparse.ArgumentParser:
    """The parser; ``execute`` has the function of every command, which gives its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Measure the chatbot on a set of questions, and hold a worse release back.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary)
        sub.set_defaults(execute=execute[name])
        return sub

    def on_index(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("cases", type=Path, metavar="SET", help="eval set, JSONL")
        add_settings_flags(sub)

    run = command("run", "ask every case of a set and score the replies")
    on_index(run)
    run.add_argument("--out", type=Path, required=True, metavar="RUN", help="RUN.json: one file; else a folder")
    run.add_argument("--llm", choices=["local", "extractive", "openai"], help="who phrases the answers")
    run.add_argument("-k", type=int, default=10, help="hits asked for each case, at least 10 (default 10)")
    run.add_argument("--sample", type=int, metavar="N", help="N cases, each type in its share")
    run.add_argument("--seed", type=int, default=0, help="seed of --sample (default 0)")
    run.add_argument("--limit", type=int, metavar="N", help="the first N cases only")
    run.add_argument("--skip-invalid", action="store_true", help="leave out cases whose gold is not in the index")
    run.add_argument("--restart", action="store_true", help="drop what an unfinished run has already asked")
    run.add_argument("--dry-run", action="store_true", help="ask fakes, not models: tries set and index in seconds")
    run.add_argument("--html", type=Path, metavar="FILE", help="write the report as well")

    validate = command("validate", "check that the gold of every case is in the index")
    on_index(validate)

    adapt = command("adapt", "learn from a set's questions how people ask about these documents")
    on_index(adapt)
    adapt.add_argument("--out", type=Path, required=True, metavar="FILE", help="for the setting query_adapter")

    score = command("score", "score the frozen answers of a run again")
    score.add_argument("run", type=Path, metavar="RUN")
    score.add_argument("--out", type=Path, metavar="RUN", help="where to write (default: the same place)")

    judge = command("judge", "have a language model judge the frozen answers of a run")
    judge.add_argument("run", type=Path, nargs="?", metavar="RUN", help="without one only the judge itself is measured")
    judge.add_argument("--out", type=Path, metavar="RUN", help="where to write (default: the same place)")
    judge.add_argument("--labels", type=Path, metavar="FILE", help="replies labelled by hand that the judge is held to")
    judge.add_argument("--set", action="append", metavar="KEY=VALUE", help="any setting; judge=local names a judge")

    baseline = command("baseline", "keep a run, without long texts, as what releases are held against")
    baseline.add_argument("run", type=Path, metavar="RUN")
    baseline.add_argument("--out", type=Path, required=True, metavar="RUN.json", help="where to write it")

    draft = command("draft", "propose cases from the documents of an index, each with its evidence")
    add_settings_flags(draft)
    draft.add_argument("--document", action="append", default=[], metavar="DOC", help="only this one; repeatable")
    draft.add_argument("--out", type=Path, required=True, metavar="FILE", help="candidates, JSONL; new ones are added")
    draft.add_argument("--limit", type=int, default=60, metavar="N", help="at most N candidates (default 60)")
    draft.add_argument("--feedback", type=Path, metavar="FILE", help="take these answers, called bad, instead")
    draft.add_argument(
        "--known", type=Path, action="append", default=[], metavar="SET", help="flag what it has already"
    )

    review = command("review", "accept, edit or reject candidates, one by one")
    review.add_argument("candidates", type=Path, metavar="CANDIDATES")
    review.add_argument("--into", type=Path, required=True, metavar="SET", help="set that accepted cases are added to")

    report = command("report", "show a run")
    report.add_argument("run", type=Path, metavar="RUN")
    report.add_argument("--html", type=Path, metavar="FILE", help="write a self-contained page")

    compared = command("compare", "show what changed between two runs of the same cases")
    gate = command("gate", "decide whether a new run may replace the base")
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
