"""Generation: asking the system every case of a set and freezing its replies.

Each reply is written down as it comes; a run that was stopped goes on from there, provided that
cases, settings, models, prompts and index are the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from eval.environment import libraries, machine, model_files
from eval.gold import Located
from eval.records import CASE_RUN, CaseRun, Run, RunCitation, RunHit, RunSeconds, RunTokens, SetInfo, content_hash
from eval.system import Snapshot, System
from rag.errors import UsageError, YijuError
from rag.types import Answer, Citation, Hit, IndexedDocument, Question, Scope, Section, Turn

DEPTH = 10
"""Hits asked for each case; the deepest metric looks at ten."""

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
    machine: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Hash of everything in it but the machine."""
        made_with = [self.settings, self.models, self.prompts, self.index, self.libraries]
        return content_hash([self.set.hash, self.k, *made_with])


def describe(system: System, cases: SetInfo, k: int = DEPTH) -> Header:
    """The header of a run of this system."""
    told = dict(system.describe())
    settings = _mapping(told.pop("settings", {}))
    prompts = _mapping(told.pop("prompts", {}))
    index = str(told.pop("index", ""))
    return Header(
        set=cases,
        k=k,
        settings=settings,
        models={**told, **model_files(settings)},
        prompts=prompts,
        index=index,
        libraries=libraries(),
        machine=machine(),
    )


def generate(
    system: System,
    snapshot: Snapshot,
    cases: Sequence[Located],
    header: Header,
    *,
    answers: Path,
    progress: Progress | None = None,
) -> Run:
    """Ask every case that the file ``answers`` does not hold yet; the replies, unscored.

    A case that fails with a ``YijuError`` is kept with status ``error``.

    Raises:
        UsageError: ``answers`` belongs to a run of other cases, settings, models or index.
    """
    done = {run.id: run for run in _resume(answers, header)}
    freezer = _Freezer(snapshot)
    with answers.open("a", encoding="utf-8") as log:
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
        machine=header.machine,
        cases=tuple(done[located.case.id] for located in cases),
    )


def finished(answers: Path) -> int:
    """How many cases an unfinished run holds."""
    if not answers.exists():
        return 0
    return max(0, answers.read_bytes().count(b"\n") - 1)


def _resume(answers: Path, header: Header) -> list[CaseRun]:
    """Replies of an unfinished run; a last line that was cut off is dropped from the file."""
    # Not ``splitlines``: a question may hold U+2028 and other ends of line that are none in JSONL.
    lines = answers.read_text(encoding="utf-8", errors="replace").split("\n")[:-1] if answers.exists() else []
    if not lines:
        answers.parent.mkdir(parents=True, exist_ok=True)
        answers.write_text(json.dumps({"fingerprint": header.fingerprint}) + "\n", encoding="utf-8")
        return []
    try:
        told = json.loads(lines[0]).get("fingerprint")
        runs = [CASE_RUN.validate_json(line) for line in lines[1:]]
    except (json.JSONDecodeError, AttributeError, ValidationError):
        raise UsageError(f"{answers}: not the rest of a run; start over with --restart") from None
    if told != header.fingerprint:
        raise UsageError(
            f"{answers}: answers of a run of other cases, settings, models, code or index; "
            "finish it with those, or start over with --restart"
        )
    answers.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return runs


class _Freezer:
    """Asks a case and copies from the index what scoring will need."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._documents = {document.doc_id: document for document in snapshot.documents()}
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
            tokens=_tokens(answer),
            confidence=answer.confidence,
        )

    def _citation(self, citation: Citation) -> RunCitation:
        document = self._documents.get(citation.doc_id)
        text = self._snapshot.file_text(citation.doc_id) if document is not None else None
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
            standing="" if document is None else _standing(document),
            year=None if document is None else document.metadata.year,
        )

    def _own_text(self, citation: Citation, text: str) -> str:
        """The cited section's text down to its first child, as it reads: without removed spans."""
        sections = self._sections.get(citation.doc_id)
        if sections is None:
            sections = self._sections[citation.doc_id] = self._snapshot.outline(citation.doc_id).sections
        for section, following in zip(sections, (*sections[1:], None), strict=True):
            if section.id == citation.section_id:
                end = min(section.end, following.start) if following is not None else section.end
                words, at = "", section.start
                for removed in self._snapshot.outline(citation.doc_id).removed:
                    if at <= removed.start < end:
                        words, at = words + text[at : removed.start], min(removed.end, end)
                return words + text[at:end]
        return ""


def _standing(document: IndexedDocument) -> str:
    return "superseded" if document.superseded_by else document.metadata.status or ""


def _tokens(answer: Answer) -> RunTokens | None:
    if answer.tokens is None:
        return None
    return RunTokens(evidence=answer.tokens.evidence, prompt=answer.tokens.prompt, answer=answer.tokens.answer)


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
