"""Vectors computed by an ingest that has not ended, so that a killed one need not compute them again.

Holds hashes and vectors only, never words. Each batch is committed as it is computed; the file
is deleted once the index holds them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.index.faults import explained

FILE_NAME = "embeddings.sqlite"
_SCHEMA = """CREATE TABLE IF NOT EXISTS embeddings(
    model TEXT NOT NULL, hash BLOB NOT NULL, vector BLOB NOT NULL, PRIMARY KEY(model, hash)) WITHOUT ROWID"""


class EmbeddingCache:
    """The cache file of an index folder, for one embedder; a file that cannot be read is thrown away."""

    def __init__(self, folder: Path, model: str) -> None:
        self._folder = folder
        self._path = folder / FILE_NAME
        self._model = model
        with explained(folder):
            try:
                self._connection = self._connect()
            except sqlite3.DatabaseError:
                self._path.unlink(missing_ok=True)
                self._connection = self._connect()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def get(self, hashes: Iterable[bytes]) -> dict[bytes, bytes]:
        """Hash of a text → its vector, for those that are known."""
        sql = "SELECT vector FROM embeddings WHERE model = ? AND hash = ?"
        found: dict[bytes, bytes] = {}
        with explained(self._folder):
            for key in hashes:
                row = self._connection.execute(sql, (self._model, key)).fetchone()
                if row is not None:
                    found[key] = row[0]
        return found

    def put(self, hashes: Sequence[bytes], vectors: npt.NDArray[np.float32]) -> None:
        """Keep vectors, at once and for good."""
        rows = [(self._model, key, vector.tobytes()) for key, vector in zip(hashes, vectors, strict=True)]
        with explained(self._folder):
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)", rows)
            self._connection.execute("COMMIT")

    def discard(self) -> None:
        """Close and delete the file; the index has it all now."""
        self.close()
        self._path.unlink(missing_ok=True)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(_SCHEMA)
            connection.execute("SELECT count(*) FROM embeddings").fetchone()
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection
