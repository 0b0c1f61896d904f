"""Checking a sentence against the clauses it may stand on.

Code decides here, not the model: a sentence is kept only where one clause holds every number, name
in book-title marks and quoted string of it, where its obligation words agree with that clause's,
and where enough of its words are that clause's words, those beside a figure beside it there too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.citations import DraftSentence
from rag.normalize import normalize, tokens
from rag.numerals import missing_numbers
from rag.question import asks_yes_or_no
from rag.sentences import sentence_spans
from rag.types import Evidence

MIN_SUPPORT = 0.6
"""Least share of a sentence's tokens that its clause must hold."""
MIN_SUPPORT_OF_FIGURES = 0.65
"""Least share of them that the sentences of the clause with its figures must hold, with its headings."""

_QUOTED = re.compile(r"《([^《》]{2,})》|“([^“”]{2,})”|\"([^\"]{2,})\"|「([^「」]{2,})」")
# Each group is one strength; a sentence may not use one that its clause does not.
_OBLIGATIONS = (
    re.compile(r"不得|禁止|严禁|不准|不可以|不能|不应|must not|shall not|may not|cannot|can't|prohibited|not allowed"),
    re.compile(r"(?<!不)(?:应当|必须|务必|须|应(?![用对急]))|\bmust\b(?! not)|\bshall\b(?! not)|required to"),
    re.compile(r"(?<!不)可以|\bmay\b(?! not)|\bcan\b(?! ?not)|(?<!not )\ballowed\b"),
    re.compile(
        r"(?<![特区分辨级类])不(?:需|用|必|予|享受|包括|超过|低于|少于|含)|无需|免于|未经|\bno\b|\bnot\b|without|unless"
    ),
    re.compile(r"为准|视为|视同|\bdeemed\b|\bprevails?\b"),
)
# Who asks speaks of himself; a clause does not, and a sentence that does repeats the question.
_FIRST_PERSON = re.compile(
    r"(?<!自)我(?![国省市区县镇乡院校所局厅委部会党军方司行街州旗])|咱"
    r"|\bi(?:'m|'ve|'d|'ll| (?:am|have|was|work|need|want|can|do))\b|\b(?:my|we|our)\b"
)

# Who decides and who pays is as easily invented as a figure. Two characters of a name tell one office from another.
_OFFICE = re.compile(
    r"[㐀-鿿][^\W\d_a-z该本此其各某有报由]"
    r"(?:局|厅|部(?![分署门队位件级])|科(?![学技目室])|处(?![理分罚于置室])|中心|委员会|领导小组|办公室|公司)"
    r"|\b(?!(?:the|an?|your|our|their|its|this|that|of|by|to|from|and|or|each|any|every|same|other|one|no)\b)[a-z]+ "
    r"(?:office|department|committee|panel|board|desk|unit|officer|manager|director|chief executive)\b"
)
_CHOICE = re.compile(r"还是|、.*哪|\bor\b|\bwhich of\b")
# A figure keeps its unit: 130元 does not carry 130美元. Units that mean the same are one.
_AMOUNT = re.compile(
    r"(?P<n>\d[\d,]*(?:\.\d+)?)\s*(?:个|余|多|万|亿)*\s*"
    r"(?P<unit>美元|欧元|英镑|日元|港元|元|工作日|working days?|天|日|小时|分钟|个?月|周|年|%|euros?|dollars?|pounds?"
    r"|days?|hours?|minutes?|weeks?|months?|years?)",
    re.IGNORECASE,
)
_SAME_UNIT = {"日": "天", "月": "个月"}
_NEGATION = re.compile(r"不|无|未|免|否|禁止|严禁|没有|\b(?:no|not|never|none|cannot|without|unless|nor)\b|n't")


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
    """Check one sentence, without markers, against one clause, its heading included."""
    clause = evidence.hit.text
    share = support(sentence, clause)
    problem = _problem(sentence, clause, share) or _strange_office(sentence, evidence)
    return Verdict(evidence, share, problem or _figures_apart(sentence, evidence))


