"""Checking a sentence against the clauses it may stand on.

Code decides here, not the model: a sentence is kept only where one clause holds every number, name
in book-title marks and quoted string of it, where its obligation words agree with that clause's,
and where enough of its words are that clause's words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.citations import DraftSentence
from rag.normalize import normalize, tokens
from rag.numerals import missing_numbers
from rag.types import Evidence

MIN_SUPPORT = 0.6
"""Least share of a sentence's tokens that its clause must hold."""

_QUOTED = re.compile(r"《([^《》]{2,})》|“([^“”]{2,})”|\"([^\"]{2,})\"|「([^「」]{2,})」")
# Each group is one strength; a sentence may not use one that its clause does not.
_OBLIGATIONS = (
    re.compile(r"不得|禁止|严禁|不准|不可以|不能|不应|must not|shall not|may not|cannot|can't|prohibited|not allowed"),
    re.compile(r"(?<!不)(?:应当|必须|务必|须|应(?![用对急]))|\bmust\b(?! not)|\bshall\b(?! not)|required to"),
    re.compile(r"(?<!不)可以|\bmay\b(?! not)|\bcan\b(?! ?not)|(?<!not )\ballowed\b"),
    re.compile(
        r"(?<![特区分辨级类])不(?:需|用|必|予|享受|包括|超过|低于|少于|含)|无需|免于|未经|\bno\b|\bnot\b|without|unless"
    ),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a clause carries a sentence."""

    evidence: Evidence
    support: float
    """Share of the sentence's tokens that the clause holds, in [0, 1]."""
    problem: str
    """Why not, in a few words; empty where it does."""

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against the sentence."""
        return not self.problem


def judge(sentence: str, evidence: Evidence) -> Verdict:
    """Check one sentence, without markers, against one clause."""
    clause = evidence.text
    held = set(tokens(clause))
    wanted = tokens(sentence)
    support = sum(token in held for token in wanted) / len(wanted) if wanted else 0.0
    return Verdict(evidence, support, _problem(sentence, clause, support))


def best_verdict(sentence: DraftSentence, evidence: Sequence[Evidence]) -> Verdict | None:
    """The clause that carries a sentence: a cited one if any does, else the best of the others.

    None where no clause carries it; so a wrong or invented marker is mended, and what cannot be
    mended is refused.
    """
    verdicts = [verdict for verdict in (judge(sentence.text, e) for e in evidence) if verdict.passed]
    cited = [verdict for verdict in verdicts if verdict.evidence.n in sentence.markers]
    return max(cited or verdicts, key=lambda verdict: verdict.support, default=None)


def quote_for(sentence: str, sentence_texts: Sequence[str]) -> tuple[int, int]:
    """Indices ``[first, last]`` of the shortest run of a clause's sentences that carries the sentence.

    The sentence that shares most words with it, extended to hold all its numbers.
    """
    wanted = set(tokens(sentence))
    shares = [len(wanted.intersection(tokens(text))) for text in sentence_texts]
    first = last = max(range(len(shares)), key=lambda i: (shares[i], -i))
    while missing := missing_numbers(sentence, "\n".join(sentence_texts[first : last + 1])):
        grown = [
            (len(missing_numbers(sentence, "\n".join(sentence_texts[a : b + 1]))), shares[i], a, b)
            for i, a, b in ((first - 1, first - 1, last), (last + 1, first, last + 1))
            if 0 <= i < len(shares)
        ]
        if not grown:
            break
        fewest, _, first, last = min(grown, key=lambda g: (g[0], -g[1]))
        if fewest == len(missing) and first == 0 and last == len(shares) - 1:
            break
    return first, last


def _problem(sentence: str, clause: str, support: float) -> str:
    if missing := missing_numbers(sentence, clause):
        return f"number {missing[0]} is not in the clause"
    there = normalize(clause)
    for match in _QUOTED.finditer(sentence):
        name = next(group for group in match.groups() if group)
        if normalize(name) not in there:
            return f"“{name}” is not in the clause"
    said = normalize(sentence)
    for strength in _OBLIGATIONS:
        if strength.search(said) and not strength.search(there):
            return "obligation differs from the clause"
    if support < MIN_SUPPORT:
        return f"only {support:.0%} of its words are in the clause"
    return ""
