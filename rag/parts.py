"""Questions that ask two things at once, such as 支持做哪些交割，归哪两个部门管？, and what bears on the second."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.evidence import Sentence, rank_sentences
from rag.normalize import normalize

if TYPE_CHECKING:
    from rag.index import Snapshot
    from rag.models.embedding import Embedder

_ASKS = re.compile(
    r"多少|几(?!乎)|多久|多长|多大|多高|何时|何种|谁|哪|什么|啥|怎么|怎样|如何|吗|是否|能否"
    r"|\b(?:who|whom|whose|what|which|when|where|how|why)\b"
)
_BETWEEN = re.compile(
    r"[,，;；?？。]+\s*(?:and\s+|并且|而且|另外|还有|以及|并|且)?"
    r"|\s+and\s+(?=(?:(?:by|in|to|from|for) )?(?:who|what|which|when|where|how)\b)",
    re.IGNORECASE,
)
_FEWEST_CHARS = 4


def parts_of(question: str) -> tuple[str, ...]:
    """What a question asks beyond the first thing: its later parts that ask something themselves."""
    parts = [part.strip() for part in _BETWEEN.split(question) if part]
    asking = [part for part in parts if len(part) >= _FEWEST_CHARS and _ASKS.search(normalize(part))]
    return tuple(asking[1:])


def sentences_for_parts(
    snapshot: Snapshot, embedder: Embedder, question: str, sentences: Sequence[Sentence]
) -> tuple[Sentence, ...]:
    """For each later part of a question the sentence of the best clause that bears on it most."""
    found: list[Sentence] = []
    for part in parts_of(question):
        query = embedder.embed_query(part)
        found += rank_sentences(snapshot, embedder, part, query, [sentences[0].hit])[:1]
    return tuple(found)
