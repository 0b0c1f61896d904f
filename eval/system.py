"""What an evaluation needs of the system under test, as protocols: tests and dry runs bring their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from rag.types import Answer, Document, Hit, IndexedDocument, Question


class Snapshot(Protocol):
    """One state of an index."""

    def documents(self) -> tuple[IndexedDocument, ...]:
        """All documents in the index."""
        ...

    def outline(self, doc_id: str) -> Document:
        """The outline of one of them."""
        ...

    def file_text(self, doc_id: str) -> str:
        """The text of the file that the document stands in; offsets count in it."""
        ...


class System(Protocol):
    """The chatbot."""

    def search(self, question: Question, k: int) -> tuple[tuple[Hit, ...], float]:
        """The best ``k`` sections and the seconds it took."""
        ...

    def ask(self, question: Question) -> Answer:
        """The whole answer."""
        ...

    def describe(self) -> Mapping[str, object]:
        """Settings, models, prompt hashes and index version."""
        ...
