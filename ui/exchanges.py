"""Questions with their answers as HTML. Pure functions; every word of a document is escaped here or in ``render``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from rag.types import Citation, Evidence, IndexedDocument
from ui.conversation import Conversation, Exchange
from ui.faults import fault_html, fault_text
from ui.render import Documents, answer_text, card, closest_cards, copy_text, script_of
from ui.strings import Language, text

_THUMB = (
    '<svg viewBox="0 0 24 24" width="17" height="17" aria-hidden="true" fill="none" stroke="currentColor" '
    'stroke-width="1.7" stroke-linejoin="round"><path d="M7.5 10.5v9.5H4v-9.5zM7.5 10.5 11.6 3.4c1.6.2 2.5 1.4 2.2 '
    '3L13.2 9.5h5.4c1.3 0 2.2 1.2 1.9 2.4l-1.7 6.6c-.2.9-1 1.5-1.9 1.5H7.5"/></svg>'
)
_OUT_OF_FORCE = ("superseded", "repealed", "draft")


def transcript(conversation: Conversation, documents: Documents, language: Language) -> str:
    """All exchanges, oldest first."""
    return "".join(exchange_html(exchange, documents, language, n) for n, exchange in enumerate(conversation))


def exchange_html(exchange: Exchange, documents: Documents, language: Language, n: int = 0) -> str:
    """The ``n``-th question, counted from 0, with its answer, and the clauses it stands on beside it."""
    cards = _cards(exchange, documents, language)
    running = ' aria-busy="true"' if exchange.running else ""
    edit = escape(text(language, "edit"))
    return (
        f'<article class="exchange"{running} data-n="{n}" data-id="{escape(exchange.id)}">'
        f'<div class="said"><div class="asked-line"><h2 class="asked" lang="{script_of(exchange.question)}">'
        f'<span class="who">{escape(text(language, "you"))}</span>{escape(exchange.question)}</h2>'
        f'<button type="button" class="quiet edit" data-edit="{escape(exchange.question)}" aria-label="{edit}" '
        f'title="{edit}">✎</button></div>'
        f'<div class="answer" role="region" aria-live="polite" aria-label="{escape(text(language, "answer"))}">'
        f"{_answer(exchange, documents, language)}</div></div>{cards}</article>"
    )


def _answer(exchange: Exchange, documents: Documents, language: Language) -> str:
    if exchange.error:
        return fault_html(exchange.error, language) + _retry(exchange, language)
    body = answer_text(exchange, language)
    if exchange.running:
        return f'{body}<p class="waiting" role="status"><i></i>{escape(_waiting(exchange, language))}</p>'
    return body + _status(exchange, documents, language) + _footer(exchange, language)


def _waiting(exchange: Exchange, language: Language) -> str:
    if exchange.ahead:
        return text(language, "ahead_one" if exchange.ahead == 1 else "ahead", count=exchange.ahead)
    return text(language, "writing" if exchange.searched else "searching")


def _status(exchange: Exchange, documents: Documents, language: Language) -> str:
    answer = exchange.answer
    if answer is None:
        return f'<p class="note">{escape(text(language, "status_stopped"))}</p>'
    parts = []
    if answer.status == "not_found" and not exchange.text.strip():
        parts.append(f"<p>{escape(text(language, 'status_not_found'))}</p>")
    if answer.status in ("partial", "redacted"):
        parts.append(_note(answer.status, text(language, f"status_{answer.status}")))
    parts += [_note("warning", line) for line in _out_of_force(exchange.citations, documents, language)]
    if exchange.changed or any(citation.doc_id in exchange.gone for citation in exchange.citations):
        parts.append(_note("warning", text(language, "status_gone")))
    parts.append(_checks(answer.warnings, language))
    parts.append(closest_cards(exchange, documents, language))
    return "".join(parts)


def _note(kind: str, words: str) -> str:
    return f'<p class="note is-{kind}" role="status">{escape(words)}</p>'


def _out_of_force(citations: Iterable[Citation], documents: Documents, language: Language) -> list[str]:
    """A line for each cited document that is not in force."""
    lines = []
    for doc_id in dict.fromkeys(citation.doc_id for citation in citations):
        document = documents.get(doc_id)
        if document is None or document.metadata.status not in _OUT_OF_FORCE:
            continue
        newer = documents.get(document.superseded_by or "")
        if newer is not None:
            title, by = (_version(one, language) for one in (document, newer))
            lines.append(text(language, "status_superseded_by", title=title, by=by))
        else:
            lines.append(text(language, f"status_{document.metadata.status}", title=document.title))
    return lines


def _version(document: IndexedDocument, language: Language) -> str:
    """The title with what tells one version from another of the same title: its year, else its number."""
    metadata = document.metadata
    year = text(language, "year", year=metadata.year) if metadata.year is not None else ""
    mark = year or metadata.document_number or ""
    if not mark or (year and str(metadata.year) in document.title):
        return text(language, "titled", title=document.title)
    return text(language, "titled_version", title=document.title, version=mark)


def _checks(warnings: Sequence[str], language: Language) -> str:
    """What checking the draft found, folded away: it concerns who wants to know, not who wants the answer."""
    if not warnings:
        return ""
    items = "".join(f"<li>{escape(fault_text(warning, language))}</li>" for warning in warnings)
    summary = escape(text(language, "checks", count=len(warnings)))
    return f'<details class="checks"><summary>{summary}</summary><ul>{items}</ul></details>'


def _footer(exchange: Exchange, language: Language) -> str:
    copy = (
        f'<button type="button" class="quiet" data-copy="{escape(copy_text(exchange, language))}" '
        f'data-done="{escape(text(language, "copied"))}">{escape(text(language, "copy"))}</button>'
        if exchange.text.strip()
        else ""
    )
    return (
        f'<div class="foot">{copy}{_export(language)}{_retry(exchange, language)}{_votes(exchange, language)}'
        f"{_facts(exchange, language)}</div>"
    )


def _facts(exchange: Exchange, language: Language) -> str:
    """Who wrote the answer, in how long, and whether every sentence was checked."""
    if exchange.answer is None or not exchange.citations:
        return ""
    model = exchange.answer.model
    written = text(language, "by_extract") if model in ("", "extractive") else text(language, "by_model", model=model)
    seconds = text(language, "seconds", seconds=f"{exchange.answer.seconds.total:.1f}")
    loose = sum(not citation.verified for citation in exchange.citations)
    checked = (
        f'<span class="checked is-some">{escape(text(language, "checked_some", count=loose))}</span>'
        if loose
        else f'<span class="checked">✓ {escape(text(language, "checked_all"))}</span>'
    )
    return f'<span class="facts">{checked} · {escape(written)} · {escape(seconds)}</span>'


def _retry(exchange: Exchange, language: Language) -> str:
    return (
        f'<button type="button" class="quiet" data-ask="{escape(exchange.question)}" data-again>'
        f"{escape(text(language, 'retry'))}</button>"
    )


def _export(language: Language) -> str:
    rows = "".join(
        f"<p>{escape(text(language, f'export_{what}'))}</p>"
        + "".join(
            f'<button type="button" class="quiet" data-export="{kind}" data-what="{what}">'
            f"{escape(text(language, f'export_{kind}'))}</button>"
            for kind in ("docx", "md")
        )
        for what in ("answer", "all")
    )
    summary = f'<summary class="quiet">{escape(text(language, "export"))}</summary>'
    return f'<details class="menu">{summary}<div class="menu-list">{rows}</div></details>'


def _votes(exchange: Exchange, language: Language) -> str:
    if exchange.answer is None or not exchange.id:
        return ""
    buttons = "".join(
        f'<button type="button" class="quiet is-{vote}" data-vote="{vote}" aria-pressed="false" '
        f'aria-label="{escape(text(language, f"vote_{vote}"))}" title="{escape(text(language, f"vote_{vote}"))}">'
        f"{_THUMB}</button>"
        for vote in ("up", "down")
    )
    return f'<span class="votes">{buttons}</span>'


def _cards(exchange: Exchange, documents: Documents, language: Language) -> str:
    if exchange.error or not exchange.evidence or (exchange.answer and exchange.answer.status == "not_found"):
        return ""
    numbered = [(e, _numbers(e, exchange)) for e in exchange.evidence]
    first = sorted((one for one in numbered if one[1]), key=lambda one: one[1][0])
    rest = [one for one in numbered if not one[1]]
    if exchange.running or not first:
        title, shown, hidden = "sources_found", first + rest, []
    else:
        title, shown, hidden = "sources", first, rest
    gone = exchange.gone
    html = "".join(card(e, numbers, documents, language, gone=gone) for e, numbers in shown)
    if hidden:
        others = "".join(card(e, (), documents, language, gone=gone) for e, _ in hidden)
        more = escape(text(language, "sources_other", count=len(hidden)))
        html += f'<details class="others"><summary>{more}</summary>{others}</details>'
    label = escape(text(language, title))
    return f'<aside class="cards" aria-label="{label}"><h3 class="cards-title">{label}</h3>{html}</aside>'


def _numbers(evidence: Evidence, exchange: Exchange) -> list[int]:
    """The citations of a clause: of its own section or, where no card is of the cited section, of words in it."""
    shown = {(e.hit.doc_id, e.hit.section_id) for e in exchange.evidence}
    own = (evidence.hit.doc_id, evidence.hit.section_id)
    return [
        c.n
        for c in exchange.citations
        if ((c.doc_id, c.section_id) == own if (c.doc_id, c.section_id) in shown else _quoted(evidence, c))
    ]


def _quoted(evidence: Evidence, citation: Citation) -> bool:
    """Whether the quote has any of the sentences that were read, as a whole article has those of its items."""
    meets = any(start < citation.end and citation.start < end for start, end in evidence.sentences)
    return evidence.hit.doc_id == citation.doc_id and meets
