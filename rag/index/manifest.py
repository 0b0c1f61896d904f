"""The manifest: the settings an index was built with, and the refusal of any others."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import IndexMismatch

if TYPE_CHECKING:
    from rag.models.embedding import Embedder

SCHEMA_VERSION = 2
"""Raised with each change of the SQLite tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the content of an index depends on, besides the documents.

    ``embedder`` is the embedder's fingerprint, which covers its prefixes; ``chunk_tokens`` is the
    longest chunk. The normal form of lexical tokens is not here: the lexical part records it
    itself and is derived anew when it changes.
    """

    schema: int
    embedder: str
    dimension: int
    chunk_tokens: int

    @classmethod
    def of(cls, embedder: Embedder, chunk_tokens: int) -> Manifest:
        """The manifest of an index built now."""
        return cls(
            schema=SCHEMA_VERSION,
            embedder=embedder.fingerprint,
            dimension=embedder.dimension,
            chunk_tokens=chunk_tokens,
        )

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """The manifest that ``to_json`` wrote."""
        return cls(**json.loads(text))

    def to_json(self) -> str:
        """One line, keys in order."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    def digest(self) -> str:
        """Hash of all fields."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def require(self, folder: Path, *, embedder: Embedder | None, chunk_tokens: int | None) -> None:
        """Refuse tables of another version, and another embedder or chunk size; None is not compared.

        Raises:
            IndexMismatch: naming both and the command that rebuilds.
        """
        if self.schema != SCHEMA_VERSION:
            raise IndexMismatch(
                f"{folder} has tables of version {self.schema}, this program reads version {SCHEMA_VERSION}. "
                f"Ingest again into a new folder: python -m ingest add DOCUMENTS --index NEW_FOLDER"
            )
        mend = f"Rebuild: python -m ingest add --rebuild --index {folder}"
        if embedder is not None and (embedder.fingerprint, embedder.dimension) != (self.embedder, self.dimension):
            raise IndexMismatch(
                f"{folder} was built with model {self.embedder} ({self.dimension} dims), settings name model "
                f"{embedder.fingerprint} ({embedder.dimension} dims). {mend}"
            )
        if chunk_tokens is not None and chunk_tokens != self.chunk_tokens:
            raise IndexMismatch(
                f"{folder} was built with chunk_tokens = {self.chunk_tokens}, settings say {chunk_tokens}. {mend}"
            )
