"""A query adapter: a linear map that turns questions toward the clauses that answer them in one organisation's texts.

People ask in other words than regulations use. Given questions with their clauses, a map of the
question's vector alone (clauses and index stay as they are) learns that difference, as the query
tower of a dense retriever is trained while its passage tower is frozen (Karpukhin et al., "Dense
Passage Retrieval", EMNLP 2020). It belongs to the texts it was learned on: elsewhere it does harm.
``python -m eval adapt`` learns one, the setting ``query_adapter`` uses it.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.errors import SettingsError
from rag.models.embedding import Embedder, EmbedderOver, Vectors, unit_rows


@dataclass(frozen=True, slots=True, eq=False)
class QueryAdapter:
    """``q → unit(q + q @ matrix)``; ``matrix`` has shape ``(dimension, dimension)``."""

    fingerprint: str
    """Of the embedder whose vectors it turns."""
    matrix: Vectors

    def apply(self, queries: Vectors) -> Vectors:
        """Unit vectors of questions, turned; shape ``(n, dimension)`` in and out."""
        return unit_rows(queries + queries @ self.matrix)

    def save(self, path: Path) -> None:
        """Write it, in NumPy's npz format."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez_compressed(file, fingerprint=np.array(self.fingerprint), matrix=self.matrix)


class AdaptedEmbedder(EmbedderOver):
    """An embedder whose questions are turned; its passages, and so the index, are the same."""

    def __init__(self, embedder: Embedder, adapter: QueryAdapter) -> None:
        super().__init__(embedder)
        self._adapter = adapter

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of a question, turned; shape ``(dimension,)``."""
        vector: Vectors = self._adapter.apply(self._inner.embed_query(text)[None, :])[0]
        return vector


def load_adapter(path: Path, embedder: Embedder) -> QueryAdapter:
    """The adapter in a file that ``save`` wrote.

    Raises:
        SettingsError: there is none, it cannot be read, or it was learned with another embedder.
    """
    mend = "learn it anew: python -m eval adapt SET --index DIR --out FILE, or leave the setting query_adapter out"
    try:
        with np.load(path, allow_pickle=False) as stored:
            adapter = QueryAdapter(str(stored["fingerprint"]), np.asarray(stored["matrix"], dtype=np.float32))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise SettingsError(f"query adapter {path} cannot be read ({' '.join(str(error).split())}); {mend}") from None
    if adapter.fingerprint != embedder.fingerprint or adapter.matrix.shape != (embedder.dimension,) * 2:
        raise SettingsError(
            f"query adapter {path} was learned with model {adapter.fingerprint}, settings name "
            f"{embedder.fingerprint}; {mend}"
        )
    return adapter
