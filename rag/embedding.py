"""Embedding: what the index and the retriever need of a model, and the models that give it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
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


def open_embedder(settings: Settings) -> Embedder:
    """The embedder that ``settings.embedding`` names; nothing heavy is loaded before its first use.

    Raises:
        ModelMissing: there is no such model on this machine.
    """
    raise NotImplementedError
