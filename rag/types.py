"""The nouns of the project: frozen dataclasses that every stage passes on.

All offsets are Python character offsets into ``SourceFile.text``, the text of the whole
file exactly as its reader gave it; that text is never altered afterwards (invariant 1).
Spans are half-open: ``text[start:end]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

AnswerStatus = Literal["answered", "partial", "not_found", "redacted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a document says of itself; dates are ISO 8601 (``2024-07-01``), unknown is None."""

    year: int | None = None
    issuer: str | None = None
    document_number: str | None = None
    adopted: str | None = None
    issued: str | None = None
    effective: str | None = None
    repealed: str | None = None
    version: str | None = None
    status: str | None = None
    """``in_force``, ``superseded``, ``repealed``, ``draft`` or None when the text does not tell."""
    repeals: tuple[str, ...] = ()
    """Titles and document numbers of what this document repeals."""
    found_at: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Field name → span it was read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A numbered or headed part of a document, down to the start of the next of its level or above.

    The *root* section (``level`` 0, ``path`` ``()``) spans the whole document; what stands before
    the first heading belongs to it alone. It is always ``Document.sections[0]`` and is left out of
    the published outline.
    """

    id: str
    parent: str | None
    level: int
    """Depth inside the document, ``len(path)``; the root is 0."""
    number: str
    """The bare numeral as printed (``一``, ``六``, ``1``, ``第十二条``); ``""`` for a heading without one."""
    heading: str
    """The heading's own words, without its number; ``""`` where the number stands alone."""
    path: tuple[str, ...]
    """Numbers from the top down; a heading without a number stands there by its words."""
    start: int
    end: int
    body: int
    """Offset where the section's text begins: after number and heading (a run-in heading's body
    starts after the full stop that ends it)."""
    page: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of an inline enumeration (一是…二是…, (a)…(b)…) inside a section's own text."""

    section: str
    marker: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedSpan:
    """Text that stays in the file but is neither shown as content nor indexed."""

    start: int
    end: int
    text: str
    reason: str
    """``promotion``, ``watermark``, ``navigation``, ``furniture``, ``toc`` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A reference in running text; ``target`` is a section id of the same document, if it was found."""

    section: str
    start: int
    end: int
    target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """A figure or name the source hides (X, ××, **)."""

    section: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Abbreviation:
    """A short name that a document gives something: 以下简称“…”, hereinafter "…", Full Name (FN)."""

    short: str
    full: str
    start: int
    end: int
    """Span of the definition, from the full name on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Irregularity:
    """Something odd in the source, kept as printed: a skipped number, contradicting years."""

    kind: str
    message: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document inside a file, with its outline. ``sections`` is in text order, the root first."""

    title: str
    start: int
    end: int
    metadata: Metadata
    sections: tuple[Section, ...]
    items: tuple[Item, ...] = ()
    removed: tuple[RemovedSpan, ...] = ()
    links: tuple[Link, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    irregularities: tuple[Irregularity, ...] = ()
    abbreviations: tuple[Abbreviation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of one section's own text, as it is searched and embedded.

    ``text`` is ``"".join(file_text[a:b] for a, b in spans)``: what stands between ``start`` and
    ``end`` less the removed spans. A chunk never crosses a section.
    """

    section: str
    ordinal: int
    """Position among the chunks of its document, from 0."""
    start: int
    end: int
    spans: tuple[tuple[int, int], ...]
    text: str
    context: str
    """Title and heading path, put before ``text`` for embedding: ``《…》 一、… （二）…``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file read, cleaned, outlined and chunked: what an index takes in."""

    source: str
    """Path as given, relative to the folder that was added, with ``/``."""
    sha256: str
    """Of the file's bytes."""
    text: str
    documents: tuple[Document, ...]
    chunks: tuple[tuple[Chunk, ...], ...]
    """For each document, its chunks in text order."""
    page_starts: tuple[int, ...] = ()
    """Offset at which page 1, 2, … begins; empty where the format has no pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedDocument:
    """A document as the index knows it."""

    doc_id: str
    """Stable over re-ingestion of the same source."""
    source: str
    ordinal: int
    """Position among the documents of its file, from 0."""
    title: str
    start: int
    end: int
    metadata: Metadata
    sections: int
    chunks: int
    superseded_by: str | None = None
    """doc_id of the document in the index that repeals this one."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document was read from."""

    source: str
    root: str
    """Folder that ``source`` is relative to, as an absolute path; ``""`` where it is not known."""
    sha256: str
    """Of the file's bytes, as they were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedChunk:
    """A chunk as the index knows it; ``id`` is never used again once removed."""

    id: int
    doc_id: str
    chunk: Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which documents a question may see, applied in every engine before ranking. Empty: all."""

    documents: tuple[str, ...] = ()
    """doc_ids."""
    without: tuple[str, ...] = ()
    """doc_ids that are left out, such as those of superseded documents."""
    year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A section found for a question; ``start``/``end`` is its own text (its children are not in it)."""

    rank: int
    score: float
    doc_id: str
    document: str
    source: str
    section_id: str
    path: tuple[str, ...]
    heading: str
    label: str
    text: str
    """The file's text between ``start`` and ``end`` less removed spans."""
    start: int
    end: int
    page: int | None
    best: tuple[int, int]
    """Span of the chunk that matched best."""
    status: str | None = None
    """The document's status: ``in_force``, ``superseded``, ``repealed`` …"""
    dense: float = 0.0
    """Cosine of the best chunk with the question, in [-1, 1]; 0 where it was not ranked."""
    span: tuple[int, int] | None = None
    """What of the section an address names, all below it included, where it is not the whole section."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An earlier question and its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person asks, within a scope and a conversation."""

    text: str
    scope: Scope = Scope()
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A clause offered to the answerer: whole sentences of one section."""

    n: int
    hit: Hit
    sentences: tuple[tuple[int, int], ...]
    """Spans in the file's text, in order; each is one sentence, table row or item."""
    text: str
    """The sentences as they read once removed spans are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A clause that a sentence of the answer stands on. ``quote == file_text[start:end]``."""

    n: int
    doc_id: str
    document: str
    source: str
    section_id: str
    path: tuple[str, ...]
    label: str
    quote: str
    start: int
    end: int
    page: int | None
    verified: bool
    parts: tuple[tuple[int, int], ...] = ()
    """Where removed text interrupts the quote: the spans that are meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closest:
    """Where a reader might look when nothing answers."""

    label: str
    doc_id: str
    section_id: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """Wall time of one answer; ``first_token`` is when the first checked words could be read."""

    total: float
    first_token: float
    retrieve: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What one answer cost, in tokens: of the model's own count where it gives one, else of the embedder's."""

    evidence: int
    """In the clauses offered to the answerer."""
    prompt: int
    """Read by the language model; 0 where none was asked."""
    answer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The reply to one question; ``text`` holds ``[n]`` markers, each with its citation."""

    question: str
    status: AnswerStatus
    text: str
    citations: tuple[Citation, ...]
    closest: tuple[Closest, ...]
    warnings: tuple[str, ...]
    model: str
    prompt: str
    """Content hash of the prompt files used; ``""`` where no model was asked."""
    index: str
    seconds: Seconds
    tokens: Tokens | None = None
    confidence: float | None = None
    """How probable it is that the clauses found answer the question, in [0, 1]; None where nothing was judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """First event of a streamed answer: the clauses found, before any word is written."""

    evidence: tuple[Evidence, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """A checked sentence of the answer, with the citations it introduces."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Last event of a streamed answer."""

    answer: Answer


Event = Sources | Delta | Done
