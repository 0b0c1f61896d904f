"""The truth: one SQLite file with every document, section, chunk and vector of the index.

A connection of this module is in autocommit mode: transactions are begun and ended by name.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.errors import IndexDamaged, StoreError, UsageError
from rag.index.faults import FILE_NAME, damaged, explained
from rag.index.manifest import Manifest
from rag.index.records import CHUNK_COLUMNS, PARTS, Row, column_list, columns, to_chunk, to_metadata, to_section
from rag.types import Document, IndexedChunk, IndexedDocument, Origin, RemovedSpan, Section

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


@dataclass(frozen=True, slots=True)
class Stamp:
    """A committed state of the store; ``token`` tells two histories with the same count apart."""

    generation: int
    token: str

    def __str__(self) -> str:
        return f"{self.generation}:{self.token}"

    @classmethod
    def parse(cls, text: str) -> Stamp:
        """The stamp that ``str`` wrote."""
        generation, _, token = text.partition(":")
        return cls(int(generation), token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How much an index, or a part of it, holds."""

    documents: int
    sections: int
    chunks: int
    chars: int


class Store:
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

    def stamp(self) -> Stamp:
        """The latest committed state."""
        rows = self.rows("SELECT generation, stamp FROM generations ORDER BY generation DESC LIMIT 1")
        if not rows:
            raise IndexDamaged(damaged(self.folder, "no generation is recorded"))
        return Stamp(*rows[0])

    def knows(self, stamp: Stamp) -> bool:
        """Whether the changes since ``stamp`` can be read from this store."""
        return bool(
            self.rows("SELECT 1 FROM generations WHERE generation = ? AND stamp = ?", (stamp.generation, stamp.token))
        )

    def meta(self, key: str) -> str:
        """A value of the ``meta`` table; ``""`` if there is none."""
        rows = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else ""

    def manifest(self) -> Manifest:
        """The settings this index was built with."""
        return Manifest.from_json(self.meta("manifest"))

    def dropped_since(self, generation: int) -> npt.NDArray[np.int64]:
        """Ids of chunks that were there at ``generation`` and are gone."""
        return _ids(self.rows("SELECT id FROM dropped WHERE generation > ? ORDER BY id", (generation,)))

    def added_since(self, generation: int) -> npt.NDArray[np.int64]:
        """Ids of chunks that are there now and were not at ``generation``."""
        return _ids(self.rows("SELECT id FROM chunks WHERE generation > ? ORDER BY id", (generation,)))

    def ids_of(self, documents: Iterable[str], year: int | None = None) -> npt.NDArray[np.int64]:
        """Ids of the chunks of these documents, ascending; with ``year`` only of those of that year."""
        wanted = json.dumps(list(documents))
        sql = "SELECT id FROM chunks WHERE doc_id IN (SELECT value FROM json_each(?))"
        if year is None:
            return np.sort(_ids(self.rows(sql, (wanted,))))
        return np.sort(
            _ids(self.rows(f"{sql} AND doc_id IN (SELECT doc_id FROM documents WHERE year = ?)", (wanted, year)))
        )

    def ids_of_year(self, year: int) -> npt.NDArray[np.int64]:
        """Ids of the chunks of all documents of a year, ascending."""
        sql = "SELECT id FROM chunks WHERE doc_id IN (SELECT doc_id FROM documents WHERE year = ?)"
        return np.sort(_ids(self.rows(sql, (year,))))

    def documents(
        self, known: Mapping[str, tuple[bytes, IndexedDocument]] | None = None
    ) -> tuple[IndexedDocument, ...]:
        """All documents, by source and position in their file; those that are still as ``known`` are not read again.

        ``known`` maps doc_ids to the hash of the content and the document.
        """
        if not known:
            return self._documents("1", ())
        order = self.rows("SELECT doc_id, source, ordinal, hash FROM documents ORDER BY source, ordinal")
        same = {
            doc_id: known[doc_id][1]
            for doc_id, source, ordinal, content in order
            if doc_id in known
            and known[doc_id][0] == content
            and (known[doc_id][1].source, known[doc_id][1].ordinal) == (source, ordinal)
        }
        others = json.dumps([row[0] for row in order if row[0] not in same])
        read = self._documents("doc_id IN (SELECT value FROM json_each(?))", (others,))
        found = same | {document.doc_id: document for document in read}
        return tuple(found[row[0]] for row in order)

    def hashes(self) -> dict[str, bytes]:
        """doc_id → hash of the document's content."""
        return dict(self.rows("SELECT doc_id, hash FROM documents"))

    def document(self, doc_id: str) -> IndexedDocument:
        """One document.

        Raises:
            UsageError: the index holds no such document.
        """
        found = self._documents("doc_id = ?", (doc_id,))
        if not found:
            raise UsageError(f"no document {doc_id} in {self.folder}; see: python -m ingest list --index {self.folder}")
        return found[0]

    def totals(self, sources: Iterable[str] | None = None) -> Totals:
        """Counts over all files, or those named."""
        where, values = "1", tuple[str, ...]()
        if sources is not None:
            where, values = "source IN (SELECT value FROM json_each(?))", (json.dumps(list(sources)),)
        inside = f"(SELECT doc_id FROM documents WHERE {where})"
        counts = [
            self.rows(sql, values)[0][0]
            for sql in (
                f"SELECT count(*) FROM documents WHERE {where}",
                f"SELECT count(*) FROM sections WHERE level > 0 AND doc_id IN {inside}",
                f"SELECT count(*) FROM chunks WHERE doc_id IN {inside}",
                f"SELECT ifnull(sum(length(text)), 0) FROM files WHERE {where}",
            )
        ]
        return Totals(documents=counts[0], sections=counts[1], chunks=counts[2], chars=counts[3])

    def outline(self, doc_id: str) -> Document:
        """The whole document with its sections and all that was found in them."""
        document = self.document(doc_id)
        parts: dict[str, Any] = {}
        for table, noun in PARTS.items():
            rows = self.rows(
                f"SELECT {column_list(noun)} FROM {table} WHERE doc_id = ? ORDER BY position",
                (doc_id,),
            )
            parts[table] = tuple(noun(**dict(zip(columns(noun), row, strict=True))) for row in rows)
        return Document(
            title=document.title,
            start=document.start,
            end=document.end,
            metadata=document.metadata,
            sections=self.sections(doc_id),
            **parts,
        )

    def sections(self, doc_id: str) -> tuple[Section, ...]:
        """The sections of a document in text order, the root first; empty if there is no such document."""
        rows = self.rows(
            f"SELECT {column_list(Section)} FROM sections WHERE doc_id = ? ORDER BY position",
            (doc_id,),
        )
        return tuple(to_section(row) for row in rows)

    def removed(self, doc_id: str) -> tuple[RemovedSpan, ...]:
        """The removed spans of a document, in text order."""
        sql = f"SELECT {column_list(RemovedSpan)} FROM removed WHERE doc_id = ? ORDER BY position"
        return tuple(
            RemovedSpan(**dict(zip(columns(RemovedSpan), row, strict=True))) for row in self.rows(sql, (doc_id,))
        )

    def own_end(self, doc_id: str, section_id: str) -> int | None:
        """Where the next section in text order starts; None for the last one."""
        sql = """SELECT later.start FROM sections s JOIN sections later
                 ON later.doc_id = s.doc_id AND later.position = s.position + 1 WHERE s.doc_id = ? AND s.id = ?"""
        rows = self.rows(sql, (doc_id, section_id))
        return int(rows[0][0]) if rows else None

    def section(self, doc_id: str, section_id: str) -> Section:
        """One section.

        Raises:
            UsageError: no such document, or no such section in it.
        """
        sql = f"SELECT {column_list(Section)} FROM sections WHERE doc_id = ? AND id = ?"
        rows = self.rows(sql, (doc_id, section_id))
        if not rows:
            title = self.document(doc_id).title
            raise UsageError(f"no section {section_id} in 《{title}》 ({doc_id})")
        return to_section(rows[0])

    def numbered(
        self, numbers: Iterable[str], above: Iterable[Iterable[str]] = ()
    ) -> list[tuple[str, tuple[str, ...]]]:
        """``(doc_id, path)`` of every section with one of these printed numbers, upper or lower case alike.

        Its path has to hold one of each of the sets of numbers ``above`` it.
        """
        sets = [json.dumps(list(one)) for one in (numbers, *above)]
        held = """ AND EXISTS (SELECT 1 FROM json_each(sections.path) j
                               WHERE j.value COLLATE NOCASE IN (SELECT value FROM json_each(?)))"""
        sql = f"""SELECT doc_id, path FROM sections
                  WHERE number COLLATE NOCASE IN (SELECT value FROM json_each(?)) {held * (len(sets) - 1)}
                  ORDER BY doc_id, position"""
        return [(doc_id, tuple(json.loads(path))) for doc_id, path in self.rows(sql, sets)]

    def file_of(self, doc_id: str) -> tuple[str, tuple[int, ...]]:
        """Text and page starts of the file that a document stands in."""
        sql = "SELECT text, page_starts FROM files WHERE source = (SELECT source FROM documents WHERE doc_id = ?)"
        rows = self.rows(sql, (doc_id,))
        if not rows:
            source = self.document(doc_id).source
            raise IndexDamaged(damaged(self.folder, f"the text of {source} is gone"))
        return rows[0][0], tuple(json.loads(rows[0][1]))

    def origin(self, doc_id: str) -> Origin:
        """Where a document was read from.

        Raises:
            UsageError: the index holds no such document.
        """
        sql = "SELECT source, root, sha256 FROM files WHERE source = (SELECT source FROM documents WHERE doc_id = ?)"
        rows = self.rows(sql, (doc_id,))
        return Origin(*rows[0]) if rows else Origin(self.document(doc_id).source, "", "")

    def spare_vectors(self, doc_id: str) -> dict[bytes, bytes]:
        """Hash of what was embedded → vector, of a document's chunks."""
        return dict(self.rows("SELECT hash, vector FROM chunks WHERE doc_id = ?", (doc_id,)))

    def dates(self) -> dict[str, str]:
        """doc_id → when its present version came in, as ISO 8601 in UTC."""
        return dict(
            self.rows("SELECT doc_id, max(time) FROM audit WHERE action IN ('added', 'updated') GROUP BY doc_id")
        )

    def mentioning(self, words: str) -> list[str]:
        """doc_ids of the documents in whose files these very words stand."""
        sql = """SELECT doc_id FROM documents WHERE source IN (SELECT source FROM files WHERE instr(text, ?))
                 ORDER BY source, ordinal"""
        return [row[0] for row in self.rows(sql, (words,))]

    def chunks(self, ids: Iterable[int]) -> dict[int, IndexedChunk]:
        """Id → chunk, for those of ``ids`` that are there."""
        sql = f"SELECT {CHUNK_COLUMNS} FROM chunks WHERE id IN (SELECT value FROM json_each(?))"
        found = (to_chunk(row) for row in self.rows(sql, (json.dumps([int(i) for i in ids]),)))
        return {chunk.id: chunk for chunk in found}

    def document_chunks(self, doc_id: str, section: str | None = None) -> tuple[IndexedChunk, ...]:
        """The chunks of a document, or of one of its sections, in text order."""
        sql = f"SELECT {CHUNK_COLUMNS} FROM chunks WHERE doc_id = ? AND section = ifnull(?, section) ORDER BY ordinal"
        return tuple(to_chunk(row) for row in self.rows(sql, (doc_id, section)))

    def vectors(self, ids: Iterable[int], dimension: int) -> npt.NDArray[np.float32]:
        """Vectors of chunks, in the order of ``ids``; shape ``(len(ids), dimension)``."""
        wanted = [int(i) for i in ids]
        sql = "SELECT id, vector FROM chunks WHERE id IN (SELECT value FROM json_each(?))"
        found: dict[int, bytes] = dict(self.rows(sql, (json.dumps(wanted),)))
        joined = b"".join(found[i] for i in wanted)
        if len(joined) != len(wanted) * dimension * 4:
            raise IndexDamaged(damaged(self.folder, f"vectors have not {dimension} dimensions"))
        return np.frombuffer(joined, dtype=np.float32).reshape(len(wanted), dimension)

    def abbreviations(self) -> list[tuple[str, str, str]]:
        """(doc_id, short name, full name) of all that the documents define, in their order."""
        sql = 'SELECT doc_id, short, "full" FROM abbreviations ORDER BY doc_id, position'
        return [(row[0], row[1], row[2]) for row in self.rows(sql)]

    def exact(self, dimension: int) -> Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float32]]:
        """``vectors`` of that dimension, as a function of ids alone."""
        return lambda ids: self.vectors(ids.tolist(), dimension)

    def text_order(self, ids: Iterable[int]) -> dict[int, Row]:
        """Id → (source, position in the file, position in the document): the same whatever the history."""
        sql = """SELECT chunks.id, source, documents.ordinal, chunks.ordinal FROM chunks JOIN documents USING (doc_id)
                 WHERE chunks.id IN (SELECT value FROM json_each(?))"""
        return {row[0]: row[1:] for row in self.rows(sql, (json.dumps([int(i) for i in ids]),))}

    def _documents(self, where: str, values: Sequence[Any]) -> tuple[IndexedDocument, ...]:
        rows = self.rows(
            f"""SELECT doc_id, source, ordinal, title, start, "end", metadata,
                    (SELECT count(*) FROM sections s WHERE s.doc_id = d.doc_id AND level > 0),
                    (SELECT count(*) FROM chunks c WHERE c.doc_id = d.doc_id)
                FROM documents d WHERE {where} ORDER BY source, ordinal""",
            values,
        )
        return tuple(
            IndexedDocument(
                doc_id=doc_id,
                source=source,
                ordinal=ordinal,
                title=title,
                start=start,
                end=end,
                metadata=to_metadata(metadata),
                sections=sections,
                chunks=chunks,
            )
            for doc_id, source, ordinal, title, start, end, metadata, sections, chunks in rows
        )


def _ids(rows: Sequence[Row]) -> npt.NDArray[np.int64]:
    return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
