"""Where a clause is cited, as a fold under it. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from weakref import WeakKeyDictionary

from rag.labels import section_label
from rag.references import Reference, citing, references
from rag.types import Document, Section
from ui.parts import Shelf
from ui.render import clause_url, script_of
from ui.strings import Language, text

_SHOWN = 40
_AROUND_CHARS = 36


@dataclass(frozen=True, slots=True)
class Crossing:
    """The references of a document: those that go out from it, and its folds of those that come in, by section."""

    outgoing: Sequence[Reference] = ()
    folds: Mapping[str, str] | None = None

    def fold(self, section: str) -> str:
        """The fold under a section; empty where nothing cites it."""
        return (self.folds or {}).get(section, "")


NO_CROSSING = Crossing()
_KEPT = 32
_DRAWN: WeakKeyDictionary[Shelf, dict[tuple[str, Language], Crossing]] = WeakKeyDictionary()


def crossing(shelf: Shelf, doc_id: str, language: Language) -> Crossing:
    """What a document refers to, and where each of its sections is cited."""
    kept = _DRAWN.setdefault(shelf, {})
    if (doc_id, language) not in kept:
        if len(kept) >= _KEPT:
            kept.clear()
        known = _Documents(shelf)
        folds = {section: _fold(known, doc_id, found, language) for section, found in citing(shelf, doc_id).items()}
        kept[doc_id, language] = Crossing(references(shelf, doc_id), folds)
    return kept[doc_id, language]


class _Documents:
    """The documents that cite, each with its text and its sections by id, looked up once."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._known: dict[str, tuple[Document, str, Mapping[str, Section]]] = {}

    def get(self, doc_id: str) -> tuple[Document, str, Mapping[str, Section]]:
        """A document, the text of its file, and its sections."""
        if doc_id not in self._known:
            document = self._shelf.outline(doc_id)
            sections = {section.id: section for section in document.sections}
            self._known[doc_id] = document, self._shelf.file_text(doc_id), sections
        return self._known[doc_id]


def _fold(known: _Documents, doc_id: str, found: Sequence[Reference], language: Language) -> str:
    items = "".join(_entry(known, doc_id, one) for one in found[:_SHOWN])
    rest = len(found) - _SHOWN
    more = f"<li>{escape(text(language, 'cited_more', count=rest))}</li>" if rest > 0 else ""
    words = escape(text(language, "cited_by", count=len(found)))
    return f'<details class="citing"><summary>{words}</summary><ul>{items}{more}</ul></details>'


def _entry(known: _Documents, doc_id: str, one: Reference) -> str:
    document, file_text, sections = known.get(one.doc_id)
    label = section_label(document.title, sections[one.section], sections, file_text)
    if one.doc_id == doc_id and one.section != document.sections[0].id:
        label = label.removeprefix(f"《{document.title}》").removeprefix(document.title).strip(" ,，")
    before, words, after = _around(document, file_text, one)
    return (
        f'<li><a data-clause lang="{script_of(label)}" '
        f'href="{escape(clause_url(one.doc_id, one.section, (one.start, one.end)))}">{escape(label)}</a> '
        f'<span lang="{script_of(words)}">{escape(before)}<b>{escape(words)}</b>{escape(after)}</span></li>'
    )


def _around(document: Document, file_text: str, one: Reference) -> tuple[str, str, str]:
    """The words before the reference, its own, and those after it, on its line."""
    start = max(document.start, file_text.rfind("\n", 0, one.start) + 1, one.start - _AROUND_CHARS)
    line_end = file_text.find("\n", one.end)
    end = min(document.end, line_end if line_end >= 0 else document.end, one.end + _AROUND_CHARS)
    return (
        ("…" if start and file_text[start - 1] != "\n" else "") + file_text[start : one.start],
        file_text[one.start : one.end],
        file_text[one.end : end] + ("…" if end < document.end and file_text[end] != "\n" else ""),
    )
