"""The truth: one SQLite file with every document, section, chunk and vector of the index."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.errors import IndexDamaged, UsageError
from rag.index.database import Database
from rag.index.faults import damaged
from rag.index.manifest import Manifest
from rag.index.records import CHUNK_COLUMNS, PARTS, Row, column_list, columns, to_chunk, to_metadata, to_section
from rag.types import Document, IndexedChunk, IndexedDocument, Origin, RemovedSpan, Section


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


class Store(Database):
    """What an index knows, read by its kinds."""

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
