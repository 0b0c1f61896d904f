"""Conversations as text that a browser or a folder can keep, and back; what comes back is checked and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter, ValidationError

from rag.errors import UsageError
from rag.export import Entry, Report, report_of
from rag.types import Answer, Evidence
from ui.conversation import Conversation, Exchange
from ui.parts import Shelf
from ui.strings import Language

MAX_CHARS = 400_000
_EVIDENCE_CHARS = 600
_EXCHANGES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Archive:
    exchanges: tuple[Exchange, ...]
    form: int = 1


_ARCHIVE = TypeAdapter(_Archive)


def packed(conversation: Conversation) -> str:
    """The conversation as JSON of at most ``MAX_CHARS`` characters; the oldest is left out where it is longer.

    The clauses' whole text is left out too: a restored conversation shows what was read of them.
    """
    exchanges = [_lean(exchange) for exchange in conversation if not exchange.running][-_EXCHANGES:]
    while exchanges:
        text = _ARCHIVE.dump_json(_Archive(exchanges=tuple(exchanges))).decode()
        if len(text) <= MAX_CHARS:
            return text
        bare = next((i for i, e in enumerate(exchanges[:-1]) if e.evidence), None)
        if bare is None:
            exchanges = exchanges[1:]
        else:
            exchanges[bare] = replace(exchanges[bare], evidence=())
    return ""


def unpacked(text: str) -> Conversation:
    """The conversation that was packed.

    Raises:
        UsageError: the text is too long, or no conversation of this version.
    """
    if len(text) > MAX_CHARS:
        raise UsageError(f"a conversation of {len(text):,} characters cannot be restored; at most {MAX_CHARS:,} can")
    try:
        archive = _ARCHIVE.validate_json(text)
    except ValidationError:
        raise UsageError("this conversation cannot be restored: it was kept by another version, or damaged") from None
    if archive.form != 1:
        raise UsageError(f"this conversation cannot be restored: it has form {archive.form}, this version reads 1")
    whole = [
        replace(e, answer=replace(e.answer, question=e.question, text=e.text, citations=e.citations))
        if e.answer
        else replace(e, stopped=not e.error)
        for e in archive.exchanges
    ]
    return tuple(whole[:_EXCHANGES])


def renewed(conversation: Conversation, shelf: Shelf) -> Conversation:
    """The conversation against the index as it is now: which documents are gone, which words have changed."""
    known = {document.doc_id for document in shelf.documents()}
    texts: dict[str, str] = {}

    def changed(exchange: Exchange) -> tuple[int, ...]:
        found = []
        for c in exchange.citations:
            if c.doc_id in known:
                text = texts.get(c.doc_id) or texts.setdefault(c.doc_id, shelf.file_text(c.doc_id))
                if text[c.start : c.end] != c.quote:
                    found.append(c.n)
        return tuple(found)

    def gone(exchange: Exchange) -> tuple[str, ...]:
        closest = exchange.answer.closest if exchange.answer else ()
        named = [c.doc_id for c in exchange.citations] + [e.hit.doc_id for e in exchange.evidence]
        return tuple(sorted({*named, *(c.doc_id for c in closest)} - known))

    return tuple(replace(e, gone=gone(e), changed=changed(e)) for e in conversation)


def report(exchanges: Sequence[Exchange], shelf: Shelf, language: Language) -> Report:
    """The exchanges as a report to be exported; what failed is left out."""
    documents = {document.doc_id: document for document in shelf.documents()}
    entries = [
        Entry(
            question=e.question,
            text=e.text,
            citations=e.citations,
            status=e.answer.status if e.answer else None,
            closest=e.answer.closest if e.answer else (),
            retrieved=e.asked,
        )
        for e in exchanges
        if not e.error
    ]
    return report_of(entries, documents, language)


def _lean(exchange: Exchange) -> Exchange:
    return replace(exchange, answer=_bare(exchange.answer), evidence=tuple(_short(e) for e in exchange.evidence))


def _bare(answer: Answer | None) -> Answer | None:
    """What the exchange itself holds already is not kept twice."""
    return replace(answer, question="", text="", citations=()) if answer else None


def _short(evidence: Evidence) -> Evidence:
    return replace(evidence, text=evidence.text[:_EVIDENCE_CHARS], hit=replace(evidence.hit, text=""))
