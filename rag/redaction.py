"""Deciding that what a question asks for is hidden in the source (X, ××, **)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.evidence import Sentence
from rag.expectation import expectation_of
from rag.normalize import tokens
from rag.numerals import numbers
from rag.question import asked_unit, asks_quantity, content_tokens

if TYPE_CHECKING:
    from rag.index import Snapshot

_PHRASE = re.compile(r"[^，、；,;。！？：:]+")
_UNIT = re.compile(r"[\w%]{0,2}")
_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class HiddenFigure:
    """A hidden figure that a question asks for."""

    sentence: Sentence
    shown: str
    """As it is written, with the unit after it: ``X次``."""


def hidden_figure(snapshot: Snapshot, question: str, sentences: Sequence[Sentence]) -> HiddenFigure | None:
    """The hidden figure that a question for a quantity is about, if one of the three best sentences holds it.

    Only sentences of the best one's document count. Of the phrases that could hold such a quantity (the
    measure word that is asked for, or else money for 多少钱, a length of time for 多久) the one that shares
    most words with the question decides; a phrase that shows a number answers for itself.
    """
    if not asks_quantity(question):
        return None
    wanted, unit, expected = content_tokens(question), asked_unit(question), expectation_of(question)
    best: tuple[bool, int, bool] = (False, 0, False)
    found: HiddenFigure | None = None
    for sentence in (one for one in sentences[:_SENTENCES] if one.hit.doc_id == sentences[0].hit.doc_id):
        text = snapshot.file_text(sentence.hit.doc_id)
        redactions = snapshot.outline(sentence.hit.doc_id).redactions
        hidden = [r for r in redactions if sentence.start <= r.start and r.end <= sentence.end]
        for phrase in _PHRASE.finditer(text, sentence.start, sentence.end):
            words = phrase.group()
            measured = bool(unit) and unit in words
            if not (measured or expected.is_met_by(words)):
                continue
            inside = [r for r in hidden if phrase.start() <= r.start and r.end <= phrase.end()]
            weight = (measured, 1 + len(wanted.intersection(tokens(words))), bool(inside))
            if weight > best:
                best = weight
                after = _UNIT.match(text, inside[0].end, phrase.end()) if inside else None
                shown = text[inside[0].start : after.end()] if inside and after else ""
                found = HiddenFigure(sentence, shown) if shown and not numbers(words) else None
    return found
