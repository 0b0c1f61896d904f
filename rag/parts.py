"""Questions that ask two things at once, such as 支持做哪些交割，归哪两个部门管？, and what bears on the second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.evidence import Sentence, rank_sentences
from rag.question import parts_of

if TYPE_CHECKING:
    from rag.index import Snapshot
    from rag.models.embedding import Embedder


def sentences_for_parts(
    snapshot: Snapshot, embedder: Embedder, question: str, sentences: Sequence[Sentence]
) -> tuple[Sentence, ...]:
    """For each later part of a question the sentence of the best clause that bears on it most."""
    found: list[Sentence] = []
    for part in parts_of(question)[1:]:
        query = embedder.embed_query(part)
        found += rank_sentences(snapshot, embedder, part, query, [sentences[0].hit])[:1]
    return tuple(found)
