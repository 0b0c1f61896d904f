"""The text as lines: what is left of each once removed spans are cut out, with its look."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ingest.outline.markers import Marker, marker_at
from ingest.source import Block, SourceText
from rag.types import RemovedSpan

_BLANK = " \t\r\n\f\v\u3000\u00a0\u200b\ufeff"
_CJK = re.compile(r"[㐀-鿿]")
_SECOND_MARKER = re.compile(
    r"(?P<words>[^。；;，,：:]{4,40}?)[ \u3000]+(?P<second>[（(]?[1一１①][)）.．、]?(?![0-9]).*)$"
)
_CLOSED = "。！？!?；;：:.…”』」》】"


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or one heading block, of visible text."""

    index: int
    start: int
    end: int
    """Offsets in the file of the line without surrounding white space."""
    text: str
    """What is shown: the line less removed spans."""
    block: Block
    gap: bool
    """Whether a blank line stands before it."""
    wrapped: bool
    """Whether it goes on from the line before, which was broken at the right margin."""
    marker: Marker | None
    """The numbering marker it begins with, whatever it may be."""
    cuts: tuple[tuple[int, int], ...] = ()
    """Removed spans inside the line."""

    def offset(self, position: int) -> int:
        """Offset in the file of a position in ``text``."""
        at = self.start + position
        for start, end in self.cuts:
            if start > at:
                break
            at += end - start
        return at


@dataclass(slots=True)
class _Span:
    start: int
    end: int
    text: str
    block: Block
    cuts: tuple[tuple[int, int], ...] = field(default=())


def read_lines(source: SourceText, removed: Sequence[RemovedSpan]) -> list[Line]:
    """All lines with something to show, in text order."""
    spans = list(_spans(source, removed))
    width = _margin(spans)
    lines: list[Line] = []
    before: _Span | None = None
    for span in spans:
        between = source.text[before.end : span.start] if before else ""
        gap = between.count("\n") > 1 or (before is None)
        wrapped = width > 0 and before is not None and not gap and _runs_on(before, span, width)
        marker = marker_at(span.text)
        lines.append(Line(len(lines), span.start, span.end, span.text, span.block, gap, wrapped, marker, span.cuts))
        before = span
    return _numbered([part for i, line in enumerate(lines) for part in _parted(line, lines[i + 1 : i + 2])])


def _parted(line: Line, below: Sequence[Line]) -> list[Line]:
    """``（一）条件 1.年满十八周岁；`` over a line ``2.…``: two entries that the format set on one line."""
    found = _SECOND_MARKER.match(line.text)
    if line.marker is None or found is None or not below or below[0].marker is None or line.cuts:
        return [line]
    at = found.end("words")
    rest = line.text[found.start("second") :]
    second = marker_at(rest)
    if second is None or second.values[0] == line.marker.values[0] or not _next(second, below[0].marker):
        return [line]
    words = line.text[:at]
    start = line.start + found.start("second")
    return [
        replace(line, end=line.start + at, text=words),
        replace(line, start=start, text=rest, marker=second, gap=False, wrapped=False),
    ]


def _next(first: Marker, second: Marker) -> bool:
    (scheme, value), (other, after) = first.values[0], second.values[0]
    return (scheme, first.style) == (other, second.style) and value == (1,) and after == (2,)


def _numbered(lines: Sequence[Line]) -> list[Line]:
    return [line if line.index == index else replace(line, index=index) for index, line in enumerate(lines)]


def without_lines(lines: Sequence[Line], indices: set[int]) -> list[Line]:
    """The lines that are left, numbered anew; a gap stands where lines are left out."""
    kept: list[Line] = []
    gap = False
    for line in lines:
        if line.index in indices:
            gap = True
            continue
        kept.append(replace(line, index=len(kept), gap=line.gap or gap, wrapped=line.wrapped and not gap))
        gap = False
    return kept


def is_chinese(text: str) -> bool:
    """Whether a sample of the text is mostly Chinese."""
    sample = text[:20000]
    return len(_CJK.findall(sample)) * 5 > len(sample)


def _spans(source: SourceText, removed: Sequence[RemovedSpan]) -> Iterable[_Span]:
    text = source.text
    starts = [span.start for span in removed]
    for block in source.blocks:
        pieces = [(block.start, block.end)] if block.kind == "heading" else _split_lines(text, block.start, block.end)
        for start, end in pieces:
            start, end = _strip(text, start, end)
            if start >= end:
                continue
            first = max(0, bisect_right(starts, start) - 1)
            if first >= len(removed) or (removed[first].end <= start and _none_after(removed, first + 1, end)):
                yield _Span(start, end, text[start:end], block)
                continue
            found = _cut(text, start, end, removed, first)
            if found is not None:
                yield _Span(found[0], found[1], found[2], block, found[3])


def _none_after(removed: Sequence[RemovedSpan], index: int, end: int) -> bool:
    return index >= len(removed) or removed[index].start >= end


def _split_lines(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        yield start, stop
        start = stop + 1


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _BLANK:
        start += 1
    while end > start and text[end - 1] in _BLANK:
        end -= 1
    return start, end


def _cut(
    text: str, start: int, end: int, removed: Sequence[RemovedSpan], index: int
) -> tuple[int, int, str, tuple[tuple[int, int], ...]] | None:
    pieces: list[tuple[int, int]] = []
    at = start
    while index < len(removed) and removed[index].start < end:
        gone = removed[index]
        if gone.end > at:
            if gone.start > at:
                pieces.append((at, gone.start))
            at = max(at, gone.end)
        index += 1
    if at < end:
        pieces.append((at, end))
    while pieces and not text[slice(*pieces[0])].strip(_BLANK):
        pieces.pop(0)
    while pieces and not text[slice(*pieces[-1])].strip(_BLANK):
        pieces.pop()
    if not pieces:
        return None
    pieces[0] = (_strip(text, *pieces[0])[0], pieces[0][1])
    pieces[-1] = (pieces[-1][0], _strip(text, *pieces[-1])[1])
    cuts = tuple((a[1], b[0]) for a, b in itertools.pairwise(pieces))
    return pieces[0][0], pieces[-1][1], "".join(text[a:b] for a, b in pieces), cuts


def columns(text: str) -> int:
    """How wide the text stands: a Chinese character takes two columns."""
    return len(text) + len(_CJK.findall(text))


def _margin(spans: Sequence[_Span]) -> int:
    """Columns at which the text was broken into lines; 0 where lines are whole paragraphs."""
    if len(spans) < 8:
        return 0
    sample = spans if len(spans) < 20000 else spans[:: len(spans) // 10000]
    lengths = Counter(columns(span.text) for span in sample if span.block.kind == "paragraph")
    count = sum(lengths.values())
    if not count:
        return 0
    longest = _quantile(lengths, count, 0.98)
    if not 40 <= longest <= 130:
        return 0
    near = sum(n for length, n in lengths.items() if longest * 0.82 <= length <= longest * 1.06)
    return longest if near >= max(4, count // 4) else 0


def _quantile(lengths: Counter[int], count: int, share: float) -> int:
    seen = 0
    for length in sorted(lengths):
        seen += lengths[length]
        if seen >= count * share:
            return length
    return 0


def _runs_on(before: _Span, span: _Span, width: int) -> bool:
    """A full line that ends inside a sentence goes on in the next one."""
    kinds = {before.block.kind, span.block.kind}
    if kinds & {"heading", "table_row", "table_header"}:
        return False
    return columns(before.text) >= width * 0.8 and before.text[-1] not in _CLOSED
