"""The SQLite file of an index: its tables, and a connection to it whose faults are explained.

A connection is in autocommit mode: transactions are begun and ended by name.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rag.errors import StoreError
from rag.index.faults import FILE_NAME, explained
from rag.index.manifest import Manifest
from rag.index.records import Row

LOG_BYTES = 16 << 20
"""Size to which SQLite's log is cut once it begins anew, and above which readers make way for that."""
_BUSY_S = 30.0

_SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE generations(generation INTEGER PRIMARY KEY, stamp TEXT NOT NULL, created TEXT NOT NULL);
CREATE TABLE files(
    source TEXT PRIMARY KEY, sha256 TEXT NOT NULL, text TEXT NOT NULL, text_hash BLOB NOT NULL,
    page_starts TEXT NOT NULL, recipe TEXT NOT NULL, root TEXT NOT NULL, documents_read INTEGER NOT NULL);
CREATE TABLE documents(
    doc_id TEXT PRIMARY KEY, source TEXT NOT NULL REFERENCES files ON DELETE CASCADE, ordinal INTEGER NOT NULL,
    title TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, metadata TEXT NOT NULL,
    year INTEGER, number_key TEXT, hash BLOB NOT NULL, UNIQUE(source, ordinal));
CREATE INDEX documents_number ON documents(number_key) WHERE number_key IS NOT NULL;
CREATE TABLE sections(
    doc_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE, position INTEGER NOT NULL,
    id TEXT NOT NULL, parent TEXT, level INTEGER NOT NULL, number TEXT NOT NULL, heading TEXT NOT NULL,
    path TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, body INTEGER NOT NULL, page INTEGER,
    PRIMARY KEY(doc_id, position), UNIQUE(doc_id, id)) WITHOUT ROWID;
CREATE INDEX sections_number ON sections(number COLLATE NOCASE);
CREATE TABLE items(
    doc_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE, position INTEGER NOT NULL,
    section TEXT NOT NULL, marker TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY(doc_id, position)) WITHOUT ROWID;
CREATE TABLE removed(
    doc_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE, position INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY(doc_id, position)) WITHOUT ROWID;
CREATE TABLE links(
    doc_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE, position INTEGER NOT NULL,
    section TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, target TEXT,
    PRIMARY KEY(doc_id, position)) WITHOUT ROWID;
CREATE TABLE redactions(
    doc_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE, position INTEGER NOT NULL,
    section TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY(doc_id, position)) WITHOUT ROWID;
CREATE TABLE irregularities(
    doc_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE, position INTEGER NOT NULL,
    kind TEXT NOT NULL, message TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY(doc_id, position)) WITHOUT ROWID;
CREATE TABLE abbreviations(
    doc_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE, position INTEGER NOT NULL,
    short TEXT NOT NULL, "full" TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY(doc_id, position)) WITHOUT ROWID;
CREATE TABLE chunks(
    id INTEGER PRIMARY KEY AUTOINCREMENT, doc_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    generation INTEGER NOT NULL, section TEXT NOT NULL, ordinal INTEGER NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, spans TEXT NOT NULL, text TEXT NOT NULL, context TEXT NOT NULL,
    hash BLOB NOT NULL, vector BLOB NOT NULL, UNIQUE(doc_id, ordinal));
CREATE INDEX chunks_section ON chunks(doc_id, section);
CREATE INDEX chunks_hash ON chunks(hash);
CREATE INDEX chunks_generation ON chunks(generation);
CREATE TABLE dropped(id INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE INDEX dropped_generation ON dropped(generation);
CREATE TRIGGER chunk_dropped AFTER DELETE ON chunks BEGIN
    INSERT INTO dropped SELECT old.id, value FROM meta WHERE key = 'writing';
END;
CREATE TABLE audit(
    time TEXT NOT NULL, action TEXT NOT NULL, source TEXT NOT NULL, doc_id TEXT NOT NULL, generation INTEGER NOT NULL);
"""


class Database:
    """A connection to the SQLite file; may be used from several threads at once."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        path = folder / FILE_NAME
        mode = "rwc" if create else "rw"
        with explained(self.folder):
            self._connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode={mode}",
                uri=True,
                timeout=_BUSY_S,
                isolation_level=None,
                check_same_thread=False,
            )
        try:
            self.execute("PRAGMA foreign_keys=ON")
            self.execute("PRAGMA secure_delete=ON")
            self.execute("PRAGMA synchronous=FULL")
            self.execute(f"PRAGMA journal_size_limit={LOG_BYTES}")
        except StoreError:
            self.close()
            raise

    def close(self) -> None:
        """End any transaction and close the file."""
        with self._lock:
            self._connection.close()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run one statement."""
        with self._lock, explained(self.folder):
            self._connection.execute(sql, values).close()

    def roll_back(self) -> None:
        """Undo the transaction; SQLite has done so itself where the disk was full."""
        with self._lock:
            if self._connection.in_transaction:
                self.execute("ROLLBACK")

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        with self._lock, explained(self.folder):
            self._connection.executemany(sql, rows).close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        with self._lock, explained(self.folder):
            return self._connection.execute(sql, values).fetchall()

    def batches(self, sql: str, values: Sequence[Any] = (), size: int = 2000) -> Iterator[list[Row]]:
        """The rows of a query, ``size`` at a time."""
        with self._lock, explained(self.folder):
            cursor = self._connection.execute(sql, values)
            while found := cursor.fetchmany(size):
                yield found

    def log_bytes(self) -> int:
        """Size of SQLite's write-ahead log."""
        try:
            return (self.folder / f"{FILE_NAME}-wal").stat().st_size
        except FileNotFoundError:
            return 0

    def checkpoint(self) -> None:
        """Bring as much of the log into the file as readers allow."""
        self.rows("PRAGMA wal_checkpoint(PASSIVE)")

    def create(self, manifest: Manifest) -> None:
        """Make the tables, with generation 0, in one transaction; nothing if they are there."""
        self.execute("PRAGMA journal_mode=WAL")
        if self.exists():
            return
        with self._lock, explained(self.folder):
            self._connection.executescript("BEGIN IMMEDIATE;" + _SCHEMA)
            self.execute("INSERT INTO meta VALUES ('manifest', ?), ('digest', '')", (manifest.to_json(),))
            self.execute("INSERT INTO generations VALUES (0, lower(hex(randomblob(8))), datetime('now'))")
            self.execute("COMMIT")

    def exists(self) -> bool:
        """Whether the tables are there (a crash during creation leaves an empty file)."""
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE name = 'meta'"))
