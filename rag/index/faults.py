"""What goes wrong with the files of an index, in one line that tells how to mend it: room, rights, damage."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import IndexDamaged, StoreError

FILE_NAME = "index.sqlite"
_FULL_BYTES = 1 << 20
"""With less room SQLite's "disk I/O error" means a full disk: it cannot make the files it works with."""
_NO_ROOM = tuple(map(os.strerror, (errno.ENOSPC, errno.EDQUOT)))
_REFUSED = tuple(map(os.strerror, (errno.EACCES, errno.EPERM, errno.EROFS)))


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Raise what goes wrong with the files of an index as ``StoreError``; faults of the program pass through.

    tantivy wraps the system's words in a ``ValueError``, FAISS in a ``RuntimeError``.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _of_sqlite(folder, error) from error
    except (OSError, ValueError, RuntimeError) as error:
        if any(words in str(error) for words in _NO_ROOM):
            raise StoreError(_no_room(folder)) from error
        if isinstance(error, OSError) or any(words in str(error) for words in _REFUSED):
            raise StoreError(f"{folder} cannot be written to ({error}); check who owns it") from error
        raise


def damaged(folder: Path, fault: object) -> str:
    """What to do about an index whose SQLite file is broken."""
    return (
        f"{folder / FILE_NAME} cannot be read ({fault}). Restore it from a backup, or delete {folder} and "
        f"ingest again: python -m ingest add DOCUMENTS --index {folder}"
    )


def _of_sqlite(folder: Path, error: sqlite3.DatabaseError) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the extended codes have more above
    full = code == sqlite3.SQLITE_IOERR and shutil.disk_usage(folder).free < _FULL_BYTES
    if full or code == sqlite3.SQLITE_FULL:
        return StoreError(_no_room(folder))
    if code == sqlite3.SQLITE_IOERR:
        return StoreError(f"{folder} cannot be read or written ({error}); check its disk, and who owns it")
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return StoreError(f"{folder} cannot be opened for writing ({error}); check who owns it")
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreError(f"{folder} is busy ({error}); try again")
    return IndexDamaged(damaged(folder, error))


def _no_room(folder: Path) -> str:
    return f"no room left on the disk of {folder}; free some and run the command again"
