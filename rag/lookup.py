"""Finding a section by its id or by the label under which answers cite it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag.errors import UsageError
from rag.labels import document_label, section_label
from rag.normalize import normalize
from rag.types import Section

if TYPE_CHECKING:
    from rag.index import Snapshot

_PUNCTUATION = re.compile(r"[\s《》,，、．.()（）\[\]【】:：]+")


def find_section(snapshot: Snapshot, name: str) -> tuple[str, Section]:
    """The ``(doc_id, section)`` that ``doc_id:section_id``, a doc_id, a title or a label names.

    Labels are compared without brackets, punctuation and spaces, after NFKC and simplification.

    Raises:
        UsageError: none or several sections have that name; the message lists the nearest.
    """
    documents = snapshot.documents()
    doc_id, _, section_id = name.partition(":")
    if any(document.doc_id == doc_id for document in documents):
        for section in snapshot.sections(doc_id):
            if section.id == section_id or (not section_id and section.level == 0):
                return doc_id, section
        raise UsageError(f"document {doc_id} has no section {section_id!r}; `python -m rag search` prints ids")
    wanted = _key(name)
    found: list[tuple[str, Section, str]] = []
    near: list[str] = []
    for document in documents:
        if not wanted.startswith(_key(document.title)):
            continue
        text = snapshot.file_text(document.doc_id)
        sections = {section.id: section for section in snapshot.sections(document.doc_id)}
        for section in sections.values():
            label = section_label(document.title, section, sections, text)
            near.append(label)
            if wanted in (_key(label), _key(document_label(document.title) + "".join(section.path))):
                found.append((document.doc_id, section, label))
    if len(found) == 1 or len({(d, s.path) for d, s, _ in found}) == 1:
        return found[0][0], found[0][1]
    if found:
        ids = ", ".join(f"{doc_id}:{section.id}" for doc_id, section, _ in found)
        raise UsageError(f"{name!r} names {len(found)} sections: use one of {ids}")
    hint = f"; this document has {', '.join(near[1:6])} …" if near else "; `python -m ingest list` names the documents"
    raise UsageError(f"no section is called {name!r}{hint}")


def _key(label: str) -> str:
    return _PUNCTUATION.sub("", normalize(label))
