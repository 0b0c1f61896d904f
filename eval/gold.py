"""Finding the gold of each case in an index, before anything is asked.

A document is matched by title, by source path, or by file name with or without its extension; a
path by its numbers. All are compared in normal form without white space and brackets. Gold that names several
sections alike (two documents in one file, two of one title) means any of them, or the one that
holds the case's quote.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from eval.cases import Case, GoldSection
from eval.system import Snapshot
from rag.normalize import normalize
from rag.types import Document, IndexedDocument, Section

_SHOWN_CHARS = 1200
_CELL_ENDS = re.compile(r"[\t|]+|</?t[dhr]\b[^<>]*>")
_LOOSE = re.compile(r"[\s《》()【】\[\]]+")


class _UnreachableError(Exception):
    """Why a case cannot be scored with this index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldPlace:
    """A section of the index that a gold section names."""

    doc_id: str
    document: str
    source: str
    path: tuple[str, ...]
    start: int
    end: int
    text: str
    """The section as it reads, cut to what a report shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """A gold section and the place, or the equally good places, it names."""

    document: str
    path: tuple[str, ...]
    places: tuple[GoldPlace, ...]

    def holds(self, doc_id: str, path: Sequence[str]) -> bool:
        """Whether a section of the index is this gold section, or lies below it.

        This is the one definition of *found*: the same document, and a path that is the gold path
        or starts with it (gold may name a parent whose items answer). A parent of the gold
        section does not count: its own text does not hold the answer.
        """
        return any(doc_id == place.doc_id and tuple(path[: len(place.path)]) == place.path for place in self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A case whose gold was found in the index."""

    case: Case
    gold: tuple[Gold, ...]
    scope: tuple[str, ...] = ()
    """doc_ids that the question is confined to; empty: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A case that cannot be scored with this index, and why."""

    case: str
    reason: str


@dataclass(slots=True)
class _Catalogue:
    snapshot: Snapshot
    names: dict[str, list[IndexedDocument]] = field(default_factory=dict)
    outlines: dict[str, Document] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for document in self.snapshot.documents():
            for name in _names(document):
                self.names.setdefault(name, []).append(document)

    def find(self, name: str) -> list[IndexedDocument]:
        found = self.names.get(loose(name))
        if found:
            return found
        near = difflib.get_close_matches(loose(name), self.names, n=1, cutoff=0.5)
        hint = f"; the nearest is {self.names[near[0]][0].title!r}" if near else ""
        raise _UnreachableError(f"no document has the title or file name {name!r}{hint}")

    def outline(self, doc_id: str) -> Document:
        if doc_id not in self.outlines:
            self.outlines[doc_id] = self.snapshot.outline(doc_id)
        return self.outlines[doc_id]


def loose(text: str) -> str:
    """Normal form without white space, brackets and title marks, for comparing names and quotes."""
    return _LOOSE.sub("", normalize(text))


def locate(cases: Iterable[Case], snapshot: Snapshot) -> tuple[tuple[Located, ...], tuple[Fault, ...]]:
    """Find every gold section, quote and scope of the cases in the index."""
    catalogue = _Catalogue(snapshot)
    located: list[Located] = []
    faults: list[Fault] = []
    for case in cases:
        try:
            located.append(_locate(case, catalogue))
        except _UnreachableError as error:
            faults.append(Fault(case=case.id, reason=str(error)))
    return tuple(located), tuple(faults)


def _locate(case: Case, catalogue: _Catalogue) -> Located:
    gold = tuple(_find_section(section, catalogue) for section in case.sections)
    if case.quote:
        gold = _keep_quoted(case, gold, catalogue)
    scope = tuple(document.doc_id for document in catalogue.find(case.document)) if case.document else ()
    return Located(case=case, gold=gold, scope=scope)


def _find_section(section: GoldSection, catalogue: _Catalogue) -> Gold:
    documents = catalogue.find(section.document)
    wanted = _bare(section.path)
    places = [
        _place(document, found, catalogue)
        for document in documents
        for found in catalogue.outline(document.doc_id).sections
        if _bare(found.path) == wanted
    ]
    if not places:
        outline = [found.path for document in documents for found in catalogue.outline(document.doc_id).sections]
        raise _UnreachableError(
            f"{section.document!r} has no section {' › '.join(section.path)}; {_nearby(wanted, outline)}"
        )
    return Gold(document=section.document, path=section.path, places=tuple(places))


