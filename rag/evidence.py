"""From hits to evidence: the whole sentences that bear on the question, numbered, within a budget."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rag.expectation import Expectation, expectation_of
from rag.normalize import length, normalize, tokens
from rag.points import Place, as_it_reads, lead_in, leading_clause, leads_in, lines_below
from rag.question import asks_list, content_tokens
from rag.ranges import Quantity, falls_into, quantities
from rag.relevance import MOST_ODDS, odds
from rag.retrieve import kept_spans, section_hit, subtree_text
from rag.sentences import is_row, sentence_spans
from rag.types import Evidence, Hit

if TYPE_CHECKING:
    from rag.index import Snapshot
    from rag.models.embedding import Embedder, Vectors

ALIKE = 1.2
"""Sentences whose scores differ by less are as good: one is at least three tenths as probable as the other."""
_FAR = 4.0
"""A sentence that scores lower than the best by more is less than a fiftieth as probable: a model need not read it."""
_NEAR = 2.0
"""Sections whose log odds differ by less: the second is a seventh as probable at least."""
_MAX_EMBEDDED = 24
_MAX_READ = 8
_LONGEST_HEADING = 30
"""A longer section of one sentence is a clause, not a heading alone; a ``length``."""
SHORT_CLAUSE = 200
"""A clause of this ``length`` or less is quoted whole."""
_READ_WHOLE = 160
"""A clause of this ``length`` or less is read whole."""
_SAID_OF = re.compile(r"(?:^|[到至在于。；;，,、：:（(\n]|\bby|\bin)\s*(?:the end of )?((?:19|20)\d\d)(?=年|\b)")
"""A year that what follows is said of; 比2020年 only sets it beside another."""
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Bearing:
    """How a sentence bears on a question; also the weights."""

    coverage: float
    """Share of the question's content tokens that the sentence or the headings above it hold, in [0, 1]."""
    cosine: float
    """Of the sentence, with its heading, and the question."""
    section: float
    """Log odds of its section less those of the best section, in [-6, 0]."""
    expected: float
    """1 where it holds the kind of thing that is asked for, else 0; 0 too where no kind is."""
    range: float
    """1 where it has a range that a quantity of the question lies in, 0.5 where that range has one end only, else 0; of
    the best section's document only, for ranges tell cases of one thing apart, not things. 1 too for the point of a
    level that the question names, where another level's point was found."""
    heading: float
    """1 for a heading or title alone, which is seldom the answer, else 0."""
    preamble: float
    """1 for what stands before the first clause of a document, else 0."""


# A conditional logit over the sentences of a question's best sections, fitted on development questions by
# ``benchmarks/fit_sentences.py``.
WEIGHTS = Bearing(coverage=6.0, cosine=42.0, section=1.4, expected=3.0, range=2.5, heading=-4.0, preamble=-3.5)
READ_WEIGHTS = (1.0, 0.45)
"""Of the score without reading, and of what reading gave: with these the first sentence is right most often by the same
script, whose own fit, for the probability, puts more on reading."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a hit, with how it bears on the question."""

    hit: Hit
    start: int
    end: int
    text: str
    """As it reads: without removed spans."""
    bearing: Bearing
    read: float | None = None
    """Log odds that it answers, by a model that read it together with the question; None where none has."""

    @property
    def score(self) -> float:
        """Log odds against the other sentences of the question: a difference of 1 is 2.7 times as probable."""
        apart = float(np.dot(astuple(WEIGHTS), astuple(self.bearing)))
        return apart if self.read is None else READ_WEIGHTS[0] * apart + READ_WEIGHTS[1] * self.read


