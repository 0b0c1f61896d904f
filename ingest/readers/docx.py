"""Word documents: the text as Word prints it with all tracked changes accepted, without what is struck out.

Read with zipfile and lxml under ``limits.py``; python-docx offers neither numbering, fields, text
boxes, notes nor revisions. Headers, footers and comments are not part of the text.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from ingest.readers import limits
from ingest.readers.docx_body import Body, Parts
from ingest.readers.docx_numbering import Numbering, read_numbering
from ingest.readers.docx_styles import read_styles
from ingest.readers.lines import assemble
from ingest.readers.ooxml import STRICT, W, value, w
from ingest.readers.struck import struck_warning
from ingest.source import SourceText
from rag.errors import DocumentError

LIMIT_BYTES = 200 * limits.MIB
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_UNTITLED = frozenset({"", "untitled", "word document", "document", "microsoft word", "无标题", "文档"})


def read_docx(data: bytes, name: str) -> SourceText:
    """The paragraphs, table rows and notes of a Word document.

    Raises:
        DocumentError: empty, damaged, encrypted, another format, over the limits, or without text.
    """
    archive = open_office(data, name, "docx", "Word")
    main = _main_part(archive)
    root = _xml(archive, main)
    body = root.find(w("body"))
    if body is None:
        raise DocumentError(f"{name}: {main} has no body; open it in Word and save it as .docx again")
    folder = posixpath.dirname(main)
    parts = Parts(
        styles=read_styles(_optional(archive, f"{folder}/styles.xml")),
        numbering=_numbering(archive, folder),
        footnotes=_notes(_optional(archive, f"{folder}/footnotes.xml"), "footnote"),
        endnotes=_notes(_optional(archive, f"{folder}/endnotes.xml"), "endnote"),
    )
    embedded = root.find(f".//{w('altChunk')}") is not None
    reader = Body(parts)
    lines = list(reader.lines(body))
    warnings = ["an embedded document (altChunk) was left out"] if embedded else []
    warnings += struck_warning(reader.struck)
    return assemble(lines, name, format="docx", title=_title(archive), warnings=warnings)


def open_office(data: bytes, name: str, extension: str, program: str) -> limits.Archive:
    """The zip archive of an office file, or one clear line why it is none."""
    limits.check_size(len(data), name, LIMIT_BYTES)
    if not data:
        raise DocumentError(f"{name}: the file is empty (0 bytes)")
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise DocumentError(f"{name}: protected by a password; open it in {program} and save it without one")
        raise DocumentError(
            f"{name}: an old binary office file, not .{extension}; give it its own ending (.doc, .xls, .wps) "
            f"or save it as .{extension}"
        )
    if not data.startswith(b"PK"):
        raise DocumentError(f"{name}: not a .{extension} file; open it in {program} and save it as .{extension}")
    return limits.Archive(data, name)


def _xml(archive: limits.Archive, part: str) -> Any:
    data = archive.read(part).replace(STRICT, W.encode())
    return limits.parse_xml(data, archive.name, part)


def _optional(archive: limits.Archive, part: str) -> Any:
    return _xml(archive, part) if part in archive.names else None


def _main_part(archive: limits.Archive) -> str:
    if "_rels/.rels" in archive.names:
        for relation in _xml(archive, "_rels/.rels").iter(_RELATION):
            if (relation.get("Type") or "").endswith("/officeDocument"):
                return str(relation.get("Target") or "").lstrip("/")
    return "word/document.xml"


def _numbering(archive: limits.Archive, folder: str) -> Numbering:
    root = _optional(archive, f"{folder}/numbering.xml")
    return Numbering() if root is None else read_numbering(root)


def _notes(root: Any, tag: str) -> dict[str, Any]:
    """Notes by id; separators, which have a type, are none."""
    return dict(_note_items(root, tag)) if root is not None else {}


def _note_items(root: Any, tag: str) -> Iterator[tuple[str, Any]]:
    for node in root.iter(w(tag)):
        note_id = value(node, "id")
        if note_id is not None and value(node, "type") in {None, "normal"}:
            yield note_id, node


def _title(archive: limits.Archive) -> str | None:
    root = _optional(archive, "docProps/core.xml")
    title = (root.findtext(_TITLE) or "").strip() if root is not None else ""
    return None if title.lower() in _UNTITLED else title
