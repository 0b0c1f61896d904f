"""Answers, evidence and citations as HTML. Pure functions; every word of a document is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import urlencode

from rag.types import Citation, Closest, Evidence, Hit, IndexedDocument, Metadata
from ui.conversation import Conversation, Exchange
from ui.strings import Language, is_chinese, text

Documents = Mapping[str, IndexedDocument]

_MARKER = re.compile(r"\[(\d{1,3})\]")
_PEEK_CHARS = 320
_HEADING_CHARS = 28
_STATUSES = ("in_force", "superseded", "repealed", "draft")


def clause_url(doc_id: str, section: str = "", span: tuple[int, int] | None = None) -> str:
    """The permanent link of a clause, relative to the page; ``span`` highlights a quote."""
    query = {"doc": doc_id}
    if section:
        query["section"] = section
    if span:
        query["start"], query["end"] = str(span[0]), str(span[1])
    return "?" + urlencode(query)


def script_of(words: str) -> str:
    """The ``lang`` attribute for words of a document."""
    return "zh-Hans" if is_chinese(words) else "en"


def metadata_badges(metadata: Metadata, language: Language) -> str:
    """Year and status, as small labels."""
    badges = []
    if metadata.year is not None:
        badges.append(f'<span class="badge">{escape(text(language, "year", year=metadata.year))}</span>')
    if metadata.status in _STATUSES:
        badges.append(f'<span class="badge is-{metadata.status}">{escape(text(language, metadata.status))}</span>')
    return "".join(badges)


def transcript(conversation: Conversation, documents: Documents, language: Language) -> str:
    """All exchanges, oldest first."""
    return "".join(exchange_html(exchange, documents, language) for exchange in conversation)


def exchange_html(exchange: Exchange, documents: Documents, language: Language) -> str:
    """One question with its answer, and the clauses it stands on beside it."""
    cards = _cards(exchange, documents, language)
    running = ' aria-busy="true"' if exchange.running else ""
    return (
        f'<article class="exchange"{running}>'
        f'<div class="said"><h2 class="asked" lang="{script_of(exchange.question)}">'
        f'<span class="who">{escape(text(language, "you"))}</span>{escape(exchange.question)}</h2>'
        f'<div class="answer" role="region" aria-live="polite" aria-label="{escape(text(language, "answer"))}">'
        f"{_answer(exchange, language)}</div></div>{cards}</article>"
    )


def answer_text(words: str, citations: Iterable[Citation], language: Language) -> str:
    """The answer's paragraphs, each known ``[n]`` a link to its clause; unknown markers stay plain text."""
    known = {citation.n: citation for citation in citations}

    def link(match: re.Match[str]) -> str:
        citation = known.get(int(match.group(1)))
        return citation_link(citation, language) if citation else match.group()

    paragraphs = []
    for line in words.split("\n"):
        if line.strip():
            body = _MARKER.sub(link, escape(line.strip(), quote=True))
            paragraphs.append(f'<p lang="{script_of(line)}">{body}</p>')
    return "".join(paragraphs)


def citation_link(citation: Citation, language: Language) -> str:
    """``[n]`` as a link that opens the clause, with the quote for hovering."""
    quote = _shorten(citation.quote)
    unverified = "" if citation.verified else f' data-note="{escape(text(language, "unverified"))}"'
    return (
        f'<a class="cite{"" if citation.verified else " unverified"}" data-clause '
        f'href="{escape(clause_url(citation.doc_id, citation.section_id, (citation.start, citation.end)))}" '
        f'data-quote="{escape(quote)}" data-label="{escape(citation.label)}"{unverified} '
        f'aria-label="[{citation.n}] {escape(text(language, "open_clause", label=citation.label))}">'
        f"[{citation.n}]</a>"
    )


def copy_text(exchange: Exchange, language: Language) -> str:
    """The answer with its citations spelled out, as plain text for the clipboard."""
    lines = [exchange.text.strip()]
    if exchange.citations:
        lines += ["", text(language, "copy_sources")]
        lines += [f"[{c.n}] {c.label} “{' '.join(c.quote.split())}”" for c in exchange.citations]
    return "\n".join(lines)


def closest_list(closest: Iterable[Closest], evidence: Iterable[Evidence], language: Language) -> str:
    """Where a reader might look when nothing answers; headings are taken from the clauses found."""
    headings = {(e.hit.doc_id, e.hit.section_id): e.hit.heading for e in evidence}
    items = []
    for clause in closest:
        heading = headings.get((clause.doc_id, clause.section_id), "")
        words = clause.label if heading in clause.label else f"{clause.label} {heading}"
        items.append(
            f'<li><a data-clause href="{escape(clause_url(clause.doc_id, clause.section_id))}" '
            f'lang="{script_of(words)}">{escape(words)}</a></li>'
        )
    if not items:
        return ""
    return f'<p class="closest-title">{escape(text(language, "closest"))}</p><ul class="closest">{"".join(items)}</ul>'


def _answer(exchange: Exchange, language: Language) -> str:
    if exchange.error:
        return f'<p class="note is-error" role="alert">{escape(exchange.error)}</p>'
    body = answer_text(exchange.text, exchange.citations, language)
    if exchange.running:
        waiting = "writing" if exchange.searched else "searching"
        return f'{body}<p class="waiting" role="status"><i></i>{escape(text(language, waiting))}</p>'
    return body + _status(exchange, language) + _footer(exchange, language)


