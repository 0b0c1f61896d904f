"""Late chunking against chunks embedded one by one: the right section among the first, and what it costs.

    python benchmarks/late_chunking.py --set eval/sets/release.jsonl --index DIR

A window of a document is embedded once, and a chunk is the mean of its own tokens in it (Günther et
al. 2024, arXiv:2409.04701); now each chunk is embedded by itself, below its headings. Dense only:
cosine of question and chunk, sections by their best chunk.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from eval.cases import load_set
from eval.gold import Located, locate
from ingest.recipe import Recipe, standard_recipe
from rag.index import Index
from rag.index.records import embedded_text
from rag.index.snapshot import Snapshot
from rag.models.embedding import Vectors, open_embedder, unit_rows
from rag.models.embedding_folder import find_folder
from rag.settings import load_settings
from rag.types import Chunk

_PREFIX = "passage: "
_WINDOW = 448
"""Tokens of chunks in one window; headings and prefix come on top, 512 at most."""
_KS = (1, 5, 10)

Held = tuple[str, tuple[str, ...], Chunk]
"""doc_id, path of the section, chunk."""


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, required=True)
    parser.add_argument("--index", type=Path, required=True)
    arguments = parser.parse_args()
    settings = load_settings({"index": arguments.index, "llm": "extractive"})
    embedder = open_embedder(settings)
    snapshot = Index.open(settings.index).snapshot()
    located, _ = locate(load_set(arguments.set).cases, snapshot)
    asked = [one for one in located if any(gold.path for gold in one.gold) and not one.case.history]
    questions = np.stack([embedder.embed_query(one.case.question) for one in asked])
    held = list(_chunks(snapshot, standard_recipe(embedder, settings.chunk_tokens)))
    started = time.perf_counter()
    alone = embedder.embed_passages([embedded_text(chunk) for _, _, chunk in held])
    between = time.perf_counter()
    late = _late(held, _token_model(find_folder(settings.embedding, settings.models).path))
    ended = time.perf_counter()
    for name, vectors, seconds in (
        ("alone", alone, between - started),
        ("late", late, ended - between),
        ("mean", unit_rows(alone + late), ended - started),
    ):
        sys.stdout.write(f"{name:6} {seconds:6.1f} s  {_recall(questions @ vectors.T, asked, held)}\n")


def _chunks(snapshot: Snapshot, recipe: Recipe) -> Iterator[Held]:
    for indexed in snapshot.documents():
        document = snapshot.outline(indexed.doc_id)
        paths = {section.id: section.path for section in document.sections}
        for chunk in recipe.chunk(snapshot.file_text(indexed.doc_id), document):
            yield indexed.doc_id, paths[chunk.section], chunk


def _token_model(path: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(path), device="cpu", local_files_only=True)


def _late(held: Sequence[Held], model: Any) -> Vectors:
    rows = []
    for _, of_document in groupby(held, key=lambda one: one[0]):
        for window in _windows([chunk for _, _, chunk in of_document], model):
            rows += _pooled(window, model)
    return unit_rows(np.stack(rows).astype(np.float32))


def _windows(chunks: Sequence[Chunk], model: Any) -> Iterator[list[Chunk]]:
    window: list[Chunk] = []
    size = 0
    for chunk in chunks:
        tokens = len(model.tokenizer(chunk.text, add_special_tokens=False)["input_ids"])
        if window and size + tokens > _WINDOW:
            yield window
            window, size = [], 0
        window.append(chunk)
        size += tokens
    yield window


def _pooled(window: Sequence[Chunk], model: Any) -> list[Any]:
    """The mean of each chunk's tokens; of the headings' for a chunk that no token is left for."""
    text = f"{_PREFIX}{window[0].context}\n"
    heading = len(text)
    spans = []
    for chunk in window:
        spans.append((len(text), len(text) + len(chunk.text)))
        text += f"{chunk.text}\n"
    tokens = model.encode([text], output_value="token_embeddings", prompt="")[0].float().numpy()
    offsets = model.tokenizer(text, truncation=True, max_length=model.max_seq_length, return_offsets_mapping=True)
    places = np.array(offsets["offset_mapping"])
    pooled = []
    for start, end in spans:
        inside = (places[:, 0] >= start) & (places[:, 1] <= end) & (places[:, 1] > places[:, 0])
        pooled.append(tokens[inside if inside.any() else places[:, 1] <= heading].mean(axis=0))
    return pooled


def _recall(scores: Any, asked: Sequence[Located], held: Sequence[Held]) -> str:
    found = dict.fromkeys(_KS, 0)
    for row, one in zip(scores, asked, strict=True):
        ranked = list(dict.fromkeys((held[at][0], held[at][1]) for at in np.argsort(-row)))[: max(_KS)]
        right = [any(gold.holds(doc_id, path) for gold in one.gold) for doc_id, path in ranked]
        for k in _KS:
            found[k] += any(right[:k])
    return "  ".join(f"R@{k} {count / len(asked):.3f}" for k, count in found.items()) + f"  of {len(asked)}"


if __name__ == "__main__":
    main()
