"""``python -m eval``: run a set, judge, report, compare two runs, gate a release, let a set grow."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.arguments import build_parser
from rag.console import run_command, settings_from
from rag.errors import UsageError, YijuError

if TYPE_CHECKING:
    from eval.compare import Comparison
    from eval.gold import Located
    from eval.records import Run, SetInfo
    from eval.system import Snapshot


_FAULTS_SHOWN = 10


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done (gate: pass), 1 regression, 2 input that cannot be used (one line says why)."""
    return run_command(
        _parser(), argv, usage_errors=(YijuError,), stopped="stopped; the same command goes on from here"
    )


def _parser() -> argparse.ArgumentParser:
    return build_parser(
        {
            "run": _run,
            "validate": _validate,
            "adapt": _adapt,
            "score": _score,
            "judge": _judge,
            "baseline": _baseline,
            "draft": _draft,
            "review": _review,
            "report": _report,
            "compare": _compare,
            "gate": _gate,
        }
    )


def _run(arguments: argparse.Namespace) -> int:
    from eval.outputs import check_outputs
    from eval.places import place, write_run
    from eval.runs import describe, finished, generate
    from eval.scoring import score
    from eval.text import run_table

    if arguments.k < 10:
        raise UsageError(f"-k must be at least 10 for the deepest metric, was given {arguments.k}")
    files = place(arguments.out)
    check_outputs(*files.files, arguments.html)
    bot = _open(arguments)
    snapshot = bot.index.snapshot()
    info, located = _cases(arguments, snapshot)
    if arguments.restart:
        files.answers.unlink(missing_ok=True)
    header = describe(bot, info, arguments.k)
    with _bar(len(located), finished(files.answers), "case") as step:
        run = score(generate(bot, snapshot, located, header, answers=files.answers, progress=step))
    write_run(run, arguments.out)
    print(run_table(run))
    print(f"\nwrote {arguments.out}")
    if arguments.html:
        _write_report(run, files.name, arguments.html)
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
    for fault in faults[:_FAULTS_SHOWN]:
        print(f"{arguments.cases} line {loaded.lines[fault.case]}: case {fault.case}: {fault.reason}", file=sys.stderr)
    if len(faults) > _FAULTS_SHOWN:
        print(f"… and {len(faults) - _FAULTS_SHOWN} more; python -m eval validate lists all", file=sys.stderr)
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


def _adapt(arguments: argparse.Namespace) -> int:
    from eval.adaptation import MIN_EXAMPLES, cross_validated, examples_of, learn, passages_of
    from eval.cases import load_set
    from eval.gold import locate
    from eval.outputs import check_outputs
    from rag.index import Index
    from rag.models.embedding import open_embedder

    check_outputs(arguments.out)
    settings = settings_from(arguments)
    embedder = open_embedder(settings)
    snapshot = Index.open(settings.index, embedder=embedder).snapshot()
    located, _ = locate(load_set(arguments.cases).cases, snapshot)
    passages, rows = passages_of(snapshot)
    examples = examples_of(located, snapshot, embedder, rows)
    if len(examples) < MIN_EXAMPLES:
        raise UsageError(
            f"{arguments.cases}: {len(examples)} answerable cases have their clause in this index; "
            f"an adapter needs at least {MIN_EXAMPLES}"
        )
    gain = cross_validated(examples, passages, embedder.fingerprint)
    print(
        f"{gain.questions} questions, each held out once: mean reciprocal rank of the clause by meaning alone "
        f"{gain.before:.3f} before, {gain.after:.3f} after "
        f"(difference [{gain.interval.low:+.3f}, {gain.interval.high:+.3f}])"
    )
    if gain.interval.low <= 0:
        print("no certain gain: nothing was written")
        return 1
    learn(examples, passages, embedder.fingerprint).save(arguments.out)
    print(f"wrote {arguments.out}; use it with: query_adapter = {str(arguments.out)!r} in yiju.toml")
    return 0


def _score(arguments: argparse.Namespace) -> int:
    from eval.outputs import check_outputs
    from eval.places import place, read_run, write_run
    from eval.scoring import score
    from eval.text import run_table

    out = arguments.out or arguments.run
    check_outputs(*place(out).files)
    run = score(read_run(arguments.run))
    write_run(run, out)
    print(run_table(run))
    return 0