def rank_sentences(
    snapshot: Snapshot, embedder: Embedder, question: str, query: Vectors, hits: Sequence[Hit]
) -> tuple[Sentence, ...]:
    """Sentences of the hits, those that bear most on the question first; ``query`` is its vector.

    Words choose the sentences that are worth embedding, meaning those worth reading together with the
    question, which orders them.
    """
    wanted = content_tokens(question)
    expected = expectation_of(question)
    asked = quantities(question)
    best = max((odds(hit.score) for hit in hits), default=0.0)
    candidates = []
    of_level = {(hit.doc_id, hit.section_id): hit for hit in _points_of_level(snapshot, expected, hits)}
    found = {(hit.doc_id, hit.section_id): hit for hit in (*hits, *_fitting_points(snapshot, asked, hits))}
    for key, hit in (of_level | found).items():
        about = f"{hit.document} {hit.label} {hit.heading}"
        preamble = not hit.path and snapshot.document(hit.doc_id).sections > 1
        for start, end, text in sentences_of(snapshot, hit.doc_id, hit.start, hit.end):
            lead = as_it_reads(snapshot, lead_in(snapshot, (hit, start, end)))
            ruled = bool(lead and expected.kind) and expected.is_met_by(lead)
            bearing = Bearing(
                coverage=_coverage(wanted, f"{about} {lead} {text}"),
                cosine=0.0,
                section=max(-MOST_ODDS, odds(hit.score) - best),
                expected=float(ruled or (bool(expected.kind) and expected.is_met_by(text))),
                range=float(key in of_level) or (falls_into(asked, text) if hit.doc_id == hits[0].doc_id else 0.0),
                heading=float(_is_heading(text, hit, preamble, gives_figure=expected.gives_figure(text))),
                preamble=float(preamble),
            )
            candidates.append(Sentence(hit, start, end, text, bearing))
    candidates = sorted(candidates, key=_best_first)[:_MAX_EMBEDDED]
    if not candidates:
        return ()
    passages = [f"{s.hit.heading} {s.text}" if s.hit.heading not in s.text else s.text for s in candidates]
    cosines = np.asarray(embedder.embed_passages(passages) @ query, dtype=float).tolist()
    ranked = [
        replace(sentence, bearing=replace(sentence.bearing, cosine=cosine))
        for sentence, cosine in zip(candidates, cosines, strict=True)
    ]
    ordered = _read_together(snapshot, embedder, question, sorted(ranked, key=_best_first))
    ordered = _of_its_level_first(snapshot, expected, ordered)
    return _of_its_year_first(snapshot, expected, _without_rows_of_other_levels(expected, ordered))


def _read_together(
    snapshot: Snapshot, embedder: Embedder, question: str, ranked: Sequence[Sentence]
) -> tuple[Sentence, ...]:
    """The first sentences in the order that reading them gives, the rest behind; as they stand where none can read."""
    first, rest = ranked[:_MAX_READ], ranked[_MAX_READ:]
    readings = [as_read(snapshot, sentence) for sentence in first]
    alone = list(dict.fromkeys(readings))
    odds = embedder.read(question, alone)
    if odds is None:
        return tuple(ranked)
    found = dict(zip(alone, odds, strict=True))
    least = min(odds)
    again = [replace(one, read=found[reading]) for one, reading in zip(first, readings, strict=True)]
    return (*sorted(again, key=_best_first), *(replace(one, read=least) for one in rest))


def _of_its_level_first(
    snapshot: Snapshot, expected: Expectation, ranked: tuple[Sentence, ...]
) -> tuple[Sentence, ...]:
    """The same, but before the best point of a list, if that is another level's, the point of the level asked about."""
    if not ranked or not expected.undefined_levels(ranked[0].text):
        return ranked

    def its_list(sentence: Sentence) -> tuple[str, str | None]:
        hit = sentence.hit
        return hit.doc_id, snapshot.section(hit.doc_id, hit.section_id).parent

    beside = (one for one in ranked if its_list(one) == its_list(ranked[0]))
    own = next((one for one in beside if not expected.missing_levels(one.text)), None)
    return (own, *(one for one in ranked if one is not own)) if own else ranked


