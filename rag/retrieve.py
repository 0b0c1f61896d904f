"""Finding sections: candidates of both engines, ranked by how much their words and meaning bear on the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from pydantic import PrivateAttr

from rag.candidates import Candidate, find_candidates
from rag.closing import asks_for_closing, closing_of
from rag.labels import section_label
from rag.lookup import Located
from rag.relevance import PREFERRED, features, first_score, probability, read_query, score
from rag.types import Hit, IndexedChunk, Scope, Section
from rag.years import years_in_name

if TYPE_CHECKING:
    from rag.evidence import Sentence
    from rag.index import Index, Snapshot
    from rag.models.embedding import Embedder, Vectors
    from rag.plan import Plan
    from rag.settings import Settings

SectionKey = tuple[str, str]

_MAX_LOCATED = 40
_MAX_QUOTED = 20
_PREAMBLE = -2.0
"""Title and preamble of a document share words with every question about it and seldom answer one."""
_OTHER_YEAR = -2.5
"""A report of 2026 tells in one part what was done in 2025, in another what is planned, in the same words."""


def retrieve(
    snapshot: Snapshot,
    question: str,
    query: Vectors,
    scope: Scope,
    k: int,
    settings: Settings,
    *,
    preferred: frozenset[str] = frozenset(),
    years: frozenset[int] = frozenset(),
    expansions: Sequence[tuple[str, float]] = (),
) -> tuple[Hit, ...]:
    """The best ``k`` sections for a question, best first; ``query`` is its vector.

    Sections of the ``preferred`` documents (doc_ids) are raised, those under a heading of other years than ``years``
    lowered; ``expansions`` are phrases that lexical
    search looks for besides, each with a weight below 1. The same inputs give the same hits.
    """
    candidates = find_candidates(snapshot, question, query, scope, settings.candidates, expansions)
    raised = {
        one.key: (PREFERRED if one.key[0] in preferred else 0.0)
        + (_PREAMBLE if _preamble(snapshot, one) else 0.0)
        + (_OTHER_YEAR if years and _of_other_years(snapshot, one, years) else 0.0)
        for one in candidates
    }
    first = {one.key: first_score(one) + raised[one.key] for one in candidates}
    order = sorted(candidates, key=lambda one: (-first[one.key], one.key))
    compared, rest = order[: settings.compared], order[settings.compared :]
    words = read_query(snapshot, question)
    total = {one.key: score(features(words, one)) + raised[one.key] for one in compared}
    # What was not compared cannot stand higher than the last that was.
    last = min(total.values(), default=0.0)
    total |= {one.key: min(last, first[one.key]) for one in rest}
    ranked = [*sorted(compared, key=lambda one: (-total[one.key], one.key)), *rest]
    return tuple(
        _hit(snapshot, rank, probability(total[one.key]), one.best, one.cosine)
        for rank, one in enumerate(ranked[:k], start=1)
    )


def section_hit(
    snapshot: Snapshot,
    doc_id: str,
    section: Section,
    *,
    rank: int = 1,
    score: float = 1.0,
    dense: float = 0.0,
    span: tuple[int, int] | None = None,
    part: str = "",
) -> Hit:
    """A section as a hit, however it was found; its own text is without its children and removed spans.

    With ``span`` the hit is that part of the section, whatever stands in it; ``part`` is added to the label.
    """
    document = snapshot.document(doc_id)
    own = section.start, snapshot.own_end(doc_id, section)
    start, end = span or _stripped(snapshot.file_text(doc_id), *own)
    return Hit(
        rank=rank,
        score=score,
        doc_id=doc_id,
        document=document.title,
        source=document.source,
        section_id=section.id,
        path=section.path,
        heading=section.heading,
        label=section_label(document.title, section, snapshot.ancestry(doc_id, section), snapshot.file_text(doc_id))
        + (f", {part}" if part[:1].isascii() and part[:1].isalpha() else part),
        text="".join(snapshot.file_text(doc_id)[a:b] for a, b in kept_spans(snapshot, doc_id, start, end)),
        start=start,
        end=end,
        page=section.page,
        best=(start, end),
        status=document.metadata.status,
        dense=dense,
        span=span,
    )


def located_hits(snapshot: Snapshot, plan: Plan) -> tuple[Hit, ...]:
    """The clauses that a question names by their address, as hits."""
    places = list(plan.located)
    if not plan.whole_clause:  # what is asked may stand anywhere below
        places += [
            Located(place.doc_id, below)
            for place in plan.located
            for below in snapshot.sections(place.doc_id)
            if place.section.start < below.start < place.section.end
            and (place.span is None or place.span[0] < below.start < place.span[1])
        ]
    places = list(dict.fromkeys(places))[: _MAX_QUOTED if plan.whole_clause else _MAX_LOCATED]
    return tuple(
        section_hit(snapshot, place.doc_id, place.section, rank=rank, span=place.span, part=place.part)
        for rank, place in enumerate(places, start=1)
    )


def merged(first: Sequence[Hit], then: Sequence[Hit], k: int) -> tuple[Hit, ...]:
    """Two lists of hits as one of at most ``k``, each section once, ranked anew."""
    hits: dict[SectionKey, Hit] = {}
    for hit in (*first, *then):
        hits.setdefault((hit.doc_id, hit.section_id), hit)
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(list(hits.values())[:k], start=1))


def subtree_end(snapshot: Snapshot, doc_id: str, section: Section) -> int:
    """Where a section with everything below it ends, without what closes the document and trailing white space."""
    text = snapshot.file_text(doc_id)
    end = closing_of(text, section.start, section.end) if section.level else section.end
    return _stripped(text, section.start, end)[1]


def subtree_text(snapshot: Snapshot, doc_id: str, section: Section) -> str:
    """A section with everything below it, as ``subtree_end`` ends it, without removed spans."""
    text, end = snapshot.file_text(doc_id), subtree_end(snapshot, doc_id, section)
    return "".join(text[a:b] for a, b in kept_spans(snapshot, doc_id, section.start, end)).strip()


def without_closing(
    snapshot: Snapshot, question: str, hits: Sequence[Hit], sentences: Sequence[Sentence]
) -> tuple[tuple[Hit, ...], tuple[Sentence, ...]]:
    """The same without what closes the documents; as they are where the question is best answered by that."""
    shorter = {hit: _without_closing(snapshot, hit) for hit in {*hits, *(one.hit for one in sentences)}}
    kept = [one for one in sentences if one.end <= shorter[one.hit].end]
    if not kept or (kept[0] is not sentences[0] and asks_for_closing(question)):
        return tuple(hits), tuple(sentences)
    return tuple(shorter[hit] for hit in hits), tuple(replace(one, hit=shorter[one.hit]) for one in kept)


def _without_closing(snapshot: Snapshot, hit: Hit) -> Hit:
    text = snapshot.file_text(hit.doc_id)
    closing = closing_of(text, hit.start, hit.end) if hit.path else hit.end
    if closing == hit.end:
        return hit
    end = _stripped(text, hit.start, closing)[1]
    said = "".join(text[a:b] for a, b in kept_spans(snapshot, hit.doc_id, hit.start, end))
    return replace(hit, end=end, text=said)


def kept_spans(snapshot: Snapshot, doc_id: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """``[start, end)`` less the document's removed spans."""
    spans: list[tuple[int, int]] = []
    for removed in snapshot.removed(doc_id):
        if removed.end <= start or removed.start >= end:
            continue
        if removed.start > start:
            spans.append((start, removed.start))
        start = max(start, removed.end)
    if start < end:
        spans.append((start, end))
    return tuple(spans)


