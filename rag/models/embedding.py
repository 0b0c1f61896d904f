"""Embedding: what the index and the retriever need of a model, and how settings name one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from rag.models.embedding_folder import EmbeddingFolder, find_folder
from rag.recent import Recent

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from rag.settings import Settings

Vectors = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]
"""Called with texts done and texts in all."""


class Embedder(Protocol):
    """Turns text into unit vectors; safe to use from several threads."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would: what an index manifest records."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """Longest text in tokens that is embedded whole; what is longer is cut off."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without prefix and special tokens."""

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of a question, shape ``(dimension,)``."""

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of clauses, shape ``(len(texts), dimension)``, in the order given."""

    def read(self, question: str, sentences: Sequence[str]) -> list[float] | None:
        """Log odds that each sentence answers the question, read together; None where the model cannot tell."""


class EmbedderOver:
    """An embedder that does as another one does; what it does otherwise, it overrides."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner

    @property
    def fingerprint(self) -> str:
        """The inner one's: the vectors of passages are the same."""
        return self._inner.fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._inner.dimension

    @property
    def max_tokens(self) -> int:
        """Longest text in tokens that is embedded whole."""
        return self._inner.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text."""
        return self._inner.count_tokens(texts)

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of a question."""
        return self._inner.embed_query(text)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of clauses, in the order given."""
        return self._inner.embed_passages(texts, progress)

    def read(self, question: str, sentences: Sequence[str]) -> list[float] | None:
        """Log odds that each sentence answers the question; None where the model cannot tell."""
        return self._inner.read(question, sentences)


class RecallingEmbedder(EmbedderOver):
    """An embedder that keeps the vectors of the passages asked for last: questions often bear on the same clauses."""

    def __init__(self, inner: Embedder, *, kept: int = 20_000) -> None:
        """Keep the vectors of ``kept`` passages: 31 MB of 384 dimensions by default."""
        super().__init__(inner)
        self._recent: Recent[str, Vectors] = Recent(kept)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of clauses, in the order given."""
        vectors = self._recent.known(texts)
        if new := [text for text in dict.fromkeys(texts) if text not in vectors]:
            made = dict(zip(new, self._inner.embed_passages(new, progress), strict=True))
            self._recent.keep(made)
            vectors |= made
        return np.stack([vectors[text] for text in texts]) if texts else np.zeros((0, self.dimension), np.float32)


class LlamaIndexEmbedder:
    """Any LlamaIndex embedding model as an ``Embedder``; it puts its own prefixes.

    Such a model does not tell its tokens, so they are estimated from above: one for each character
    outside ASCII, one for each three of ASCII.
    """

    def __init__(self, model: BaseEmbedding, *, max_tokens: int = 512) -> None:
        self._model = model
        self._dimension: int | None = None
        self.max_tokens = max_tokens

    @property
    def fingerprint(self) -> str:
        """Class and name of the model."""
        return f"{self._model.class_name()}:{self._model.model_name}"

    @property
    def dimension(self) -> int:
        """Length of a vector; asks the model the first time."""
        if self._dimension is None:
            self._dimension = len(self._model.get_query_embedding("1"))
        return self._dimension

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """An estimate from above of each text's tokens."""
        counts = []
        for text in texts:
            ascii_chars = sum(char.isascii() for char in text)
            counts.append(len(text) - ascii_chars + -(-ascii_chars // 3))
        return counts

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of a question."""
        vector: Vectors = unit_rows(np.asarray([self._model.get_query_embedding(text)], dtype=np.float32))[0]
        return vector

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of clauses, in the order given."""
        rows: list[list[float]] = []
        step = self._model.embed_batch_size
        for start in range(0, len(texts), step):
            rows += self._model.get_text_embedding_batch(list(texts[start : start + step]))
            if progress is not None:
                progress(len(rows), len(texts))
        return unit_rows(np.asarray(rows, dtype=np.float32).reshape(len(rows), -1 if rows else self.dimension))

    def read(self, question: str, sentences: Sequence[str]) -> None:
        """Such a model makes vectors, nothing else."""


def open_embedder(settings: Settings) -> Embedder:
    """The embedder that ``settings.embedding`` names; no weights are loaded before they are needed.

    Raises:
        ModelMissing: there is no such model on this machine.
    """
    folder = find_folder(settings.embedding, settings.models)
    from rag.models.embedding_local import SentenceTransformerEmbedding

    return SentenceTransformerEmbedding(
        folder,
        query_prefix=settings.embedding_query_prefix,
        passage_prefix=settings.embedding_passage_prefix,
        dtype=settings.embedding_dtype,
        batch=settings.embedding_batch,
        cross_encoder=settings.cross_encoder,
        notes=settings.models,
    )


def open_token_counter(settings: Settings) -> EmbeddingFolder:
    """Only ``count_tokens`` and ``max_tokens`` of the embedder: ready in a second, without torch.

    Raises:
        ModelMissing: there is no such model on this machine.
    """
    return find_folder(settings.embedding, settings.models)


def unit_rows(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; a row of zeros stays one."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms == 0, 1, norms), dtype=np.float32)
