"""What a changed pipeline is built of: the index, its documents, embedders whose vectors are kept."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from eval.system import System
from ingest import pipeline
from ingest.recipe import Recipe, standard_recipe
from rag.chatbot import Chatbot
from rag.errors import UsageError
from rag.index import Index
from rag.models.cross_encoder import SHIPPED as CROSS_ENCODER
from rag.models.embedding import Embedder, EmbedderOver, Progress, Vectors, open_embedder
from rag.models.llm import open_llm
from rag.settings import Settings
from rag.synonyms import SHIPPED, SynonymFiles
from rag.types import Answer, Hit, Question

_BUSY_S = 60.0


class KeptEmbedder(EmbedderOver):
    """An embedder that computes each vector once and keeps it in a file.

    ``variant`` keeps vectors apart that are computed in another way with the same weights.
    """

    def __init__(self, embedder: Embedder, path: Path, variant: str = "") -> None:
        super().__init__(embedder)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._kind = f"{embedder.fingerprint}\0{variant}"
        self._file = sqlite3.connect(path, timeout=_BUSY_S, check_same_thread=False)
        self._file.execute("CREATE TABLE IF NOT EXISTS kept(key BLOB PRIMARY KEY, vector BLOB)")

    def embed_query(self, text: str) -> Vectors:
        """The vector of a question."""
        vector: Vectors = self._vectors(
            "query", [text], lambda new: np.stack([self._inner.embed_query(t) for t in new])
        )
        return np.asarray(vector[0], dtype=np.float32)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """The vectors of clauses; ``progress`` is told once."""
        vectors = self._vectors("passage", list(texts), self._inner.embed_passages)
        if progress is not None and texts:
            progress(len(texts), len(texts))
        return vectors

    def read(self, question: str, sentences: Sequence[str]) -> list[float] | None:
        """As the embedder reads."""
        if not self._reads:
            return None

        def compute(new: Sequence[str]) -> Vectors:
            return np.asarray(self._inner.read(question, new), dtype=np.float32)[:, None]

        odds = self._vectors(f"read {self._updates}\0{question}", list(sentences), compute)
        return odds[:, 0].tolist() if sentences else []

    @cached_property
    def _reads(self) -> bool:
        return self._inner.read("?", ["?"]) is not None

    @cached_property
    def _updates(self) -> str:
        return hashlib.sha256(CROSS_ENCODER.read_bytes()).hexdigest()

    def _vectors(self, role: str, texts: Sequence[str], compute: Callable[[Sequence[str]], Vectors]) -> Vectors:
        keys = [hashlib.sha256(f"{self._kind}\0{role}\0{text}".encode()).digest() for text in texts]
        find = "SELECT vector FROM kept WHERE key = ?"
        found = {key: row[0] for key in keys if (row := self._file.execute(find, (key,)).fetchone())}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new:
            vectors = np.asarray(compute(list(new.values())), dtype=np.float32)
            found |= {key: vector.tobytes() for key, vector in zip(new, vectors, strict=True)}
            with self._file:
                kept = [(key, found[key]) for key in new]
                self._file.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", kept)
        rows = [np.frombuffer(found[key], dtype=np.float32) for key in keys]
        return np.stack(rows) if rows else np.zeros((0, self.dimension), dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the variants are variants of."""

    settings: Settings
    index: Path
    documents: tuple[Path, ...]
    work: Path
    dry: bool = False
    """Fakes instead of models: tries the way of all variants, and shows little."""

    @property
    def without_model(self) -> Setup:
        """The same, answering without a language model."""
        return replace(self, settings=self.settings.model_copy(update={"llm": "extractive"}))


class Workshop:
    """The parts of the pipeline as it is, and what changed ones are built with."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.settings = setup.settings
        self.documents = setup.documents
        self.embedder = self.embedder_of(setup.settings)

    @cached_property
    def index(self) -> Index:
        """The index as it is."""
        return Index.open(self.setup.index, embedder=self.embedder, chunk_tokens=self.settings.chunk_tokens)

    @cached_property
    def llm(self) -> Any:
        """The language model of the settings, None for ``extractive``; the same one for the whole process."""
        if self.setup.dry and self.settings.llm != "extractive":
            from eval.dry_run import first_clause
            from rag.testing import ScriptedLLM

            return ScriptedLLM(first_clause)
        return open_llm(self.settings)

    def embedder_of(self, settings: Settings, variant: str = "") -> Embedder:
        """An embedder whose vectors are kept."""
        if self.setup.dry:
            from rag.testing import HashEmbedder

            return HashEmbedder()
        return KeptEmbedder(open_embedder(settings), self.setup.work / "vectors.sqlite", variant)

    def bot(self, *, index: Index | None = None, embedder: Embedder | None = None, **changes: Any) -> Chatbot:
        """A chatbot with some parts and settings changed.

        Raises:
            UsageError: there is no such setting any more; the variant has to be written anew.
        """
        if unknown := changes.keys() - Settings.model_fields.keys():
            raise UsageError(f"no setting is called {', '.join(sorted(unknown))}")
        settings = self.settings.model_copy(update=changes)
        return Chatbot(
            settings,
            index or self.index,
            lambda: embedder or self.embedder,
            lambda: self.llm,
            synonyms=SynonymFiles([SHIPPED]),
        )

    @contextmanager
    def other_index(
        self,
        *,
        embedder: Embedder | None = None,
        change: Callable[[Recipe], Recipe] = lambda recipe: recipe,
        folders: Callable[[Sequence[Path], Path], Sequence[Path]] = lambda given, empty: given,
    ) -> Iterator[Index]:
        """An index of its own; ``folders`` says of what, from our documents and an empty folder."""
        with TemporaryDirectory() as place:
            empty = Path(place) / "files"
            empty.mkdir()
            paths = folders(self.documents, empty)
            index = self.built(Path(place) / "index", paths, embedder or self.embedder, change)
            try:
                yield index
            finally:
                index.close()

    def built(
        self,
        folder: Path,
        paths: Sequence[Path],
        embedder: Embedder,
        change: Callable[[Recipe], Recipe] = lambda recipe: recipe,
    ) -> Index:
        """An index of some folders, taken in one after the other; what is there already and as it should is left.

        Raises:
            UsageError: a file cannot be read.
        """
        tokens = self.settings.chunk_tokens
        index = Index.open(folder, embedder=embedder, chunk_tokens=tokens, create=True)
        recipe = change(standard_recipe(embedder, tokens))
        for path in paths:
            report = pipeline.add(index, [path], recipe)
            if report.failed:
                raise UsageError(f"{report.failed[0].path}: {report.failed[0].error}")
        return index


@dataclass(frozen=True, slots=True)
class Altered:
    """A system whose replies are changed on their way out."""

    system: System
    answer: Callable[[Question, Answer], Answer]

    def search(self, question: Question, k: int) -> tuple[tuple[Hit, ...], float]:
        """Hits, as they are."""
        return self.system.search(question, k)

    def ask(self, question: Question) -> Answer:
        """The answer, changed."""
        return self.answer(question, self.system.ask(question))

    def describe(self) -> Mapping[str, object]:
        """What it is made with."""
        return self.system.describe()


def ranked_anew(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Hits with ranks from 1."""
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1))
