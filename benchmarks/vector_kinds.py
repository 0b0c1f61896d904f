"""FAISS index types at one size: recall of the exact 60 nearest, time, memory and build time, as a table.

    python benchmarks/vector_kinds.py TEXTS --questions QUESTIONS --work FOLDER --count 100000

Vectors are drawn as ``benchmarks/synthetic.py`` tells, questions are embedded by the real model. Each
compressed or approximate type is asked for more than sixty, and the best sixty after scoring them
again with the exact vectors count. One thread; ``--real VECTORS.npy`` takes real vectors to draw
from instead of embedding a sample.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import faiss
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.synthetic import VectorSource, read_sentences, sampled_vectors  # noqa: E402 - after the path is set
from rag.models.embedding import open_embedder  # noqa: E402
from rag.settings import load_settings  # noqa: E402

_K = 60
_TRAINED_ON = 100_000


def main() -> None:
    """Build and ask each type in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--sample", type=int, default=4000)
    parser.add_argument("--real", type=Path)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    embedder = open_embedder(load_settings({}))
    if arguments.real:
        sampled = np.load(arguments.real)
    else:
        sampled = sampled_vectors(embedder, read_sentences(arguments.texts), arguments.sample, arguments.work)
    rows = VectorSource(embedder, sampled).draw(arguments.count)
    lines = [json.loads(line) for line in arguments.questions.read_text(encoding="utf-8").splitlines()]
    texts = [line.get("query") or line["question"] for line in lines]
    queries = np.stack([embedder.embed_query(text) for text in texts[:: max(1, len(texts) // 200)][:200]])
    lists = 1 << int(np.log2(2 * np.sqrt(arguments.count)))
    _print("| type | asked for | recall@60 | worst | p50 ms | p95 ms | bytes a vector | build s |\n|---|" + "---:|" * 7)
    flat, seconds = _built("Flat", rows)
    nearest = flat.search(queries, _K)[1]
    _row("Flat", flat, queries, nearest, _K, seconds)
    for spec, asked in (("SQfp16", 120), ("SQ8", 128), ("SQ4", 240), ("PQ192x4fs", 480), ("RaBitQ", 960)):
        index, seconds = _built(spec, rows)
        _row(spec, index, queries, nearest, asked, seconds)
    ivf, seconds = _built(f"IVF{lists},SQ8", rows)
    for probes in (lists // 32, lists // 16, lists // 8, lists // 4):
        ivf.nprobe = probes
        _row(f"IVF{lists},SQ8 of {probes} lists", ivf, queries, nearest, 128, seconds)
    hnsw, seconds = _built("HNSW32,SQ8", rows)
    for breadth in (128, 256):
        hnsw.hnsw.efSearch = breadth
        _row(f"HNSW32,SQ8 breadth {breadth}", hnsw, queries, nearest, 128, seconds)


def _built(spec: str, rows: Any) -> tuple[Any, float]:
    started = time.perf_counter()
    index = faiss.index_factory(rows.shape[1], spec, faiss.METRIC_INNER_PRODUCT)
    index.train(rows[:_TRAINED_ON])
    index.add(rows)
    return index, time.perf_counter() - started


def _row(name: str, index: Any, queries: Any, nearest: Any, asked: int, build_s: float) -> None:
    faiss.omp_set_num_threads(1)
    times, recalls = [], []
    for query, wanted in zip(queries, nearest, strict=True):
        started = time.perf_counter()
        found = index.search(query[None], asked)[1][0]
        times.append((time.perf_counter() - started) * 1000)
        recalls.append(len(np.intersect1d(found, wanted)) / _K)
    faiss.omp_set_num_threads(2)
    times.sort()
    size = len(faiss.serialize_index(index)) / index.ntotal
    p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    figures = f"{np.mean(recalls):.4f} | {min(recalls):.2f} | {p50:.1f} | {p95:.1f} | {size:.0f} | {build_s:.1f}"
    _print(f"| {name} | {asked} | {figures} |")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