def _judge(arguments: argparse.Namespace) -> int:
    from eval.agreement import LABELS_FILE, load_labels
    from eval.judge import judge_run, open_judge, verdicts
    from eval.outputs import check_outputs
    from eval.places import place, read_run, write_run
    from eval.scoring import score
    from eval.text import agreement_table, run_table

    run = read_run(arguments.run) if arguments.run else None
    out = arguments.out or arguments.run
    check_outputs(*(place(out).files if run else ()))
    labelled = load_labels(arguments.labels or LABELS_FILE)
    judge = open_judge(settings_from(arguments))
    if run is None:
        with _bar(len(labelled), 0, "reply") as step:
            print(agreement_table(labelled, verdicts(judge, labelled, step)))
        return 0
    with _bar(len(labelled) + len(run.cases), 0, "reply") as step:
        run = score(judge_run(run, judge, labelled, progress=step))
    write_run(run, out)
    print(run_table(run))
    return 0


def _baseline(arguments: argparse.Namespace) -> int:
    from eval.baseline import slimmed
    from eval.outputs import check_outputs
    from eval.places import place, read_run, write_run

    check_outputs(*place(arguments.out).files)
    write_run(slimmed(read_run(arguments.run)), arguments.out)
    print(f"wrote {arguments.out}, {arguments.out.stat().st_size / 1024:.0f} KiB")
    return 0


def _draft(arguments: argparse.Namespace) -> int:
    from eval.candidates import add_candidates, from_feedback
    from eval.cases import load_set
    from eval.draft import propose
    from eval.outputs import check_outputs
    from rag.chatbot import checked_scope
    from rag.index import Index

    check_outputs(arguments.out)
    known = [case for path in arguments.known for case in load_set(path).cases]
    if arguments.feedback:
        found = from_feedback(arguments.feedback)
    else:
        snapshot = Index.open(settings_from(arguments).index).snapshot()
        found = propose(snapshot, checked_scope(snapshot, arguments.document, None).documents, limit=arguments.limit)
    added = add_candidates(arguments.out, found, known)
    flagged = sum(bool(candidate.flags) for candidate in added)
    print(f"{len(added)} new candidates in {arguments.out}, {flagged} of them flagged; decide on them:")
    print(f"  python -m eval review {arguments.out} --into SET.jsonl")
    return 0


def _review(arguments: argparse.Namespace) -> int:
    from eval.outputs import check_outputs
    from eval.review import review

    if not arguments.candidates.exists():
        raise UsageError(f"{arguments.candidates}: no such file of candidates; make one: python -m eval draft")
    check_outputs(arguments.candidates, arguments.into)
    accepted, rejected, left = review(arguments.candidates, arguments.into, ask=input, tell=print)
    print(f"{accepted} accepted into {arguments.into}, {rejected} rejected, {left} left")
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from eval.outputs import check_outputs
    from eval.places import place, read_run
    from eval.scoring import is_scored
    from eval.text import run_table

    check_outputs(arguments.html)
    run = read_run(arguments.run)
    if not is_scored(run):
        raise UsageError(
            f"{arguments.run}: not scored, or has lost scores; score it: python -m eval score {arguments.run}"
        )
    print(run_table(run))
    if arguments.html:
        _write_report(run, place(arguments.run).name, arguments.html)
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    from eval.compare import compare
    from eval.outputs import check_outputs
    from eval.places import read_run
    from eval.text import comparison_table

    check_outputs(arguments.html)
    comparison = compare(read_run(arguments.base), read_run(arguments.new))
    print(comparison_table(comparison))
    _write_comparison(comparison, arguments)
    return 0


def _gate(arguments: argparse.Namespace) -> int:
    from eval.gate import judge, parse_floor
    from eval.outputs import check_outputs
    from eval.places import read_run
    from eval.text import comparison_table

    floors = dict(parse_floor(text) for text in arguments.floor)
    if not 0 <= arguments.margin < math.inf:  # NaN and infinity would switch a rule off
        raise UsageError(f"--margin must be 0 or more, was given {arguments.margin:g}")
    check_outputs(arguments.html)
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
    from eval.outputs import write_page
    from eval.report import report_html

    write_page(path, report_html(run, name))
    print(f"wrote {path}", file=sys.stderr)


def _write_comparison(comparison: Comparison, arguments: argparse.Namespace, verdict: str = "") -> None:
    from eval.outputs import write_page
    from eval.places import place
    from eval.report import comparison_html

    if arguments.html:
        page = comparison_html(comparison, (place(arguments.base).name, place(arguments.new).name), verdict)
        write_page(arguments.html, page)
        print(f"wrote {arguments.html}", file=sys.stderr)


@contextlib.contextmanager
def _bar(total: int, done: int, unit: str) -> Iterator[Callable[..., None]]:
    """A bar with the time that remains, on a terminal only; what it gives is called after each step."""
    from tqdm import tqdm

    with tqdm(total=total, initial=done, unit=unit, disable=not sys.stderr.isatty(), dynamic_ncols=True) as bar:

        def step(*_: object) -> None:
            bar.update(1)

        yield step


if __name__ == "__main__":
    sys.exit(main())
