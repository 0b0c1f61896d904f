"""Enumerations: where a question asks for several things, the whole list answers, never two of its seven points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.evidence import ALIKE, LEADS_IN
from rag.normalize import tokens
from rag.question import asks_list
from rag.relevance import odds
from rag.retrieve import section_hit, subtree_end
from rag.types import Hit, Item, Section

if TYPE_CHECKING:
    from rag.evidence import Sentence
    from rag.index import Snapshot

Place = tuple[Hit, int, int]
"""A hit and the span of it that is meant."""

_MAX_LIST_CHARS = 1500
_MIN_ITEMS = 2
_NAMED_SHARE = 0.6
_CLOSE = 1.5
"""The second section's list answers too where its log odds are so near the first one's."""
_SHORT_LIST_CHARS = 400


def enumeration_for(
    snapshot: Snapshot, question: str, hits: Sequence[Hit], sentences: Sequence[Sentence]
) -> tuple[Place, ...]:
    """The list that answers a question, as the spans to quote; empty where none does.

    A list question is answered by the list of the best section that has one; any question, where
    the best sentence only leads in to a list (``下列情形：``), by that list. It is too where several
    points of a short list answer equally well: what holds then depends on the case.
    """
    if sentences and sentences[0].text.endswith(LEADS_IN):
        lead = sentences[0]
        return _list_of(snapshot, question, lead.hit) or _run_around(snapshot, lead.hit, lead.start, lead.end)
    if several := _several_points(snapshot, question, sentences):
        return several
    if not asks_list(question):
        return ()
    if sentences and (run := _run_around(snapshot, sentences[0].hit, sentences[0].start, sentences[0].end)):
        return run
    best = hits[:1] or [s.hit for s in sentences[:1]]
    close = [hit for hit in hits[1:2] if odds(hit.score) > odds(best[0].score) - _CLOSE]
    for hit in (*(s.hit for s in sentences[:1]), *best, *close):
        if found := _list_of(snapshot, question, hit) or _list_around(snapshot, question, hit):
            return found
    return ()


def completed(snapshot: Snapshot, question: str, place: Place) -> tuple[Place, ...]:
    """A passage, or the whole list that it leads in to."""
    hit, start, end = place
    if snapshot.file_text(hit.doc_id)[hit.start : end].rstrip().endswith(LEADS_IN):
        return _list_of(snapshot, question, hit) or _run_around(snapshot, hit, start, end) or (place,)
    return (place,)


def _list_of(snapshot: Snapshot, question: str, hit: Hit) -> tuple[Place, ...]:
    section = snapshot.section(hit.doc_id, hit.section_id)
    if section.level == 0:
        return ()
    children = [s for s in snapshot.sections(hit.doc_id) if s.parent == section.id]
    bare = not hit.text[len(hit.text.split("\n", 1)[0]) :].strip()
    leads_in = hit.text.rstrip().endswith(LEADS_IN)
    if len(children) >= _MIN_ITEMS and (leads_in or bare):
        end = subtree_end(snapshot, hit.doc_id, section)
        if end - hit.start <= _MAX_LIST_CHARS:
            return ((hit, hit.start, end),)
        if leads_in or _names(section, question):
            return tuple(_heading(snapshot, hit.doc_id, child) for child in children)
    if len(children) >= _MIN_ITEMS and all(c.heading for c in children) and _names(section, question):
        return tuple(_heading(snapshot, hit.doc_id, child) for child in children)
    items = [item for item in snapshot.outline(hit.doc_id).items if item.section == section.id]
    if len(items) >= _MIN_ITEMS and hit.end - hit.start <= _MAX_LIST_CHARS:
        return ((hit, hit.start, hit.end),)
    return ()


def _list_around(snapshot: Snapshot, question: str, hit: Hit) -> tuple[Place, ...]:
    """The list that a hit is one point of, where its parent leads in to it."""
    section = snapshot.section(hit.doc_id, hit.section_id)
    if section.parent is None:
        return ()
    parent = section_hit(snapshot, hit.doc_id, snapshot.section(hit.doc_id, section.parent))
    return _list_of(snapshot, question, parent) if parent.text.rstrip().endswith(LEADS_IN) else ()


def _run_around(snapshot: Snapshot, hit: Hit, start: int, end: int) -> tuple[Place, ...]:
    """The points of a clause that follow each other around or right below a passage, with the line that leads in."""
    text = snapshot.file_text(hit.doc_id)
    items = [item for item in snapshot.outline(hit.doc_id).items if item.section == hit.section_id]
    runs = [(run[0].start, run[-1].end) for run in _runs(text, items) if len(run) >= _MIN_ITEMS]
    below = [(start, last) for first, last in runs if end <= first and not text[end:first].strip()]
    around = [
        (max(hit.start, text.rfind("\n", hit.start, max(hit.start, first - 1)) + 1), last)
        for first, last in runs
        if first <= start < last
    ]
    return tuple((hit, a, b) for a, b in (below or around)[:1] if b - a <= _MAX_LIST_CHARS)


def _runs(text: str, items: Sequence[Item]) -> list[list[Item]]:
    """Items that follow each other with nothing between and are marked alike."""
    runs: list[list[Item]] = []
    for item in sorted(items, key=lambda one: one.start):
        before = runs[-1][-1] if runs else None
        if before and not text[before.end : item.start].strip() and _style(before) == _style(item):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _style(item: Item) -> str:
    """How an item is marked, whichever it is: ``#.`` of ``3.``."""
    return re.sub(r"\w+", "#", item.marker)


def _several_points(snapshot: Snapshot, question: str, sentences: Sequence[Sentence]) -> tuple[Place, ...]:
    """The short list of which the best sentence is one point, and a sentence as good is another."""
    near = [s.hit for s in sentences if s.score > sentences[0].score - ALIKE]
    parents = [snapshot.section(hit.doc_id, hit.section_id).parent for hit in near]
    points = {
        hit.section_id
        for hit, parent in zip(near, parents, strict=True)
        if (hit.doc_id, parent) == (near[0].doc_id, parents[0])
    }
    if len(points) < _MIN_ITEMS:
        return ()
    around = _list_around(snapshot, question, near[0])
    return around if sum(end - start for _, start, end in around) <= _SHORT_LIST_CHARS else ()


def _names(section: Section, question: str) -> bool:
    """Whether a question speaks of a section by its heading."""
    words = tokens(section.heading)
    return bool(words) and len(set(words).intersection(tokens(question))) >= _NAMED_SHARE * len(set(words))


def _heading(snapshot: Snapshot, doc_id: str, section: Section) -> Place:
    hit = section_hit(snapshot, doc_id, section)
    end = section.body if section.body > section.start + len(section.number) + 1 else hit.end
    text = snapshot.file_text(doc_id)
    while end > hit.start and text[end - 1].isspace():
        end -= 1
    return hit, hit.start, min(end, hit.end)
