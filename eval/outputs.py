"""What a command writes: looked at before the work, so that no answer is lost to a wrong path."""

from __future__ import annotations

import os
from pathlib import Path

from rag.errors import UsageError


def check_outputs(*paths: Path | None) -> None:
    """See that files can be written, whether they are there yet or not; None stands for an option left out.

    Raises:
        UsageError: one cannot be.
    """
    for path in paths:
        if path is not None and (fault := _fault(path)):
            raise UsageError(f"{path}: cannot write this file: {fault}; name another")


def write_page(path: Path, page: str) -> None:
    """Write a page; in place, for ``path`` may be a pipe or a device.

    Raises:
        UsageError: it cannot be written. Exit 1 would tell a caller of the gate that the run is worse.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot write this page: {error.strerror}; name another") from None


def _fault(path: Path) -> str:
    """Why the file cannot be written; empty where it can."""
    try:
        there = next(each for each in (path, *path.absolute().parents) if each.exists())
        if there == path:
            return "it is a folder" if path.is_dir() else _denied(path, os.W_OK)
        return _denied(there, os.W_OK | os.X_OK) if there.is_dir() else f"{there} is no folder"
    except OSError as error:  # a name too long, for example
        return str(error.strerror)


def _denied(path: Path, mode: int) -> str:
    return "" if os.access(path, mode) else f"no permission to write to {path}"
