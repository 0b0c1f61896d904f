"""The index: SQLite as the truth, FAISS and tantivy derived from it."""

from rag.index.folder import Index, IndexWriter, Snapshot, Violation, check

__all__ = ["Index", "IndexWriter", "Snapshot", "Violation", "check"]
