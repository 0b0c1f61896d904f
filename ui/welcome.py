"""What the Ask view shows before anything was asked: what there is, and first questions to choose from."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from html import escape

from rag.types import Document, IndexedDocument
from ui.parts import Shelf
from ui.render import script_of
from ui.strings import Language, is_chinese, text

_EXAMPLES = 4
_HEADING_CHARS = (4, 26)
_NOT_A_TOPIC = re.compile(
    r"附则|总则|附件|附录|目录|前言|目的|适用范围|指导思想|总体要求|目标|原则"
    r"|\b(?:annex|appendix|schedule|contents|definitions|general|purpose|scope|principles|introduction|background)\b",
    re.I,
)


def hero_html(documents: Sequence[IndexedDocument], model_state: str, language: Language) -> str:
    """What stands above the question box before anything was asked."""
    if not documents:
        note = text(language, "hero_empty")
    else:
        note = text(language, "hero_note", documents=len(documents), sections=sum(d.sections for d in documents))
    lines = [note, text(language, "model_none") if model_state == "none" else ""]
    notes = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    return f'<div class="hero"><h1>{escape(text(language, "hero"))}</h1>{notes}</div>'


def examples_html(examples: Sequence[str], language: Language) -> str:
    """First questions to choose from; they stand below the question box."""
    buttons = "".join(
        f'<li><button type="button" data-ask="{escape(q)}" lang="{script_of(q)}">{escape(q)}</button></li>'
        for q in examples
    )
    title = escape(text(language, "examples"))
    return f'<p class="examples-title">{title}</p><ul class="examples">{buttons}</ul>' if buttons else ""


def first_questions(shelf: Shelf, language: Language) -> tuple[str, ...]:
    """Questions to begin with, one for each of some documents, made from their own headings.

    Documents in the page's language come first; each question is in its document's language.
    """
    documents = sorted(
        (d for d in shelf.documents() if d.metadata.status not in ("repealed", "superseded")),
        key=lambda d: is_chinese(d.title) != (language == "zh"),
    )
    found: list[str] = []
    used: set[str] = set()
    for document in documents:
        heading = _topic(shelf.outline(document.doc_id), used)
        if heading:
            used.add(heading)
            spoken: Language = "zh" if is_chinese(document.title) else "en"
            found.append(text(spoken, "example", title=document.title, heading=heading))
        if len(found) == _EXAMPLES:
            break
    return tuple(found)


def _topic(outline: Document, used: Container[str]) -> str:
    """A heading that makes a question: words of its own, neither too short nor too long, not used before."""
    shortest, longest = _HEADING_CHARS
    for section in outline.sections[1:]:
        heading = section.heading.strip().rstrip("。.:：;；")
        limit = longest if is_chinese(heading) else 2 * longest
        fits = shortest <= len(heading) <= limit and heading not in outline.title and heading not in used
        if fits and not _NOT_A_TOPIC.search(heading):
            return heading
    return ""
