"""Answers as a report whose footnotes are the clauses: its parts, and the report as Markdown. Pure functions.

``rag.export_docx`` writes the same report as a Word file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rag.question import Language
from rag.types import Answer, AnswerStatus, Citation, Closest, IndexedDocument

_TABLE_ROW = re.compile(r"\|.*\|")
_TABLE_RULE = re.compile(r"\|(?: *:?-+:? *\|)+")
_TABLE_BAR = re.compile(r"(?<= )\|(?= )")
_MAX_COLUMNS = 63  # Word opens no file with more
_MARKER = re.compile(r"\[(\d{1,3})\]")
# What XML cannot hold, and what makes words read in another order than they stand in.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~#&$])|(?<=\w)(?=://)|(?<=\bwww)(?=\.)|(?<=\S)(?=@\S)")
_HAN_BREAK = re.compile(r"(?<=[㐀-鿿，。；：、）])\s*\n\s*(?=[㐀-鿿（《])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d{1,9}(?=[.)]))")

_WORDS: dict[Language, dict[str, str]] = {
    "zh": {
        "title": "问答与依据",
        "partial": "只找到一部分依据，没有依据的内容未作回答。",
        "redacted": "原文隐去了这一内容。",
        "not_found": "现有文件里没有找到能回答这个问题的条款。",
        "stopped": "回答被中途停止，可能不完整。",
        "closest": "最接近的条款：",
        "year": "{year}年",
        "in_force": "现行有效",
        "superseded": "已被替代",
        "repealed": "已废止",
        "draft": "草案",
        "version": "版本：{version}",
        "effective": "{date}起施行",
        "gone": "这份文件已不在库里",
        "page": "第{page}页",
        "unverified": "未能逐字核对",
        "retrieved": "检索于{date}",
        "quote": "“{quote}”",
        "between": "，",
        "stop": "。",
    },
    "en": {
        "title": "Answers and the clauses they stand on",
        "partial": "Only part of this could be grounded; what has no clause was left out.",
        "redacted": "The document itself hides this.",
        "not_found": "No clause in these documents answers the question.",
        "stopped": "The answer was stopped and may be incomplete.",
        "closest": "Closest clauses: ",
        "year": "{year}",
        "in_force": "in force",
        "superseded": "superseded",
        "repealed": "repealed",
        "draft": "draft",
        "version": "version {version}",
        "effective": "effective {date}",
        "gone": "no longer in the library",
        "page": "p. {page}",
        "unverified": "not checked word for word",
        "retrieved": "retrieved {date}",
        "quote": "“{quote}”",
        "between": ", ",
        "stop": ". ",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A question and its answer, as they go into a report."""

    question: str
    text: str
    citations: tuple[Citation, ...]
    status: AnswerStatus | None
    """None where the answer was stopped before its end."""
    closest: tuple[Closest, ...] = ()
    retrieved: str = ""
    """Day the clauses were looked up, ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footnote:
    """A clause as a footnote names it."""

    n: int
    """Its number in the whole report, from 1, in the order of the text."""
    label: str
    facts: str
    """Number, year, version, status and page of the document, so far as they are known."""
    quote: str
    retrieved: str

    @property
    def text(self) -> str:
        """All of it as one line."""
        return f"{self.label}{self.facts}{self.quote}{self.retrieved}"


Piece = str | int
"""Words, or the number of a footnote."""
Pieces = tuple[Piece, ...]
"""A paragraph, or a cell of a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What an answer sets side by side."""

    rows: tuple[tuple[Pieces, ...], ...]
    """The first is the head; all have as many cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A question, the paragraphs and tables of its answer, and remarks on it."""

    question: str
    blocks: tuple[Pieces | Table, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Answers with all their footnotes; every word is fit for XML."""

    title: str
    language: Language
    parts: tuple[Part, ...]
    footnotes: tuple[Footnote, ...]


def entry_of(answer: Answer, retrieved: str) -> Entry:
    """An answer as an entry; ``retrieved`` is the day it was given, ISO 8601."""
    return Entry(
        question=answer.question,
        text=answer.text,
        citations=answer.citations,
        status=answer.status,
        closest=answer.closest,
        retrieved=retrieved,
    )


def report_of(entries: Sequence[Entry], documents: Mapping[str, IndexedDocument], language: Language) -> Report:
    """The report on ``entries``, its own words in ``language``; ``documents`` by doc_id, as the index has them now."""
    footnotes: list[Footnote] = []
    parts = tuple(_part(entry, documents, language, footnotes) for entry in entries)
    return Report(title=_WORDS[language]["title"], language=language, parts=parts, footnotes=tuple(footnotes))


def markdown(report: Report) -> str:
    """The report as Markdown with footnotes (``[^1]``); words of documents cannot become markup."""
    lines = [] if len(report.parts) == 1 else [f"# {_escaped(report.title)}", ""]
    for part in report.parts:
        lines += [f"## {_escaped(_flat(part.question))}", ""]
        for block in part.blocks:
            lines += [*(_table_lines(block) if isinstance(block, Table) else [_line(block)]), ""]
        for remark in part.remarks:
            lines += [f"> {_escaped(remark)}", ""]
    lines += [f"[^{note.n}]: {_escaped(note.text)}" for note in report.footnotes]
    return "\n".join(lines).rstrip() + "\n"


