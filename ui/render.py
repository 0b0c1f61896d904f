"""Citations, clauses and links as HTML. Pure functions; every word of a document is escaped here."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from urllib.parse import urlencode

from rag.types import Citation, Closest, Evidence, Hit, IndexedDocument, Metadata
from ui.conversation import Exchange
from ui.strings import Language, is_chinese, text

Documents = Mapping[str, IndexedDocument]

_MARKER = re.compile(r"\[(\d{1,3})\]")
# A sentence with the markers behind it, and the full stop that may follow them.
_CLAIM = re.compile(r"(?P<words>[^\[]*?)(?P<markers>(?:\s*\[\d{1,3}\])+)(?P<stop>[。．；;！!？?]|\.(?=\s|$))?")
_TABLE_ROW = re.compile(r"\|.*\|$")
_RULE = re.compile(r"[-| ]+")
_SENTENCE_END = re.compile(r"[。！？!?；](?=.)|\.\s+(?=.)")
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


def answer_text(exchange: Exchange, language: Language) -> str:
    """The answer's paragraphs, each known ``[n]`` a link to its clause; unknown markers stay plain text.

    A sentence with its markers is one element, so that what could not be verified can look different.
    """
    known = {citation.n: citation for citation in exchange.citations}

    def claim(match: re.Match[str]) -> str:
        cited = [known[int(n)] for n in _MARKER.findall(match["markers"]) if int(n) in known]
        links = _MARKER.sub(
            lambda m: citation_link(known[int(m[1])], exchange, language) if int(m[1]) in known else m[0],
            match["markers"],
        )
        words = match["words"]
        at = max((end.end() for end in _SENTENCE_END.finditer(words)), default=0)
        before, sentence = escape(words[:at]), escape(words[at:])
        if not cited:
            return f"{before}{sentence}{links}{match['stop'] or ''}"
        kind = "claim" if all(citation.verified for citation in cited) else "claim is-unverified"
        return f'{before}<span class="{kind}">{sentence}{links}{match["stop"] or ""}</span>'

    def words_of(line: str) -> str:
        out, at = [], 0
        for match in _CLAIM.finditer(line):
            out += [escape(line[at : match.start()]), claim(match)]
            at = match.end()
        return "".join([*out, escape(line[at:])])

    lines = [line.strip() for line in exchange.text.split("\n") if line.strip()]
    parts = []
    for is_table, group in groupby(lines, lambda line: bool(_TABLE_ROW.match(line))):
        if is_table:
            parts.append(_table([line.strip("| ").split(" | ") for line in group], words_of))
        else:
            parts += [f'<p lang="{script_of(line)}">{words_of(line)}</p>' for line in group]
    return "".join(parts)


def _table(rows: Sequence[Sequence[str]], words_of: Callable[[str], str]) -> str:
    """A comparison's table: its head, then a row a side; the rule between them is left out."""
    head, *body = [row for row in rows if not _RULE.fullmatch("|".join(row))]
    columns = "".join(f'<th scope="col">{escape(cell.strip())}</th>' for cell in head)
    sides = "".join(
        f'<tr><th scope="row">{escape(row[0].strip())}</th>'
        + "".join(f'<td lang="{script_of(cell)}">{words_of(cell.strip())}</td>' for cell in row[1:])
        + "</tr>"
        for row in body
    )
    return f'<table class="sides"><thead><tr>{columns}</tr></thead><tbody>{sides}</tbody></table>'


