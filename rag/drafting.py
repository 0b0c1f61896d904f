"""Reading a model's draft: first whether the clauses state what is asked, then the words.

The prompts ask for the judgement before the answer, so that one reading of the clauses gives both. What
a small model says is seldom right by itself; how sure it is tells more (the log odds of its two words),
and ``rag.support`` weighs it with what code knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.relevance import MOST_ODDS

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatResponse, LogProb

# The words that prompts/answer.*.md ask for, in either language, with what ends them.
_VERDICT = re.compile(r"\s*(?:(?P<no>没有|没|Not stated)|(?P<yes>有|Stated))\s*[。.，,!！:：]\s*", re.IGNORECASE)
_LONGEST_VERDICT = 14
_YES, _NO = ("有", "St"), ("没", "Not")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model writes."""

    stated: float | None
    """Log odds, in [-6, 6], that the clauses state what is asked; None where the model did not say."""
    words: Iterator[str]
    """The answer itself as it is written; nothing where the model said that it is not stated."""


def read_draft(responses: Iterator[ChatResponse]) -> Draft:
    """Read a stream up to its judgement; the words follow as they come."""
    begun, first = "", None
    for response in responses:
        begun += response.delta or ""
        first = first or (response.logprobs[0] if response.logprobs else None)
        if match := _VERDICT.match(begun):
            stated = _odds(first) if first else None
            if stated is None:
                stated = -MOST_ODDS if match["no"] else MOST_ODDS
            return Draft(stated, iter(()) if match["no"] else _words(begun[match.end() :], responses))
        if len(begun) > _LONGEST_VERDICT:
            break
    return Draft(None, _words(begun, responses))


def _words(begun: str, responses: Iterator[ChatResponse]) -> Iterator[str]:
    yield begun
    for response in responses:
        yield response.delta or ""


def _odds(first: Sequence[LogProb]) -> float | None:
    """Difference of the log probabilities of the two words' first tokens; None if neither is among them."""
    least = min(each.logprob for each in first)
    yes, no = (
        max((each.logprob for each in first if each.token.strip().startswith(words)), default=None)
        for words in (_YES, _NO)
    )
    if yes is None and no is None:
        return None
    difference = (least if yes is None else yes) - (least if no is None else no)
    return max(-MOST_ODDS, min(MOST_ODDS, difference))
