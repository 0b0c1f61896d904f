"""Spans of a text, found by range and written out as nested HTML; nothing of the text is lost or doubled."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from rag.types import Document


@dataclass(frozen=True, slots=True)
class Mark:
    """A span and the tags around it."""

    start: int
    end: int
    opening: str
    closing: str


class Marks:
    """Spans of one kind in text order, without overlap; finds those that touch a range."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        self.marks: list[Mark] = []
        for mark in sorted(marks, key=lambda m: (m.start, m.end)):
            if mark.start < mark.end and (not self.marks or mark.start >= self.marks[-1].end):
                self.marks.append(mark)
        self._ends = [mark.end for mark in self.marks]

    def within(self, start: int, end: int) -> Iterator[Mark]:
        """Those that touch ``[start, end)``, in order."""
        for i in range(bisect_right(self._ends, start), len(self.marks)):
            if self.marks[i].start >= end:
                return
            yield self.marks[i]


def marked(file_text: str, start: int, end: int, layers: Sequence[Marks]) -> str:
    """The text from ``start`` to ``end``, escaped, inside the tags of every mark that touches it.

    Earlier layers enclose later ones; a mark is closed and opened again where another begins or ends.
    """
    touching = [list(layer.within(start, end)) for layer in layers]
    if not any(touching):
        return escape(file_text[start:end])
    points = {start, end}
    for marks in touching:
        for mark in marks:
            points.update((max(mark.start, start), min(mark.end, end)))
    out = []
    for a, b in pairwise(sorted(points)):
        over = [mark for marks in touching for mark in marks if mark.start <= a and b <= mark.end]
        out.append("".join(mark.opening for mark in over))
        out.append(escape(file_text[a:b]))
        out.append("".join(mark.closing for mark in reversed(over)))
    return "".join(out)


def removed_marks(document: Document) -> Marks:
    """The document's removed spans, without tags."""
    return Marks(Mark(span.start, span.end, "", "") for span in document.removed)


def kept(file_text: str, start: int, end: int, removed: Marks) -> str:
    """The text between two offsets less removed spans, without surrounding white space."""
    out = []
    for mark in removed.within(start, end):
        out.append(file_text[start : max(mark.start, start)])
        start = min(mark.end, end)
    out.append(file_text[start:end])
    return "".join(out).strip()


def trim(words: str, start: int, end: int) -> tuple[int, int]:
    """The span less white space at both ends."""
    while start < end and words[start].isspace():
        start += 1
    while end > start and words[end - 1].isspace():
        end -= 1
    return start, end


def first_line(words: str, start: int, end: int) -> tuple[int, int]:
    """The first line with something on it between two offsets, trimmed."""
    start, _ = trim(words, start, end)
    stop = words.find("\n", start, end)
    return trim(words, start, end if stop < 0 else stop)
