"""The list of documents in the library: what is known of each, filters, and choosing some. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from rag.types import IndexedDocument
from ui.render import clause_url, metadata_badges, script_of
from ui.strings import Language, text

_FILTERS_FROM = 2
_STATUSES = ("in_force", "superseded", "repealed", "draft")


def list_html(documents: Sequence[IndexedDocument], language: Language, dates: Mapping[str, str] | None = None) -> str:
    """All documents with filters above them; each with number, year, status, size, date and a fold for its outline."""
    if not documents:
        return f'<p class="empty">{escape(text(language, "library_empty"))}</p>'
    total = sum(d.sections for d in documents)
    note = escape(text(language, "library_note", documents=len(documents), sections=total))
    rows = "".join(_row(d, language, (dates or {}).get(d.doc_id, "")) for d in documents)
    filters = _filters(documents, language) if len(documents) >= _FILTERS_FROM else ""
    matching = escape(text(language, "matching", count="%"))
    return (
        f'{filters}<p class="library-note">{note} '
        f'<span class="matching" role="status" data-pattern="{matching}"></span></p>'
        f'<ul class="shelf">{rows}</ul><p class="empty none-match" hidden>{escape(text(language, "none_match"))}</p>'
        f"{_chosen(language)}"
    )


def _filters(documents: Sequence[IndexedDocument], language: Language) -> str:
    years = sorted({d.metadata.year for d in documents if d.metadata.year is not None}, reverse=True)
    issuers = sorted({d.metadata.issuer for d in documents if d.metadata.issuer})
    statuses = [one for one in _STATUSES if any(d.metadata.status == one for d in documents)]
    words = escape(text(language, "filter_words"))
    return (
        f'<div class="filters" role="search"><input type="search" data-filter="words" placeholder="{words}" '
        f'aria-label="{words}" autocomplete="off">'
        f"{_select('year', [(str(y), str(y)) for y in years], language)}"
        f"{_select('issuer', [(one, one) for one in issuers], language)}"
        f"{_select('status', [(one, text(language, one)) for one in statuses], language)}</div>"
    )


def _select(name: str, choices: Iterable[tuple[str, str]], language: Language) -> str:
    label = escape(text(language, f"filter_{name}"))
    options = "".join(f'<option value="{escape(value)}">{escape(words)}</option>' for value, words in choices)
    if not options:
        return ""
    return f'<select data-filter="{name}" aria-label="{label}"><option value="">{label}</option>{options}</select>'


def _chosen(language: Language) -> str:
    """The bar that shows once documents are chosen."""
    return (
        f'<div class="chosen" role="region" aria-label="{escape(text(language, "chosen_label"))}" hidden>'
        f'<span role="status" data-pattern="{escape(text(language, "chosen", count="%"))}"></span>'
        f'<button type="button" class="quiet" data-choose="none">{escape(text(language, "chosen_clear"))}</button>'
        f'<button type="button" class="main" data-choose="ask">{escape(text(language, "chosen_ask"))}</button></div>'
    )


def _row(document: IndexedDocument, language: Language, date: str) -> str:
    title = escape(document.title)
    metadata = document.metadata
    facts = [
        f'<span class="badge">{escape(metadata.document_number)}</span>' if metadata.document_number else "",
        f'<span class="badge">{escape(metadata.issuer)}</span>' if metadata.issuer else "",
        metadata_badges(metadata, language),
        f'<span class="fact">{escape(text(language, "sections", count=document.sections))}</span>',
        f'<span class="fact">{escape(text(language, "chars", count=f"{document.end - document.start:,}"))}</span>',
        f'<span class="fact">{escape(text(language, "came_in", date=date[:10]))}</span>' if date else "",
        f'<span class="fact file">{escape(document.source)}</span>',
    ]
    data = {
        "year": metadata.year or "",
        "issuer": metadata.issuer or "",
        "status": metadata.status or "",
        "words": f"{document.title} {metadata.document_number or ''} {document.source}",
    }
    attributes = " ".join(f'data-{name}="{escape(str(value))}"' for name, value in data.items())
    choose = escape(text(language, "choose", title=document.title))
    url = escape(clause_url(document.doc_id))
    return (
        f'<li class="book" {attributes}><input type="checkbox" class="choose" value="{escape(document.doc_id)}" '
        f'aria-label="{choose}"><div class="book-main">'
        f'<h3><a data-clause href="{url}" lang="{script_of(document.title)}">{title}</a>'
        f'</h3><p class="book-facts">{"".join(facts)}</p>'
        f'<details data-outline="{escape(document.doc_id)}"><summary>{escape(text(language, "preview"))}</summary>'
        f'<div></div></details></div><div class="book-tools">'
        f"{_tool('replace', document, language)}{_tool('remove', document, language)}</div></li>"
    )


def _tool(name: str, document: IndexedDocument, language: Language) -> str:
    title, words = escape(document.title), escape(text(language, name))
    return (
        f'<button type="button" class="quiet{" danger" if name == "remove" else ""}" '
        f'data-{name}="{escape(document.doc_id)}" data-title="{title}" aria-label="{words} {title}">{words}</button>'
    )
