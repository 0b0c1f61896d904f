"""Whether the clauses found answer the question at all: a calibrated probability, decided before any model.

A logistic model over what retrieval knows and what code reads in the question; its weights are
fitted on development questions, a quarter of them near misses without an answer
(``benchmarks/calibrate_support.py``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

from rag.abroad import goes_abroad, speaks_of_abroad
from rag.evidence import SHORT_CLAUSE, Sentence, year_of
from rag.expectation import Expectation, expectation_of
from rag.normalize import length, normalize, tokens
from rag.points import leads_in
from rag.question import content_tokens, language_of
from rag.ranges import falls_between, quantities
from rag.relevance import MOST_ODDS, odds
from rag.retrieve import subtree_text
from rag.sentences import whole_sentence
from rag.types import Hit

if TYPE_CHECKING:
    from rag.index import Snapshot

_PART = re.compile(r"[,，;；。\n]")
_REPORT = re.compile(r"工作报告|讲话|annual report")


@dataclass(frozen=True, slots=True)
class Features:
    """What the decision is made from; also its weights."""

    section_odds: float
    """Log odds that the section of the best sentence answers the question, by its ranking, in [-6, 6]."""
    cosine: float
    """Best cosine of a chunk with the question."""
    sentence_cosine: float
    """Cosine of the best sentence with the question."""
    coverage: float
    """Share of the question's content tokens that the best sentence or its headings hold, in [0, 1]."""
    kind_missing: float
    """1 where the best sentence neither holds the kind that is asked for, nor leads in or points to it, else 0."""
    level_missing: float
    """1 where the question names a grade or class that the section of the best sentence does not, or that sentence has
    another of the same sort instead; so too for a step or round (第三步), and for a journey abroad where the section
    speaks of none. Else 0."""
    level_undefined: float
    """1 where that section names other grades or classes of the same sort, and its document's hits never the one asked
    for, else 0."""
    between_ranges: float
    """1 where a quantity of the question lies in none of several ranges of the best sentence's section, else 0."""
    year_differs: float
    """1 where the section of the best sentence or its document gives years, but none of the question's, else 0; 1 too
    where the document is of other years and does not say that sentence of one of the question's."""
    english: float
    """1 for an English question, whose cosines are lower, else 0."""
    other_language: float
    """1 where question and best sentence are in different languages, else 0."""


# Of a hundred questions 77 are taken to have an answer (``--answerable 0.77``).
INTERCEPT = -27.30
WEIGHTS = Features(
    section_odds=0.22,
    cosine=10.40,
    sentence_cosine=22.49,
    coverage=-0.99,
    kind_missing=-4.85,
    level_missing=-7.25,
    level_undefined=-2.92,
    between_ranges=-1.88,
    year_differs=-3.39,
    english=2.11,
    other_language=4.67,
)
READ_INTERCEPT = 0.78
READ_WEIGHTS = (0.77, 0.41)
"""Of the log odds from the features, and of those from reading question and best sentence together."""
MODEL_INTERCEPT = -0.63
MODEL_WEIGHTS = (0.84, 0.50)
"""Of the log odds without a language model, and of the model's."""


def features(snapshot: Snapshot, question: str, hits: Sequence[Hit], sentences: Sequence[Sentence]) -> Features:
    """Features of a question's hits and their sentences; without any, nothing speaks for an answer."""
    expected = expectation_of(question)
    top = _with_its_list(snapshot, sentences[0]) if sentences else None
    language = language_of(question)
    return Features(
        section_odds=odds(top.hit.score) if top else -MOST_ODDS,
        cosine=max((hit.dense for hit in hits), default=0.0),
        sentence_cosine=top.bearing.cosine if top else 0.0,
        coverage=top.bearing.coverage if top else 0.0,
        kind_missing=float(not (top and _holds_its_kind(snapshot, expected, top))),
        level_missing=float(top is not None and (_is_of_another_level(expected, top) or _is_of_home(question, top))),
        level_undefined=float(top is not None and _is_undefined(expected, top.hit, hits)),
        between_ranges=float(top is not None and falls_between(quantities(question), top.hit.text)),
        year_differs=float(top is not None and _is_of_another_year(snapshot, question, expected, top)),
        english=float(language == "en"),
        other_language=float(top is not None and language_of(top.text) != language),
    )