def only_repeats(sentence: str, question: str) -> bool:
    """Whether a sentence says nothing that the question does not; which one it is, or yes, is said in its words."""
    if asks_yes_or_no(question) or _CHOICE.search(normalize(question)):
        return False
    return set(tokens(sentence)) <= set(tokens(question))


def support(sentence: str, text: str) -> float:
    """Share of a sentence's different tokens that a text holds, in [0, 1]; 0 for a sentence without words.

    Each counts once: a list that a model makes up names over and over again what the clause speaks of.
    """
    wanted = set(tokens(sentence))
    return len(wanted.intersection(tokens(text))) / len(wanted) if wanted else 0.0


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


def _problem(sentence: str, clause: str, share: float) -> str:
    """The first thing that speaks against a sentence, in a few words; empty where nothing does."""
    if missing := missing_numbers(sentence, clause):
        return f"number {missing[0]} is not in the clause"
    if strange := _amounts(sentence) - _amounts(clause):
        return f"“{' '.join(sorted(strange)[0])}” is not in the clause"
    said, there = normalize(sentence), normalize(clause)
    quoted = [next(group for group in match.groups() if group) for match in _QUOTED.finditer(sentence)]
    if strange_names := [name for name in quoted if normalize(name) not in there]:
        return f"“{strange_names[0]}” is not in the clause"
    if share < MIN_SUPPORT:
        return f"only {share:.0%} of its words are in the clause"
    if _FIRST_PERSON.search(said) and not _FIRST_PERSON.search(there):
        return "speaks for whoever asks, not for the clause"
    return _turned(said, there)


def _strange_office(sentence: str, evidence: Evidence) -> str:
    """Whether a sentence names an office that its clause and where that stands do not."""
    hit = evidence.hit
    there = normalize(" ".join([hit.label, hit.heading, hit.text, evidence.text]))
    strange = next((office for office in _OFFICE.findall(normalize(sentence)) if office not in there), "")
    return f"“{strange}” is not in the clause" if strange else ""


def _figures_apart(sentence: str, evidence: Evidence) -> str:
    """Whether a sentence gives figures of its clause to something else: 公示三天, where training takes 三天.

    The words around a figure must be those around it in the clause, or in its headings.
    """
    if not missing_numbers(sentence, ""):
        return ""
    clause = evidence.hit.text
    texts = [clause[start:end] for start, end in sentence_spans(clause)]
    first, last = quote_for(sentence, texts)
    around = " ".join([evidence.hit.label, evidence.hit.heading, *texts[first : last + 1]])
    share = support(sentence, around)
    return f"only {share:.0%} of its words stand with its figures" if share < MIN_SUPPORT_OF_FIGURES else ""


def _turned(said: str, there: str) -> str:
    """Whether a sentence strengthens, weakens or reverses what a clause says; both normalised."""
    if any(strength.search(said) and not strength.search(there) for strength in _OBLIGATIONS):
        return "obligation differs from the clause"
    if _NEGATION.search(_nearest_phrase(said, there)) and not _NEGATION.search(said):
        return "the clause denies what the sentence affirms"
    return ""


def _amounts(text: str) -> set[tuple[str, str]]:
    """Arabic figures with their units; a unit in the clause may be left out in the sentence, not changed."""
    found = set()
    for match in _AMOUNT.finditer(normalize(text)):
        unit = match["unit"].lower().rstrip("s").removeprefix("个")
        found.add((match["n"].replace(",", ""), _SAME_UNIT.get(unit, unit)))
    return found


def _nearest_phrase(sentence: str, clause: str) -> str:
    """The part of a clause, between two marks of punctuation, that shares most words with a sentence."""
    wanted = set(tokens(sentence))
    parts = [part for part in re.split(r"[。；;！？!?，,、\n]|\.\s", clause) if part.strip()]
    return max(parts, key=lambda part: len(wanted.intersection(tokens(part))), default="")