def _without_rows_of_other_levels(expected: Expectation, ranked: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The same, but where the best is the row of a table for the level asked about, without that table's other rows."""
    if not ranked or not is_row(ranked[0].text) or expected.is_of_other_levels(ranked[0].text):
        return tuple(ranked)
    best = ranked[0].hit
    return tuple(
        one for one in ranked if one.hit != best or not is_row(one.text) or not expected.is_of_other_levels(one.text)
    )


def _of_its_year_first(snapshot: Snapshot, expected: Expectation, ranked: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """The same, but before the best sentence, if its clause says it of another year, the best one of the year asked."""
    if not ranked or not is_of_another_year(snapshot, expected.years, ranked[0]):
        return ranked
    beside = (one for one in ranked if one.hit == ranked[0].hit and one.score >= ranked[0].score - _FAR)
    own = next((one for one in beside if year_of(snapshot, one) in expected.years), None)
    return (own, *(one for one in ranked if one is not own)) if own else ranked


def of_documents_of(snapshot: Snapshot, years: Sequence[str], ranked: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentences of documents of these years whose sections rank not far behind the best; empty for none."""
    wanted = {int(year) for year in years}
    return tuple(
        one for one in ranked if one.bearing.section >= -_NEAR and snapshot.names.years_of(one.hit.doc_id) & wanted
    )


def is_of_another_year(snapshot: Snapshot, years: Sequence[str], sentence: Sentence) -> bool:
    """Whether a clause says a sentence of another year than those given; never, where none is given.

    A row of a table may say several years beside each other.
    """
    year = year_of(snapshot, sentence) if years else ""
    in_a_row = is_row(sentence.text) and any(asked in sentence.text for asked in years)
    return bool(year) and year not in years and not in_a_row


def year_of(snapshot: Snapshot, sentence: Sentence) -> str:
    """The year of which a clause says a sentence (到2025年, ……；……), in it or last before it; ``""`` for none."""
    text = snapshot.file_text(sentence.hit.doc_id)
    own = _SAID_OF.search(normalize(text[sentence.start : sentence.end]))
    before = _SAID_OF.findall(normalize(text[sentence.hit.start : sentence.start]))
    return own[1] if own else before[-1] if before else ""


def as_read(snapshot: Snapshot, sentence: Sentence) -> str:
    """A sentence as a model reads it together with a question: where it stands, then itself; a short clause whole.

    A point of a short list is read with the whole list: what it is a point of stands above it.
    """
    hit = _short_list(snapshot, sentence.hit) or sentence.hit
    heading = f" {hit.heading}" if hit.heading and hit.heading not in sentence.text else ""
    place = sentence.hit, sentence.start, sentence.end
    whole = hit.text if length(hit.text) <= _READ_WHOLE else _with_lines_below(snapshot, place)
    lead = "" if hit is not sentence.hit else as_it_reads(snapshot, lead_in(snapshot, place))
    words = whole if lead in whole else f"{lead} {whole}"
    return f"{hit.label}{heading}：{' '.join(words.split())}"


def _with_lines_below(snapshot: Snapshot, place: Place) -> str:
    """A sentence as it reads, with the marked lines that it leads in to, where they are short."""
    hit, start, _ = place
    lines = lines_below(snapshot, place)
    together = as_it_reads(snapshot, (hit, start, lines[2])) if lines else ""
    return together if 0 < length(together) <= _READ_WHOLE else as_it_reads(snapshot, place)


def _fitting_points(snapshot: Snapshot, asked: Sequence[Quantity], hits: Sequence[Hit]) -> Iterator[Hit]:
    """Points of the lists of the best document's hits into whose range a quantity of the question falls, but no hits.

    One point of 不足10万元的, 10万元以上的 is like the other to any ranking, and only one is found.
    """
    known = {(hit.doc_id, hit.section_id) for hit in hits}
    for hit in (one for one in hits if asked and one.doc_id == hits[0].doc_id):
        for found in _points_beside(snapshot, hit):
            if (found.doc_id, found.section_id) not in known and falls_into(asked, found.text):
                known.add((found.doc_id, found.section_id))
                yield found


def _points_of_level(snapshot: Snapshot, expected: Expectation, hits: Sequence[Hit]) -> Iterator[Hit]:
    """The points that say what holds for the level asked about, of lists of which a hit is another level's point."""
    for hit in hits if expected.levels else ():
        if expected.undefined_levels(hit.text):
            yield from (one for one in _points_beside(snapshot, hit) if not expected.missing_levels(one.text))


def _points_beside(snapshot: Snapshot, hit: Hit) -> Iterator[Hit]:
    """The points of the list that a hit leads in to or is a point of, as hits that rank like it."""
    section = snapshot.section(hit.doc_id, hit.section_id)
    for point in snapshot.sections(hit.doc_id):
        if point.parent in (section.id, section.parent) and point.level > 1:
            yield section_hit(snapshot, hit.doc_id, point, rank=hit.rank, score=hit.score, dense=hit.dense)


def _short_list(snapshot: Snapshot, hit: Hit) -> Hit | None:
    """The clause with its points that a hit leads in to or is a point of, where it is short."""
    itself = hit if hit.path and leads_in(hit.text) else None
    for clause in (leading_clause(snapshot, hit), itself):
        if clause is None:
            continue
        whole = subtree_text(snapshot, hit.doc_id, snapshot.section(hit.doc_id, clause.section_id))
        if length(whole) <= _READ_WHOLE:
            return replace(clause, text=whole)
    return None


def worth_reading(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentences, best first, without those far behind: reading is what a language model takes longest for."""
    return [one for one in sentences if one.score >= sentences[0].score - _FAR]


def select_evidence(
    snapshot: Snapshot, question: str, sentences: Sequence[Sentence], *, max_clauses: int, max_chars: int
) -> tuple[Evidence, ...]:
    """Numbered clauses made of the best sentences, in text order inside each clause.

    At least the best sentence is taken, however long; no sentence is cut. For a question that asks
    for several things the whole enumeration of the best clause is taken first.
    """
    chosen: dict[tuple[str, str], list[tuple[int, int]]] = {}
    hits: dict[tuple[str, str], Hit] = {}
    left = max_chars
    wanted = list(sentences)
    if sentences and asks_list(question):
        wanted = [s for s in sentences if s.hit is sentences[0].hit] + wanted
    for sentence in wanted:
        key = (sentence.hit.doc_id, sentence.hit.section_id)
        span = (sentence.start, sentence.end)
        if span in chosen.get(key, ()) or (key not in chosen and len(chosen) >= max_clauses):
            continue
        if chosen and len(sentence.text) > left:
            continue
        chosen.setdefault(key, []).append(span)
        hits[key] = sentence.hit
        left -= len(sentence.text)
    return tuple(
        Evidence(n=n, hit=hits[key], sentences=tuple(sorted(spans)), text=_joined(snapshot, hits[key], sorted(spans)))
        for n, (key, spans) in enumerate(chosen.items(), start=1)
    )


def sentences_of(snapshot: Snapshot, doc_id: str, start: int, end: int) -> list[tuple[int, int, str]]:
    """Sentences between two offsets as they read without removed spans: ``(start, end, text)`` in the file."""
    text = snapshot.file_text(doc_id)
    kept = kept_spans(snapshot, doc_id, start, end)
    reading = "".join(text[a:b] for a, b in kept)
    offsets = [i for a, b in kept for i in range(a, b)]
    spans = [(a, b) for a, b in sentence_spans(reading) if _WORD.search(reading, a, b)]
    return [(offsets[a], offsets[b - 1] + 1, reading[a:b]) for a, b in spans]


def _best_first(sentence: Sentence) -> tuple[float, int, int]:
    return (-sentence.score, sentence.hit.rank, sentence.start)


def _is_heading(text: str, hit: Hit, preamble: bool, *, gives_figure: bool) -> bool:
    """Whether a sentence is its section's heading, or of a document's head.

    That is its title, number, date, whom it is to, or what leads in to all of it (现总结如下：). A long one that
    ``gives_figure`` of the kind asked for says something itself: “1.2 Loan periods are: cameras 7 days, tablets 14”.
    """
    if preamble and (length(text) <= _LONGEST_HEADING or leads_in(text.rstrip("。. "))):
        return True
    bare = text.rstrip("。.：:")
    whole = bare == hit.text.rstrip("。.：: \n")  # a clause of one sentence
    says = length(text) > _LONGEST_HEADING and (whole or gives_figure)
    return bool(hit.heading and bare.endswith(hit.heading) and not says) or (not hit.path and bare in hit.document)


def _coverage(wanted: frozenset[str], text: str) -> float:
    return len(wanted.intersection(tokens(text))) / len(wanted) if wanted else 0.0


def _joined(snapshot: Snapshot, hit: Hit, spans: Sequence[tuple[int, int]]) -> str:
    text = snapshot.file_text(hit.doc_id)
    parts = ["".join(text[a:b] for a, b in kept_spans(snapshot, hit.doc_id, start, end)) for start, end in spans]
    separator = "" if all(part[-1:] > "⺀" for part in parts) else " "
    return separator.join(parts)
