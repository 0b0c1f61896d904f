"""What a run was made with besides settings and prompts: libraries, model files, machine."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rag.models.machine import processor

_LIBRARIES = (
    "faiss-cpu",
    "llama-index-core",
    "numpy",
    "opencc",
    "sentence-transformers",
    "tantivy",
    "torch",
    "transformers",
    "xllamacpp",
)


def libraries() -> dict[str, str]:
    """Versions of Python, of our own code and of the libraries that bear on results."""
    found = {"python": platform.python_version(), "yiju": _code_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def _code_version() -> str:
    """Hash of the code that answers: a run that was stopped does not go on with other code."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(path for folder in ("rag", "ingest") for path in (root / folder).rglob("*")):
        if path.suffix in (".py", ".txt", ".npz"):
            digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def machine() -> dict[str, str]:
    """Where a run was made; it bears on seconds, not on answers."""
    return {"processor": processor(), "cores": str(os.cpu_count()), "system": platform.platform()}


def model_files(settings: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 of the language model's file, where one is used; the embedder's is in its fingerprint."""
    if settings.get("llm") != "local":
        return {}
    if not settings.get("llm_path"):
        from rag.models.weights.qwen import QWEN

        return {"llm_sha256": QWEN.sha256}  # verified before it is loaded
    path = Path(str(settings["llm_path"]))
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        return {"llm_sha256": hashlib.file_digest(file, "sha256").hexdigest()}
