"""An embedding model's folder: found by name, told apart by its content, its tokens counted.

Nothing here loads weights, imports torch or reaches the network.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from rag.errors import ModelDamaged, ModelMissing
from rag.models.weights.e5 import NAME as DEFAULT_NAME
from rag.models.weights.wheels import MENDING

_PLAIN_MODULES = {"Transformer", "Pooling", "Normalize"}
_SAMPLE_BYTES = 4096
_SAMPLES = 64
_IGNORED_SUFFIXES = {".md", ".txt", ".lock"}
_NO_LIMIT = 100_000


class EmbeddingFolder:
    """A Sentence-Transformers or plain transformers folder on this machine."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name

    @cached_property
    def content_hash(self) -> str:
        """Hash over every file's name, size and a sample of its bytes: cheap, yet no fine-tuning escapes it."""
        digest = hashlib.sha256()
        for file in sorted(self.path.rglob("*")):
            inner = file.relative_to(self.path)
            hidden = any(part.startswith(".") for part in inner.parts)
            if not file.is_file() or hidden or file.suffix in _IGNORED_SUFFIXES:
                continue
            size = file.stat().st_size
            digest.update(f"{inner.as_posix()}\0{size}\0".encode())
            step = max(_SAMPLE_BYTES, size // _SAMPLES)
            with file.open("rb") as stream:
                for at in range(0, size, step):
                    stream.seek(at)
                    digest.update(stream.read(_SAMPLE_BYTES))
        return digest.hexdigest()

    @cached_property
    def max_tokens(self) -> int:
        """Longest input in tokens, special tokens included."""
        places = (
            ("sentence_bert_config.json", "max_seq_length"),
            ("tokenizer_config.json", "model_max_length"),
            ("config.json", "max_position_embeddings"),
        )
        for file, key in places:
            found = self._json(file).get(key) if (self.path / file).exists() else None
            if isinstance(found, int) and 0 < found < _NO_LIMIT:
                return found
        return 512

    @cached_property
    def declared_dimension(self) -> int | None:
        """Length of a vector, where the folder's descriptions tell it for sure."""
        hidden = self._json("config.json").get("hidden_size") if (self.path / "config.json").exists() else None
        if not isinstance(hidden, int):
            return None
        if not (self.path / "modules.json").exists():
            return hidden
        kinds = [str(module.get("type", "")).rpartition(".")[2] for module in self._json_list("modules.json")]
        pooling = self.path / "1_Pooling" / "config.json"
        if not set(kinds) <= _PLAIN_MODULES or not pooling.exists():
            return None
        modes = [key for key, on in self._json("1_Pooling/config.json").items() if "pooling_mode_" in key and on]
        return hidden if len(modes) <= 1 else None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without prefix and special tokens.

        Raises:
            ModelDamaged: the tokenizer cannot be read.
        """
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    @property
    def has_fast_tokenizer(self) -> bool:
        """Whether ``count_tokens`` can be used."""
        return (self.path / "tokenizer.json").is_file()

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self.path / "tokenizer.json"))
        except Exception as error:  # noqa: BLE001  (the library raises bare Exception)
            raise ModelDamaged(f"embedding model {self.path}: tokenizer.json cannot be read ({error})") from None
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def _json(self, name: str) -> dict[str, Any]:
        found = self._read(name)
        return found if isinstance(found, dict) else {}

    def _json_list(self, name: str) -> list[dict[str, Any]]:
        found = self._read(name)
        return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []

    def _read(self, name: str) -> object:
        try:
            return json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelDamaged(f"embedding model {self.path}: {name} cannot be read ({error})") from None


def find_folder(name: str, models: Path) -> EmbeddingFolder:
    """The folder of the model called ``name``: a path, a folder in ``models``, or in the local hub cache.

    Raises:
        ModelMissing: there is none; nothing is ever downloaded here.
    """
    for path in (models / name, Path(name).expanduser()):
        if path.is_dir():
            if not any((path / file).is_file() for file in ("modules.json", "config.json")):
                raise ModelMissing(
                    f"embedding model {path} is not a Sentence-Transformers folder (no modules.json, no config.json); "
                    "set `embedding` to one"
                )
            return EmbeddingFolder(path, path.name if Path(name).is_absolute() else name)
    if name == DEFAULT_NAME:
        raise ModelMissing(f"embedding model {models / name} does not exist; unpack it with: {MENDING}")
    cached = _hub_snapshot(name)
    if cached is None:
        raise ModelMissing(
            f"no embedding model {name!r}: no such folder, none in {models} and none in the local Hugging Face cache; "
            f"set `embedding` to a Sentence-Transformers folder or to {DEFAULT_NAME}"
        )
    return EmbeddingFolder(cached, name)


def _hub_snapshot(name: str) -> Path | None:
    """Folder of the newest snapshot in the hub's cache, without asking the hub."""
    home = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface"))
    cache = Path(os.environ.get("HF_HUB_CACHE", home / "hub"))
    for candidate in (name, f"sentence-transformers/{name}"):
        repository = cache / f"models--{candidate.replace('/', '--')}"
        try:
            revision = (repository / "refs" / "main").read_text(encoding="ascii").strip()
        except OSError:
            continue
        snapshot = repository / "snapshots" / revision
        if (snapshot / "config.json").exists() or (snapshot / "modules.json").exists():
            return snapshot
    return None
