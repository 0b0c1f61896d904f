"""Questions that ask two things at once, such as 支持做哪些交割，归哪两个部门管？, and what answers each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag import support
from rag.compose import best_passages
from rag.evidence import Sentence, rank_sentences
from rag.expectation import expectation_of
from rag.normalize import tokens
from rag.plan import Plan
from rag.points import Place, as_it_reads
from rag.question import content_tokens, parts_of

if TYPE_CHECKING:
    from rag.gathering import Find
    from rag.index import Snapshot
    from rag.models.embedding import Embedder

_HITS = 4
_FEW = 1
"""Words of a part that another clause has and what is said has not, and that are no reason to quote it."""


def sentences_for_parts(
    snapshot: Snapshot, embedder: Embedder, question: str, sentences: Sequence[Sentence]
) -> tuple[Sentence, ...]:
    """For each later part of a question the sentence of the best clause that bears on it most."""
    found: list[Sentence] = []
    for part in parts_of(question)[1:]:
        query = embedder.embed_query(part)
        found += rank_sentences(snapshot, embedder, part, query, [sentences[0].hit])[:1]
    return tuple(found)


def places_for_parts(
    snapshot: Snapshot, embedder: Embedder, plan: Plan, find: Find, quoted: Sequence[Place], *, threshold: float
) -> tuple[Place, ...]:
    """What answers the parts of a question that stand in other clauses of the document quoted than those quoted.

    A part is looked up by itself, and answered where its clause does so with a probability of ``threshold`` at least;
    not where what is quoted holds the kind of thing it asks for (a sum, a date …) and as many of its words.
    """
    parts = parts_of(plan.text)
    if len(parts) < 2 or not quoted:
        return ()
    found: list[Place] = []
    within = replace(plan.scope, documents=(quoted[0][0].doc_id,))
    said = " ".join(f"{hit.label} {as_it_reads(snapshot, (hit, start, end))}" for hit, start, end in quoted)
    for part in parts:
        query = embedder.embed_query(part)
        hits = find(snapshot, Plan(part, within, expansions=plan.expansions), query, _HITS)
        sentences = rank_sentences(snapshot, embedder, part, query, hits)
        if not sentences or any(_lies_in(sentences[0], place) for place in (*quoted, *found)):
            continue
        if _is_said(part, said, sentences[0]):
            continue
        chance = support.probability(support.features(snapshot, part, hits, sentences), sentences[0].read)
        if chance >= threshold:
            found += best_passages(snapshot, sentences[:1])
    return tuple(found)


def _is_said(part: str, said: str, found: Sentence) -> bool:
    """Whether what is said already answers a part of a question: it holds the kind, and almost as many of its words."""
    expected, words = expectation_of(part), content_tokens(part)
    missed = words.intersection(tokens(f"{found.hit.label} {found.text}")).difference(tokens(said))
    return bool(expected.kind) and expected.is_met_by(said) and len(missed) <= _FEW


def _lies_in(sentence: Sentence, place: Place) -> bool:
    hit, start, end = place
    return sentence.hit.doc_id == hit.doc_id and start <= sentence.start and sentence.end <= end
