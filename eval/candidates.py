"""Candidates: proposed cases that wait for a person, because nothing becomes gold by itself.

A candidate file is JSONL, a candidate a line; decided ones stay in it, so that they are not proposed
again. They come from ``eval.draft`` and from feedback on answers.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from eval.cases import Case, Exchange, case_line, load_set
from eval.gold import loose
from rag.errors import UsageError
from rag.normalize import tokens

Origin = Literal["draft", "feedback"]
Decision = Literal["open", "accepted", "rejected"]
_DUPLICATE = 0.8
_REPEATED = 0.85
_MIN_REPEATED_TOKENS = 12
_FEEDBACK_FILE = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A proposed case with the words that speak for it."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    case: Case
    evidence: str
    """The sentence it was made from; for feedback, the answer that was called bad and why."""
    origin: Origin
    flags: tuple[str, ...] = ()
    """What a person should look at: a near-duplicate, a question that gives its answer away."""
    decision: Decision = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackCitation:
    """A clause that an answer cited, as feedback records it."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    document: str
    path: tuple[str, ...] = ()
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a reader said of an answer: a line of the feedback file. No name, no address, nothing of the reader."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    created: str
    """ISO 8601."""
    question: str
    verdict: Literal["up", "down"]
    answer: str
    status: str
    reason: str = ""
    citations: tuple[FeedbackCitation, ...] = ()
    documents: tuple[str, ...] = ()
    """Titles the question was confined to."""
    year: int | None = None
    history: tuple[Exchange, ...] = field(default=())
    id: str = ""
    """Of the answer, random: by it a reader changes or takes back what was said of it."""


_CANDIDATE = TypeAdapter(Candidate)
_FEEDBACK = TypeAdapter(Feedback)


def candidate_id(origin: Origin, *parts: str) -> str:
    """An id that the same proposal always has."""
    return f"{origin}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:10]}"


def record_feedback(path: Path, feedback: Feedback) -> None:
    """Append a line to the feedback file, in place of an earlier one on the same answer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _FEEDBACK_FILE:
        _drop_feedback(path, feedback.id)
        with path.open("a", encoding="utf-8") as log:
            log.write(_FEEDBACK.dump_json(feedback).decode() + "\n")


def withdraw_feedback(path: Path, answer_id: str) -> None:
    """Take back what was said of an answer; nothing of it stays in the file."""
    with _FEEDBACK_FILE:
        _drop_feedback(path, answer_id)


def _drop_feedback(path: Path, answer_id: str) -> None:
    if not answer_id or not path.exists():
        return
    lines = _lines(path)
    others = [line for line in lines if f'"id":"{answer_id}"' not in line or _id_of(line) != answer_id]
    if len(others) < len(lines):
        temporary = path.with_name(path.name + ".tmp")
        temporary.write_text("".join(line + "\n" for line in others), encoding="utf-8")
        temporary.replace(path)


def _id_of(line: str) -> str:
    try:
        return _FEEDBACK.validate_json(line).id
    except ValidationError:
        return ""


def from_feedback(path: Path) -> tuple[Candidate, ...]:
    """A candidate for each answer that was called bad; its gold is for a person to give.

    Raises:
        UsageError: the file cannot be read.
    """
    found: dict[str, Candidate] = {}
    for number, line in enumerate(_lines(path), start=1):
        try:
            told = _FEEDBACK.validate_json(line)
        except ValidationError as error:
            raise UsageError(f"{path} line {number}: {error.errors()[0]['msg']}") from None
        if told.verdict == "down":
            one = _from_answer(told)
            found[one.case.id] = one
    return tuple(found.values())


def _from_answer(told: Feedback) -> Candidate:
    cited = "\n".join(f"{c.document} {' › '.join(c.path)}: {c.quote}".strip() for c in told.citations)
    parts = (f"answer ({told.status}): {told.answer}", f"reason: {told.reason}" if told.reason else "", cited)
    case = Case(
        id=candidate_id("feedback", told.question, told.answer),
        question=told.question,
        document=told.documents[0] if len(told.documents) == 1 else "",
        year=told.year,
        history=told.history,
        tags=("feedback",),
    )
    return Candidate(case=case, evidence="\n".join(part for part in parts if part), origin="feedback")


def load_candidates(path: Path) -> tuple[Candidate, ...]:
    """All candidates of a file, decided ones too; none where there is no file.

    Raises:
        UsageError: a line cannot be used.
    """
    if not path.exists():
        return ()
    found = []
    for number, line in enumerate(_lines(path), start=1):
        try:
            found.append(_CANDIDATE.validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UsageError(f"{path} line {number}: {where}: {first['msg']}") from None
    return tuple(found)


def add_candidates(path: Path, proposed: Iterable[Candidate], known: Sequence[Case] = ()) -> tuple[Candidate, ...]:
    """Append those that the file has not yet, flagged against it and ``known``; gives the ones added."""
    there = load_candidates(path)
    ids = {one.case.id for one in there}
    seen = [*known, *(one.case for one in there)]
    added = []
    for one in proposed:
        if one.case.id in ids:
            continue
        added.append(dataclasses.replace(one, flags=flags(one.case, seen)))
        ids.add(one.case.id)
        seen.append(one.case)
    save_candidates(path, (*there, *added))
    return tuple(added)


def save_candidates(path: Path, candidates: Sequence[Candidate]) -> None:
    """Write the file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text("".join(_CANDIDATE.dump_json(c).decode() + "\n" for c in candidates), encoding="utf-8")
    temporary.replace(path)


