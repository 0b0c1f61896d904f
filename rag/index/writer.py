"""The one who changes an index: every change of a command in one SQLite transaction."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

import numpy as np

from rag.errors import UsageError
from rag.index.embedding_cache import EmbeddingCache
from rag.index.manifest import Manifest
from rag.index.records import (
    PARTS,
    Part,
    column_list,
    columns,
    document_hash,
    embedded_text,
    metadata_json,
    natural_doc_id,
    number_key,
    text_hash,
    to_row,
)
from rag.index.store import Store
from rag.models.embedding import Embedder, Progress
from rag.types import Chunk, Document, IndexedDocument, Section, SourceFile

ChunkDocument = Callable[[str, Document], tuple[Chunk, ...]]

_BATCH_CHUNKS = 1024
"""Chunks embedded together, so that batches of like length can be formed; what a killed command loses."""
_MODULUS = 1 << 256
_HISTORY_GENERATIONS = 1000
"""How far back a derived part can be brought up by replay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """What the index remembers of a file, to tell whether it has changed."""

    source: str
    sha256: str
    recipe: str
    whole: bool
    """False once one of its documents was removed or replaced on its own."""
    root: str
    """Folder it was added from, as an absolute path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What taking in a file did."""

    action: Literal["added", "updated"]
    replaced: tuple[str, ...] = ()
    """Other sources whose documents gave way, having the same document number."""
    twins: tuple[tuple[str, str], ...] = ()
    """(document number, other source of this run) of documents that were both kept."""


@dataclass(frozen=True, slots=True)
class _Pending:
    doc_id: str
    chunk: Chunk


