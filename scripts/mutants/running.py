"""Runs of variants: one process each, kept until the code, the cases, the settings or the documents change."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.baseline import without_texts
from eval.cases import load_set, sample, set_hash
from eval.gold import Located, locate
from eval.places import read_run, write_run
from eval.records import Run, SetInfo, content_hash
from eval.runs import describe, generate
from rag.errors import UsageError
from rag.index import Snapshot
from scripts.mutants.harmless import HARMLESS
from scripts.mutants.regressions import REGRESSIONS
from scripts.mutants.variants import Variant, settings_of
from scripts.mutants.workshop import Setup, Workshop

ROOT = Path(__file__).resolve().parents[2]
BASE = Variant("base", "the pipeline as it is", settings_of())
MODEL_BASE = Variant("model-base", "the pipeline as it is, with the language model", settings_of(), needs_model=True)
VARIANTS = {variant.name: variant for variant in (BASE, MODEL_BASE, *REGRESSIONS, *HARMLESS)}

_GENERATING = ("rag", "ingest", "prompts", "scripts/mutants")
_EVAL_GENERATING = ("cases", "gold", "records", "runs", "text", "baseline")
_LONG_TYPES = ("number", "fact", "who", "list", "procedure")
"""Types of question that a language model phrases the answer to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is run, and where the runs lie."""

    setup: Setup
    cases: Path
    sample: int | None
    model_cases: int
    folder: Path
    """Of these very runs: its name changes with all that could change them."""

    def run_file(self, name: str) -> Path:
        """Where the run of a variant lies."""
        return self.folder / f"{name}.json"

    def log_file(self, name: str) -> Path:
        """What the process of a variant said."""
        return self.folder / f"{name}.log"


def planned(setup: Setup, cases: Path, sample_size: int | None, model_cases: int) -> Plan:
    """The plan; brings the index up to date with the documents first.

    Raises:
        UsageError: the set does not fit the documents.
    """
    shop = Workshop(setup)
    index = shop.built(setup.index, setup.documents, shop.embedder)
    snapshot = index.snapshot()
    loaded = load_set(cases)
    _, faults = locate(loaded.cases, snapshot)
    if faults:
        raise UsageError(f"{cases}: case {faults[0].case}: {faults[0].reason} ({len(faults)} cases like this)")
    settings = setup.settings.model_dump(mode="json", exclude={"index", "models", "runs"})
    parts = [_code_digest(), settings, set_hash(loaded.cases), sample_size, model_cases, snapshot.version, setup.dry]
    folder = setup.work / "runs" / content_hash(parts)[:12]
    folder.mkdir(parents=True, exist_ok=True)
    index.close()
    return Plan(setup=setup, cases=cases, sample=sample_size, model_cases=model_cases, folder=folder)


def run_apart(plan: Plan, name: str) -> str:
    """Run a variant in a process of its own; ``""``, or why it failed."""
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(plan, name))
    process.start()
    process.join()
    if process.exitcode == 0:
        return ""
    lines = plan.log_file(name).read_text(encoding="utf-8", errors="replace").split("\n")
    said = [line for line in lines if line.strip()]
    return said[-1] if said else f"its process ended with {process.exitcode}"


def kept_run(plan: Plan, name: str) -> Run | None:
    """The run of a variant, unscored, where it was made already."""
    return read_run(plan.run_file(name)) if plan.run_file(name).exists() else None


def _run(plan: Plan, name: str) -> None:
    """In the variant's own process: build it, ask every case, keep the run."""
    with plan.log_file(name).open("w", encoding="utf-8") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
        write_run(without_texts(run_of(plan, VARIANTS[name])), plan.run_file(name))


def run_of(plan: Plan, variant: Variant) -> Run:
    """The run of a variant, unscored; what it cites is looked up in the index as it is."""
    setup = plan.setup if variant.needs_model else plan.setup.without_model
    shop = Workshop(setup)
    snapshot = shop.index.snapshot()
    snapshot.documents()  # read before a variant changes how they are
    located, info = chosen_cases(plan, snapshot, needs_model=variant.needs_model)
    answers = plan.run_file(variant.name).with_suffix(".answers.jsonl")
    answers.unlink(missing_ok=True)
    with variant.make(shop) as system:
        header = describe(system, info)
        run = generate(system, snapshot, located, header, answers=answers)
    answers.unlink()
    return run


def chosen_cases(plan: Plan, snapshot: Snapshot, *, needs_model: bool) -> tuple[tuple[Located, ...], SetInfo]:
    """The cases of a run: all or a sample, and for a language model a small sample of what it writes on."""
    located, _ = locate(load_set(plan.cases).cases, snapshot)
    cases: Sequence[Located] = located
    size = plan.sample or len(located)
    if needs_model:
        cases = [one for one in located if one.case.answerable and one.case.type in _LONG_TYPES]
        size = plan.model_cases
    chosen = sample([one.case for one in cases], size)
    names = {case.id for case in chosen}
    info = SetInfo(name=plan.cases.stem, hash=set_hash(chosen), cases=len(chosen), of=len(located))
    return tuple(one for one in cases if one.case.id in names), info


def _code_digest() -> str:
    """Hash of all that bears on replies; scoring and the gate are not in it, for they are asked anew each time."""
    suffixes = (".py", ".md", ".txt", ".npz")
    files = [path for folder in _GENERATING for path in (ROOT / folder).rglob("*") if path.suffix in suffixes]
    files += [ROOT / "eval" / f"{name}.py" for name in _EVAL_GENERATING]
    found = hashlib.sha256()
    for path in sorted(files):
        found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return found.hexdigest()
