"""Enumerations: where a question asks for several things, the whole list answers, never two of its seven points."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.counts import asked_count, enumerates, names_several, shared_words
from rag.evidence import ALIKE, SHORT_CLAUSE, sentences_of
from rag.normalize import length, tokens
from rag.points import (
    Place,
    as_it_reads,
    lead_in,
    lead_of,
    leading_clause,
    leads_in,
    lines_around,
    lines_below,
    runs_of,
)
from rag.question import asks_list, asks_steps
from rag.relevance import odds
from rag.retrieve import section_hit, subtree_end
from rag.sentences import is_row, sentence_spans, whole_sentence
from rag.types import Hit, Section

if TYPE_CHECKING:
    from rag.evidence import Sentence
    from rag.index import Snapshot

_LONGEST_LIST = 1500
"""Of a list that is quoted whole; a ``length``."""
_MIN_ITEMS = 2
_NAMED_SHARE = 0.6
_FEWEST_POINTS = 3
_CLOSE = 1.5
"""The second section's list answers too where its log odds are so near the first one's."""
_LIST_BEHIND, _SENTENCE_BEHIND, _NAMED_BEHIND = 1.0, 3.0, 1.6
"""How far a section that is a list may rank behind one that is none: in its own log odds and its best sentence's, or in
its own alone where the question speaks of it by its heading."""
_SHORT_LIST = 400
"""Of a list that is quoted for one of its points; a ``length``."""
_COUNTED_SENTENCES = 3
"""The best sentences of which one may name as many things as are asked for."""
_LONGEST_TOPIC = 24
"""A sentence that begins a paragraph and is no longer only says what the paragraph is about; a ``length``."""
_LONGEST_PARAGRAPH = 800
_OF_STEPS = re.compile(r"步骤|流程|程序|顺序|\b(?:steps?|procedures?|process)\b", re.IGNORECASE)
_IN_ORDER = re.compile(r"先[^。]{1,60}(?:再|然后|最后)|首先[^。]{1,80}(?:其次|然后|再)|\bfirst\b.{1,80}\bthen\b", re.I)
"""Steps that a sentence tells one after the other."""
_ARTICLE = re.compile(r"第.+条|(?:Article|Section|§).*", re.IGNORECASE)
"""The number of a rule of its own: a chapter of such is no list."""
_FIRST = re.compile(r"\W*(?:[一1１aAiI①]|[Oo]ne|第一.?)\W*")
"""The number of the first clause of a list."""


def enumeration_for(
    snapshot: Snapshot, question: str, hits: Sequence[Hit], sentences: Sequence[Sentence], *, named: bool = False
) -> tuple[Place, ...]:
    """The list that answers a question, as the spans to quote; empty where none does. ``named``: by its address.

    A list question is answered by the list of the best section that has one; any question, where
    the best sentence only leads in to a list (``下列情形：``), by that list. It is too where several
    points of a short list answer equally well: what holds then depends on the case.
    """
    if sentences and leads_in(sentences[0].text):
        lead = sentences[0]
        return _led_in(snapshot, question, (lead.hit, lead.start, lead.end))
    if several := _several_points(snapshot, question, sentences):
        return several
    if not asks_list(question) and not asks_steps(question):
        return ()
    if not named and (beside := _list_beside(snapshot, question, hits, sentences)):
        return beside
    return _asked_for(snapshot, question, hits, sentences) if asks_list(question) else ()


def _list_beside(
    snapshot: Snapshot, question: str, hits: Sequence[Hit], sentences: Sequence[Sentence]
) -> tuple[Place, ...]:
    """The list of another section, where the best sentence's has none.

    That section ranks about as high, and its best sentence too; or the question speaks of it by its heading.
    """
    best = sentences[0]
    if _enumerates(snapshot, best.hit):
        return ()
    scores: dict[Hit, float] = {}
    for one in sentences:
        scores.setdefault(one.hit, one.score)
    for hit in hits:
        behind = odds(best.hit.score) - odds(hit.score)
        spoken_of = behind <= _NAMED_BEHIND and _speaks_of(question, snapshot.section(hit.doc_id, hit.section_id))
        near = behind <= _LIST_BEHIND and scores.get(hit, -math.inf) >= best.score - _SENTENCE_BEHIND
        if hit != best.hit and (spoken_of or near) and _enumerates(snapshot, hit):
            return _list_of(snapshot, question, hit) or ((hit, hit.start, hit.end),)
    return ()


def _speaks_of(question: str, section: Section) -> bool:
    """Whether a question names a section by its heading, or asks for the steps that its heading announces."""
    return _names(section, question) or (asks_steps(question) and _OF_STEPS.search(section.heading) is not None)


def _enumerates(snapshot: Snapshot, hit: Hit) -> bool:
    """Whether a section is a list: of points, of rows of a table, or of things named in a row; no chapter is."""
    lines = hit.text.split("\n")
    return length(hit.text) <= _LONGEST_LIST and (
        leads_in(hit.text)
        or sum(not _ARTICLE.fullmatch(child.number) for child in _children(snapshot, hit)) >= _MIN_ITEMS
        or any(len(run) >= _FEWEST_POINTS for run in runs_of(snapshot, hit))
        or sum(is_row(line) for line in lines) >= _FEWEST_POINTS
        or any(names_several(line) or _IN_ORDER.search(line) for line in lines)
    )


def completed(snapshot: Snapshot, question: str, place: Place) -> tuple[Place, ...]:
    """A passage, or the whole list that it leads in to; all of a list of which it has the beginning.

    A heading alone says nothing: what stands below it is told with it.
    """
    hit, start, end = place
    text = snapshot.file_text(hit.doc_id)
    section = snapshot.section(hit.doc_id, hit.section_id)
    if section.heading and text[hit.start : end].rstrip().endswith(section.heading):
        bare = not text[end : hit.end].strip()
        below = hit, hit.start, subtree_end(snapshot, hit.doc_id, section) if bare else hit.end
        return (below if _size(snapshot, below) <= _LONGEST_PARAGRAPH else place,)
    if leads_in(text[hit.start : end]):
        return _led_in(snapshot, question, place) or (place,)
    lines = _lines_of(snapshot, place)
    if lines and start < lines[1] and end < lines[2]:
        whole = hit, start, lines[2]
        return (whole,) if _size(snapshot, whole) <= _LONGEST_LIST else (place,)
    return (_paragraph_of(snapshot, hit, start, end) or place,)


def _lines_of(snapshot: Snapshot, place: Place) -> Place | None:
    """The marked lines that a passage touches, or those right below it that one of its sentences leads in to."""
    hit, start, end = place
    if lines := lines_around(snapshot, hit, start, end):
        return lines
    text = snapshot.file_text(hit.doc_id)
    below = lines_below(snapshot, place)
    return below if below and any(leads_in(text[a:b]) for a, b in sentence_spans(text, start, end)) else None


def with_lead_in(snapshot: Snapshot, places: Sequence[Place]) -> tuple[Place, ...]:
    """The same places, before a point of a list of cases the sentence that says what holds in them.

    A short list is quoted whole instead, and one of which several points are quoted. Nothing is quoted twice.
    """
    lists = [_list_with_lead(snapshot, place) for place in places]
    found: list[Place] = []
    for place, around in zip(places, lists, strict=True):
        longest = _SHORT_LIST if lists.count(around) > 1 else SHORT_CLAUSE
        if around and _size(snapshot, around) <= longest:
            found.append(around)
        else:
            found += [one for one in (lead_in(snapshot, place), place) if one]
    return tuple(
        place
        for i, place in enumerate(found)
        if not any(_holds(other, place) for j, other in enumerate(found) if j < i or (j > i and other != place))
    )


def _list_with_lead(snapshot: Snapshot, place: Place) -> Place | None:
    """The list of which a place is one point, with what leads in to it."""
    hit, start, end = place
    lines = lines_around(snapshot, hit, start, end)
    if lines and (above := lead_of(snapshot, lines)):
        return hit, min(start, above[1]), max(end, lines[2])
    if lead := lead_in(snapshot, place):
        clause = lead[0]
        stop = subtree_end(snapshot, hit.doc_id, snapshot.section(hit.doc_id, clause.section_id))
        return clause, clause.start, stop
    return None


def _holds(one: Place, other: Place) -> bool:
    return one[0].doc_id == other[0].doc_id and one[1] <= other[1] and other[2] <= one[2]


def _led_in(snapshot: Snapshot, question: str, lead: Place) -> tuple[Place, ...]:
    """The list that a passage leads in to: below its clause, inside it, or in the clauses that follow."""
    hit, start, end = lead
    return (
        _run_around(snapshot, hit, start, end)
        or _list_of(snapshot, question, hit, led_in=True)
        or _list_behind(snapshot, hit, start, end)
    )


def _list_behind(snapshot: Snapshot, hit: Hit, start: int, end: int) -> tuple[Place, ...]:
    """The clauses that follow a passage at the end of its own, numbered from one anew.

    A paragraph between two lists of an article is read as the end of the first one's last point.
    """
    text = snapshot.file_text(hit.doc_id)
    own = snapshot.section(hit.doc_id, hit.section_id)
    alike = [section for section in snapshot.sections(hit.doc_id) if section.parent == own.parent]
    behind = [section for section in alike if section.start >= hit.end]
    if text[end : hit.end].strip() or not behind or not _is_first(behind[0]):
        return ()
    last = next((i for i, section in enumerate(behind) if i and _is_first(section)), len(behind)) - 1
    stop = subtree_end(snapshot, hit.doc_id, behind[last])
    found = hit, start, stop
    return (found,) if last and _size(snapshot, found) <= _LONGEST_LIST else ()


def _is_first(section: Section) -> bool:
    return _FIRST.fullmatch(section.number) is not None


def _asked_for(
    snapshot: Snapshot, question: str, hits: Sequence[Hit], sentences: Sequence[Sentence]
) -> tuple[Place, ...]:
    """What answers a list question: what has as many points as it says, the points or paragraph around, the list."""
    count = asked_count(question)
    if count and (counted := _of_count(snapshot, question, count, hits, sentences)):
        return counted
    for best in sentences[:1]:
        around = best.hit, best.start, best.end
        if found := _run_around(snapshot, *around) or _series_around(snapshot, *around):
            return found
        if paragraph := _paragraph_of(snapshot, *around):
            return (paragraph,)
    bearing = _bearing(hits, sentences)
    if sentences and names_several(sentences[0].text):
        bearing = tuple(hit for hit in bearing if hit == sentences[0].hit)
    for hit in bearing:
        if found := _list_of(snapshot, question, hit) or _list_around(snapshot, question, hit):
            return found
    return ()


def _bearing(hits: Sequence[Hit], sentences: Sequence[Sentence]) -> tuple[Hit, ...]:
    """The sections whose lists may answer: of the best sentence, the best, and the second where it is close."""
    first = [s.hit for s in sentences[:1]]
    best = hits[:1] or first
    close = [hit for hit in hits[1:2] if odds(hit.score) > odds(best[0].score) - _CLOSE]
    return (*first, *best, *close)


def _of_count(
    snapshot: Snapshot, question: str, count: int, hits: Sequence[Hit], sentences: Sequence[Sentence]
) -> tuple[Place, ...]:
    """What has as many points as a question says there are: a sentence, a list, or sentences alike."""
    for sentence in sentences[:_COUNTED_SENTENCES]:
        if enumerates(sentence.text, count):
            text = snapshot.file_text(sentence.hit.doc_id)
            return ((sentence.hit, *whole_sentence(text, sentence.hit, sentence.start, sentence.end)),)
    for hit in _bearing(hits, sentences):
        for clause in (hit, leading_clause(snapshot, hit)):
            if clause and len(_children(snapshot, clause)) == count and (found := _list_of(snapshot, question, clause)):
                return found
        runs = [run for run in runs_of(snapshot, hit) if len(run) == count]
        if runs:
            start = max(runs, key=lambda run: _shared_before(snapshot, question, hit, run[0].start))[0].start
            return _run_around(snapshot, hit, start, start)
        if alike := _alike(snapshot, question, count, hit):
            return alike
    return ()


def _shared_before(snapshot: Snapshot, question: str, hit: Hit, start: int) -> int:
    """How many words of a question stand in the sentence right before a list, which says what it is a list of."""
    text = snapshot.file_text(hit.doc_id)
    before = [text[a:b] for a, b in sentence_spans(text, hit.start, start)][-1:]
    return sum(len(set(tokens(said)) & set(tokens(question))) for said in before)


def _alike(snapshot: Snapshot, question: str, count: int, hit: Hit) -> tuple[Place, ...]:
    """As many sentences of a section as a question counts, told by words of it that these have and no others."""
    sentences = sentences_of(snapshot, hit.doc_id, hit.start, hit.end)
    points = [one for one in sentences if asked_count(one[2]) != count]  # 实施十大工程 only says how many there are
    for words in shared_words(question, [text for _, _, text in points], count):
        places = [(hit, start, end) for start, end, text in points if words in text]
        if sum(_size(snapshot, place) for place in places) <= _LONGEST_LIST:
            return tuple(places)
    return ()


def _series_around(snapshot: Snapshot, hit: Hit, start: int, end: int) -> tuple[Place, ...]:
    """The whole sentence whose parts, joined by semicolons, are the points: “主要内容：……；……；……。”."""
    text = snapshot.file_text(hit.doc_id)
    first, last = whole_sentence(text, hit, start, end)
    alone = (first, last) == (start, end) or leads_in(text[first:last])
    return () if alone or last - first > _LONGEST_PARAGRAPH else ((hit, first, last),)


def _paragraph_of(snapshot: Snapshot, hit: Hit, start: int, end: int) -> Place | None:
    """The paragraph whose topic a passage only says, at its beginning; None for any other passage."""
    text = snapshot.file_text(hit.doc_id)
    last = text.find("\n", end, hit.end)
    last = hit.end if last < 0 else last
    begins = not text[text.rfind("\n", 0, start) + 1 : start].strip()
    topic = begins and length(text[start:end]) <= _LONGEST_TOPIC and text[end:last].strip()
    return (hit, start, last) if topic and last - start <= _LONGEST_PARAGRAPH else None


def _list_of(snapshot: Snapshot, question: str, hit: Hit, *, led_in: bool = False) -> tuple[Place, ...]:
    """The points of a section; of a long list their headings, if the question names it or was ``led_in`` to it."""
    section = snapshot.section(hit.doc_id, hit.section_id)
    if section.level == 0:
        return ()
    children = _children(snapshot, hit)
    bare = not hit.text[len(hit.text.split("\n", 1)[0]) :].strip()
    if len(children) >= _MIN_ITEMS and (leads_in(hit.text) or bare):
        end = subtree_end(snapshot, hit.doc_id, section)
        whole = hit, hit.start, end
        if _size(snapshot, whole) <= _LONGEST_LIST:
            return (whole,)
        if led_in or _names(section, question):
            return tuple(_heading(snapshot, hit.doc_id, child) for child in children)
    if len(children) >= _MIN_ITEMS and all(c.heading for c in children) and _names(section, question):
        return tuple(_heading(snapshot, hit.doc_id, child) for child in children)
    itself = hit, hit.start, hit.end
    return (itself,) if runs_of(snapshot, hit) and _size(snapshot, itself) <= _LONGEST_LIST else ()


def _list_around(snapshot: Snapshot, question: str, hit: Hit) -> tuple[Place, ...]:
    """The list that a hit is one point of, where its parent leads in to it."""
    above = leading_clause(snapshot, hit)
    return _list_of(snapshot, question, above) if above else ()


def _children(snapshot: Snapshot, hit: Hit) -> list[Section]:
    return [section for section in snapshot.sections(hit.doc_id) if section.parent == hit.section_id]


def _run_around(snapshot: Snapshot, hit: Hit, start: int, end: int) -> tuple[Place, ...]:
    """The points of a clause that follow each other around or right below a passage, with the line that leads in."""
    text = snapshot.file_text(hit.doc_id)
    runs = [(run[0].start, run[-1].end) for run in runs_of(snapshot, hit)]
    below = [(start, last) for first, last in runs if end <= first and not text[end:first].strip()]
    around = [
        (max(hit.start, text.rfind("\n", hit.start, max(hit.start, first - 1)) + 1), last)
        for first, last in runs
        if first <= start < last
    ]
    found = [(hit, a, b) for a, b in (below or around)[:1]]
    return tuple(place for place in found if _size(snapshot, place) <= _LONGEST_LIST)


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
    return around if sum(_size(snapshot, place) for place in around) <= _SHORT_LIST else ()


def _size(snapshot: Snapshot, place: Place) -> float:
    """The ``length`` of a place as it reads."""
    return length(as_it_reads(snapshot, place))


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
