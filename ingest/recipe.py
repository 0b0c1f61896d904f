"""How a file becomes a document of the index: its reader, its outline, its chunks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.index.writer import ChunkDocument
from rag.types import Chunk, Document, SourceFile

if TYPE_CHECKING:
    from rag.models.embedding import Embedder

_ROOM_FOR_CONTEXT = 0.75
"""Share of what an embedder takes in that a chunk's own text may fill."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The parts that reading a file is made of; ``version`` changes whenever their results might."""

    version: str
    chunk_tokens: int
    read: Callable[[Path, str], SourceFile]
    """Path and source → the file, read, outlined and chunked; raises ``DocumentError``."""
    chunk: ChunkDocument
    """Text and outline → chunks."""


def standard_recipe(embedder: Embedder, chunk_tokens: int) -> Recipe:
    """Our readers, outline and chunks, with pieces that this embedder takes in whole."""
    longest = min(chunk_tokens, int(embedder.max_tokens * _ROOM_FOR_CONTEXT))

    def chunk(text: str, document: Document) -> tuple[Chunk, ...]:
        from ingest.chunking import chunk_document

        return chunk_document(
            text, document, max_tokens=longest, count_tokens=lambda piece: embedder.count_tokens([piece])[0]
        )

    def read(path: Path, source: str) -> SourceFile:
        from ingest.outline import outline
        from ingest.readers import file_data, read_data

        data = file_data(path)  # hashed as read: what replaces the file meanwhile is another version
        found = read_data(data, path.name)
        documents = outline(found, path.stem)
        return SourceFile(
            source=source,
            sha256=hashlib.sha256(data).hexdigest(),
            text=found.text,
            documents=documents,
            chunks=tuple(chunk(found.text, document) for document in documents),
            page_starts=found.page_starts,
        )

    return Recipe(_code_version(), longest, read, chunk)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _code_version() -> str:
    """Hash of the code that reads files: a new release reads unchanged files again where that might differ."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    reading = (path for path in here.rglob("*.py") if path.name not in {"__main__.py", "pipeline.py", "walk.py"})
    for path in sorted(reading):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
