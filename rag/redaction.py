"""Deciding that what a question asks for is hidden in the source (X, ××, **)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.evidence import Sentence
from rag.normalize import tokens
from rag.numerals import numbers
from rag.question import asks_quantity, content_tokens

if TYPE_CHECKING:
    from rag.index import Snapshot

_PHRASE = re.compile(r"[^，、；,;。！？：:]+")
_UNIT = re.compile(r"[\w%]{0,2}")


@dataclass(frozen=True, slots=True)
class HiddenFigure:
    """A hidden figure that a question asks for."""

    sentence: Sentence
    shown: str
    """As it is written, with the unit after it: ``X次``."""


def hidden_figure(snapshot: Snapshot, question: str, sentences: Sequence[Sentence]) -> HiddenFigure | None:
    """The hidden figure that a question for a quantity is about, if the best sentence's best phrase holds one.

    A phrase that shows a number beside the hidden one answers for itself and is not redacted.
    """
    if not sentences or not asks_quantity(question):
        return None
    best = sentences[0]
    text = snapshot.file_text(best.hit.doc_id)
    hidden = [r for r in snapshot.outline(best.hit.doc_id).redactions if best.start <= r.start and r.end <= best.end]
    if not hidden:
        return None
    wanted = content_tokens(question)
    phrases = [
        (len(wanted.intersection(tokens(match.group()))), match.start(), match.end())
        for match in _PHRASE.finditer(text, best.start, best.end)
    ]
    _, start, end = max(phrases, key=lambda p: (p[0], -p[1]), default=(0, best.start, best.end))
    for redaction in hidden:
        if start <= redaction.start and redaction.end <= end and not numbers(text[start:end]):
            unit = _UNIT.match(text, redaction.end, end)
            return HiddenFigure(best, text[redaction.start : unit.end() if unit else redaction.end])
    return None
