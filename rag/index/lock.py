"""The write lock of an index folder: the kernel frees it when its process dies, however it dies."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from rag.errors import IndexLocked
from rag.index.faults import explained

LOCK_NAME = "write.lock"
HOLDER_NAME = "writer.json"


class WriteLock:
    """Held while the index is changed; entering it raises ``IndexLocked`` at once if it is taken."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / LOCK_NAME, timeout=0, thread_local=False)

    def __enter__(self) -> WriteLock:
        with explained(self._folder):
            try:
                self._lock.acquire()
            except Timeout:
                raise IndexLocked(_locked(self._folder)) from None
            try:
                self._name_holder()
            except BaseException:
                self._lock.release()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        (self._folder / HOLDER_NAME).unlink(missing_ok=True)
        self._lock.release()

    def _name_holder(self) -> None:
        holder = {"pid": os.getpid(), "since": datetime.now().astimezone().isoformat(timespec="seconds")}
        temporary = self._folder / f"{HOLDER_NAME}.{os.getpid()}.tmp"
        try:
            temporary.write_text(json.dumps(holder), encoding="utf-8")
            temporary.replace(self._folder / HOLDER_NAME)
        finally:
            temporary.unlink(missing_ok=True)


def _locked(folder: Path) -> str:
    try:
        holder = json.loads((folder / HOLDER_NAME).read_text(encoding="utf-8"))
        who = f"process {holder['pid']}, since {holder['since']}"
    except (OSError, ValueError, KeyError):
        who = "another process"
    return f"{folder} is being written by {who}. Wait until it is done, then run the command again"
