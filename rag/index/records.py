"""How the nouns of a document stand in SQLite rows, and the hashes that identify their content."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from rag.normalize import normalize
from rag.types import (
    Abbreviation,
    Chunk,
    Document,
    IndexedChunk,
    Irregularity,
    Item,
    Link,
    Metadata,
    Redaction,
    RemovedSpan,
    Section,
)

Row = tuple[Any, ...]
Part = Item | RemovedSpan | Link | Redaction | Irregularity | Abbreviation

PARTS: dict[str, type[Part]] = {
    "items": Item,
    "removed": RemovedSpan,
    "links": Link,
    "redactions": Redaction,
    "irregularities": Irregularity,
    "abbreviations": Abbreviation,
}
"""Table (and field of ``Document``) → what a row of it is."""

CHUNK_COLUMNS = "id, doc_id, section, ordinal, start, end, spans, text, context"
_BRACKETS = str.maketrans(dict.fromkeys("[【〔「〈《{", "(") | dict.fromkeys("]】〕」〉》}", ")"))


def columns(noun: type) -> tuple[str, ...]:
    """Names of the fields, in order: the table's columns."""
    return tuple(field.name for field in fields(noun))


def column_list(noun: type) -> str:
    """The columns as SQL; some are keywords, so all are quoted."""
    return ", ".join(f'"{name}"' for name in columns(noun))


def to_row(noun: Section | Part) -> Row:
    """Field values in order; tuples as JSON."""
    values = (getattr(noun, name) for name in columns(type(noun)))
    return tuple(json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value for value in values)


def to_section(row: Row) -> Section:
    """The section that ``to_row`` wrote."""
    values = dict(zip(columns(Section), row, strict=True))
    return Section(**(values | {"path": tuple(json.loads(values["path"]))}))


def to_metadata(text: str) -> Metadata:
    """The metadata that ``metadata_json`` wrote."""
    values = json.loads(text)
    found = {name: (span[0], span[1]) for name, span in values.pop("found_at").items()}
    repeals = tuple(values.pop("repeals"))
    return Metadata(**values, repeals=repeals, found_at=found)


def metadata_json(metadata: Metadata) -> str:
    """All fields, keys sorted."""
    values = {name: getattr(metadata, name) for name in columns(Metadata)}
    values["found_at"] = {name: list(span) for name, span in sorted(metadata.found_at.items())}
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def to_chunk(row: Row) -> IndexedChunk:
    """The chunk of a row of ``CHUNK_COLUMNS``."""
    chunk_id, doc_id, section, ordinal, start, end, spans, text, context = row
    chunk = Chunk(
        section=section,
        ordinal=ordinal,
        start=start,
        end=end,
        spans=tuple((a, b) for a, b in json.loads(spans)),
        text=text,
        context=context,
    )
    return IndexedChunk(id=chunk_id, doc_id=doc_id, chunk=chunk)


def embedded_text(chunk: Chunk) -> str:
    """What is embedded for a chunk: its context on a line of its own, then its text."""
    return f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text


def text_hash(text: str) -> bytes:
    """SHA-256 of the text; lone surrogates, which some readers let through, count as they are."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def document_hash(document: Document, chunks: Iterable[Chunk], file_text: str) -> bytes:
    """Hash of everything an index holds of a document: the same content gives the same hash."""
    digest = hashlib.sha256(text_hash(file_text[document.start : document.end]))

    def feed(*values: Any) -> None:
        digest.update(json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass"))

    feed(document.title, document.start, document.end, metadata_json(document.metadata))
    for section in document.sections:
        feed(*to_row(section))
    for table in PARTS:
        for part in getattr(document, table):
            feed(table, *to_row(part))
    for chunk in chunks:
        feed(chunk.section, chunk.ordinal, chunk.start, chunk.end, chunk.spans, chunk.text, chunk.context)
    return digest.digest()


def number_key(document_number: str | None) -> str | None:
    """A document number in the form in which two are compared: brackets, width and spaces apart."""
    if document_number is None:
        return None
    return re.sub(r"\s+", "", normalize(document_number.translate(_BRACKETS))) or None


def natural_doc_id(source: str, ordinal: int, attempt: int = 0) -> str:
    """First 12 hex digits of the SHA-256 of source, NUL and position in the file (and NUL, attempt)."""
    key = f"{source}\0{ordinal}" + (f"\0{attempt}" if attempt else "")
    return text_hash(key).hex()[:12]


def own_spans(sections: Sequence[Section], end: int) -> dict[str, tuple[int, int]]:
    """Section id → span of its own text, heading included: up to where the next section starts."""
    ends = [section.start for section in sections[1:]] + [end]
    return {section.id: (section.start, stop) for section, stop in zip(sections, ends, strict=True)}
