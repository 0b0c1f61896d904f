"""A snapshot: the documents, the words and the vectors of one state of the index, and no other."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rag.errors import IndexMismatch
from rag.index.lexical import Boosts, LexicalView
from rag.index.ranking import Ranking
from rag.index.vectors import Ids, VectorView
from rag.names import Names
from rag.recent import Recent
from rag.types import (
    Document,
    IndexedChunk,
    IndexedDocument,
    Origin,
    RemovedSpan,
    Scope,
    Section,
)
from rag.validity import with_status

if TYPE_CHECKING:
    from rag.index.manifest import Manifest
    from rag.index.store import Stamp, Store, Totals

_TEXTS_KEPT = 32
_DOCUMENTS_KEPT = 64
_SECTIONS_KEPT = 2048
_SCOPES_KEPT = 16

Known = Mapping[str, tuple[bytes, IndexedDocument]]
"""doc_id → hash of the content and the document, without the status that others give it."""


class Snapshot:
    """What one question sees; safe to use from many threads, closed when nobody holds it any more.

    Whatever is committed meanwhile, all methods answer from the same generation.
    """

    def __init__(
        self, store: Store, stamp: Stamp, lexical: LexicalView, vectors: VectorView, known: Known | None = None
    ) -> None:
        """Take over ``store``, which has a read transaction open at ``stamp``.

        ``known`` are the documents of another state: what has not changed since is not read again.
        """
        self.store = store
        self.stamp = stamp
        self.lexical = lexical
        self.dense = vectors
        self.manifest: Manifest = store.manifest()
        self.generation: int = stamp.generation
        self.version: str = f"{stamp.generation}-{store.meta('digest')[:8]}"
        self._known = known
        self._files = Recent[str, tuple[str, tuple[int, ...]]](_TEXTS_KEPT)
        self._outlines = Recent[str, Document](_DOCUMENTS_KEPT)
        self._section_lists = Recent[str, tuple[Section, ...]](_DOCUMENTS_KEPT)
        self._removed = Recent[str, tuple[RemovedSpan, ...]](_DOCUMENTS_KEPT)
        self._sections = Recent[tuple[str, str], Section](_SECTIONS_KEPT)
        self._scopes = Recent[Scope, tuple[Ids | None, Ids | None]](_SCOPES_KEPT)
        self._close = weakref.finalize(self, store.close)

    def close(self) -> None:
        """Let go of the files; the snapshot cannot be asked afterwards."""
        self._close()

    def documents(self) -> tuple[IndexedDocument, ...]:
        """All documents, by source and position in their file, with the status that they give each other."""
        return tuple(self._documents.values())

    def document(self, doc_id: str) -> IndexedDocument:
        """One document.

        Raises:
            UsageError: there is none of that id.
        """
        return self._documents.get(doc_id) or self.store.document(doc_id)

    @cached_property
    def _documents(self) -> dict[str, IndexedDocument]:
        return {document.doc_id: document for document in with_status(self._stored)}

    @cached_property
    def _stored(self) -> tuple[IndexedDocument, ...]:
        return self.store.documents(self._known)

    def known(self) -> Known | None:
        """The documents for a snapshot of a later state, as far as they were read here."""
        if "_stored" not in self.__dict__:
            return self._known
        hashes = self.store.hashes()
        return {document.doc_id: (hashes[document.doc_id], document) for document in self._stored}

    @cached_property
    def names(self) -> Names:
        """What the documents are called; made at first use, once for a state of the index."""
        return Names(self.documents(), self.store.abbreviations())

    def outline(self, doc_id: str) -> Document:
        """A document with its sections and all that was found in them.

        Raises:
            UsageError: there is none of that id.
        """
        return self._outlines.get(doc_id, lambda: self.store.outline(doc_id))

    def sections(self, doc_id: str) -> tuple[Section, ...]:
        """The sections in text order, the root first.

        Raises:
            UsageError: there is no document of that id.
        """
        sections = self._section_lists.get(doc_id, lambda: self.store.sections(doc_id))
        if not sections:
            self.store.document(doc_id)
        return sections

    def section(self, doc_id: str, section_id: str) -> Section:
        """One section.

        Raises:
            UsageError: no such document, or no such section in it.
        """
        return self._sections.get((doc_id, section_id), lambda: self.store.section(doc_id, section_id))

    def ancestry(self, doc_id: str, section: Section) -> dict[str, Section]:
        """The section and those above it, by id: enough to name it, without reading the whole outline."""
        found = {section.id: section}
        while section.parent is not None and section.parent not in found:
            section = self.section(doc_id, section.parent)
            found[section.id] = section
        return found

    def own_end(self, doc_id: str, section: Section) -> int:
        """Where the section's own text ends: at its first child, or where it ends itself."""
        following = self.store.own_end(doc_id, section.id)
        return section.end if following is None else min(section.end, following)

    def numbered(
        self, numbers: Iterable[str], above: Iterable[Iterable[str]] = ()
    ) -> list[tuple[str, tuple[str, ...]]]:
        """``(doc_id, path)`` of every section with one of these printed numbers, under one of each set ``above``."""
        return self.store.numbered(numbers, above)

    def removed(self, doc_id: str) -> tuple[RemovedSpan, ...]:
        """The spans that cleaning took out of a document, in text order."""
        return self._removed.get(doc_id, lambda: self.store.removed(doc_id))

    def file_text(self, doc_id: str) -> str:
        """Text of the whole file that the document stands in: what all offsets count in."""
        return self._file(doc_id)[0]

    def text(self, doc_id: str, start: int, end: int) -> str:
        """``file_text(doc_id)[start:end]``."""
        return self._file(doc_id)[0][start:end]

    def page_starts(self, doc_id: str) -> tuple[int, ...]:
        """Offset at which page 1, 2, … begins; empty where the format has no pages."""
        return self._file(doc_id)[1]

    def origin(self, doc_id: str) -> Origin:
        """Where a document was read from.

        Raises:
            UsageError: there is none of that id.
        """
        return self.store.origin(doc_id)

    @cached_property
    def dates(self) -> dict[str, str]:
        """doc_id → when its present version came in, as ISO 8601 in UTC."""
        return self.store.dates()

    def mentioning(self, words: str) -> list[str]:
        """doc_ids of the documents in whose files these very words stand."""
        return self.store.mentioning(words)

    def totals(self, sources: Collection[str] | None = None) -> Totals:
        """How much the index holds, or how much of these sources."""
        return self.store.totals(sources)

    def chunks(self, ids: Sequence[int]) -> dict[int, IndexedChunk]:
        """Id → chunk, in one query."""
        return self.store.chunks(ids)

    def section_chunks(self, doc_id: str, section_id: str) -> tuple[IndexedChunk, ...]:
        """The chunks of a section's own text, in text order."""
        return self.store.document_chunks(doc_id, section_id)

    def vectors(self, ids: Sequence[int]) -> npt.NDArray[np.float32]:
        """Unit vectors of chunks, in the order of ``ids``; shape ``(len(ids), dimension)``."""
        return self.store.vectors(ids, self.manifest.dimension)

    def search_vectors(self, query: npt.NDArray[np.float32], k: int, scope: Scope) -> Ranking:
        """The ``k`` chunks in scope nearest to a unit vector: (chunk id, cosine), best first.

        Raises:
            IndexMismatch: the vector has another dimension than the index's.
        """
        if len(query) != self.manifest.dimension:
            folder = self.store.folder
            raise IndexMismatch(
                f"{folder} was built with model {self.manifest.embedder} ({self.manifest.dimension} dims), the "
                f"question was embedded with another ({len(query)} dims). "
                f"Rebuild: python -m ingest add --rebuild --index {folder}"
            )
        if k < 1:
            return []
        allowed, denied = self._scopes.get(scope, lambda: self._scope_ids(scope))
        exact = self.store.exact(self.manifest.dimension)
        return self._ordered(self.dense.search(query, k, allowed, denied=denied, exact=exact), k)

    def search_lexical(
        self,
        text: str,
        k: int,
        scope: Scope,
        *,
        body: float = 1.0,
        heading: float = 0.5,
        extra: Sequence[tuple[str, float]] = (),
        unfinished: bool = False,
    ) -> Ranking:
        """The ``k`` chunks in scope that match the words best: (chunk id, BM25), best first.

        ``body`` and ``heading`` weigh matches in a chunk's text and in its title and heading path.
        A word that the question repeats counts once. ``extra`` are further phrases, each with its
        weight beside 1 for the question's own words. ``unfinished``: the last word may be begun only.
        """
        found = self.lexical.search(text, k, scope, Boosts(body, heading), extra, unfinished=unfinished)
        return self._ordered(found, k)

    def _ordered(self, found: Ranking, k: int) -> Ranking:
        """Equal scores in text order, whatever the order in which the documents came."""
        scores = [score for _, score in found]
        if len(set(scores)) < len(scores):
            place = self.store.text_order(chunk_id for chunk_id, _ in found)
            found = sorted(found, key=lambda pair: (-pair[1], place[pair[0]]))
        return found[:k]

    def _scope_ids(self, scope: Scope) -> tuple[Ids | None, Ids | None]:
        """Ids of the chunks that a scope allows (None: all) and of those that it leaves out."""
        allowed = None
        if scope.documents:
            allowed = self.store.ids_of(scope.documents, scope.year)
        elif scope.year is not None:
            allowed = self.store.ids_of_year(scope.year)
        return allowed, self.store.ids_of(scope.without) if scope.without else None

    def _file(self, doc_id: str) -> tuple[str, tuple[int, ...]]:
        return self._files.get(doc_id, lambda: self.store.file_of(doc_id))
