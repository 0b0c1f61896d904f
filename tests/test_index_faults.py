"""A full disk and files of somebody else are told as what they are: never as a broken index, never as a traceback."""

import errno
import os
import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest
from policy_files import policy_file

from rag.errors import IndexDamaged, StoreError
from rag.index import Index, check
from rag.index.faults import explained
from rag.testing import HashEmbedder

NO_ROOM = "no room left on the disk of i; free some and run the command again"


@pytest.fixture
def index(tmp_path):
    with Index.open(tmp_path / "index", embedder=HashEmbedder(), chunk_tokens=384, create=True) as opened:
        yield opened


def sqlite_error(code, words="disk I/O error"):
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return error


def told(error, monkeypatch, free=1 << 30):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(StoreError) as caught, explained(Path("i")):
        raise error
    assert ("delete" in str(caught.value)) is isinstance(caught.value, IndexDamaged)
    return str(caught.value)


@pytest.mark.parametrize("error", [
    sqlite_error(sqlite3.SQLITE_FULL),
    OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    ValueError("An IO error occurred: 'No space left on device (os error 28)'"),
    RuntimeError("Error in void faiss::write_index: write error in v.tmp: 28590 != 92160 (No space left on device)"),
])  # fmt: skip
def test_a_full_disk_is_told(error, monkeypatch):
    assert told(error, monkeypatch) == NO_ROOM


def test_an_io_error_is_a_full_disk_where_there_is_no_room(monkeypatch):
    error = sqlite_error(sqlite3.SQLITE_IOERR_SHMSIZE)
    assert told(error, monkeypatch, free=4096) == NO_ROOM
    assert told(error, monkeypatch) == "i cannot be read or written (disk I/O error); check its disk, and who owns it"


@pytest.mark.parametrize(("error", "message"), [
    (sqlite_error(sqlite3.SQLITE_READONLY_DIRECTORY, "readonly"),
     "i cannot be opened for writing (readonly); check who owns it"),
    (sqlite_error(sqlite3.SQLITE_CANTOPEN_ISDIR, "cannot"),
     "i cannot be opened for writing (cannot); check who owns it"),
    (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT, "locked"), "i is busy (locked); try again"),
    (ValueError("Permission denied (os error 13)"),
     "i cannot be written to (Permission denied (os error 13)); check who owns it"),
    (sqlite_error(sqlite3.SQLITE_CORRUPT_INDEX, "malformed"),
     "i/index.sqlite cannot be read (malformed). Restore it from a backup, or delete i and ingest again: "
     "python -m ingest add DOCUMENTS --index i"),
])  # fmt: skip
def test_what_is_refused_is_told_from_what_is_broken(error, message, monkeypatch):
    assert told(error, monkeypatch) == message


def test_faults_of_the_program_pass_through():
    with pytest.raises(ValueError, match="shape"), explained(Path("i")):
        raise ValueError("shape")


def test_a_transaction_that_sqlite_undid_itself_is_abandoned_without_a_fault_of_its_own(index):
    def change():
        with index.writer() as writer:
            writer.put(policy_file("a.txt", 1))
            writer._store.roll_back()  # as SQLite does on a full disk
            raise StoreError(NO_ROOM)

    with pytest.raises(StoreError, match="no room left"):
        change()
    assert check(index.folder) == []


@pytest.mark.parametrize("name", ["vectors.faiss", "writer.json"])
def test_no_room_for_a_file_of_the_index(index, name):
    full = index.folder / f"{name}.{os.getpid()}.tmp"
    full.symlink_to("/dev/full")
    with pytest.raises(StoreError, match="no room left on the disk of "), index.writer() as writer:
        writer.put(policy_file("a.txt", 1))
    assert not full.exists()
    assert check(index.folder) == []
    with index.writer() as writer:  # the lock was let go
        writer.put(policy_file("a.txt", 1))
    assert check(index.folder) == []
    assert len(index.snapshot().documents()) == 1


def test_no_room_for_the_vectors_computed_so_far(index, monkeypatch):
    monkeypatch.setattr("rag.index.embedding_cache.FILE_NAME", "missing/embeddings.sqlite")
    with pytest.raises(StoreError, match="cannot be opened for writing"), index.writer() as writer:
        writer.put(policy_file("a.txt", 1))
    assert check(index.folder) == []


@pytest.mark.parametrize(("committed", "words"), [
    (False, "the index is as it was before the command"),
    (True, "all changes of the command are in the index"),
])  # fmt: skip
def test_an_interrupt_tells_whether_the_changes_were_made(index, monkeypatch, committed, words):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    def change():
        with index.writer() as writer:
            writer.put(policy_file("a.txt", 1))
            monkeypatch.setattr("rag.index.folder.bring_up", interrupted)
            if not committed:
                interrupted()

    with pytest.raises(KeyboardInterrupt, match=words):
        change()
    monkeypatch.undo()
    assert len(index.snapshot().documents()) == committed
