"""Deciding that what a question asks for is hidden in the source (X, ××, **)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.evidence import Sentence
from rag.normalize import tokens
from rag.numerals import numbers
from rag.question import asked_unit, asks_quantity, content_tokens

if TYPE_CHECKING:
    from rag.index import Snapshot

_PHRASE = re.compile(r"[^，、；,;。！？：:]+")
_UNIT = re.compile(r"[\w%]{0,2}")
_SENTENCES = 2


@dataclass(frozen=True, slots=True)
class HiddenFigure:
    """A hidden figure that a question asks for."""

    sentence: Sentence
    shown: str
    """As it is written, with the unit after it: ``X次``."""


def hidden_figure(snapshot: Snapshot, question: str, sentences: Sequence[Sentence]) -> HiddenFigure | None:
    """The hidden figure that a question for a quantity is about, if one of the two best sentences holds it.

    The phrase that shares most words with the question decides, or one whose hidden figure has the
    measure word that is asked for; a phrase that shows a number answers for itself.
    """
    if not asks_quantity(question):
        return None
    wanted, unit = content_tokens(question), asked_unit(question)
    best: tuple[tuple[int, bool], HiddenFigure | None] = ((0, False), None)
    for sentence in sentences[:_SENTENCES]:
        text = snapshot.file_text(sentence.hit.doc_id)
        hidden = [
            r
            for r in snapshot.outline(sentence.hit.doc_id).redactions
            if sentence.start <= r.start and r.end <= sentence.end
        ]
        for match in _PHRASE.finditer(text, sentence.start, sentence.end):
            inside = [r for r in hidden if match.start() <= r.start and r.end <= match.end()]
            shown = _UNIT.match(text, inside[0].end, match.end()) if inside else None
            share = 2 * len(wanted.intersection(tokens(match.group())))
            share += 3 if unit and unit in match.group() else 0
            if share and (share, bool(inside)) > best[0]:
                figure = HiddenFigure(sentence, text[inside[0].start : shown.end()]) if inside and shown else None
                best = ((share, bool(inside)), None if numbers(match.group()) else figure)
    return best[1]
