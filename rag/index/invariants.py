"""Proving the invariants of an index; each fault is one line with the command that mends it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.index.lexical import LexicalEntry
from rag.index.manifest import SCHEMA_VERSION
from rag.index.records import PARTS, document_hash, embedded_text, own_spans, text_hash
from rag.index.snapshot import Snapshot
from rag.index.writer import content_digest
from rag.types import Chunk, Document, IndexedChunk, IndexedDocument, Item, Link, Redaction, RemovedSpan, Section

Fault = tuple[str, str]
"""Rule broken, and how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """An invariant that does not hold."""

    rule: str
    message: str
    mend: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}. Mend: {self.mend}"


def check_snapshot(folder: Path, snapshot: Snapshot) -> list[Violation]:
    """Every invariant that the snapshot breaks; empty for a sound index."""
    again = f"python -m ingest add --rebuild --index {folder}"
    found = [
        Violation(rule=rule, message=message, mend=again)
        for faults in (_store_faults(snapshot), _vector_faults(snapshot), _lexical_faults(snapshot))
        for rule, message in faults
    ]
    with_text = {source for (source,) in snapshot.store.rows("SELECT source FROM files")}
    for document in (document for document in snapshot.documents() if document.source in with_text):
        mend = f"python -m ingest add FOLDER/{document.source} --rebuild --index {folder}"
        outline = snapshot.outline(document.doc_id)
        text = snapshot.file_text(document.doc_id)
        chunks = snapshot.store.document_chunks(document.doc_id)
        found += [
            Violation(rule=rule, message=f"{document.source} ({document.doc_id}): {message}", mend=mend)
            for rule, message in _document_faults(snapshot, document, outline, text, chunks)
        ]
    return found


def outline_faults(text: str, document: Document) -> Iterator[Fault]:
    """What is wrong with an outline over its file's text: nesting, cover, spans outside."""
    if not 0 <= document.start <= document.end <= len(text):
        yield "span", f"document {document.start}–{document.end} is outside the text of {len(text)} characters"
        return
    yield from _section_faults(document)
    yield from _part_faults(text, document)


def chunk_faults(text: str, document: Document, chunks: Sequence[IndexedChunk]) -> Iterator[Fault]:
    """What is wrong with the chunks of a document: spans, text, removed words, words left out."""
    own = own_spans(document.sections, document.end)
    gone = _marked(len(text), ((span.start, span.end) for span in document.removed))
    if [chunk.chunk.ordinal for chunk in chunks] != list(range(len(chunks))):
        yield "chunk", "chunks are not numbered from 0 without a gap"
    for indexed in chunks:
        fault = _span_fault(text, indexed.chunk, own.get(indexed.chunk.section))
        if fault:
            yield "chunk", f"chunk {indexed.id} {fault}"
        if any(gone[a:b].any() for a, b in indexed.chunk.spans):
            yield "removed", f"chunk {indexed.id} holds removed text"
    headings = ((section.start, section.body) for section in document.sections)
    spans = (span for indexed in chunks for span in indexed.chunk.spans)
    covered = gone | _marked(len(text), headings) | _marked(len(text), spans)
    for offset in (np.flatnonzero(~covered[document.start : document.end]) + document.start).tolist():
        if text[offset].isalnum():
            yield "cover", f"text at offset {offset} is in no chunk: {text[offset : offset + 20]!r}"
            return


def _span_fault(text: str, chunk: Chunk, own: tuple[int, int] | None) -> str | None:
    edges = [offset for span in chunk.spans for offset in span]
    if own is None:
        return f"names section {chunk.section}, which is not there"
    if not edges or edges != sorted(edges) or edges[0] < own[0] or edges[-1] > own[1]:
        return f"leaves the own text of its section {chunk.section}"
    if (chunk.start, chunk.end) != (edges[0], edges[-1]):
        return "does not begin and end with its spans"
    if chunk.text != "".join(text[a:b] for a, b in chunk.spans):
        return "has not the text that stands at its spans"
    return None


