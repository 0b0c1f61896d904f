"""Fakes that stand in for the chatbot and the index, and a server in a thread: the page without models or files."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import fastapi

from rag.errors import DocumentError
from rag.labels import section_label
from rag.models.turnstile import Turnstile
from rag.settings import Settings
from rag.types import (
    Answer,
    Citation,
    Closest,
    Delta,
    Document,
    Done,
    Event,
    Evidence,
    Hit,
    IndexedDocument,
    Metadata,
    Origin,
    Question,
    RemovedSpan,
    Seconds,
    Section,
    Sources,
)
from ui.parts import Preview, Progress, Receipt

CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""What keeps a headless Chromium from asking anything of the network by itself."""

_HEADING = re.compile(
    r"^(?:(第[^\s条章]{1,9}章)|(第[^\s条章]{1,9}条)|([一二三四五六七八九十]{1,3})、|(\d+\.\d+|\d+)\s)", re.M
)
_LEVELS = (1, 2, 1, 1)
_ADVERT = re.compile(r"【广告：[^】]*】")
_STEP_S = 0.05


@contextlib.contextmanager
def served(make: Callable[[int], fastapi.FastAPI], port: int = 0) -> Iterator[str]:
    """Serve the app that ``make(port)`` builds, from a thread, on ``port`` or else a free one; gives its address."""
    import uvicorn

    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # for a server that is started again
        listener.bind(("127.0.0.1", port))
        port = listener.getsockname()[1]
        config = uvicorn.Config(make(port), log_level="error", timeout_graceful_shutdown=1, proxy_headers=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/"
        server.should_exit = True
        thread.join(10)


def outline_of(file_text: str, *, year: int | None = None, status: str | None = None) -> Document:
    """A document whose first line is its title and whose lines with a number are headings of two levels."""
    title = file_text.split("\n", 1)[0]
    end = len(file_text)
    found = []
    for match in _HEADING.finditer(file_text):
        kind = next(i for i, group in enumerate(match.groups()) if group)
        line_end = file_text.find("\n", match.start())
        line_end = end if line_end < 0 else line_end
        level = 2 if kind == 3 and "." in (match.group(4) or "") else _LEVELS[kind]
        run_in = kind == 1
        heading = "" if run_in else file_text[match.end() : line_end].strip()
        body = match.end() if run_in else line_end
        found.append((match.start(), body, level, match.group(kind + 1), heading))
    root = Section(id="s0", parent=None, level=0, number="", heading="", path=(), start=0, end=end, body=0)
    sections = [root]
    above: list[Section] = [root]
    for n, (start, body, level, number, heading) in enumerate(found, start=1):
        while above[-1].level >= level:
            above.pop()
        close = next((later[0] for later in found[n:] if later[2] <= level), end)
        section = Section(
            id=f"s{n}",
            parent=above[-1].id,
            level=len(above),
            number=number,
            heading=heading,
            path=(*above[-1].path, number),
            start=start,
            end=close,
            body=body,
        )
        sections.append(section)
        above.append(section)
    removed = tuple(
        RemovedSpan(start=m.start(), end=m.end(), text=m.group(), reason="promotion")
        for m in _ADVERT.finditer(file_text)
    )
    return Document(
        title=title,
        start=0,
        end=end,
        metadata=Metadata(year=year, status=status),
        sections=tuple(sections),
        removed=removed,
    )


@dataclass(frozen=True, slots=True)
class FakeBook:
    """A file of the fake index."""

    doc_id: str
    source: str
    text: str
    document: Document


@dataclass(slots=True, eq=False, weakref_slot=True)
class FakeIndex:
    """An index in memory; a snapshot is a copy of it."""

    books: dict[str, FakeBook] = field(default_factory=dict)

    def put(self, source: str, file_text: str, *, year: int | None = None, status: str | None = None) -> str:
        """Add or replace a document; gives its doc_id."""
        doc_id = f"d-{source}"
        self.books[doc_id] = FakeBook(doc_id, source, file_text, outline_of(file_text, year=year, status=status))
        return doc_id

    def snapshot(self) -> FakeIndex:
        """The index as it is now."""
        return FakeIndex(dict(self.books))

    def documents(self) -> tuple[IndexedDocument, ...]:
        """Every document in the order it was put."""
        return tuple(
            IndexedDocument(
                doc_id=book.doc_id,
                source=book.source,
                ordinal=0,
                title=book.document.title,
                start=0,
                end=len(book.text),
                metadata=book.document.metadata,
                sections=len(book.document.sections) - 1,
                chunks=len(book.document.sections) - 1,
            )
            for book in self.books.values()
        )

    def outline(self, doc_id: str) -> Document:
        """The outline of one document."""
        return self.books[doc_id].document

    def file_text(self, doc_id: str) -> str:
        """The text of one document."""
        return self.books[doc_id].text

    def page_starts(self, doc_id: str) -> tuple[int, ...]:
        """None: these are no pages."""
        return ()

    def origin(self, doc_id: str) -> Origin:
        """The source, in a folder that is not known."""
        return Origin(self.books[doc_id].source, "", "")

    @property
    def dates(self) -> dict[str, str]:
        """One day for all."""
        return dict.fromkeys(self.books, "2026-01-02T03:04:05+00:00")

    def mentioning(self, words: str) -> list[str]:
        """Documents in whose text the words stand."""
        return [doc_id for doc_id, book in self.books.items() if words in book.text]


@dataclass(slots=True)
class FakeBot:
    """Answers with the first sentence of the sections that share most characters with the question.

    ``不存在`` or ``nowhere`` in a question is refused; ``隐去`` or ``hidden`` is answered as redacted.
    Only one answer is written at a time.
    """

    settings: Settings
    index: FakeIndex
    state: str = "none"
    step_s: float = _STEP_S
    asked: list[Question] = field(default_factory=list)
    turns: Turnstile = field(default_factory=Turnstile)
    """One writes at a time, as with a real model."""

    def questions_ahead(self, thread: int) -> int:
        """How many write before ``thread``."""
        return self.turns.ahead(thread)

    def withdraw(self, thread: int) -> None:
        """Give up the place in line."""
        self.turns.withdraw(thread)

    def model_state(self) -> str:
        """Whatever ``state`` says."""
        return self.state

    def look_up(self, text: str, *, doc_id: str = "", k: int = 10) -> tuple[Hit, ...]:
        """Sections whose own text holds the words, those of ``doc_id`` first."""
        books = sorted(self.index.books.values(), key=lambda book: book.doc_id != doc_id)
        found = (
            self._hit(book, n, 1)
            for book in books
            for n in range(1, len(book.document.sections))
            if text in self._own(book, n)
        )
        return tuple(islice(found, k))

    def stream(self, question: Question) -> Iterator[Event]:
        """Sources, two sentences, the whole answer."""
        self.asked.append(question)
        evidence = tuple(self._evidence(question))
        yield Sources(evidence=evidence, seconds=0.01)
        time.sleep(self.step_s)
        if re.search(r"不存在|nowhere", question.text):
            closest = tuple(
                Closest(label=e.hit.label, doc_id=e.hit.doc_id, section_id=e.hit.section_id, path=e.hit.path)
                for e in evidence
            )
            yield Done(answer=self._answer(question, "", (), closest=closest))
            return
        with self.turns:
            yield from self._said(question, evidence)

    def _said(self, question: Question, evidence: Sequence[Evidence]) -> Iterator[Event]:
        said, citations = "", []
        for n, item in enumerate(evidence[:2], start=1):
            citation = self._citation(n, item)
            citations.append(citation)
            sentence = f"{citation.quote.rstrip('。.')}[{n}]。"
            said += sentence
            yield Delta(text=sentence, citations=(citation,))
            time.sleep(self.step_s)
        yield Done(answer=self._answer(question, said, tuple(citations)))

    def _answer(
        self, question: Question, said: str, citations: tuple[Citation, ...], closest: tuple[Closest, ...] = ()
    ) -> Answer:
        hidden = re.search(r"隐去|hidden", question.text)
        return Answer(
            question=question.text,
            status="not_found" if closest else "redacted" if hidden else "answered",
            text=said,
            citations=citations,
            closest=closest,
            warnings=(),
            model="extractive",
            prompt="",
            index="1",
            seconds=Seconds(total=0.4, first_token=0.1, retrieve=0.01),
        )

    def _evidence(self, question: Question) -> Iterator[Evidence]:
        asked = set(question.text)
        ranked = sorted(
            (
                (-len(asked & set(self._own(book, n))), book.doc_id, n)
                for book in self.index.books.values()
                if not question.scope.documents or book.doc_id in question.scope.documents
                if question.scope.year in (None, book.document.metadata.year)
                for n in range(1, len(book.document.sections))
            ),
        )
        for rank, (_, doc_id, n) in enumerate(ranked[:3], start=1):
            book = self.index.books[doc_id]
            hit = self._hit(book, n, rank)
            start, end = hit.best
            yield Evidence(n=rank, hit=hit, sentences=((start, end),), text=book.text[start:end])

    def _hit(self, book: FakeBook, n: int, rank: int) -> Hit:
        section = book.document.sections[n]
        return Hit(
            rank=rank,
            score=1 / rank,
            doc_id=book.doc_id,
            document=book.document.title,
            source=book.source,
            section_id=section.id,
            path=section.path,
            heading=section.heading,
            label=section_label(book.document.title, section, {s.id: s for s in book.document.sections}, book.text),
            text=self._own(book, n),
            start=section.start,
            end=section.end,
            page=None,
            best=self._sentence(book, n),
        )

    def _citation(self, n: int, evidence: Evidence) -> Citation:
        hit = evidence.hit
        start, end = evidence.sentences[0]
        return Citation(
            n=n,
            doc_id=hit.doc_id,
            document=hit.document,
            source=hit.source,
            section_id=hit.section_id,
            path=hit.path,
            label=hit.label,
            quote=self.index.books[hit.doc_id].text[start:end],
            start=start,
            end=end,
            page=None,
            verified=True,
        )

    @staticmethod
    def _own(book: FakeBook, n: int) -> str:
        sections = book.document.sections
        end = sections[n + 1].start if n + 1 < len(sections) else len(book.text)
        return book.text[sections[n].start : end]

    def _sentence(self, book: FakeBook, n: int) -> tuple[int, int]:
        section = book.document.sections[n]
        own_end = section.start + len(self._own(book, n))
        start = section.body if book.text[section.body : own_end].strip() else section.start
        while start < own_end and book.text[start].isspace():
            start += 1
        stops = [p + 1 for p in (book.text.find(s, start, own_end) for s in "。\n") if p >= 0]
        return start, len(book.text[: min(stops, default=own_end)].rstrip())


@dataclass(slots=True)
class FakeIntake:
    """Puts UTF-8 text files into a ``FakeIndex``; an empty file fails."""

    index: FakeIndex
    step_s: float = _STEP_S

    def preview(self, path: Path, instead_of: str = "") -> Preview:
        """What the file holds."""
        words = path.read_text("utf-8")
        if not words.strip():
            return Preview(error="the file is empty")
        same = [book for book in self.index.documents() if book.source == path.name or book.doc_id == instead_of]
        return Preview(text=words, documents=(outline_of(words),), replaces=tuple(same))

    def add(self, paths: Sequence[Path], progress: Callable[[Progress], None], instead_of: str = "") -> Receipt:
        """Add or replace the files."""
        receipt = Receipt()
        self.index.books.pop(instead_of, None)
        for done, path in enumerate(paths):
            progress(Progress(done=done, total=len(paths), name=path.name))
            time.sleep(self.step_s)
            try:
                receipt = self._one(path, receipt)
            except DocumentError as error:
                receipt = replace(receipt, failed=(*receipt.failed, (path.name, str(error))))
        return receipt

    def remove(self, doc_ids: Iterable[str]) -> Callable[[], None]:
        """Take documents out."""
        gone = {doc_id: self.index.books.pop(doc_id) for doc_id in doc_ids}
        return lambda: self.index.books.update(gone)

    def _one(self, path: Path, receipt: Receipt) -> Receipt:
        words = path.read_text("utf-8")
        if not words.strip():
            raise DocumentError(f"{path.name} is empty")
        before = self.index.books.get(f"d-{path.name}")
        if before and before.text == words:
            return replace(receipt, unchanged=(*receipt.unchanged, path.name))
        self.index.put(path.name, words)
        if before:
            return replace(receipt, updated=(*receipt.updated, path.name))
        return replace(receipt, added=(*receipt.added, path.name))
