"""Looking up while somebody types: addresses, titles and words, by code and BM25 alone; no model is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rag.address import Address, parse_addresses
from rag.lookup import Located, locate
from rag.normalize import normalize, tokens
from rag.numerals import NUMERAL_CHARS
from rag.retrieve import section_hit
from rag.types import Hit, Scope

if TYPE_CHECKING:
    from rag.index import Snapshot

MAX_CHARS = 200
_CHUNKS = 40
_HEADING_WEIGHT = 1.0
_LEAST_SHARE = 0.6
_MAX_TITLES = 3
_MAX_HERE = 6
_BARE_NUMBER = re.compile(rf"\s*(\d{{1,4}}(?:\.\d{{1,3}})*|[{NUMERAL_CHARS}]{{1,6}})\s*")
_TITLES: WeakKeyDictionary[Snapshot, dict[str, str]] = WeakKeyDictionary()


def look_up(snapshot: Snapshot, text: str, *, doc_id: str = "", k: int = 10) -> tuple[Hit, ...]:
    """At most ``k`` sections for what was typed so far: those that it addresses, documents titled so, then words.

    What stands in the document ``doc_id``, which is open, comes first. ``Hit.best`` is the span of the
    words themselves where they stand in the section as typed, else of the section's own text.
    """
    typed = text.strip()[:MAX_CHARS]
    known = {document.doc_id for document in snapshot.documents()}
    doc_id = doc_id if doc_id in known else ""
    found: dict[tuple[str, str], Hit] = {}
    for hit in _found(snapshot, typed, doc_id) if typed else ():
        found.setdefault((hit.doc_id, hit.section_id), hit)
        if len(found) == k:
            break
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(found.values(), start=1))


def _found(snapshot: Snapshot, typed: str, doc_id: str) -> Iterator[Hit]:
    for place in _addressed(snapshot, typed, doc_id):
        yield section_hit(snapshot, place.doc_id, place.section, span=place.span, part=place.part)
    if doc_id:
        yield from islice(_worded(snapshot, typed, Scope(documents=(doc_id,))), _MAX_HERE)
    wanted = normalize(typed)
    titles = _titles(snapshot)
    for titled in islice((d for d, title in titles.items() if d != doc_id and wanted in title), _MAX_TITLES):
        yield section_hit(snapshot, titled, snapshot.sections(titled)[0])
    yield from _worded(snapshot, typed, Scope(without=(doc_id,)) if doc_id else Scope())


def _addressed(snapshot: Snapshot, typed: str, doc_id: str) -> Sequence[Located]:
    """What the address that was typed names: in the open document, else in those that have it."""
    bare = _BARE_NUMBER.fullmatch(typed)
    forms = (f"第{bare.group(1)}条", f"section {bare.group(1)}") if bare else (typed,)
    documents = snapshot.documents()
    in_document = [document for document in documents if document.doc_id == doc_id]
    for named in (in_document, ()) if in_document else ((),):
        for form in forms:
            addresses: Sequence[Address] = parse_addresses(form)
            if addresses and (located := locate(snapshot, form, addresses, named, documents).located):
                return located
    return ()


def _worded(snapshot: Snapshot, typed: str, scope: Scope) -> Iterator[Hit]:
    """Sections in which most of the words stand; those that have them just as typed come first."""
    words = frozenset(tokens(typed))
    ranking = snapshot.search_lexical(typed, _CHUNKS, scope, heading=_HEADING_WEIGHT, unfinished=True)
    chunks = snapshot.chunks([chunk_id for chunk_id, _ in ranking])
    literal: list[Hit] = []
    others: list[Hit] = []
    for chunk_id, _ in ranking:
        one = chunks[chunk_id]
        text = snapshot.text(one.doc_id, one.chunk.start, one.chunk.end)
        at = text.lower().find(typed.lower())
        if at < 0 and not _holds(f"{one.chunk.context} {one.chunk.text}", words, typed):
            continue
        hit = section_hit(snapshot, one.doc_id, snapshot.section(one.doc_id, one.chunk.section))
        if at >= 0:
            start = one.chunk.start + at
            literal.append(replace(hit, best=(start, start + len(typed))))
        else:
            others.append(hit)
    yield from literal
    yield from others


def _holds(text: str, words: frozenset[str], typed: str) -> bool:
    found = words & frozenset(tokens(text))
    begun = normalize(typed).split()[-1:]
    missing = len(words - found) - sum(one in normalize(text) for one in begun if one not in found)
    return missing <= (1 - _LEAST_SHARE) * len(words)


def _titles(snapshot: Snapshot) -> dict[str, str]:
    """doc_id → title in normal form."""
    found = _TITLES.get(snapshot)
    if found is None:
        found = _TITLES[snapshot] = {one.doc_id: normalize(one.title) for one in snapshot.documents()}
    return found
