"""What the page is handed: the seams to the chatbot, the index and the ingestion pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from rag.settings import Settings
from rag.types import Document, Event, Hit, IndexedDocument, Origin, Question


class Shelf(Protocol):
    """One generation of the index, as the page reads it."""

    def documents(self) -> tuple[IndexedDocument, ...]:
        """Every document, in a stable order."""
        ...

    def outline(self, doc_id: str) -> Document:
        """The outline of one document."""
        ...

    def file_text(self, doc_id: str) -> str:
        """The text of the whole file that the document's offsets count in."""
        ...

    def page_starts(self, doc_id: str) -> tuple[int, ...]:
        """Offset at which page 1, 2, … begins; empty where the format has no pages."""
        ...

    def origin(self, doc_id: str) -> Origin:
        """Where a document was read from."""
        ...

    @property
    def dates(self) -> Mapping[str, str]:
        """doc_id → when its present version came in, as ISO 8601."""
        ...

    def mentioning(self, words: str) -> list[str]:
        """doc_ids of the documents in whose files these very words stand."""
        ...


class Shelves(Protocol):
    """The index: gives the newest generation."""

    def snapshot(self) -> Shelf:
        """The generation in force now."""
        ...


class Bot(Protocol):
    """Who answers; `rag.chatbot.Chatbot` fits."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def index(self) -> Shelves:
        """The index that answers stand on."""
        ...

    def look_up(self, text: str, *, doc_id: str = "", k: int = 10) -> tuple[Hit, ...]:
        """Sections for what somebody has typed so far, without any model; those of ``doc_id`` first."""
        ...

    def stream(self, question: Question) -> Iterator[Event]:
        """Sources, then checked sentences, then the whole answer."""
        ...

    def questions_ahead(self, thread: int) -> int:
        """How many questions the language model answers before that of ``thread``; 0 where it does not wait."""
        ...

    def withdraw(self, thread: int) -> None:
        """Give up the place in line of ``thread``."""
        ...

    def model_state(self) -> str:
        """``loading``, ``ready``, ``missing: <one line>`` or ``none``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an upload is: ``done`` of ``total`` files read, or of clauses embedded, and the file in hand."""

    done: int
    total: int
    name: str = ""
    stage: Literal["reading", "embedding"] = "reading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of the files of one upload, by their names; ``failed`` pairs a name with its reason."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()

    def and_then(self, other: Receipt) -> Receipt:
        """What became of these files and of the others."""
        return Receipt(
            added=self.added + other.added,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
            failed=self.failed + other.failed,
            warnings=self.warnings + other.warnings,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a file would bring, read but not added; ``error`` says in one line why it cannot be."""

    text: str = ""
    documents: tuple[Document, ...] = ()
    warnings: tuple[str, ...] = ()
    replaces: tuple[IndexedDocument, ...] = ()
    """Documents that would give way: of the same file name, of the same number, or as asked."""
    error: str = ""


class Intake(Protocol):
    """Who puts files into the index and takes documents out of it."""

    def preview(self, path: Path, instead_of: str = "") -> Preview:
        """Read a file without adding it; ``instead_of`` is the doc_id of a document that it shall replace."""
        ...

    def add(self, paths: Sequence[Path], progress: Callable[[Progress], None], instead_of: str = "") -> Receipt:
        """Add or replace the files; what fails is named in the receipt, the rest is kept.

        The first one takes the place of the document ``instead_of``, if one is named.
        """
        ...

    def remove(self, doc_ids: Iterable[str]) -> Callable[[], None]:
        """Take documents out of the index; gives what brings them back."""
        ...
