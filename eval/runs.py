"""Generation: asking the system every case of a set and freezing its replies.

Each reply is written to ``<run>.partial.jsonl`` as it comes; a run that was stopped goes on from
there, provided that cases, settings, models, prompts and index are the same.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from eval.gold import Located
from eval.records import CASE_RUN, CaseRun, Run, RunCitation, RunHit, RunSeconds, SetInfo, content_hash
from eval.system import Snapshot, System
from rag.errors import UsageError, YijuError
from rag.types import Citation, Hit, Question, Scope, Section, Turn

DEPTH = 10
"""Hits asked for each case; the deepest metric looks at ten."""

_LIBRARIES = (
    "faiss-cpu",
    "llama-index-core",
    "numpy",
    "opencc",
    "sentence-transformers",
    "tantivy",
    "torch",
    "transformers",
    "xllamacpp",
)
_HIT_CHARS = 1200

Progress = Callable[[CaseRun], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a run is made with; two partial runs may be joined only if it is the same."""

    set: SetInfo
    k: int
    settings: Mapping[str, Any]
    models: Mapping[str, Any]
    prompts: Mapping[str, Any]
    index: str
    libraries: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """Hash of everything in it."""
        made_with = [self.settings, self.models, self.prompts, self.index, self.libraries]
        return content_hash([self.set.hash, self.k, *made_with])


def describe(system: System, cases: SetInfo, k: int = DEPTH) -> Header:
    """The header of a run of this system."""
    told = dict(system.describe())
    settings = _mapping(told.pop("settings", {}))
    prompts = _mapping(told.pop("prompts", {}))
    index = str(told.pop("index", ""))
    return Header(set=cases, k=k, settings=settings, models=told, prompts=prompts, index=index, libraries=libraries())


def libraries() -> dict[str, str]:
    """Versions of Python and of the libraries that bear on results."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def partial_path(out: Path) -> Path:
    """Where an unfinished run keeps its replies."""
    return out.with_name(out.name + ".partial.jsonl")


def generate(
    system: System,
    snapshot: Snapshot,
    cases: Sequence[Located],
    header: Header,
    *,
    partial: Path,
    progress: Progress | None = None,
) -> Run:
    """Ask every case that ``partial`` does not hold yet; the replies, unscored.

    A case that fails with a ``YijuError`` is kept with status ``error``. The caller removes
    ``partial`` once the run is written.

    Raises:
        UsageError: ``partial`` belongs to a run of other cases, settings, models or index.
    """
    done = {run.id: run for run in _resume(partial, header)}
    freezer = _Freezer(snapshot)
    with partial.open("a", encoding="utf-8") as log:
        for located in cases:
            if located.case.id in done:
                continue
            run = freezer.ask(system, located, header.k)
            done[run.id] = run
            log.write(CASE_RUN.dump_json(run).decode() + "\n")
            log.flush()
            if progress is not None:
                progress(run)
    return Run(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        set=header.set,
        k=header.k,
        settings=header.settings,
        models=header.models,
        prompts=header.prompts,
        index=header.index,
        libraries=header.libraries,
        cases=tuple(done[located.case.id] for located in cases),
    )


def finished(partial: Path) -> int:
    """How many cases an unfinished run holds."""
    return max(0, sum(1 for _ in partial.open("rb")) - 1) if partial.exists() else 0


def _resume(partial: Path, header: Header) -> list[CaseRun]:
    """Replies of an unfinished run; a last line that was cut off is dropped from the file."""
    lines = partial.read_text(encoding="utf-8").splitlines(keepends=True) if partial.exists() else []
    lines = [line for line in lines if line.endswith("\n")]
    if not lines:
        partial.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps({"fingerprint": header.fingerprint}) + "\n", encoding="utf-8")
        return []
    try:
        told = json.loads(lines[0]).get("fingerprint")
        runs = [CASE_RUN.validate_json(line) for line in lines[1:]]
    except (json.JSONDecodeError, AttributeError, ValidationError):
        raise UsageError(f"{partial}: not the rest of a run; start over with --restart") from None
    if told != header.fingerprint:
        raise UsageError(
            f"{partial}: an unfinished run of other cases, settings, models or index; "
            "finish it with those, or start over with --restart"
        )
    partial.write_text("".join(lines), encoding="utf-8")
    return runs


class _Freezer:
    """Asks a case and copies from the index what scoring will need."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._documents = {document.doc_id for document in snapshot.documents()}
        self._sections: dict[str, tuple[Section, ...]] = {}

    def ask(self, system: System, located: Located, k: int) -> CaseRun:
        case = located.case
        question = Question(
            text=case.question,
            scope=Scope(documents=located.scope, year=case.year),
            history=tuple(Turn(question=turn.question, answer=turn.answer) for turn in case.history),
        )
        places = [gold.places[0] for gold in located.gold]
        cluster = places[0].doc_id if places else located.scope[0] if located.scope else f"case {case.id}"
        try:
            hits, searched_s = system.search(question, k)
            answer = system.ask(question)
        except YijuError as error:
            return CaseRun(
                id=case.id,
                question=case.question,
                case=case,
                gold=located.gold,
                cluster=cluster,
                status="error",
                answer="",
                error=f"{type(error).__name__}: {error}",
            )
        return CaseRun(
            id=case.id,
            question=case.question,
            case=case,
            gold=located.gold,
            cluster=cluster,
            status=answer.status,
            answer=answer.text,
            hits=tuple(_hit(hit) for hit in hits),
            citations=tuple(self._citation(citation) for citation in answer.citations),
            closest=tuple(closest.label for closest in answer.closest),
            warnings=answer.warnings,
            model=answer.model,
            prompt=answer.prompt,
            index=answer.index,
            seconds=RunSeconds(
                total=answer.seconds.total,
                first_token=answer.seconds.first_token,
                retrieve=answer.seconds.retrieve,
                search=searched_s,
            ),
        )

    def _citation(self, citation: Citation) -> RunCitation:
        text = self._snapshot.file_text(citation.doc_id) if citation.doc_id in self._documents else None
        return RunCitation(
            n=citation.n,
            doc_id=citation.doc_id,
            document=citation.document,
            source=citation.source,
            section=citation.path,
            label=citation.label,
            quote=citation.quote,
            start=citation.start,
            end=citation.end,
            verified=citation.verified,
            found=None if text is None else text[citation.start : citation.end],
            clause="" if text is None else self._own_text(citation, text),
        )

    def _own_text(self, citation: Citation, text: str) -> str:
        """The cited section's text down to its first child."""
        sections = self._sections.get(citation.doc_id)
        if sections is None:
            sections = self._sections[citation.doc_id] = self._snapshot.outline(citation.doc_id).sections
        for section, following in zip(sections, (*sections[1:], None), strict=True):
            if section.id == citation.section_id:
                end = min(section.end, following.start) if following is not None else section.end
                return text[section.start : end]
        return ""


def _hit(hit: Hit) -> RunHit:
    return RunHit(
        rank=hit.rank,
        score=hit.score,
        doc_id=hit.doc_id,
        document=hit.document,
        source=hit.source,
        section=hit.path,
        label=hit.label,
        text=hit.text if len(hit.text) <= _HIT_CHARS else hit.text[:_HIT_CHARS] + "…",
    )


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