def _line(pieces: Pieces) -> str:
    words = _marked(pieces)
    return _LINE_START.sub(r"\1\\\2", words) if isinstance(pieces[0], str) else words


def _table_lines(table: Table) -> list[str]:
    head, *rows = (f"| {' | '.join(_flat(_marked(cell)) for cell in row)} |" for row in table.rows)
    return [head, "|" + "---|" * len(table.rows[0]), *rows]


def _marked(pieces: Pieces) -> str:
    return "".join(f"[^{piece}]" if isinstance(piece, int) else _escaped(piece) for piece in pieces)


def _blocks(text: str, pieces_of: Callable[[str], Pieces]) -> tuple[Pieces | Table, ...]:
    """The lines of an answer, and its tables; lines that are no whole table stay lines."""
    blocks: list[Pieces | Table] = []
    for _, group in groupby(text.split("\n"), lambda line: bool(_TABLE_ROW.fullmatch(line.strip()))):
        lines = [line.strip() for line in group]
        if rows := _rows(lines):
            blocks.append(Table(rows=tuple(tuple(pieces_of(cell) for cell in row) for row in rows)))
        else:
            blocks += [pieces for line in lines if (pieces := pieces_of(line))]
    return tuple(blocks)


def _rows(lines: Sequence[str]) -> list[list[str]]:
    """The cells of a table as ``Composer.table`` writes it, without its rule; none where that is not what it is."""
    if len(lines) < 3 or not _TABLE_RULE.fullmatch(lines[1]):
        return []
    columns = lines[1].count("|") - 1
    rows = [_TABLE_BAR.split(line[1:-1]) for line in (lines[0], *lines[2:])]
    return rows if columns <= _MAX_COLUMNS and all(len(row) == columns for row in rows) else []


def _part(
    entry: Entry, documents: Mapping[str, IndexedDocument], language: Language, footnotes: list[Footnote]
) -> Part:
    words = _WORDS[language]
    cited = {citation.n: citation for citation in entry.citations}
    numbers: dict[int, int] = {}

    def number(n: int) -> int:
        if n not in numbers:
            numbers[n] = len(footnotes) + 1
            footnotes.append(_footnote(numbers[n], cited[n], documents, entry.retrieved, language))
        return numbers[n]

    def pieces_of(line: str) -> Pieces:
        line = line.strip()
        pieces: list[Piece] = []
        at = 0
        for match in _MARKER.finditer(line):
            if int(match.group(1)) in cited:
                pieces += [line[at : match.start()], number(int(match.group(1)))]
                at = match.end()
        return tuple(piece for piece in (*pieces, line[at:]) if piece != "")

    blocks = _blocks(_clean(entry.text), pieces_of)
    remarks = [words[entry.status]] if entry.status in ("partial", "redacted") else []
    if entry.status is None:
        remarks.append(words["stopped"])
    if entry.status == "not_found" and not blocks:
        remarks.append(words["not_found"])
    if entry.closest:
        remarks.append(words["closest"] + "; ".join(_flat(_clean(clause.label)) for clause in entry.closest))
    return Part(question=_clean(entry.question).strip(), blocks=blocks, remarks=tuple(remarks))


def _footnote(
    n: int, citation: Citation, documents: Mapping[str, IndexedDocument], retrieved: str, language: Language
) -> Footnote:
    words = _WORDS[language]
    document = documents.get(citation.doc_id)
    facts = _facts(document, language) if document else [words["gone"]]
    if citation.page:
        facts.append(words["page"].format(page=citation.page))
    if not citation.verified:
        facts.append(words["unverified"])
    return Footnote(
        n=n,
        label=_flat(_clean(citation.label)) + words["stop"],
        facts=_flat(_clean(words["between"].join(facts))) + (words["stop"] if facts else ""),
        quote=words["quote"].format(quote=_flat(_clean(citation.quote))),
        retrieved=f" {words['retrieved'].format(date=retrieved)}" if retrieved else "",
    )


def _facts(document: IndexedDocument, language: Language) -> list[str]:
    words, metadata = _WORDS[language], document.metadata
    found = [metadata.document_number or ""]
    if metadata.year is not None:
        found.append(words["year"].format(year=metadata.year))
    if metadata.version:
        found.append(words["version"].format(version=metadata.version))
    if metadata.effective:
        found.append(words["effective"].format(date=metadata.effective))
    if metadata.status in ("in_force", "superseded", "repealed", "draft"):
        found.append(words[metadata.status])
    return [fact for fact in found if fact]


def _clean(words: str) -> str:
    return _UNWANTED.sub("", words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def _flat(words: str) -> str:
    """One line; Chinese goes on without a space where a line broke."""
    return " ".join(_HAN_BREAK.sub("", words).split())


def _escaped(words: str) -> str:
    return _MARKDOWN.sub(lambda match: "\\" + match.group(), words)
