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
_REASONS = {
    "promotion": "advertising",
    "copy_nag": "copying notice",
    "furniture": "page number or running head",
    "navigation": "web navigation",
    "toc": "table of contents",
}


def render_json(path: Path) -> dict[str, Any]:
    """What ``outline FILE --json`` prints (CONTRACT.md); the root section is left out."""
    source = _read(path)
    return source_json(source, str(path))


def render_tree(path: Path) -> str:
    """The outline as a tree for the terminal, with removed text and irregularities."""
    source = _read(path)
    documents = outline(source, Path(path).stem)
    return "\n".join(line for document in documents for line in document_tree(document, source.text))


def source_json(source: SourceText, name: str) -> dict[str, Any]:
    """The published outline of a source already read."""
    return {"source": name, "text": source.text, "documents": [_document(d) for d in outline(source, Path(name).stem)]}


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


def document_tree(document: Document, text: str) -> list[str]:
    """The lines of one document's tree: title, metadata, sections, removed text, irregularities.

    ``text`` is that of the file; places are shown as lines in it, from 1.
    """
    return list(_tree(document, text))


def _tree(document: Document, text: str) -> Iterator[str]:
    yield f"《{document.title}》" if document.title else "(no title)"
    facts = {
        name: getattr(document.metadata, name)
        for name in ("document_number", "issuer", "adopted", "issued", "effective", "repealed", "year", "status")
    }
    known = " · ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items() if value is not None)
    if known:
        yield f"  {known}"
    if len(document.sections) == 1:
        yield "  (no sections found)"
    for section in document.sections[1:]:
        words = _shorten(section.heading or text[section.body : section.end], _WIDEST_HEADING_CHARS)
        shown = words if section.heading else f"“{words}”" if words else ""
        page = f"  p. {section.page}" if section.page else ""
        yield f"{'  ' * section.level}{'  '.join(part for part in (section.number, shown) if part)}{page}"
    if document.removed:
        yield f"  Removed as no part of the document ({len(document.removed)}):"
    for removed in document.removed:
        reason = _REASONS.get(removed.reason, removed.reason)
        yield f"    line {_line(text, removed.start)}, {reason}: {_shorten(removed.text, _WIDEST_REMOVED_CHARS)}"
    if document.irregularities:
        yield f"  Worth checking ({len(document.irregularities)}):"
    for odd in document.irregularities:
        yield f"    line {_line(text, odd.start)}: {odd.message}"


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _shorten(text: str, width: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"
