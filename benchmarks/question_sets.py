"""Public question sets as documents with sections, and questions with the sections that answer them.

Read by path, never copied here: SQuAD files (CMRC 2018, CAIL reading comprehension, PolicyQA; each
passage a document of one section), STARD (each law a document, its 编, 章, 节 and articles the
sections) and ObliQA (each rulebook a document, its numbered passages the sections, nested by their
numbers). An answerless question (``is_impossible``) is left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ingest.chunking import chunk_document
from rag.types import Document, Metadata, Section, SourceFile

SectionKey = tuple[str, str]
"""Source of the document, id of the section."""
CountTokens = Callable[[str], int]

_MAX_HEADING_CHARS = 80


@dataclass(frozen=True, slots=True)
class Passage:
    """What a peer that knows no sections is given: the words of one section, and its document's name."""

    key: SectionKey
    document: str
    text: str


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Documents, and questions each with the sections that answer it."""

    name: str
    files: tuple[SourceFile, ...]
    passages: tuple[Passage, ...]
    questions: tuple[tuple[str, frozenset[SectionKey]], ...]


@dataclass(slots=True)
class _Draft:
    """A document being built: text and sections grow together."""

    title: str
    parts: list[str] = field(default_factory=list)
    chars: int = 0
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, section_id: str, parent: str | None, number: str, heading: str, text: str) -> None:
        """Append a section; ``parent`` None puts it under the root."""
        path = (*(self.sections[parent]["path"] if parent else ()), number or heading)
        shown = f"{number} {text}".strip() + "\n"
        self.sections[section_id] = {
            "id": section_id,
            "parent": parent or "root",
            "level": len(path),
            "number": number,
            "heading": heading,
            "path": path,
            "start": self.chars,
            "body": self.chars + (len(number) + 1 if number else 0),
        }
        self.parts.append(shown)
        self.chars += len(shown)

    def file(self, source: str, max_tokens: int, count_tokens: CountTokens) -> SourceFile:
        """The document as a file that an index takes in."""
        text = "".join(self.parts)
        root = Section(id="root", parent=None, level=0, number="", heading="", path=(), start=0, end=len(text), body=0)
        sections: list[Section] = []
        ends: dict[int, int] = {}
        for one in reversed(self.sections.values()):
            end = min((start for level, start in ends.items() if level <= one["level"]), default=len(text))
            sections.append(Section(end=end, **one))
            ends[one["level"]] = one["start"]
        sections = [root, *reversed(sections)]
        document = Document(title=self.title, start=0, end=len(text), metadata=Metadata(), sections=tuple(sections))
        chunks = chunk_document(text, document, max_tokens=max_tokens, count_tokens=count_tokens)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return SourceFile(source=source, sha256=digest, text=text, documents=(document,), chunks=(chunks,))


def squad(path: Path, max_tokens: int, count_tokens: CountTokens, *, titles: bool = True) -> QuestionSet:
    """CMRC 2018, CAIL reading comprehension, PolicyQA: a SQuAD 1.1 or 2.0 file."""
    files: list[SourceFile] = []
    passages: list[Passage] = []
    questions: list[tuple[str, frozenset[SectionKey]]] = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            title = str(article.get("title") or "") if titles else ""
            source = f"{len(files):05}.txt"
            files.append(_passage_file(source, title, paragraph["context"], max_tokens, count_tokens))
            passages.append(Passage((source, "root"), title, paragraph["context"]))
            questions += [
                (qa["question"], frozenset({(source, "root")}))
                for qa in paragraph["qas"]
                if str(qa.get("is_impossible", False)).lower() != "true"
            ]
    return QuestionSet(path.stem, tuple(files), tuple(passages), tuple(questions))


def stard(folder: Path, max_tokens: int, count_tokens: CountTokens) -> QuestionSet:
    """STARD (Su et al., "STARD: A Chinese Statute Retrieval Dataset", EMNLP 2024 findings)."""
    drafts: dict[str, _Draft] = {}
    keys: dict[str, SectionKey] = {}
    passages: list[Passage] = []
    for row in _rows(folder / "corpus.jsonl"):
        source = row["source_file"].replace(".md", ".txt")
        draft = drafts.setdefault(source, _Draft(row["title"]))
        parent = None
        for depth, division in enumerate(row["section"]):
            above, parent = parent, "/".join(row["section"][: depth + 1])
            if parent not in draft.sections:
                number, _, heading = division.partition(" ")
                draft.add(parent, above, number, heading, heading)
        section_id = str(row["id"])
        keys[section_id] = (source, section_id)
        passages.append(Passage(keys[section_id], row["title"], f"{row['article']} {row['text']}"))
        draft.add(section_id, parent, row["article"], "", row["text"])
    questions = _questions(folder / "queries_train.jsonl", keys)
    files = tuple(draft.file(source, max_tokens, count_tokens) for source, draft in drafts.items())
    return QuestionSet("stard", files, tuple(passages), questions)


def obliqa(folder: Path, max_tokens: int, count_tokens: CountTokens) -> QuestionSet:
    """ObliQA (Gokhan et al., "RIRAG: Regulatory Information Retrieval and Answer Generation", 2024)."""
    drafts: dict[str, _Draft] = {}
    keys: dict[str, SectionKey] = {}
    passages: list[Passage] = []
    above: list[tuple[str, str]] = []
    for row in _rows(folder / "corpus.jsonl"):
        source = f"{row['doc_id']}.txt"
        if source not in drafts:
            drafts[source] = _Draft(row["doc"])
            above = []
        number = row["section"].rstrip(".")
        while above and not _is_below(number, above[-1][0]):
            above.pop()
        keys[row["id"]] = (source, row["id"])
        passages.append(Passage(keys[row["id"]], row["doc"], f"{row['section']} {row['text']}"))
        drafts[source].add(row["id"], above[-1][1] if above else None, number, _heading(row["text"]), row["text"])
        above.append((number, row["id"]))
    questions = _questions(folder / "queries_dev.jsonl", keys)
    files = tuple(draft.file(source, max_tokens, count_tokens) for source, draft in drafts.items())
    return QuestionSet("obliqa", files, tuple(passages), questions)


READERS = {"squad": squad, "squad-untitled": partial(squad, titles=False), "stard": stard, "obliqa": obliqa}


def _passage_file(source: str, title: str, text: str, max_tokens: int, count_tokens: CountTokens) -> SourceFile:
    root = Section(id="root", parent=None, level=0, number="", heading="", path=(), start=0, end=len(text), body=0)
    document = Document(title=title, start=0, end=len(text), metadata=Metadata(), sections=(root,))
    chunks = chunk_document(text, document, max_tokens=max_tokens, count_tokens=count_tokens)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return SourceFile(source=source, sha256=digest, text=text, documents=(document,), chunks=(chunks,))


def _questions(path: Path, keys: dict[str, SectionKey]) -> tuple[tuple[str, frozenset[SectionKey]], ...]:
    found = []
    for row in _rows(path):
        relevant = frozenset(keys[str(one)] for one in row["relevant_ids"] if str(one) in keys)
        if relevant:
            found.append((row["query"], relevant))
    return tuple(found)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _is_below(number: str, above: str) -> bool:
    return number.startswith(above) and number[len(above) : len(above) + 1] in {".", "("}


def _heading(text: str) -> str:
    """Words of a run-in or bare heading: a short first line or sentence, where it is followed or stands alone."""
    first = text.split("\n", 1)[0].strip()
    if len(first) > _MAX_HEADING_CHARS:
        first = first.split(". ", 1)[0]
    return first if len(first) <= _MAX_HEADING_CHARS else ""