class IndexWriter:
    """Changes to an index, seen by nobody until ``Index.writer`` commits them."""

    def __init__(self, store: Store, embedder: Embedder | None, progress: Progress | None = None) -> None:
        self.progress = progress
        """Called with chunks embedded and chunks to embed, of each batch."""
        self._store = store
        self._embedder = embedder
        self._cache: EmbeddingCache | None = None
        self._pending: list[_Pending] = []
        self._spare: dict[bytes, bytes] = {}
        self._stale: set[str] = set()
        self._changed = False
        self._noted = False
        store.execute("BEGIN IMMEDIATE")
        known = store.meta("content")
        self._content = int(known, 16) if known else content_sum(store)
        self.generation = store.stamp().generation + 1
        store.execute("INSERT INTO meta VALUES ('writing', ?)", (str(self.generation),))

    def files(self) -> dict[str, StoredFile]:
        """Source → what is known of it."""
        return {file.source: file for file in self._files("1", ())}

    def file(self, source: str) -> StoredFile | None:
        """What is known of one file; None where the index has none of that name."""
        return next(iter(self._files("source = ?", (source,))), None)

    def documents(self) -> tuple[IndexedDocument, ...]:
        """All documents as they stand in this transaction."""
        self._flush()
        return self._store.documents()

    def put(
        self,
        file: SourceFile,
        *,
        recipe: str = "",
        root: str = "",
        run: Collection[str] = (),
        ids: Mapping[int, str] | None = None,
    ) -> Put:
        """Take in a file, in place of what the index has of it.

        A document takes the place of one with the same document number too, unless that one's
        source is among ``run``, the sources of this command. ``recipe`` names how the file was
        read, ``root`` the folder it came from; both come back in ``files``. ``ids`` gives documents,
        by their position in the file, the doc_id of one whose place they take, or that is free.
        """
        ids = ids or {}
        self._flush()
        self._spare_vectors("doc_id IN (SELECT doc_id FROM documents WHERE source = ?)", file.source)
        known: dict[int, str] = dict(
            self._store.rows("SELECT ordinal, doc_id FROM documents WHERE source = ?", (file.source,))
        )
        was_there = bool(self._store.rows("SELECT 1 FROM files WHERE source = ?", (file.source,)))
        self._stale -= set(known.values())
        self._content -= content_sum(self._store, "source = ?", file.source)
        self._store.execute("DELETE FROM files WHERE source = ?", (file.source,))
        self._store.execute(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                file.source,
                file.sha256,
                file.text,
                text_hash(file.text),
                json.dumps(file.page_starts),
                recipe,
                root,
                len(file.documents),
            ),
        )
        replaced: list[str] = []
        twins: list[tuple[str, str]] = []
        for ordinal, (document, chunks) in enumerate(zip(file.documents, file.chunks, strict=True)):
            taken = self._same_number(document, file.source)
            twins += [(document.metadata.document_number or "", source) for source, _ in taken if source in run]
            gives_way = [(source, doc_id) for source, doc_id in taken if source not in run]
            if wanted := ids.get(ordinal):
                gives_way = [one for one in gives_way if one[1] != wanted]
                gives_way[:0] = [(source, wanted) for source in self._source_of(wanted)]
            for source, doc_id in gives_way:
                self._spare_vectors("doc_id = ?", doc_id)
                self._drop_document(doc_id)
                self._audit("replaced", source, doc_id)
                replaced.append(source)
            heir = gives_way[0][1] if gives_way else None
            doc_id = wanted or known.get(ordinal) or heir or self._free_id(file.source, ordinal)
            self._insert_document(doc_id, file, ordinal, document, chunks)
            self._audit("updated" if ordinal in known or gives_way else "added", file.source, doc_id)
        for doc_id in [doc_id for ordinal, doc_id in known.items() if ordinal >= len(file.documents)]:
            self._audit("removed", file.source, doc_id)
        self._changed = True
        return Put(
            action="updated" if was_there or replaced else "added",
            replaced=tuple(dict.fromkeys(replaced)),
            twins=tuple(twins),
        )

    def lend(self, vectors: Mapping[bytes, bytes]) -> None:
        """Vectors by the hash of what was embedded, so that texts put next need not be embedded again."""
        self._spare |= vectors

    def note(self, source: str, *, recipe: str, root: str) -> None:
        """Remember how and from where an unchanged file was read last; makes no new generation."""
        self._store.execute("UPDATE files SET recipe = ?, root = ? WHERE source = ?", (recipe, root, source))
        self._noted = True

    def holds(self, file: SourceFile) -> bool:
        """Whether the index has this very content of the file."""
        sql = """SELECT documents.hash FROM documents JOIN files USING (source)
                 WHERE source = ? AND sha256 = ? ORDER BY ordinal"""
        stored = [row[0] for row in self._store.rows(sql, (file.source, file.sha256))]
        read = zip(file.documents, file.chunks, strict=True)
        return stored == [document_hash(document, chunks, file.text) for document, chunks in read]

    def remove(self, doc_id: str) -> IndexedDocument:
        """Remove one document, and its file once that holds no other.

        Raises:
            UsageError: there is none of that id.
        """
        self._flush()
        document = self._store.document(doc_id)
        self._drop_document(doc_id)
        self._audit("removed", document.source, doc_id)
        self._changed = True
        return document

    def rebuild(self, manifest: Manifest) -> None:
        """Take on other settings; every document must then be put or rechunked before the commit.

        Raises:
            UsageError: the index has tables of another version.
        """
        before = self._store.manifest()
        if manifest.schema != before.schema:
            raise UsageError(f"{self._store.folder} has tables of another version; ingest into a new folder")
        self._stale = {document.doc_id for document in self._store.documents()}
        if (manifest.embedder, manifest.dimension) != (before.embedder, before.dimension):
            self._store.execute("DELETE FROM chunks")
        self._store.execute("UPDATE meta SET value = ? WHERE key = 'manifest'", (manifest.to_json(),))
        self._changed = True

    def rechunk(self, chunk_document: ChunkDocument) -> None:
        """After ``rebuild``: chunk and embed anew, from the index's own texts, what was not put."""
        self._flush()
        for doc_id in sorted(self._stale):
            text, _ = self._store.file_of(doc_id)
            outline = self._store.outline(doc_id)
            chunks = chunk_document(text, outline)
            self._spare_vectors("doc_id = ?", doc_id)
            self._store.execute("DELETE FROM chunks WHERE doc_id = ?", (doc_id,))
            content = document_hash(outline, chunks, text)
            self._content -= content_sum(self._store, "doc_id = ?", doc_id)
            self._store.execute("UPDATE documents SET hash = ? WHERE doc_id = ?", (content, doc_id))
            self._content += content_sum(self._store, "doc_id = ?", doc_id)
            self._add_chunks(doc_id, chunks)
            self._audit("rebuilt", self._store.document(doc_id).source, doc_id)
        self._flush()
        self._stale = set()

    def commit(self) -> bool:
        """Make everything visible as the next generation; False where nothing has changed."""
        self._flush()
        if self._stale:
            raise ValueError("rebuild was begun and not all documents were put or rechunked")
        stored = self._store
        if not self._changed:
            stored.execute("DELETE FROM meta WHERE key = 'writing'")
            stored.execute("COMMIT" if self._noted else "ROLLBACK")
            self.close()
            return False
        digest = _digest(stored.manifest(), self._content)
        stored.execute("UPDATE meta SET value = ? WHERE key = 'digest'", (digest,))
        stored.execute("INSERT OR REPLACE INTO meta VALUES ('content', ?)", (f"{self._content % _MODULUS:x}",))
        stored.execute("DELETE FROM meta WHERE key = 'writing'")
        stored.execute("INSERT INTO generations VALUES (?, ?, ?)", (self.generation, secrets.token_hex(8), _now()))
        horizon = self.generation - _HISTORY_GENERATIONS
        stored.execute("DELETE FROM generations WHERE generation < ?", (horizon,))
        stored.execute("DELETE FROM dropped WHERE generation <= ?", (horizon,))
        stored.execute("COMMIT")
        return True

    def abandon(self) -> None:
        """Undo everything; embeddings already computed are kept for the next attempt."""
        self._store.roll_back()
        self.close()

    def close(self) -> None:
        """Let go of the cache of embeddings."""
        if self._cache is not None:
            self._cache.close()
            self._cache = None

    def forget_embeddings(self) -> None:
        """Delete the cache of embeddings, once the index holds them."""
        if self._cache is not None:
            self._cache.discard()
            self._cache = None

    def _files(self, where: str, values: Sequence[str]) -> list[StoredFile]:
        rows = self._store.rows(
            f"""SELECT source, sha256, recipe, root,
                    documents_read = (SELECT count(*) FROM documents d WHERE d.source = f.source)
                FROM files f WHERE {where}""",
            values,
        )
        return [
            StoredFile(source=row[0], sha256=row[1], recipe=row[2], root=row[3], whole=bool(row[4])) for row in rows
        ]

    def _same_number(self, document: Document, source: str) -> list[tuple[str, str]]:
        key = number_key(document.metadata.document_number)
        if key is None:
            return []
        sql = "SELECT source, doc_id FROM documents WHERE number_key = ? AND source != ? ORDER BY source, ordinal"
        return [(row[0], row[1]) for row in self._store.rows(sql, (key, source))]

    def _source_of(self, doc_id: str) -> list[str]:
        return [row[0] for row in self._store.rows("SELECT source FROM documents WHERE doc_id = ?", (doc_id,))]

    def _free_id(self, source: str, ordinal: int) -> str:
        attempt = 0
        while self._store.rows("SELECT 1 FROM documents WHERE doc_id = ?", (natural_doc_id(source, ordinal, attempt),)):
            attempt += 1
        return natural_doc_id(source, ordinal, attempt)

    def _drop_document(self, doc_id: str) -> None:
        ((source,),) = self._store.rows("SELECT source FROM documents WHERE doc_id = ?", (doc_id,))
        self._stale.discard(doc_id)
        self._content -= content_sum(self._store, "doc_id = ?", doc_id)
        self._store.execute("DELETE FROM documents WHERE doc_id = ?", (doc_id,))
        self._store.execute(
            "DELETE FROM files WHERE source = ?1 AND NOT EXISTS (SELECT 1 FROM documents WHERE source = ?1)", (source,)
        )

    def _insert_document(
        self, doc_id: str, file: SourceFile, ordinal: int, document: Document, chunks: Sequence[Chunk]
    ) -> None:
        self._store.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                doc_id,
                file.source,
                ordinal,
                document.title,
                document.start,
                document.end,
                metadata_json(document.metadata),
                document.metadata.year,
                number_key(document.metadata.document_number),
                document_hash(document, chunks, file.text),
            ),
        )
        self._content += content_sum(self._store, "doc_id = ?", doc_id)
        self._insert_parts("sections", Section, doc_id, document.sections)
        for table, noun in PARTS.items():
            self._insert_parts(table, noun, doc_id, getattr(document, table))
        self._add_chunks(doc_id, chunks)

    def _insert_parts(self, table: str, noun: type, doc_id: str, parts: Sequence[Section | Part]) -> None:
        marks = ", ".join("?" * (2 + len(columns(noun))))
        self._store.execute_many(
            f"INSERT INTO {table}(doc_id, position, {column_list(noun)}) VALUES ({marks})",
            [(doc_id, position, *to_row(part)) for position, part in enumerate(parts)],
        )

    def _add_chunks(self, doc_id: str, chunks: Sequence[Chunk]) -> None:
        self._pending += [_Pending(doc_id, chunk) for chunk in chunks]
        while len(self._pending) >= _BATCH_CHUNKS:
            self._flush(_BATCH_CHUNKS)

    def _flush(self, limit: int | None = None) -> None:
        """Embed and insert the chunks that wait, ``limit`` of them at most."""
        batch, self._pending = self._pending[:limit], self._pending[len(self._pending[:limit]) :]
        if not batch:
            return
        texts = {text_hash(text): text for text in (embedded_text(one.chunk) for one in batch)}
        vectors = self._vectors(texts)
        self._store.execute_many(
            'INSERT INTO chunks(doc_id, generation, section, ordinal, start, "end", spans, text, context, hash, vector)'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [self._chunk_row(one.doc_id, one.chunk, vectors) for one in batch],
        )
        waiting = {text_hash(embedded_text(one.chunk)) for one in self._pending}
        self._spare = {key: vector for key, vector in self._spare.items() if key in waiting}

    def _spare_vectors(self, where: str, value: str) -> None:
        """Keep the vectors of chunks about to go: what replaces them is mostly the same text."""
        self._spare |= dict(self._store.rows(f"SELECT hash, vector FROM chunks WHERE {where}", (value,)))

    def _chunk_row(self, doc_id: str, chunk: Chunk, vectors: dict[bytes, bytes]) -> tuple[object, ...]:
        key = text_hash(embedded_text(chunk))
        spans = json.dumps(chunk.spans)
        place = (chunk.section, chunk.ordinal, chunk.start, chunk.end, spans, chunk.text, chunk.context)
        return (doc_id, self.generation, *place, key, vectors[key])

    def _vectors(self, texts: dict[bytes, str]) -> dict[bytes, bytes]:
        """Hash → vector: from the index, from the cache of a killed ingest, or computed."""
        if self._embedder is None:
            raise UsageError("documents can only be added to an index opened with an embedder")
        if self._cache is None:
            self._cache = EmbeddingCache(self._store.folder, self._embedder.fingerprint)
        found: dict[bytes, bytes] = {}
        found |= {key: self._spare[key] for key in texts if key in self._spare}
        for key in (key for key in texts if key not in found):
            rows = self._store.rows("SELECT vector FROM chunks WHERE hash = ? LIMIT 1", (key,))
            if rows:
                found[key] = rows[0][0]
        found |= self._cache.get(key for key in texts if key not in found)
        missing = [key for key in texts if key not in found]
        if missing:
            computed = self._embedder.embed_passages([texts[key] for key in missing], self.progress)
            computed = np.ascontiguousarray(computed, dtype=np.float32)
            self._cache.put(missing, computed)
            found |= {key: vector.tobytes() for key, vector in zip(missing, computed, strict=True)}
        return found

    def _audit(self, action: str, source: str, doc_id: str) -> None:
        self._store.execute(
            "INSERT INTO audit VALUES (?, ?, ?, ?, ?)", (_now(), action, source, doc_id, self.generation)
        )


def content_digest(store: Store) -> str:
    """Hash of settings and documents, whatever the history that led to them."""
    return _digest(store.manifest(), content_sum(store))


def content_sum(store: Store, where: str = "1", *values: str) -> int:
    """Sum of the hashes of documents, each with its place: a commit need only add and subtract what it changed."""
    total = 0
    for source, ordinal, content in store.rows(f"SELECT source, ordinal, hash FROM documents WHERE {where}", values):
        total += int.from_bytes(sha256(f"{source}\0{ordinal}\0".encode() + content).digest())
    return total % _MODULUS


def _digest(manifest: Manifest, content: int) -> str:
    return sha256(f"{manifest.digest()} {content % _MODULUS:x}".encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
