"""The outline for people (a tree) and for programs (the published JSON)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.outline.reader import outline
from ingest.source import SourceText
from rag.types import Document, Section

_WIDEST_HEADING_CHARS = 60
_WIDEST_REMOVED_CHARS = 50


def render_json(path: Path) -> dict[str, Any]:
    """What ``outline FILE --json`` prints (CONTRACT.md); the root section is left out."""
    source = _read(path)
    return source_json(source, str(path))


def render_tree(path: Path) -> str:
    """The outline as a tree for the terminal, with removed text and irregularities."""
    source = _read(path)
    return "\n".join(line for document in outline(source) for line in document_tree(document))


def source_json(source: SourceText, name: str) -> dict[str, Any]:
    """The published outline of a source already read."""
    return {"source": name, "text": source.text, "documents": [_document(d) for d in outline(source)]}


def _read(path: Path) -> SourceText:
    from ingest.readers import read

    return read(Path(path))


def _document(document: Document) -> dict[str, Any]:
    metadata = document.metadata
    return {
        "title": document.title,
        "start": document.start,
        "end": document.end,
        "metadata": {
            "year": metadata.year,
            "issuer": metadata.issuer,
            "document_number": metadata.document_number,
            "adopted": metadata.adopted,
            "issued": metadata.issued,
            "effective": metadata.effective,
            "repealed": metadata.repealed,
            "version": metadata.version,
            "status": metadata.status,
            "found_at": {name: list(span) for name, span in metadata.found_at.items()},
        },
        "sections": [_section(section, document.sections[0].id) for section in document.sections[1:]],
        "items": [{"section": i.section, "marker": i.marker, "start": i.start, "end": i.end} for i in document.items],
        "removed": [{"start": r.start, "end": r.end, "text": r.text, "reason": r.reason} for r in document.removed],
        "links": [{"section": k.section, "start": k.start, "end": k.end, "target": k.target} for k in document.links],
        "redactions": [{"section": r.section, "start": r.start, "end": r.end} for r in document.redactions],
        "irregularities": [
            {"kind": o.kind, "message": o.message, "start": o.start, "end": o.end} for o in document.irregularities
        ],
    }


def _section(section: Section, root: str) -> dict[str, Any]:
    return {
        "id": section.id,
        "parent": None if section.parent == root else section.parent,
        "level": section.level,
        "number": section.number,
        "heading": section.heading,
        "path": list(section.path),
        "start": section.start,
        "end": section.end,
        "body": section.body,
        "page": section.page,
    }


def document_tree(document: Document) -> list[str]:
    """The lines of one document's tree: title, metadata, sections, removed text, irregularities."""
    return list(_tree(document))


def _tree(document: Document) -> Iterator[str]:
    yield f"《{document.title}》" if document.title else "(no title)"
    facts = {
        name: getattr(document.metadata, name)
        for name in ("document_number", "issuer", "adopted", "issued", "effective", "repealed", "year", "status")
    }
    known = " · ".join(f"{name} {value}" for name, value in facts.items() if value is not None)
    if known:
        yield f"  {known}"
    for section in document.sections[1:]:
        words = _shorten(section.heading, _WIDEST_HEADING_CHARS)
        page = f"  p. {section.page}" if section.page else ""
        yield f"{'  ' * section.level}{' '.join(part for part in (section.number, words) if part)}{page}"
    for removed in document.removed:
        yield f"  - removed ({removed.reason}) at {removed.start}: {_shorten(removed.text, _WIDEST_REMOVED_CHARS)}"
    for odd in document.irregularities:
        yield f"  ! {odd.kind} at {odd.start}: {odd.message}"


def _shorten(text: str, width: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"