def _marked(length: int, spans: Iterable[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    flags = np.zeros(length, dtype=bool)
    for start, end in spans:
        flags[start:end] = True
    return flags


def _store_faults(snapshot: Snapshot) -> Iterator[Fault]:
    store = snapshot.store
    for (line,) in store.rows("PRAGMA integrity_check"):
        if line != "ok":
            yield "sqlite", str(line)
    for row in store.rows("PRAGMA foreign_key_check"):
        yield "orphan", f"row {row[1]} of {row[0]} refers to a missing row of {row[2]}"
    for (source,) in store.rows("SELECT source FROM files WHERE source NOT IN (SELECT source FROM documents)"):
        yield "orphan", f"file {source} has no document"
    for (source,) in store.rows(
        "SELECT source FROM files f WHERE documents_read < (SELECT count(*) FROM documents d WHERE d.source = f.source)"
    ):
        yield "orphan", f"file {source} has more documents than were read from it"
    if snapshot.manifest.schema != SCHEMA_VERSION:
        yield "manifest", f"schema {snapshot.manifest.schema}, this program knows {SCHEMA_VERSION}"
    if store.meta("digest") != (content_digest(store) if snapshot.generation else ""):
        yield "digest", "the recorded digest is not that of the content"
    if store.meta("writing"):
        yield "transaction", "a half-done change was committed"


def _vector_faults(snapshot: Snapshot) -> Iterator[Fault]:
    dimension = snapshot.manifest.dimension
    odd = snapshot.store.rows("SELECT id FROM chunks WHERE length(vector) != ?", (dimension * 4,))
    yield from (("manifest", f"the vector of chunk {chunk_id} has not {dimension} dimensions") for (chunk_id,) in odd)
    stored = snapshot.store.added_since(-1)
    ids = snapshot.dense.ids()
    if not np.array_equal(stored, ids):
        yield "vectors", f"FAISS holds {len(ids)} chunks, SQLite {len(stored)}, and they are not the same"
        return
    for chunk_id in () if odd else snapshot.dense.differing(snapshot.store.exact(dimension)):
        yield "vectors", f"the vector of chunk {chunk_id} in FAISS is not the one in SQLite"


def _lexical_faults(snapshot: Snapshot) -> Iterator[Fault]:
    if snapshot.lexical.stamp != str(snapshot.stamp):
        yield "lexical", f"tantivy stands at {snapshot.lexical.stamp}, SQLite at {snapshot.stamp}"
    stored = snapshot.store.added_since(-1)
    if not np.array_equal(stored, snapshot.lexical.ids()):
        yield "lexical", "tantivy and SQLite do not hold the same chunks"
    sql = "SELECT chunks.id, doc_id, year, text, context FROM chunks JOIN documents USING (doc_id)"
    for row in snapshot.store.rows(sql):
        if not snapshot.lexical.finds(LexicalEntry(*row)):
            yield "lexical", f"chunk {row[0]} is not found by its own words"


def _document_faults(
    snapshot: Snapshot, document: IndexedDocument, outline: Document, text: str, chunks: Sequence[IndexedChunk]
) -> Iterator[Fault]:
    stored = snapshot.store
    ((file_hash, content),) = stored.rows(
        "SELECT text_hash, hash FROM files JOIN documents USING (source) WHERE doc_id = ?", (document.doc_id,)
    )
    if file_hash != text_hash(text):
        yield "hash", "the text of the file is not the one that was read"
    if content != document_hash(outline, [chunk.chunk for chunk in chunks], text):
        yield "hash", "the outline or the chunks are not those that were read"
    hashes: dict[int, bytes] = dict(stored.rows("SELECT id, hash FROM chunks WHERE doc_id = ?", (document.doc_id,)))
    for chunk in chunks:
        if hashes[chunk.id] != text_hash(embedded_text(chunk.chunk)):
            yield "hash", f"chunk {chunk.id} is not the text that was embedded"
    faults = list(outline_faults(text, outline))
    yield from faults
    if not any(rule in {"span", "section"} for rule, _ in faults):
        yield from chunk_faults(text, outline, chunks)


def _section_faults(document: Document) -> Iterator[Fault]:
    if not document.sections:
        yield "section", "there is no root section"
        return
    root = document.sections[0]
    if (root.level, root.path, root.parent, root.start, root.end) != (0, (), None, document.start, document.end):
        yield "section", "the root section does not span the document"
    by_id = {section.id: section for section in document.sections}
    if len(by_id) < len(document.sections):
        yield "section", "two sections have the same id"
    for before, section in pairwise(document.sections):
        if section.start < before.start:
            yield "section", f"section {section.id} stands before {before.id}, which it follows"
    for section in document.sections:
        yield from _nesting_faults(section, by_id)
    for section, end in _expected_ends(document):
        if section.end != end:
            yield "section", f"section {section.id} ends at {section.end}, its next neighbour starts at {end}"


def _expected_ends(document: Document) -> Iterator[tuple[Section, int]]:
    """Each section and where the next of its level or above starts."""
    unclosed: list[Section] = []
    for section in document.sections:
        while unclosed and unclosed[-1].level >= section.level:
            yield unclosed.pop(), section.start
        unclosed.append(section)
    for section in unclosed:
        yield section, document.end


def _nesting_faults(section: Section, by_id: dict[str, Section]) -> Iterator[Fault]:
    if not section.start <= section.body <= section.end:
        yield "section", f"the body of section {section.id} is outside it"
    if section.level != len(section.path):
        yield "section", f"section {section.id} has level {section.level} and a path of {len(section.path)}"
    if section.level == 0:
        return
    parent = by_id.get(section.parent or "")
    if parent is None:
        yield "section", f"section {section.id} has no parent in the document"
    elif parent.level >= section.level or section.path[: len(parent.path)] != parent.path:
        yield "section", f"section {section.id} is not below its parent {parent.id}"
    elif not parent.start <= section.start <= section.end <= parent.end:
        yield "section", f"section {section.id} leaves its parent {parent.id}"


def _part_faults(text: str, document: Document) -> Iterator[Fault]:
    by_id = {section.id: section for section in document.sections}
    for table in PARTS:
        for part in getattr(document, table):
            if not document.start <= part.start <= part.end <= document.end:
                yield "span", f"{table} {part.start}–{part.end} is outside the document"
            elif isinstance(part, Item | Link | Redaction) and part.section not in by_id:
                yield "orphan", f"{table} {part.start}–{part.end} names a section that is not there"
            elif isinstance(part, Link) and part.target is not None and part.target not in by_id:
                yield "orphan", f"link {part.start}–{part.end} leads to a section that is not there"
            elif isinstance(part, Item) and not _inside(part, by_id[part.section]):
                yield "span", f"item {part.start}–{part.end} is outside its section"
            elif isinstance(part, RemovedSpan) and part.text != text[part.start : part.end]:
                yield "removed", f"removed text {part.start}–{part.end} is not what stands there"


def _inside(item: Item, section: Section) -> bool:
    return section.start <= item.start and item.end <= section.end