def citation_link(citation: Citation, exchange: Exchange, language: Language) -> str:
    """``[n]`` as a link that opens the clause, with the quote for hovering and what to know of it."""
    gone, changed = citation.doc_id in exchange.gone, citation.n in exchange.changed
    notes = [
        text(language, key)
        for key, holds in (("unverified", not citation.verified), ("cite_gone", gone), ("cite_changed", changed))
        if holds
    ]
    note = f' data-note="{escape("; ".join(notes))}"' if notes else ""
    # The words that were quoted may stand elsewhere now: only the clause is opened then.
    span = None if gone or changed else (citation.start, citation.end)
    state = (" unverified" if not citation.verified else "") + (" is-past" if gone or changed else "")
    return (
        f'<a class="cite{state}" data-clause '
        f'href="{escape(clause_url(citation.doc_id, citation.section_id, span))}" '
        f'data-quote="{escape(_shorten(citation.quote))}" data-label="{escape(citation.label)}"{note} '
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


def closest_cards(exchange: Exchange, documents: Documents, language: Language) -> str:
    """Where a reader might look when nothing answers, as cards."""
    closest = exchange.answer.closest if exchange.answer else ()
    read = {(e.hit.doc_id, e.hit.section_id): e for e in exchange.evidence}
    items = []
    for n, clause in enumerate(closest):
        found = read.get((clause.doc_id, clause.section_id))
        words = exchange.near[n] if n < len(exchange.near) else ""
        shown = card(found, (), documents, language) if found else _near_card(clause, words, documents, language)
        items.append(f"<li>{shown}</li>")
    if not items:
        return ""
    return f'<p class="closest-title">{escape(text(language, "closest"))}</p><ul class="closest">{"".join(items)}</ul>'


def card(
    evidence: Evidence,
    numbers: Iterable[int],
    documents: Documents,
    language: Language,
    *,
    gone: Collection[str] = (),
) -> str:
    """A clause as a card: its numbers, document, place and the sentences that were read."""
    hit = evidence.hit
    known = documents.get(hit.doc_id)
    spans = evidence.sentences
    span = (spans[0][0], spans[-1][1]) if spans else None
    page = f'<span class="badge">{escape(text(language, "page", page=hit.page))}</span>' if hit.page else ""
    badges = (metadata_badges(known.metadata, language) if known else "") + page
    if hit.doc_id in gone:
        badges = f'<span class="badge is-repealed">{escape(text(language, "cite_gone"))}</span>'
    url = clause_url(hit.doc_id, hit.section_id, span)
    words = _without_heading(evidence)
    return _card(url, hit.label, hit.document, _place(hit), words, badges, language, numbers=numbers)


def _near_card(clause: Closest, words: str, documents: Documents, language: Language) -> str:
    known = documents.get(clause.doc_id)
    title = known.title if known else ""
    badges = metadata_badges(known.metadata, language) if known else ""
    place = _without_document(clause.label, title)
    return _card(clause_url(clause.doc_id, clause.section_id), clause.label, title, place, words, badges, language)


def _card(
    url: str,
    label: str,
    document: str,
    place: str,
    words: str,
    badges: str,
    language: Language,
    *,
    numbers: Iterable[int] = (),
) -> str:
    marks = "".join(f'<span class="n">[{n}]</span>' for n in numbers)
    return (
        f'<a class="card{" cited" if marks else ""}" data-clause href="{escape(url)}" '
        f'aria-label="{escape(text(language, "open_clause", label=label))}">'
        f'<span class="card-head">{marks}<span class="card-doc" lang="{script_of(document)}">'
        f"{escape(document)}</span></span>"
        f'<span class="card-place" lang="{script_of(place)}">{escape(place)}</span>'
        f'<span class="card-text" lang="{script_of(words)}">{escape(_shorten(words))}</span>'
        f'<span class="card-meta">{badges}</span></a>'
    )


def _place(hit: Hit) -> str:
    """Where a clause stands, without its document; a heading that is a whole sentence is left to the text."""
    place = _without_document(hit.label, hit.document)
    short = 0 < len(hit.heading) <= _HEADING_CHARS
    return f"{place} {hit.heading}".strip() if short and hit.heading not in place else place


def _without_document(label: str, document: str) -> str:
    return label.removeprefix(f"《{document}》").removeprefix(document).strip(" ,，")


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
