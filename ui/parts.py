"""What the page is handed: the seams to the chatbot, the index and the ingestion pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from rag.settings import Settings
from rag.types import Document, Event, IndexedDocument, Question


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


class Intake(Protocol):
    """Who puts files into the index and takes documents out of it."""

    def add(self, paths: Sequence[Path], progress: Callable[[Progress], None]) -> Receipt:
        """Add or replace the files; what fails is named in the receipt, the rest is kept."""
        ...

    def remove(self, doc_ids: Iterable[str]) -> None:
        """Take documents out of the index."""
        ...