def _bare(path: Sequence[str]) -> tuple[str, ...]:
    return tuple(loose(part).strip(".、:") for part in path)


def _nearby(wanted: tuple[str, ...], outline: Sequence[tuple[str, ...]]) -> str:
    """Where the last number of a path stands instead, or else what stands beside it."""
    elsewhere = [" › ".join(path) for path in outline if wanted and _bare(path[-1:]) == wanted[-1:]]
    if elsewhere:
        return f"there is {' and '.join(elsewhere[:3])}"
    beside = [path[-1] for path in outline if len(path) == len(wanted) and _bare(path[:-1]) == wanted[:-1]]
    return f"there are {', '.join(beside[:12])}" if beside else "nothing is there"


def _place(document: IndexedDocument, section: Section, catalogue: _Catalogue) -> GoldPlace:
    text = _as_read(catalogue, document.doc_id, section.start, section.end).strip()
    return GoldPlace(
        doc_id=document.doc_id,
        document=document.title,
        source=document.source,
        path=section.path,
        start=section.start,
        end=section.end,
        text=text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "…",
    )


def _keep_quoted(case: Case, gold: tuple[Gold, ...], catalogue: _Catalogue) -> tuple[Gold, ...]:
    """Confirm that the quote stands in the gold, and drop places that gold names by accident."""
    if not gold:
        if not any(_quoted(catalogue, d.doc_id, d.start, d.end, case.quote) for d in catalogue.snapshot.documents()):
            raise _UnreachableError(f"no document holds the quote {_short(case.quote)}")
        return gold
    kept = tuple(
        Gold(
            document=one.document,
            path=one.path,
            places=tuple(p for p in one.places if _quoted(catalogue, p.doc_id, p.start, p.end, case.quote)),
        )
        for one in gold
    )
    if not any(one.places for one in kept):
        names = ", ".join(f"{one.document} {' › '.join(one.path)}".strip() for one in gold)
        raise _UnreachableError(f"the quote {_short(case.quote)} does not stand in {names}")
    return tuple(narrow if narrow.places else wide for narrow, wide in zip(kept, gold, strict=True))


def _quoted(catalogue: _Catalogue, doc_id: str, start: int, end: int, quote: str) -> bool:
    if quote in catalogue.snapshot.file_text(doc_id)[start:end]:
        return True
    text = _as_read(catalogue, doc_id, start, end)
    return loose(quote) in loose(text) or (bool(_CELL_ENDS.search(quote)) and _holds_rows(text, quote))


def _holds_rows(text: str, quote: str) -> bool:
    """Whether lines of a text hold the cells of each row of a quote in their order.

    A table's rows read otherwise than they stand in the file: with the names of their columns, without bars and tabs.
    """
    lines = [loose(line) for line in text.splitlines()]
    rows = [[cell for cell in map(loose, _CELL_ENDS.split(row)) if cell.strip("-:")] for row in quote.splitlines()]
    wanted = [re.compile(".*?".join(map(re.escape, cells))) for cells in rows if cells]
    return bool(wanted) and all(any(row.search(line) for line in lines) for row in wanted)


def _as_read(catalogue: _Catalogue, doc_id: str, start: int, end: int) -> str:
    """Text of a span less what cleaning removed."""
    text = catalogue.snapshot.file_text(doc_id)
    pieces: list[str] = []
    at = start
    for removed in catalogue.outline(doc_id).removed:
        if start <= removed.start and removed.end <= end:
            pieces.append(text[at : removed.start])
            at = removed.end
    return "".join(pieces) + text[at:end]


def _names(document: IndexedDocument) -> set[str]:
    path = PurePosixPath(document.source)
    return {loose(name) for name in (document.title, document.source, path.name, path.stem) if name} - {""}


def _short(quote: str) -> str:
    return repr(quote if len(quote) <= 40 else quote[:39] + "…")
