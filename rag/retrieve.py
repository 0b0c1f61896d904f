"""Finding sections: a lexical and a dense list of chunks, pooled by section and fused by rank.

Fusion is reciprocal rank fusion (Cormack, Clarke, Büttcher: "Reciprocal Rank Fusion outperforms
Condorcet and individual Rank Learning Methods", SIGIR 2009) over sections, each section standing
at the rank of its best chunk in either list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from pydantic import PrivateAttr

from rag.labels import section_label
from rag.types import Hit, IndexedChunk, Scope, Section

if TYPE_CHECKING:
    from rag.index import Index, Snapshot
    from rag.models.embedding import Embedder, Vectors
    from rag.plan import Plan
    from rag.settings import Settings

SectionKey = tuple[str, str]

_MAX_LOCATED = 40
_MAX_QUOTED = 3
_PREFERRED = 1.5


def retrieve(
    snapshot: Snapshot,
    question: str,
    query: Vectors,
    scope: Scope,
    k: int,
    settings: Settings,
    *,
    preferred: frozenset[str] = frozenset(),
) -> tuple[Hit, ...]:
    """The best ``k`` sections for a question, best first; ``query`` is its vector.

    Sections of the ``preferred`` documents (doc_ids) are raised. The same inputs give the same hits.
    """
    dense = snapshot.search_vectors(query, settings.candidates, scope)
    lexical = snapshot.search_lexical(question, settings.candidates, scope)
    chunks = snapshot.chunks([chunk_id for chunk_id, _ in dense] + [chunk_id for chunk_id, _ in lexical])
    scores: dict[SectionKey, float] = {}
    best: dict[SectionKey, tuple[int, IndexedChunk]] = {}
    cosine: dict[SectionKey, float] = {}
    for ranked, weight in ((dense, 1.0), (lexical, settings.lexical_weight)):
        for rank, (chunk, value) in enumerate(_first_of_each_section(ranked, chunks), start=1):
            key = (chunk.doc_id, chunk.chunk.section)
            raised = _PREFERRED if chunk.doc_id in preferred else 1.0
            scores[key] = scores.get(key, 0.0) + raised * weight / (settings.rrf_k + rank)
            if key not in best or rank < best[key][0]:
                best[key] = (rank, chunk)
            if ranked is dense:
                cosine[key] = value
    order = sorted(scores, key=lambda key: (-scores[key], key))[:k]
    return tuple(
        _hit(snapshot, rank, scores[key], best[key][1], cosine.get(key, 0.0)) for rank, key in enumerate(order, start=1)
    )


def section_hit(
    snapshot: Snapshot, doc_id: str, section: Section, *, rank: int = 1, score: float = 1.0, dense: float = 0.0
) -> Hit:
    """A section as a hit, however it was found; its own text is without its children and removed spans."""
    document = snapshot.document(doc_id)
    start, end = _stripped(snapshot.file_text(doc_id), section.start, snapshot.own_end(doc_id, section))
    return Hit(
        rank=rank,
        score=score,
        doc_id=doc_id,
        document=document.title,
        source=document.source,
        section_id=section.id,
        path=section.path,
        heading=section.heading,
        label=section_label(document.title, section, snapshot.ancestry(doc_id, section), snapshot.file_text(doc_id)),
        text="".join(snapshot.file_text(doc_id)[a:b] for a, b in kept_spans(snapshot, doc_id, start, end)),
        start=start,
        end=end,
        page=section.page,
        best=(start, end),
        status=document.metadata.status,
        dense=dense,
    )


def located_hits(snapshot: Snapshot, plan: Plan) -> tuple[Hit, ...]:
    """The clauses that a question names by their address, as hits."""
    places = list(dict.fromkeys((place.doc_id, place.section) for place in plan.located))
    if not plan.whole_clause:  # what is asked may stand anywhere below
        places += [
            (doc_id, below)
            for doc_id, section in places
            for below in snapshot.sections(doc_id)
            if section.start < below.start < section.end
        ]
    places = list(dict.fromkeys(places))[: _MAX_QUOTED if plan.whole_clause else _MAX_LOCATED]
    return tuple(
        section_hit(snapshot, doc_id, section, rank=rank) for rank, (doc_id, section) in enumerate(places, start=1)
    )


def merged(first: Sequence[Hit], then: Sequence[Hit], k: int) -> tuple[Hit, ...]:
    """Two lists of hits as one of at most ``k``, each section once, ranked anew."""
    hits: dict[SectionKey, Hit] = {}
    for hit in (*first, *then):
        hits.setdefault((hit.doc_id, hit.section_id), hit)
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(list(hits.values())[:k], start=1))


def subtree_end(snapshot: Snapshot, doc_id: str, section: Section) -> int:
    """Where a section with everything below it ends, without trailing white space."""
    return _stripped(snapshot.file_text(doc_id), section.start, section.end)[1]


def subtree_text(snapshot: Snapshot, doc_id: str, section: Section) -> str:
    """A section with everything below it, without removed spans."""
    text = snapshot.file_text(doc_id)
    return "".join(text[a:b] for a, b in kept_spans(snapshot, doc_id, section.start, section.end)).strip()


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


def _first_of_each_section(
    ranked: Sequence[tuple[int, float]], chunks: dict[int, IndexedChunk]
) -> list[tuple[IndexedChunk, float]]:
    seen: set[SectionKey] = set()
    firsts: list[tuple[IndexedChunk, float]] = []
    for chunk_id, value in ranked:
        chunk = chunks[chunk_id]
        key = (chunk.doc_id, chunk.chunk.section)
        if key not in seen:
            seen.add(key)
            firsts.append((chunk, value))
    return firsts


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
