"""Candidates: the sections that either engine finds for a question, each with what both say of it.

A section stands by its best chunk in each engine; the texts of all its chunks that were found are
pooled. What only one engine listed gets the other's value too: cosines are computed from the
stored vectors, a BM25 below the list's end is taken as nine tenths of its last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.types import IndexedChunk, Scope

if TYPE_CHECKING:
    from rag.index import Snapshot
    from rag.models.embedding import Vectors

_BELOW_THE_LIST = 0.9


@dataclass(frozen=True, slots=True)
class Candidate:
    """A section that was found."""

    best: IndexedChunk
    """The chunk that matched best."""
    text: str
    """Its chunks that were found, in text order."""
    cosine: float
    """Highest cosine of a chunk with the question, in [-1, 1]."""
    bm25: float
    """Highest BM25 of a chunk as a share of the highest of the search, in [0, 1]."""

    @property
    def key(self) -> tuple[str, str]:
        """doc_id and section id."""
        return self.best.doc_id, self.best.chunk.section


def find_candidates(
    snapshot: Snapshot,
    question: str,
    query: Vectors,
    scope: Scope,
    depth: int,
    expansions: Sequence[tuple[str, float]] = (),
) -> tuple[Candidate, ...]:
    """Sections of the ``depth`` best chunks of either engine, ordered by id; ``query`` is the question's vector."""
    dense = snapshot.search_vectors(query, depth, scope)
    lexical = snapshot.search_lexical(question, depth, scope, extra=expansions)
    bm25 = _shares(lexical, depth)
    cosine = dict(dense)
    without = [chunk_id for chunk_id in bm25 if chunk_id not in cosine]
    if without:
        found = snapshot.vectors(without) @ query
        cosine |= dict(zip(without, np.asarray(found, dtype=float).tolist(), strict=True))
    unlisted = min(bm25.values(), default=0.0) * _BELOW_THE_LIST if len(lexical) >= depth else 0.0
    sections: dict[tuple[str, str], list[IndexedChunk]] = {}
    for chunk in snapshot.chunks(list(cosine)).values():
        sections.setdefault((chunk.doc_id, chunk.chunk.section), []).append(chunk)
    return tuple(
        _pooled(
            sorted(chunks, key=lambda chunk: chunk.chunk.ordinal),
            {chunk.id: (cosine[chunk.id], bm25.get(chunk.id, unlisted)) for chunk in chunks},
        )
        for _, chunks in sorted(sections.items())
    )


def _shares(lexical: Sequence[tuple[int, float]], depth: int) -> dict[int, float]:
    highest = lexical[0][1] if lexical else 1.0
    return {chunk_id: score / highest if highest > 0 else 0.0 for chunk_id, score in lexical[:depth]}


def _pooled(chunks: Sequence[IndexedChunk], values: Mapping[int, tuple[float, float]]) -> Candidate:
    return Candidate(
        best=max(chunks, key=lambda chunk: (sum(values[chunk.id]), -chunk.chunk.ordinal)),
        text="\n".join(chunk.chunk.text for chunk in chunks),
        cosine=max(cosine for cosine, _ in values.values()),
        bm25=max(share for _, share in values.values()),
    )
