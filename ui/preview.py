"""A file that was uploaded, before it is added: what was read, replaced and left out. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.types import Document, RemovedSpan
from ui.faults import fault_html, fault_text
from ui.outline import Place, outline_html
from ui.parts import Preview
from ui.reader import size_text
from ui.render import metadata_badges, script_of
from ui.strings import STRINGS, Language, text
from ui.uploads import Staged

_REMOVED_SHOWN = 60
_REMOVED_CHARS = 160
_WARNINGS_SHOWN = 12
_DEPTH = 3


def previews_html(staged: Sequence[Staged], language: Language) -> str:
    """A card for each file that waits, and a way to add all at once."""
    if not staged:
        return ""
    cards = "".join(_card(one, language) for one in staged)
    ready = [one for one in staged if not one.preview.error]
    both = ""
    if len(ready) > 1:
        both = (
            f'<p class="decide-all">{_button("add", "*", text(language, "stage_add_all", count=len(ready)), "main")}'
            f"{_button('discard', '*', text(language, 'stage_discard_all'))}</p>"
        )
    return f'<section class="staged" aria-label="{escape(text(language, "staged"))}">{both}{cards}</section>'


def _card(staged: Staged, language: Language) -> str:
    preview = staged.preview
    token = f'data-token="{escape(staged.token)}"'
    name = f'<span class="fact file">{escape(staged.name)} · {size_text(staged.size_bytes)}</span>'
    if preview.error:
        return (
            f'<article class="stage is-failed" {token}><h3>{escape(text(language, "upload_failed"))}</h3>'
            f'<p class="book-facts">{name}</p>{fault_html(preview.error, language)}'
            f'<p class="decide">{_button("discard", staged.token, text(language, "stage_dismiss"))}</p></article>'
        )
    documents = "".join(_document(document, preview.text, language) for document in preview.documents)
    return (
        f'<article class="stage" {token}><p class="book-facts">{name}</p>{_replaces(preview, language)}{documents}'
        f"{_warnings(preview.warnings, language)}"
        f'<p class="decide">{_button("add", staged.token, text(language, "stage_add"), "main")}'
        f"{_button('discard', staged.token, text(language, 'stage_discard'))}</p></article>"
    )


def _document(document: Document, file_text: str, language: Language) -> str:
    metadata = document.metadata
    facts = [
        f'<span class="badge">{escape(metadata.document_number)}</span>' if metadata.document_number else "",
        f'<span class="badge">{escape(metadata.issuer)}</span>' if metadata.issuer else "",
        metadata_badges(metadata, language),
        f'<span class="fact">{escape(text(language, "sections", count=len(document.sections) - 1))}</span>',
        f'<span class="fact">{escape(text(language, "chars", count=f"{document.end - document.start:,}"))}</span>',
    ]
    outline = outline_html(document, file_text, Place(doc_id=""), language, depth=_DEPTH, linked=False)
    fold = (
        f'<details class="read-outline" open><summary>{escape(text(language, "stage_outline"))}</summary>{outline}'
        "</details>"
        if outline
        else f'<p class="note is-warning">{escape(text(language, "stage_no_outline"))}</p>'
    )
    return (
        f'<h3 lang="{script_of(document.title)}">{escape(document.title)}</h3>'
        f'<p class="book-facts">{"".join(facts)}</p>{_removed(document.removed, language)}{fold}'
    )


def _replaces(preview: Preview, language: Language) -> str:
    return "".join(
        f'<p class="note is-warning">{escape(text(language, "stage_replaces", title=one.title, source=one.source))}</p>'
        for one in preview.replaces
    )


def _removed(removed: Sequence[RemovedSpan], language: Language) -> str:
    if not removed:
        return f'<p class="fact">{escape(text(language, "stage_nothing_removed"))}</p>'
    items = "".join(
        f"<li><b>{escape(_reason(one.reason, language))}</b> <del>{escape(_clipped(one.text))}</del></li>"
        for one in removed[:_REMOVED_SHOWN]
    )
    rest = len(removed) - _REMOVED_SHOWN
    more = f"<li>{escape(text(language, 'cited_more', count=rest))}</li>" if rest > 0 else ""
    words = escape(text(language, "stage_removed", count=len(removed)))
    return f'<details class="taken-out" open><summary>{words}</summary><ul>{items}{more}</ul></details>'


def _warnings(warnings: Sequence[str], language: Language) -> str:
    if not warnings:
        return ""
    items = "".join(f"<li>{escape(fault_text(one, language))}</li>" for one in warnings[:_WARNINGS_SHOWN])
    rest = len(warnings) - _WARNINGS_SHOWN
    more = f"<li>{escape(text(language, 'cited_more', count=rest))}</li>" if rest > 0 else ""
    words = escape(text(language, "stage_warnings", count=len(warnings)))
    return f'<details class="stage-warnings"><summary>{words}</summary><ul>{items}{more}</ul></details>'


def _reason(reason: str, language: Language) -> str:
    return text(language, reason) if reason in STRINGS[language] else reason


def _clipped(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= _REMOVED_CHARS else flat[: _REMOVED_CHARS - 1] + "…"


def _button(action: str, token: str, words: str, kind: str = "quiet") -> str:
    return f'<button type="button" class="{kind}" data-decide="{action}:{escape(token)}">{escape(words)}</button>'
