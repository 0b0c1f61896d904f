"""A conversation as the page keeps it: exchanges that grow event by event, never changed in place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from rag.types import Answer, Citation, Delta, Event, Evidence, Scope, Sources, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question and what is known of its answer so far."""

    question: str
    id: str = ""
    """What feedback on the answer is told by; it says nothing of who asked."""
    asked: str = ""
    """Day of the question, ISO 8601."""
    scope: Scope = field(default_factory=Scope)
    evidence: tuple[Evidence, ...] = ()
    text: str = ""
    citations: tuple[Citation, ...] = ()
    answer: Answer | None = None
    near: tuple[str, ...] = ()
    """The first words of each of ``answer.closest``."""
    searched: bool = False
    ahead: int = 0
    """How many questions the language model answers before this one."""
    stopped: bool = False
    error: str = ""
    """One line to show in place of an answer, as it was raised; ``ui.exchanges`` says it in the page's language."""
    gone: tuple[str, ...] = ()
    """doc_ids that were cited or read and that the index no longer has."""
    changed: tuple[int, ...] = ()
    """Numbers of citations whose words no longer stand where they did."""

    @property
    def running(self) -> bool:
        """Whether more is still to come."""
        return self.answer is None and not self.stopped and not self.error


Conversation = tuple[Exchange, ...]


def advance(exchange: Exchange, event: Event) -> Exchange:
    """The exchange once ``event`` has arrived."""
    if isinstance(event, Sources):
        return replace(exchange, evidence=event.evidence, searched=True)
    if isinstance(event, Delta):
        known = {citation.n for citation in exchange.citations}
        new = tuple(citation for citation in event.citations if citation.n not in known)
        return replace(exchange, text=exchange.text + event.text, citations=exchange.citations + new, ahead=0)
    answer = event.answer
    return replace(exchange, answer=answer, text=answer.text, citations=answer.citations, ahead=0)


def stop(conversation: Conversation) -> Conversation:
    """The conversation with its last exchange marked as stopped, if it was still running."""
    if not conversation or not conversation[-1].running:
        return conversation
    return (*conversation[:-1], replace(conversation[-1], stopped=True))


def turns(conversation: Conversation) -> tuple[Turn, ...]:
    """The finished exchanges, as history for the next question."""
    return tuple(
        Turn(question=exchange.question, answer=exchange.text)
        for exchange in conversation
        if exchange.answer is not None
    )
