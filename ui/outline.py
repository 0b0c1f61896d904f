"""The outline of a document as nested, foldable lists of links. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from rag.types import Document, Section
from ui.marks import Marks, kept, removed_marks
from ui.render import clause_url, script_of
from ui.strings import Language, text

_UNFOLD_ALL_UP_TO = 60
_SNIPPET_CHARS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What of a document is to be shown: a clause, and the quote in it."""

    doc_id: str
    section: str = ""
    quote: tuple[int, int] | None = None


def outline_html(
    document: Document,
    file_text: str,
    place: Place,
    language: Language,
    *,
    depth: int | None = None,
    linked: bool = True,
) -> str:
    """The outline as nested lists of links, folded to the branch of ``place`` where it is long.

    A document that is not in the index yet is not ``linked``.
    """
    children: dict[str | None, list[Section]] = {}
    for section in document.sections[1:]:
        children.setdefault(section.parent, []).append(section)
    root = document.sections[0].id
    order = {section.id: n for n, section in enumerate(document.sections)}
    open_ids = {section.id for section in ancestors(document, place.section)}
    unfold = len(document.sections) <= _UNFOLD_ALL_UP_TO
    removed = removed_marks(document)
    fold_label = escape(text(language, "fold"))

    def branch(parent: str | None) -> str:
        items = []
        for section in children.get(parent, ()):
            below = branch(section.id) if depth is None or section.level < depth else ""
            shown = unfold or section.id in open_ids
            fold = (
                f'<button type="button" class="fold" aria-expanded="{str(shown).lower()}" aria-label="{fold_label}">'
                "</button>"
                if below
                else ""
            )
            here = ' aria-current="location"' if section.id == place.section else ""
            folded = ' class="folded"' if below and not shown else ""
            entry = _entry(section, file_text, removed)
            if linked:
                url = escape(clause_url(place.doc_id, section.id))
                entry = f'<a href="{url}" data-clause data-n="{order[section.id]}"{here}>{entry}</a>'
            items.append(f"<li{folded}>{fold}{entry}{below}</li>")
        return f"<ol>{''.join(items)}</ol>" if items else ""

    # Sections of the first level may name the root as their parent, or nobody.
    lists = branch(root) + branch(None)
    return lists.replace("<ol>", f'<ol lang="{script_of(document.title)}">', 1)


def _entry(section: Section, file_text: str, removed: Marks) -> str:
    """A section's line in the outline: its heading as printed, or its number and first words."""
    printed = kept(file_text, section.start, section.body, removed)
    if section.heading:
        return escape(printed or section.heading)
    start = kept(file_text, section.body, min(section.body + 3 * _SNIPPET_CHARS, section.end), removed)
    snippet = start.split("\n")[0][:_SNIPPET_CHARS]
    return f"{escape(printed or section.number)} <small>{escape(snippet)}</small>"


def ancestors(document: Document, section_id: str) -> tuple[Section, ...]:
    """The sections from the top down to ``section_id``, itself included, without the root."""
    by_id = {section.id: section for section in document.sections[1:]}
    chain: list[Section] = []
    section = by_id.get(section_id)
    while section is not None:
        chain.append(section)
        section = by_id.get(section.parent) if section.parent else None
    return tuple(reversed(chain))
