"""What the look-up box lists as one types: sections under their documents, the words marked. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

from rag.types import Hit, IndexedDocument
from ui.render import clause_url, metadata_badges, script_of
from ui.strings import Language, text

_BEFORE, _AFTER = 24, 90


def found_html(hits: Sequence[Hit], typed: str, documents: Mapping[str, IndexedDocument], language: Language) -> str:
    """The options of the list, grouped by document in their order; a line that says so where there are none."""
    if not hits:
        return f'<p class="found-none">{escape(text(language, "lookup_none"))}</p>'
    order = list(dict.fromkeys(hit.doc_id for hit in hits))
    ranked = sorted(hits, key=lambda hit: order.index(hit.doc_id))
    groups = []
    n = 0
    for _, group in groupby(ranked, key=lambda hit: hit.doc_id):
        options = []
        for hit in group:
            n += 1
            options.append(_option(hit, typed, n))
        title = escape(hit.document)
        known = documents.get(hit.doc_id)
        badges = metadata_badges(known.metadata, language) if known else ""
        groups.append(
            f'<div role="group" aria-label="{title}"><p class="found-doc" aria-hidden="true" '
            f'lang="{script_of(hit.document)}">{title} {badges}</p>{"".join(options)}</div>'
        )
    said = escape(text(language, "lookup_count", count=n))
    return f'{"".join(groups)}<p class="found-count" hidden>{said}</p>'


def _option(hit: Hit, typed: str, n: int) -> str:
    literal = hit.best if hit.best != (hit.start, hit.end) else None
    place = hit.label.removeprefix(f"《{hit.document}》").removeprefix(hit.document).strip(" ,，")
    words = without_number(hit)
    if not place:
        place, words = hit.document, ""
    # A section is opened at its beginning: the words that were typed need no mark where they are all that is asked.
    return (
        f'<div role="option" id="found-{n}" aria-selected="false" lang="{script_of(hit.document)}" '
        f'data-href="{escape(clause_url(hit.doc_id, hit.section_id, literal))}">'
        f"<b>{escape(place)}</b> <span>{_snippet(words, typed)}</span></div>"
    )


def without_number(hit: Hit) -> str:
    """A section's words without the number that already stands before them."""
    number = hit.path[-1] if hit.path else ""
    opening = rf"\s*[（(【\[]?\s*{re.escape(number)}\s*[、．.)）】\]:：]?\s*"
    return re.sub(opening, "", hit.text, count=1) if number and re.match(opening, hit.text) else hit.text


def _snippet(words: str, typed: str) -> str:
    """A line of the section around the words as typed, or around the first of them; they are marked."""
    flat = " ".join(words.split())
    wanted = [typed.strip(), *sorted(typed.split(), key=len, reverse=True)]
    at = next((i for one in wanted if one and (i := flat.lower().find(one.lower())) >= 0), 0)
    start = max(0, at - _BEFORE) if at > _BEFORE else 0
    piece = flat[start : at + _AFTER]
    parts = [re.escape(escape(one)) for one in dict.fromkeys(wanted) if one]
    shown = escape(piece)
    if parts:
        shown = re.sub("|".join(parts), lambda match: f"<mark>{match.group()}</mark>", shown, flags=re.IGNORECASE)
    return ("…" if start else "") + shown + ("…" if at + _AFTER < len(flat) else "")