def decide(path: Path, case_id: str, decision: Decision, *, case: Case | None = None, into: Path | None = None) -> None:
    """Record a decision; an accepted case, as edited, is added to the set ``into``.

    Raises:
        UsageError: there is no such open candidate, or it lacks what makes a case.
    """
    candidates = list(load_candidates(path))
    at = next((i for i, c in enumerate(candidates) if c.case.id == case_id and c.decision == "open"), None)
    if at is None:
        raise UsageError(f"{path}: no open candidate {case_id!r}; look at the list again")
    chosen = dataclasses.replace(candidates[at], case=case or candidates[at].case)
    if decision == "accepted":
        if fault := lacking(chosen.case):
            raise UsageError(f"candidate {case_id}: {fault}")
        if into is None:
            raise UsageError(f"candidate {case_id}: name the set that it shall be added to")
        add_case(into, chosen.case)
    candidates[at] = dataclasses.replace(chosen, decision=decision)
    save_candidates(path, candidates)


def add_case(path: Path, case: Case) -> None:
    """Append a case to a set, which is made where there is none.

    Raises:
        UsageError: the set cannot be used, or has the id already.
    """
    if path.exists() and path.stat().st_size:
        if case.id in load_set(path).lines:
            raise UsageError(f"{path}: there is a case {case.id!r} already")
        start = "" if path.read_bytes().endswith(b"\n") else "\n"
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        start = ""
    with path.open("a", encoding="utf-8") as file:
        file.write(start + case_line(case) + "\n")


def lacking(case: Case) -> str:
    """What a case still needs to measure anything; empty where it has it."""
    if case.answerable and not (case.must_contain or case.sections):
        return "give the facts that a right answer holds, or say that it cannot be answered"
    return ""


def flags(case: Case, others: Sequence[Case]) -> tuple[str, ...]:
    """What speaks against a proposed case: it is nearly another one, or gives its answer away."""
    found = []
    wanted = set(tokens(case.question))
    for other in others:
        held = set(tokens(other.question))
        if wanted and len(wanted & held) / len(wanted | held) >= _DUPLICATE:
            found.append(f"nearly the same as {other.id}")
            break
    question = loose(case.question)
    given = [words for facts in case.must_contain for words in facts if loose(words) and loose(words) in question]
    if case.answerable and given:
        found.append(f"the question gives its answer: {given[0]}")
    quoted = set(tokens(case.quote))
    if len(wanted) >= _MIN_REPEATED_TOKENS and len(wanted & quoted) / len(wanted) >= _REPEATED:
        found.append("the question repeats its clause: put it as a person would ask")
    return tuple(found)


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    except OSError as error:
        raise UsageError(f"{path}: cannot read it: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: must be UTF-8") from None