def _status(exchange: Exchange, language: Language) -> str:
    answer = exchange.answer
    if answer is None:
        return f'<p class="note">{escape(text(language, "status_stopped"))}</p>'
    parts = []
    if answer.status == "not_found" and not answer.text.strip():
        parts.append(f"<p>{escape(text(language, 'status_not_found'))}</p>")
    if answer.status in ("partial", "redacted"):
        key = f"status_{answer.status}"
        parts.append(f'<p class="note is-{answer.status}" role="status">{escape(text(language, key))}</p>')
    parts.append(_checks(answer.warnings, language))
    parts.append(closest_list(answer.closest, exchange.evidence, language))
    return "".join(parts)


def _checks(warnings: Sequence[str], language: Language) -> str:
    """What checking the draft found, folded away: it concerns who wants to know, not who wants the answer."""
    if not warnings:
        return ""
    items = "".join(f"<li>{escape(warning)}</li>" for warning in warnings)
    summary = escape(text(language, "checks", count=len(warnings)))
    return f'<details class="checks"><summary>{summary}</summary><ul>{items}</ul></details>'


def _footer(exchange: Exchange, language: Language) -> str:
    facts = ""
    if exchange.answer is not None and exchange.citations:
        model = exchange.answer.model
        written = (
            text(language, "by_extract") if model in ("", "extractive") else text(language, "by_model", model=model)
        )
        seconds = text(language, "seconds", seconds=f"{exchange.answer.seconds.total:.1f}")
        facts = f'<span class="facts">{escape(written)} · {escape(seconds)}</span>'
    copy = (
        f'<button type="button" class="quiet" data-copy="{escape(copy_text(exchange, language))}" '
        f'data-done="{escape(text(language, "copied"))}">{escape(text(language, "copy"))}</button>'
        if exchange.text.strip()
        else ""
    )
    retry = (
        f'<button type="button" class="quiet" data-ask="{escape(exchange.question)}">'
        f"{escape(text(language, 'retry'))}</button>"
    )
    return f'<p class="foot">{copy}{retry}{facts}</p>'


def _cards(exchange: Exchange, documents: Documents, language: Language) -> str:
    if exchange.error or not exchange.evidence or (exchange.answer and exchange.answer.status == "not_found"):
        return ""
    cited = _numbers(exchange.citations)
    first = [e for e in exchange.evidence if (e.hit.doc_id, e.hit.section_id) in cited]
    rest = [e for e in exchange.evidence if (e.hit.doc_id, e.hit.section_id) not in cited]
    first.sort(key=lambda e: cited[e.hit.doc_id, e.hit.section_id][0])
    if exchange.running or not first:
        title, shown, hidden = "sources_found", first + rest, []
    else:
        title, shown, hidden = "sources", first, rest
    html = "".join(card(e, cited.get((e.hit.doc_id, e.hit.section_id), ()), documents, language) for e in shown)
    if hidden:
        others = "".join(card(e, (), documents, language) for e in hidden)
        more = escape(text(language, "sources_other", count=len(hidden)))
        html += f'<details class="others"><summary>{more}</summary>{others}</details>'
    label = escape(text(language, title))
    return f'<aside class="cards" aria-label="{label}"><h3 class="cards-title">{label}</h3>{html}</aside>'


def card(evidence: Evidence, numbers: Iterable[int], documents: Documents, language: Language) -> str:
    """A clause as a card: its numbers, document, place and the sentences that were read."""
    hit = evidence.hit
    known = documents.get(hit.doc_id)
    spans = evidence.sentences
    span = (spans[0][0], spans[-1][1]) if spans else None
    marks = "".join(f'<span class="n">[{n}]</span>' for n in numbers)
    place = _place(hit)
    words = _without_heading(evidence)
    page = f'<span class="badge">{escape(text(language, "page", page=hit.page))}</span>' if hit.page else ""
    badges = (metadata_badges(known.metadata, language) if known else "") + page
    return (
        f'<a class="card{" cited" if marks else ""}" data-clause '
        f'href="{escape(clause_url(hit.doc_id, hit.section_id, span))}" '
        f'aria-label="{escape(text(language, "open_clause", label=hit.label))}">'
        f'<span class="card-head">{marks}<span class="card-doc" lang="{script_of(hit.document)}">'
        f"{escape(hit.document)}</span></span>"
        f'<span class="card-place" lang="{script_of(place)}">{escape(place)}</span>'
        f'<span class="card-text" lang="{script_of(words)}">{escape(_shorten(words))}</span>'
        f'<span class="card-meta">{badges}</span></a>'
    )


def _numbers(citations: Iterable[Citation]) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for citation in citations:
        found.setdefault((citation.doc_id, citation.section_id), []).append(citation.n)
    return found


def _place(hit: Hit) -> str:
    """Where a clause stands, without its document; a heading that is a whole sentence is left to the text."""
    place = hit.label.removeprefix(f"《{hit.document}》").removeprefix(hit.document).strip(" ,，")
    short = 0 < len(hit.heading) <= _HEADING_CHARS
    return f"{place} {hit.heading}".strip() if short and hit.heading not in place else place


def _without_heading(evidence: Evidence) -> str:
    """The clause's words without the number and short heading that already stand above them."""
    words = " ".join(evidence.text.split())
    hit = evidence.hit
    whole = bool(evidence.sentences) and evidence.sentences[0][0] <= hit.start
    if not whole or len(hit.heading) > _HEADING_CHARS:
        return words
    opening = r"\W*".join(re.escape(part) for part in (*hit.path[-1:], hit.heading) if part)
    either = "|".join(pattern for pattern in (opening, re.escape(hit.heading)) if pattern)
    return (re.sub(rf"^\W*(?:{either})[\s。．.:：、）)]*", "", words) if either else words) or words


def _shorten(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= _PEEK_CHARS else flat[:_PEEK_CHARS] + "…"