class SectionRetriever(BaseRetriever):
    """The same search behind LlamaIndex's retriever interface: one node a section, metadata its address."""

    _index: Any = PrivateAttr()

    def __init__(self, index: Index, embedder: Embedder, settings: Settings, *, k: int = 10) -> None:
        super().__init__()
        self._index = index
        self._embedder = embedder
        self._settings = settings
        self._k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        snapshot = self._index.snapshot()
        question = query_bundle.query_str
        query = self._embedder.embed_query(question)
        hits = retrieve(snapshot, question, query, Scope(), self._k, self._settings)
        return [
            NodeWithScore(
                node=TextNode(
                    id_=f"{hit.doc_id}:{hit.section_id}",
                    text=hit.text,
                    metadata={
                        "doc_id": hit.doc_id,
                        "document": hit.document,
                        "source": hit.source,
                        "section": list(hit.path),
                        "label": hit.label,
                        "start": hit.start,
                        "end": hit.end,
                        "page": hit.page,
                    },
                ),
                score=hit.score,
            )
            for hit in hits
        ]


def _preamble(snapshot: Snapshot, candidate: Candidate) -> bool:
    """Whether a section is what stands before the first clause of a document that has clauses."""
    doc_id, section_id = candidate.key
    return snapshot.document(doc_id).sections > 1 and snapshot.section(doc_id, section_id).level == 0


def _of_other_years(snapshot: Snapshot, candidate: Candidate, years: frozenset[int]) -> bool:
    """Whether the nearest heading above a section that gives years gives none of these."""
    doc_id, section_id = candidate.key
    for section in snapshot.ancestry(doc_id, snapshot.section(doc_id, section_id)).values():
        if section.level and (given := years_in_name(section.heading)):
            return not given & years
    return False


def _hit(snapshot: Snapshot, rank: int, score: float, chunk: IndexedChunk, dense: float) -> Hit:
    section = snapshot.section(chunk.doc_id, chunk.chunk.section)
    hit = section_hit(snapshot, chunk.doc_id, section, rank=rank, score=score, dense=dense)
    return replace(hit, best=(chunk.chunk.start, chunk.chunk.end))


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
