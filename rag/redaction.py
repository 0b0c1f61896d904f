"""Deciding that what a question asks for is hidden in the source (X, ××, **)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.evidence import SHORT_CLAUSE, Sentence, worth_reading
from rag.expectation import expectation_of
from rag.measures import MEASURE_WORDS
from rag.normalize import length, normalize, tokens
from rag.numerals import numbers
from rag.question import asked_unit, asks_list, asks_quantity, content_tokens
from rag.sentences import is_row
from rag.types import Redaction

if TYPE_CHECKING:
    from rag.index import Snapshot

_PHRASE = re.compile(r"(?:[^，、；,;。！？：:]|[：:](?=\s*[\dxX×*]))+")
"""A figure behind a colon belongs to the words before it."""
_VALUE = re.compile(r"[：:]")
_UNIT = re.compile(r"[万亿]?[\w%]{0,2}")
_HOW_MANY = re.compile(r"多少|how (?:many|much)")
"""What asks for a figure even beside 哪几步, which asks for the steps."""
_TELEPHONE = re.compile(r"[\dxX×*][\dxX×*-]{4,}[\dxX×*]")
"""Of a hidden number too some figures may be shown: 0×××-×××××119."""
_BOUNDS = (
    (
        re.compile(r"最[多高大]|上限|封顶|at most|maximum|\bup to\b"),
        re.compile(r"最[多高大]|不(?:得)?[超高多]|上限|封顶|以内|maximum|up to|at most|exceed"),
    ),
    (
        re.compile(r"最[少低小]|至少|下限|at least|minimum"),
        re.compile(r"最[少低小]|至少|不(?:得)?[少低]于|下限|minimum|at least|less than"),
    ),
)
"""Words that ask for a limit, and those that give it."""
_SENTENCES = 3
_DIGIT = r"[\d〇零一二两三四五六七八九半]"
_DECIMAL = ("", ".", "．", ",", "，")


@dataclass(frozen=True, slots=True)
class HiddenFigure:
    """A hidden figure that a question asks for."""

    sentence: Sentence
    shown: str
    """As it is written, with the unit after it: ``X次``."""


def hidden_figure(snapshot: Snapshot, question: str, sentences: Sequence[Sentence]) -> HiddenFigure | None:
    """The hidden figure that a question for a quantity is about, if one of the three best sentences holds it.

    So may any of a short clause whose sentence is the best. Only sentences of the best one's document count. Of the
    phrases that could hold such a quantity (the measure word that is asked for, or else money for 多少钱, a length of
    time for 多久) one with a limit decides where a limit is asked for (最多, “at most”), else the one that
    shares most words with the question, of several in one sentence that in which
    such a word stands right before the figure, of several sentences with that measure word the better one; a phrase
    that shows a number answers for itself.
    """
    if not asks_quantity(question) or (asks_list(question) and not _HOW_MANY.search(normalize(question))):
        return None
    wanted, unit, expected = content_tokens(question), asked_unit(question), expectation_of(question)
    telephone = expected.kind == "telephone"
    bound = next((bound for asked, bound in _BOUNDS if asked.search(normalize(question))), None)
    best = (False, False, 0, False, False)
    found: HiddenFigure | None = None
    decided_by: Sentence | None = None
    for sentence in _near(sentences):
        text = snapshot.file_text(sentence.hit.doc_id)
        section = snapshot.section(sentence.hit.doc_id, sentence.hit.section_id)
        said = sentence.start + (len(section.number) if sentence.start == section.start else 0)
        redactions = snapshot.outline(sentence.hit.doc_id).redactions
        hidden = [r for r in redactions if sentence.start <= r.start and r.end <= sentence.end]
        for phrase in _PHRASE.finditer(text, said, sentence.end):
            words = phrase.group()
            inside = [r for r in hidden if phrase.start() <= r.start and r.end <= phrase.end()]
            measured = bool(unit) and unit in words
            cell = bool(inside) and is_row(sentence.text)  # its unit stands in the column's name, or in another cell
            if not (measured or cell or expected.is_met_by(words)):
                continue
            named = bool(inside) and any(text.endswith(word, phrase.start(), inside[0].start) for word in wanted)
            bounds = bound is not None and bound.search(normalize(words)) is not None
            weight = (bounds, measured, 1 + len(wanted.intersection(tokens(words))), bool(inside), named)
            apart = measured and unit in MEASURE_WORDS and decided_by is not sentence
            if weight > best and (weight[:3] > best[:3] or not apart):
                best, decided_by = weight, sentence
                whole = _TELEPHONE.search(words) if telephone else None
                shown = (whole.group() if whole else _as_written(text, inside, phrase.end())) if inside else ""
                if whole:
                    shows = whole.group().replace("-", "").isdecimal()
                else:
                    shows = _shows(_VALUE.split(words)[-1] if cell else words, unit if measured else "")
                found = HiddenFigure(sentence, shown) if shown and not shows else None
    return found


def _as_written(text: str, hidden: Sequence[Redaction], end: int) -> str:
    """The first hidden figure with its decimals and the unit after it: ``X.X万``."""
    last = hidden[0].end
    for other in hidden[1:]:
        if text[last : other.start] not in _DECIMAL:
            break
        last = other.end
    after = _UNIT.match(text, last, end)
    return text[hidden[0].start : after.end() if after else last]


def _near(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The best sentences of the best one's document, none far behind; all of its clause where that is quoted whole."""
    own = [one for one in sentences if one.hit.doc_id == sentences[0].hit.doc_id]
    near = worth_reading(own)[:_SENTENCES]
    whole = own and length(own[0].hit.text) <= SHORT_CLAUSE
    return [one for one in own if one in near or (whole and one.hit is own[0].hit)]


def _shows(words: str, unit: str) -> bool:
    """Whether a phrase shows a number, of the ``unit`` that is asked for where there is one (41家 in 41家的X万卷)."""
    if not unit:
        return bool(numbers(words))
    return re.search(rf"{_DIGIT}[十百千万亿多余]*{re.escape(unit)}", normalize(words)) is not None
