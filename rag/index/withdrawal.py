"""What is taken out of an index, kept whole, so that it can be brought back without its file and without a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.errors import UsageError
from rag.types import SourceFile

if TYPE_CHECKING:
    from rag.index.folder import Index
    from rag.index.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A file as the index held it: its documents with their ids, chunks and vectors."""

    file: SourceFile
    doc_ids: tuple[str, ...]
    root: str
    vectors: Mapping[bytes, bytes]


def copy_of(snapshot: Snapshot, doc_id: str) -> Withdrawn:
    """The file that a document stands in, with all its documents.

    Raises:
        UsageError: there is no such document.
    """
    origin = snapshot.origin(doc_id)
    ids = tuple(one.doc_id for one in snapshot.documents() if one.source == origin.source)
    file = SourceFile(
        source=origin.source,
        sha256=origin.sha256,
        text=snapshot.file_text(doc_id),
        documents=tuple(snapshot.store.outline(one) for one in ids),
        chunks=tuple(tuple(part.chunk for part in snapshot.store.document_chunks(one)) for one in ids),
        page_starts=snapshot.page_starts(doc_id),
    )
    vectors = {key: vector for one in ids for key, vector in snapshot.store.spare_vectors(one).items()}
    return Withdrawn(file=file, doc_ids=ids, root=origin.root, vectors=vectors)


def bring_back(index: Index, withdrawn: Withdrawn) -> None:
    """Put a file back as it was, under the same ids. The next ingest of its folder reads it again to make sure.

    Raises:
        UsageError: another version of the file has come in meanwhile.
        IndexLocked: somebody else is writing.
    """
    file = withdrawn.file
    with index.writer() as writer:
        present = writer.file(file.source)
        if present is not None and present.sha256 != file.sha256:
            raise UsageError(f"{file.source} has come in again meanwhile, with other content; nothing was brought back")
        writer.lend(withdrawn.vectors)
        writer.put(file, root=withdrawn.root, ids=dict(enumerate(withdrawn.doc_ids)))