def _with_its_list(snapshot: Snapshot, top: Sentence) -> Sentence:
    """A sentence that leads in to the points below its clause, which is quoted, and read, with them."""
    if not top.hit.path or not leads_in(top.hit.text):
        return top
    section = snapshot.section(top.hit.doc_id, top.hit.section_id)
    return replace(top, hit=replace(top.hit, text=subtree_text(snapshot, top.hit.doc_id, section)))


def _holds_its_kind(snapshot: Snapshot, expected: Expectation, top: Sentence) -> bool:
    """Whether what is asked for stands in the best sentence, in what that leads in to, or where it points.

    A short clause is quoted whole. The rest of a long one speaks of something else: an amount there is seldom
    the one that is asked for.
    """
    if top.bearing.expected or expected.is_pointed_to_by(top.text):
        return True
    text = snapshot.file_text(top.hit.doc_id)
    first, last = whole_sentence(text, top.hit, top.start, top.end)
    all_of_it = leads_in(top.text) or top.bearing.heading or length(top.hit.text) <= SHORT_CLAUSE
    return expected.is_met_by(top.hit.text if all_of_it else text[first:last])


def _is_of_another_level(expected: Expectation, top: Sentence) -> bool:
    section = _read(top.hit)
    instead = expected.undefined_levels(top.text)
    return bool(expected.missing_levels(section) or instead or expected.other_ordinals(section))


def _is_of_home(question: str, top: Sentence) -> bool:
    return goes_abroad(question) and not speaks_of_abroad(_read(top.hit))


def _is_of_another_year(snapshot: Snapshot, question: str, expected: Expectation, top: Sentence) -> bool:
    """Whether clause and document give other years only; a document of another year must say it of the year asked."""
    of_document = _year(snapshot, top.hit)
    if not expected.other_years(of_document):
        return expected.other_years(f"{_read(top.hit)} {of_document}")
    text = snapshot.file_text(top.hit.doc_id)
    first, last = whole_sentence(text, top.hit, top.start, top.end)
    around = normalize(f"{top.hit.label} {top.hit.heading} {year_of(snapshot, top)}")
    return not any(year in around or _says_it_of(year, text[first:last], question) for year in expected.years)


def _says_it_of(year: str, sentence: str, question: str) -> bool:
    """Whether a sentence begins with a year, or has it in a part that shares words with the question, not figures.

    “到2025年，人均藏书由2022年的0.8册提高到1.1册，年流通260万人次” tells nothing of the visitors of 2022.
    """
    wanted = {token for token in content_tokens(question) if not re.search(r"\d", token)}
    parts = [part for part in _PART.split(normalize(sentence)) if part.strip()]
    return any(year in part and (part is parts[0] or not wanted.isdisjoint(tokens(part))) for part in parts)


def _is_undefined(expected: Expectation, best: Hit, hits: Sequence[Hit]) -> bool:
    own = [hit for hit in hits if hit.doc_id == best.doc_id]
    nowhere = [level for level in expected.levels if all(level in expected.missing_levels(_read(hit)) for hit in own)]
    return bool(set(nowhere).intersection(expected.undefined_levels(_read(best))))


def _year(snapshot: Snapshot, hit: Hit) -> str:
    """The document's years; for a report or a speech the year before too, which it tells of."""
    years = snapshot.names.years_of(hit.doc_id)
    if _REPORT.search(normalize(hit.document)):
        years |= {year - 1 for year in years}
    return " ".join(map(str, sorted(years)))


def _read(hit: Hit) -> str:
    return f"{hit.document} {hit.label} {hit.heading} {hit.text}"


def probability(found: Features, read: float | None = None, stated: float | None = None) -> float:
    """Probability, in [0, 1], that the clauses found answer the question.

    ``read`` is what the cross-encoder made of the best sentence, ``stated`` a language model's log
    odds that the clauses state what is asked, where they have read them.
    """
    z = INTERCEPT + sum(w * x for w, x in zip(astuple(WEIGHTS), astuple(found), strict=True))
    if read is not None:
        z = READ_INTERCEPT + READ_WEIGHTS[0] * z + READ_WEIGHTS[1] * read
    if stated is not None:
        z = MODEL_INTERCEPT + MODEL_WEIGHTS[0] * z + MODEL_WEIGHTS[1] * stated
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, z))))
