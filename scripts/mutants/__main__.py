"""``python -m scripts.mutants``: one table of what the gate stops and what it lets pass."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.compare import compare
from eval.gate import broken_rules, judge
from eval.records import Run
from eval.scoring import score
from rag.errors import UsageError, YijuError
from rag.settings import load_settings
from scripts.mutants import __doc__ as summary
from scripts.mutants.harmless import HARMLESS
from scripts.mutants.regressions import REGRESSIONS
from scripts.mutants.running import BASE, MODEL_BASE, Plan, kept_run, planned, run_apart
from scripts.mutants.variants import Variant
from scripts.mutants.workshop import Setup

MISSES_ALLOWED, STOPS_ALLOWED = 2, 1
_REASON_CHARS = 150
_NOTES = """Runs are kept in --work: a second start goes on where the first was stopped, and asks again only what
changed code, cases, settings or documents may answer otherwise. The gate judges anew each time.

Exits with 0 where at most 2 regressions pass and at most 1 harmless variant is stopped or fails, with 1
otherwise, with 2 where the set, the index or the pipeline as it is cannot be used.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a variant."""

    variant: Variant
    is_regression: bool
    stopped: bool | None
    """None: it could not be built."""
    changed: int
    """Cases with another score or status."""
    why: str

    @property
    def is_right(self) -> bool:
        """Whether a regression was stopped, or a harmless variant passed."""
        return self.stopped is self.is_regression


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is not kept yet, judge all, print the table."""
    arguments = _parser().parse_args(argv)
    try:
        return _tell(arguments)
    except YijuError as error:
        print(error, file=sys.stderr)
        return 2


def _tell(arguments: argparse.Namespace) -> int:
    flags = {"llm": "local" if arguments.model_cases else "extractive", "index": arguments.index}
    if arguments.dry_run:
        flags["answer_threshold"] = 0.0  # hashes never convince
    setup = Setup(
        settings=load_settings(flags),
        index=arguments.index,
        documents=tuple(arguments.documents),
        work=arguments.work,
        dry=arguments.dry_run,
    )
    regressions, harmless = _chosen(REGRESSIONS, arguments), _chosen(HARMLESS, arguments)
    if not (regressions or harmless):
        raise UsageError("no variant is left to run")
    plan = planned(setup, arguments.cases, arguments.sample, arguments.model_cases)
    bases = {needs_model: _base(plan, needs_model) for needs_model in _levels((*regressions, *harmless))}
    failures = _run_missing(plan, (*regressions, *harmless))
    rows = [
        _row(plan, bases, variant, is_regression, failures)
        for is_regression, variants in ((True, regressions), (False, harmless))
        for variant in variants
    ]
    cases = " and ".join(
        f"{run.set.cases} cases with {'the language model' if needs_model else 'extractive'}"
        for needs_model, run in bases.items()
    )
    print(_table(rows))
    missed = sum(row.is_regression and not row.is_right for row in rows)
    held = sum(not row.is_regression and not row.is_right for row in rows)
    print(f"\nThe gate stopped {len(regressions) - missed} of {len(regressions)} regressions and let", end=" ")
    print(f"{len(harmless) - held} of {len(harmless)} harmless variants pass ({cases}).")
    return 0 if missed <= MISSES_ALLOWED and held <= STOPS_ALLOWED else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.mutants",
        description=summary,
        epilog=_NOTES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cases", type=Path, metavar="SET")
    parser.add_argument(
        "--index", type=Path, required=True, metavar="DIR", help="index of the documents; made if missing"
    )
    parser.add_argument("--documents", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument("--work", type=Path, default=Path("var/mutants"), metavar="DIR", help="default var/mutants")
    parser.add_argument("--sample", type=int, metavar="N", help="N cases, each type in its share: a quick look")
    parser.add_argument(
        "--model-cases",
        type=int,
        default=40,
        metavar="N",
        help="cases for the variants that need the language model (default 40); 0 leaves these variants out",
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these variants only")
    parser.add_argument("--dry-run", action="store_true", help="fakes instead of models: tries that all variants run")
    return parser


def _chosen(variants: Sequence[Variant], arguments: argparse.Namespace) -> tuple[Variant, ...]:
    known = {variant.name for variant in (*REGRESSIONS, *HARMLESS)}
    if unknown := set(arguments.only) - known:
        raise UsageError(f"no variant {', '.join(sorted(unknown))}; variants: {', '.join(sorted(known))}")
    return tuple(
        variant
        for variant in variants
        if (not arguments.only or variant.name in arguments.only) and (arguments.model_cases or not variant.needs_model)
    )


def _levels(variants: Sequence[Variant]) -> list[bool]:
    return sorted({variant.needs_model for variant in variants})


def _base(plan: Plan, needs_model: bool) -> Run:
    """The run that the others are held against.

    Raises:
        UsageError: it cannot be made, or breaks a hard rule itself.
    """
    variant = MODEL_BASE if needs_model else BASE
    run = kept_run(plan, variant.name)
    if run is None:
        print(f"{variant.name}: asking …", file=sys.stderr, flush=True)
        if failure := run_apart(plan, variant.name):
            raise UsageError(f"{variant.words} cannot be run: {failure}")
        run = kept_run(plan, variant.name)
    assert run is not None
    run = score(run)
    if broken := broken_rules(run.cases):
        raise UsageError(f"{variant.words} breaks a hard rule, so that nothing could pass: {broken[0].message}")
    return run


def _run_missing(plan: Plan, variants: Sequence[Variant]) -> dict[str, str]:
    """Run the variants that have no run yet; name → why, for those that failed."""
    missing = [variant for variant in variants if not plan.run_file(variant.name).exists()]
    failures: dict[str, str] = {}
    started = time.monotonic()
    for number, variant in enumerate(missing, start=1):
        began = time.monotonic()
        if failure := run_apart(plan, variant.name):
            failures[variant.name] = failure
        left = (time.monotonic() - started) / number * (len(missing) - number)
        print(
            f"{number} of {len(missing)}: {variant.name}, {time.monotonic() - began:.0f} s"
            f"{' FAILED' if failure else ''}; about {left / 60:.0f} min left",
            file=sys.stderr,
            flush=True,
        )
    return failures


def _row(plan: Plan, bases: dict[bool, Run], variant: Variant, is_regression: bool, failures: dict[str, str]) -> Row:
    run = kept_run(plan, variant.name)
    if run is None:
        why = f"could not be built: {failures[variant.name]}"
        return Row(variant, is_regression, None, 0, why)
    base, new = bases[variant.needs_model], score(run)
    judgement = judge(base, new)
    why = judgement.findings[0].message if judgement.findings else ""
    return Row(variant, is_regression, not judgement.passed, len(compare(base, new).changed), why)


def _table(rows: Sequence[Row]) -> str:
    """Markdown, so that it can be put into a release note as it is."""
    lines = ["| | change | gate | cases changed | why |", "|---|---|---|---|---|"]
    for row in rows:
        said = {True: "stopped", False: "passed", None: "not run"}[row.stopped]
        why = row.why if len(row.why) <= _REASON_CHARS else row.why[: _REASON_CHARS - 1] + "…"
        mark = "" if row.is_right else " ✗"
        lines.append(f"| {row.variant.name} | {row.variant.words} | {said}{mark} | {row.changed} | {why} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
