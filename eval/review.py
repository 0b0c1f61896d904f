"""Deciding on candidates one by one, in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from eval.candidates import Candidate, decide, lacking, load_candidates
from eval.cases import Case

_CHOICES = "[a]ccept  [e]dit  [r]eject  [s]kip  [q]uit: "


def review(path: Path, into: Path, *, ask: Callable[[str], str], tell: Callable[[str], None]) -> tuple[int, int, int]:
    """Show every open candidate and do as told; numbers accepted, rejected and left open.

    Each decision is kept at once. The end of the input is as good as ``q``.

    Raises:
        UsageError: the candidates or the set cannot be used.
    """
    waiting = [one for one in load_candidates(path) if one.decision == "open"]
    accepted = rejected = 0
    for number, one in enumerate(waiting, start=1):
        tell(f"\n{number} of {len(waiting)}\n{shown(one)}")
        case, choice = _choose(one.case, ask, tell)
        if choice == "q":
            break
        if choice == "a":
            decide(path, one.case.id, "accepted", case=case, into=into)
            accepted += 1
        elif choice == "r":
            decide(path, one.case.id, "rejected")
            rejected += 1
    return accepted, rejected, len(waiting) - accepted - rejected


def shown(one: Candidate) -> str:
    """A candidate as text."""
    case = one.case
    lines = [f"{case.id}  {case.type}", f"question: {case.question}"]
    if case.answerable:
        lines += [f"answer:   {case.answer}", f"facts:    {facts_text(case)}"]
    else:
        lines.append("answer:   none, the documents do not say")
    lines += [f"gold:     {gold.document} {' › '.join(gold.path)}" for gold in case.sections]
    lines += [f"evidence: {one.evidence}"] + [f"! {flag}" for flag in one.flags]
    return "\n".join(lines)


def facts_text(case: Case) -> str:
    """``must_contain`` on one line: entries divided by ``;``, alternatives by ``/``."""
    return "; ".join(" / ".join(alternatives) for alternatives in case.must_contain)


def parse_facts(text: str) -> tuple[tuple[str, ...], ...]:
    """The inverse of ``facts_text``."""
    entries = (tuple(word.strip() for word in entry.split("/") if word.strip()) for entry in text.split(";"))
    return tuple(entry for entry in entries if entry)


def _choose(case: Case, ask: Callable[[str], str], tell: Callable[[str], None]) -> tuple[Case, str]:
    while True:
        try:
            choice = ask(_CHOICES).strip().lower()[:1]
            if choice == "e":
                case = _edited(case, ask)
                continue
        except EOFError:
            return case, "q"
        if choice == "a" and (fault := lacking(case)):
            tell(fault)
        elif choice in ("a", "r", "s", "q"):
            return case, choice


def _edited(case: Case, ask: Callable[[str], str]) -> Case:
    """The case with what was typed; an empty line keeps what is there."""
    question = ask(f"question [{case.question}]: ").strip() or case.question
    answerable = ask(f"can it be answered? y/n [{'y' if case.answerable else 'n'}]: ").strip().lower()[:1]
    can = case.answerable if answerable not in ("y", "n") else answerable == "y"
    if not can:
        return replace(case, question=question, answerable=False, answer="", must_contain=(), sections=(), quote="")
    answer = ask(f"answer [{case.answer}]: ").strip() or case.answer
    facts = parse_facts(ask(f"facts, divided by ; with / between alternatives [{facts_text(case)}]: "))
    return replace(case, question=question, answerable=True, answer=answer, must_contain=facts or case.must_contain)
