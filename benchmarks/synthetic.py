"""Large made-up indexes that behave like real ones: real sentences combined anew, vectors drawn near real ones.

A section is one to four sentences drawn at random from the text given, a document fifty sections
(:data:`SECTIONS_A_DOCUMENT`). A vector is drawn from a sample of the text that the real model has
embedded: a point between a sampled vector and one of its sixteen nearest neighbours, moved by three
tenths of their distance in a random direction, scaled to length 1. So vectors lie as densely around
each other as in one subject of a real collection, and say nothing of the words of their own section:
such an index tells speed and size, not how well anything is found.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.index.records import embedded_text
from rag.models.embedding import Embedder
from rag.sentences import sentence_spans
from rag.types import Chunk, Document, Metadata, Section, SourceFile

Vectors = npt.NDArray[np.float32]

SECTIONS_A_DOCUMENT = 50
_NEIGHBOURS = 16
_NOISE = 0.3
_SHORTEST_CHARS = 8
_NUMERALS = "零一二三四五六七八九"


def read_sentences(path: Path) -> list[str]:
    """Sentences of a ``.jsonl`` file (field ``text``) or of the text files in a folder, each once."""
    if path.suffix == ".jsonl":
        texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    else:
        files = sorted(file for file in path.rglob("*") if file.suffix in {".txt", ".md"})
        texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    found = {text[a:b].strip(): None for text in texts for a, b in sentence_spans(text)}
    return [sentence for sentence in found if len(sentence) >= _SHORTEST_CHARS]


def synthetic_files(sentences: Sequence[str], sections: int, *, seed: int = 0) -> Iterator[SourceFile]:
    """Files of one document each, with so many sections in all."""
    random_ = random.Random(seed)
    for number in range(-(-sections // SECTIONS_A_DOCUMENT)):
        count = min(SECTIONS_A_DOCUMENT, sections - number * SECTIONS_A_DOCUMENT)
        yield _file(number, [_words(random_, sentences) for _ in range(count)])


def _words(random_: random.Random, sentences: Sequence[str]) -> str:
    return "".join(random_.choice(sentences) for _ in range(random_.choice((1, 1, 2, 2, 3, 4))))


def _file(number: int, bodies: Sequence[str]) -> SourceFile:
    title = f"{bodies[0][:10]}管理办法（{number}）"
    text = f"{title}\n"
    places: list[tuple[str, int, int]] = []
    for i, body in enumerate(bodies, start=1):
        start = len(text)
        numeral = f"第{numeral_of(i)}条"
        text += f"{numeral} {body}\n"
        places.append((numeral, start, start + len(numeral)))
    root = Section(id="root", parent=None, level=0, number="", heading="", path=(), start=0, end=len(text), body=0)
    ends = [*(start for _, start, _ in places[1:]), len(text)]
    sections = [
        Section(
            id=numeral, parent="root", level=1, number=numeral, heading="", path=(numeral,),
            start=start, end=end, body=body,
        )
        for (numeral, start, body), end in zip(places, ends, strict=True)
    ]  # fmt: skip
    spans = [("root", 0, len(title)), *((section.id, section.start, section.end - 1) for section in sections)]
    chunks = tuple(
        Chunk(
            section=name, ordinal=i, start=start, end=end, spans=((start, end),), text=text[start:end],
            context=f"《{title}》" if name == "root" else f"《{title}》 {name}",
        )
        for i, (name, start, end) in enumerate(spans)
    )  # fmt: skip
    year = 2000 + number % 25
    document = Document(title=title, start=0, end=len(text), metadata=Metadata(year=year), sections=(root, *sections))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return SourceFile(source=f"{number:06}.txt", sha256=digest, text=text, documents=(document,), chunks=(chunks,))


def numeral_of(number: int) -> str:
    """1–99 in Chinese: 十二, 四十."""
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else _NUMERALS[tens]) + "十" if tens else ""
    return head + (_NUMERALS[ones] if ones else "")


def sampled_vectors(embedder: Embedder, sentences: Sequence[str], sample: int, folder: Path) -> Vectors:
    """Vectors of so many sections by the real model; kept in ``folder`` for the next run."""
    file = folder / f"sample-{sample}-{hashlib.sha256(embedder.fingerprint.encode()).hexdigest()[:8]}.npy"
    if not file.exists():
        files = synthetic_files(sentences, sample, seed=1)
        texts = [embedded_text(chunk) for one in files for chunk in one.chunks[0]][:sample]
        np.save(file, embedder.embed_passages(texts))
    found: Vectors = np.load(file)
    return found


class VectorSource:
    """An ``Embedder`` that gives drawn vectors for passages, and the real model's for questions."""

    def __init__(self, embedder: Embedder, sampled: Vectors, *, seed: int = 0) -> None:
        self.fingerprint = embedder.fingerprint
        self.dimension = embedder.dimension
        self.max_tokens = embedder.max_tokens
        self.count_tokens = embedder.count_tokens
        self.embed_query = embedder.embed_query
        self.read = embedder.read
        self._sampled = sampled
        self._near = np.argsort(-(sampled @ sampled.T), axis=1)[:, 1 : _NEIGHBOURS + 1]
        self._random = np.random.default_rng(seed)

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> Vectors:
        """As many vectors as there are texts."""
        return self.draw(len(texts))

    def draw(self, count: int) -> Vectors:
        """So many unit vectors near the sampled ones."""
        random_ = self._random
        at = random_.integers(0, len(self._sampled), count)
        near = self._near[at, random_.integers(0, self._near.shape[1], count)]
        way = self._sampled[near] - self._sampled[at]
        noise = random_.standard_normal((count, self.dimension), np.float32)
        noise *= _NOISE * np.linalg.norm(way, axis=1, keepdims=True) / np.linalg.norm(noise, axis=1, keepdims=True)
        rows = self._sampled[at] + random_.random((count, 1), np.float32) * way + noise
        drawn: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return drawn
