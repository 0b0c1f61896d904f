"""Characters a second from files to a searchable index: ours, and what a user would begin with otherwise.

    python benchmarks/ingest_speed.py FOLDER --rounds 3

The other is LlamaIndex's starter: files read whole, ``SentenceSplitter`` of 1024 tokens with 20 of
overlap, ``VectorStoreIndex`` in memory, the same model through Sentence-Transformers as it comes
(float32, ten texts at once). It reads no outline, writes nothing to disk and has no lexical part;
of a piece longer than the model takes in, it embeds the beginning only, which is told as
"characters embedded". Both take turns on the same text files; models are loaded before. The
characters counted are those of the files.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from llama_index.core import Document, VectorStoreIndex  # noqa: E402 - after the path is set
from llama_index.core.base.embeddings.base import BaseEmbedding  # noqa: E402
from llama_index.core.node_parser import SentenceSplitter  # noqa: E402
from pydantic import PrivateAttr  # noqa: E402

from ingest.pipeline import add  # noqa: E402
from ingest.recipe import standard_recipe  # noqa: E402
from rag.index import Index  # noqa: E402
from rag.models.embedding import Embedder, open_embedder  # noqa: E402
from rag.settings import load_settings  # noqa: E402

_SUFFIXES = {".txt", ".md"}


class PlainEmbedding(BaseEmbedding):
    """A Sentence-Transformers model as LlamaIndex's own wrapper uses it."""

    _model: Any = PrivateAttr()

    def __init__(self, path: Path) -> None:
        super().__init__(model_name=path.name, embed_batch_size=10)
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(path), device="cpu", local_files_only=True)

    def shown_chars(self, texts: list[str]) -> int:
        """Characters of the texts that the model takes in."""
        longest = self._model.max_seq_length
        encoded = self._model.tokenizer(texts, truncation=True, max_length=longest, return_offsets_mapping=True)
        return sum(max(end for _, end in offsets) for offsets in encoded["offset_mapping"])

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embeddings([query])[0]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = self._model.encode(texts, batch_size=10, show_progress_bar=False).tolist()
        return rows

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


def main() -> None:
    """Let both ingest the folder in turn; print characters a second and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, help="only so many files, the first by name")
    arguments = parser.parse_args()
    files = sorted(file for file in arguments.folder.rglob("*") if file.suffix in _SUFFIXES)[: arguments.files]
    chars = sum(len(file.read_text(encoding="utf-8")) for file in files)
    settings = load_settings({})
    ours = open_embedder(settings)
    ours.embed_passages(["1"])
    starter = PlainEmbedding(settings.models / settings.embedding)
    runs: dict[str, tuple[Callable[[], None], list[float], list[float]]] = {
        "python -m ingest add": (lambda: _ours(files, ours, settings.chunk_tokens), [], []),
        "LlamaIndex starter": (lambda: _starter(files, starter), [], []),
    }
    for _ in range(arguments.rounds):
        for work, walls, cpus in runs.values():
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
    _print(f"{len(files)} files, {chars:,} characters, best and median of {arguments.rounds} rounds")
    _print("| | characters/s, best | median | processor s |\n|---|---:|---:|---:|")
    for name, (_, walls, cpus) in runs.items():
        _print(f"| {name} | {chars / min(walls):,.0f} | {chars / statistics.median(walls):,.0f} | {min(cpus):.1f} |")
    (_, a, _), (_, b, _) = runs.values()
    _print(
        f"ratio: {min(b) / min(a):.2f} of the best, {statistics.median(b) / statistics.median(a):.2f} of the medians"
    )
    _print(f"characters embedded by the starter: {starter.shown_chars([n.text for n in _nodes(files)]):,}")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _ours(files: list[Path], embedder: Embedder, chunk_tokens: int) -> None:
    recipe = standard_recipe(embedder, chunk_tokens)
    with (
        tempfile.TemporaryDirectory() as folder,
        Index.open(Path(folder), embedder=embedder, chunk_tokens=recipe.chunk_tokens, create=True) as index,
    ):
        add(index, files, recipe)


def _nodes(files: list[Path]) -> list[Any]:
    documents = [Document(text=file.read_text(encoding="utf-8"), metadata={"file_name": file.name}) for file in files]
    return SentenceSplitter(chunk_size=1024, chunk_overlap=20).get_nodes_from_documents(documents)


def _starter(files: list[Path], embedding: PlainEmbedding) -> None:
    VectorStoreIndex(_nodes(files), embed_model=embedding)


if __name__ == "__main__":
    main()
