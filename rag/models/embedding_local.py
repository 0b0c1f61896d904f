"""Sentence-Transformers models in this process: the one file that imports the library and torch."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Literal

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from rag.errors import ModelDamaged
from rag.lazy import Lazy
from rag.models.cross_encoder import AdaptedCrossEncoder, open_cross_encoder
from rag.models.embedding import Progress, Vectors, unit_rows
from rag.models.embedding_folder import EmbeddingFolder
from rag.models.machine import physical_cores, processor
from rag.models.turnstile import Turnstile
from rag.models.weights.wheels import MENDING

Dtype = Literal["float32", "bfloat16"]

_NOTES = "embedding-dtype.json"
_BATCH_CHARS = 1600
"""Short texts are embedded together up to so many characters, all counted as long as the longest, and
up to ``_SHORT_SHARE`` times as many as long ones."""
_SHORT_SHARE = 4
_PAYS = 1.15
_ROUNDS = 3
_SPECIMENS = (
    "passage: 出差人员凭单据报销往返交通费、住宿费和伙食补助，超过规定标准的部分由个人承担，特殊情况须事先书面说明。"
    * 2,
    "passage: Each department keeps a register of its records and reviews it every year before the end of March. " * 2,
)
_logger = logging.getLogger(__name__)


class SentenceTransformerEmbedding(BaseEmbedding):
    """A LlamaIndex embedding model that is also an ``Embedder``; weights load at first use.

    ``dtype`` ``auto`` takes bfloat16 where it is at least 15 % faster. That is measured once; the
    outcome is kept in the folder ``notes``, so that every later run on this machine computes alike.
    """

    _folder: EmbeddingFolder = PrivateAttr()
    _query_prefix: str = PrivateAttr()
    _passage_prefix: str = PrivateAttr()
    _dtype: Literal["auto", "float32", "bfloat16"] = PrivateAttr()
    _notes: Path = PrivateAttr()
    _model: Any = PrivateAttr(default=None)
    _loading: threading.Lock = PrivateAttr(default_factory=threading.Lock)
    _turnstile: Turnstile = PrivateAttr(default_factory=Turnstile)
    _reader: Lazy[AdaptedCrossEncoder | None] = PrivateAttr()

    def __init__(
        self,
        folder: EmbeddingFolder,
        *,
        query_prefix: str = "",
        passage_prefix: str = "",
        dtype: Literal["auto", "float32", "bfloat16"] = "auto",
        batch: int = 8,
        cross_encoder: bool = True,
        notes: Path,
    ) -> None:
        super().__init__(model_name=folder.name, embed_batch_size=batch)
        self._folder = folder
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._dtype = dtype
        self._notes = notes
        self._reader = Lazy(self._open_reader if cross_encoder else lambda: None)

    @classmethod
    def class_name(cls) -> str:
        """Name in LlamaIndex's records."""
        return "SentenceTransformerEmbedding"

    @property
    def fingerprint(self) -> str:
        """Name, and a hash of the folder's content and the prefixes; rounding (``dtype``) is left out."""
        parts = f"{self._folder.content_hash}\0{self._query_prefix}\0{self._passage_prefix}"
        return f"{self._folder.name}:{hashlib.sha256(parts.encode()).hexdigest()[:12]}"

    @property
    def dimension(self) -> int:
        """Length of a vector; loads the model only where its descriptions leave it open."""
        return self._folder.declared_dimension or _dimension(self._loaded())

    @property
    def max_tokens(self) -> int:
        """Longest input in tokens, prefix and special tokens included."""
        return self._folder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without prefix and special tokens."""
        if self._folder.has_fast_tokenizer:
            return self._folder.count_tokens(texts)
        encoded = self._loaded().tokenizer(list(texts), add_special_tokens=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of a question."""
        vector: Vectors = self._encode([self._query_prefix + text])[0]
        return vector

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of clauses, in the order given; worked in batches of like length, short ones in larger."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda at: (-len(texts[at]), texts[at]))
        start = 0
        while start < len(order):
            longest = max(1, len(texts[order[start]]))
            count = max(self.embed_batch_size, min(self.embed_batch_size * _SHORT_SHARE, _BATCH_CHARS // longest))
            batch = order[start : start + count]
            vectors[batch] = self._encode([self._passage_prefix + texts[at] for at in batch])
            start += len(batch)
            if progress is not None:
                progress(start, len(texts))
        return vectors

    def _get_query_embedding(self, query: str) -> list[float]:
        return [float(value) for value in self.embed_query(query)]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [[float(value) for value in row] for row in self.embed_passages(texts)]

    def read(self, question: str, sentences: Sequence[str]) -> list[float] | None:
        """Log odds that each sentence answers the question; None for a model that was not taught it."""
        reader = self._reader.get()
        return reader.read(question, sentences) if reader else None

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _encode(self, texts: list[str]) -> Vectors:
        model = self._loaded()
        with self._turnstile:
            return _encode(model, texts)

    def _loaded(self) -> Any:
        with self._loading:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _open_reader(self) -> AdaptedCrossEncoder | None:
        model = self._loaded()
        return open_cross_encoder(model.tokenizer, model[0].auto_model)

    def _load(self) -> Any:
        model = _load_model(self._folder.path)
        declared = self._folder.declared_dimension
        if declared is not None and declared != _dimension(model):
            raise ModelDamaged(
                f"embedding model {self._folder.path} gives {_dimension(model)} dimensions, "
                f"its config.json says {declared}; get the folder anew"
            )
        import torch

        chosen = self._remembered(f"{processor()} torch {torch.__version__} {self._folder.content_hash[:12]}", model)
        return _rounded(model) if chosen == "bfloat16" else model

    def _remembered(self, key: str, model: Any) -> Dtype:
        """The dtype set, else the one measured earlier, else the one measured now.

        Where the outcome cannot be kept it is float32, lest two runs differ.
        """
        if self._dtype != "auto":
            return self._dtype
        file = self._notes / _NOTES
        known = _read_notes(file)
        if key in known:
            return known[key]
        measured = _faster(model)
        known = {key: measured, **_read_notes(file)}
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
            fresh.replace(file)
        except OSError as error:
            _logger.warning("cannot keep %s (%s); embedding in float32", file, error)
            return "float32"
        return known[key]


def _load_model(path: Path) -> Any:
    # Set before the libraries are imported: they read these once.
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    import torch
    import transformers
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(physical_cores())
    messages: Any = transformers.utils.logging
    messages.set_verbosity_error()
    messages.disable_progress_bar()
    try:
        model = SentenceTransformer(str(path), device="cpu", local_files_only=True)
    except (OSError, ValueError, LookupError, RuntimeError, AttributeError, ImportError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelDamaged(
            f"embedding model {path} cannot be loaded ({reason}); remove the folder and run: {MENDING}"
        ) from None
    return model.eval()


def _encode(model: Any, texts: list[str]) -> Vectors:
    vectors = model.encode(texts, batch_size=len(texts), prompt="", convert_to_numpy=True, show_progress_bar=False)
    return unit_rows(np.asarray(vectors, dtype=np.float32))


def _dimension(model: Any) -> int:
    """The library renamed the method."""
    read = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension
    return int(read())


def _faster(model: Any) -> Dtype:
    """The dtype in which ``model`` embeds clauses faster here; bfloat16 only where it clearly pays."""
    texts = list(_SPECIMENS) * 4
    rounded = _rounded(deepcopy(model))
    plain_s, rounded_s = [], []
    for _ in range(_ROUNDS):
        plain_s.append(_seconds(model, texts))
        rounded_s.append(_seconds(rounded, texts))
    return "bfloat16" if min(plain_s) > _PAYS * min(rounded_s) else "float32"


def _rounded(model: Any) -> Any:
    """The model in bfloat16, its attention by plain products: torch's fused one is slow there on a processor."""
    import torch

    for module in model.modules():
        if getattr(module, "_supports_sdpa", False) and hasattr(module, "set_attn_implementation"):
            module.set_attn_implementation("eager")
    return model.to(torch.bfloat16)


def _seconds(model: Any, texts: list[str]) -> float:
    start = time.perf_counter()
    _encode(model, texts)
    return time.perf_counter() - start


def _read_notes(file: Path) -> dict[str, Dtype]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): value for key, value in found.items() if value in ("float32", "bfloat16")}
