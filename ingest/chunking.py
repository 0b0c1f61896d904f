"""Chunks: a section's own text, whole where it fits, else cut at sentences into equal pieces."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from rag.sentences import sentence_spans
from rag.types import Chunk, Document, RemovedSpan, Section

CountTokens = Callable[[str], int]
Span = tuple[int, int]

_BLANK = " \t\r\n\f\v\u3000\u00a0\u200b\ufeff"
_ROW = re.compile(r"[^\n]*\S \| \S[^\n]*|[^；:：\n]{1,40}[:：] ?[^；\n]*(?:；[^；:：\n]{1,40}[:：] ?[^；\n]*)+")
_SOFT_BREAK = re.compile(r"[，,、；;：:）)》”\s]")
_LONGEST_CONTEXT_WORDS_CHARS = 60
_WHOLE_CHARS_PER_TOKEN = 12
"""Text longer than this many characters for each token allowed is cut without counting the whole."""


def own_spans(document: Document) -> list[tuple[Section, Span]]:
    """Each section with its own text: up to its first child. Together they partition the document."""
    sections = document.sections
    ends = [*(section.start for section in sections[1:]), document.end]
    return [(section, (section.start, end)) for section, end in zip(sections, ends, strict=True)]


def chunk_document(text: str, document: Document, *, max_tokens: int, count_tokens: CountTokens) -> tuple[Chunk, ...]:
    """Chunks of a document in text order; none crosses a section or holds removed text.

    Every section with a character to show has at least one chunk, be it only its heading line. A text
    over ``max_tokens`` is cut between sentences, lines of a table staying whole, into pieces as equal as
    possible; a sentence over it is cut at commas, or anywhere if it has none. ``context`` is not counted.
    """
    starts = [span.start for span in document.removed]
    by_id = {section.id: section for section in document.sections}
    chunks: list[Chunk] = []
    for section, (start, end) in own_spans(document):
        kept = _kept(text, start, end, document.removed, starts)
        if not kept:
            continue
        context = _context(text, document, section, by_id)
        for spans in _pieces(text, kept, max_tokens, count_tokens):
            chunks.append(_chunk(text, section, len(chunks), spans, context))
    return tuple(chunks)


def _chunk(text: str, section: Section, ordinal: int, spans: tuple[Span, ...], context: str) -> Chunk:
    return Chunk(
        section=section.id,
        ordinal=ordinal,
        start=spans[0][0],
        end=spans[-1][1],
        spans=spans,
        text="".join(text[a:b] for a, b in spans),
        context=context,
    )


def _context(text: str, document: Document, section: Section, by_id: dict[str, Section]) -> str:
    names: list[str] = []
    at: Section | None = section
    while at is not None and at.level > 0:
        words = at.heading or (_lead_in(text, at) if at is not section else "")
        names.append(" ".join(part for part in (at.number, words[:_LONGEST_CONTEXT_WORDS_CHARS]) if part))
        at = by_id.get(at.parent) if at.parent else None
    title = f"《{document.title}》" if document.title else ""
    return " ".join(part for part in (title, *reversed(names)) if part)


def _lead_in(text: str, section: Section) -> str:
    """The first sentence of a section without a heading: what its items are about (有下列情形之一的：)."""
    line = text[section.body : section.end].lstrip().split("\n", 1)[0]
    spans = sentence_spans(line[: 2 * _LONGEST_CONTEXT_WORDS_CHARS])
    return line[spans[0][0] : spans[0][1]] if spans else ""


def _kept(text: str, start: int, end: int, removed: Sequence[RemovedSpan], starts: Sequence[int]) -> list[Span]:
    """``[start, end)`` less removed spans, without white space at either end."""
    spans: list[Span] = []
    index = max(0, bisect_right(starts, start) - 1)
    at = start
    while index < len(removed) and removed[index].start < end:
        gone = removed[index]
        if gone.end > at:
            if gone.start > at:
                spans.append((at, gone.start))
            at = gone.end
        index += 1
    if at < end:
        spans.append((at, end))
    return _trim(text, spans)


def _trim(text: str, spans: Sequence[Span]) -> list[Span]:
    kept = list(spans)
    while kept:
        start, end = kept[0]
        while start < end and text[start] in _BLANK:
            start += 1
        if start < end:
            kept[0] = (start, end)
            break
        kept.pop(0)
    while kept:
        start, end = kept[-1]
        while end > start and text[end - 1] in _BLANK:
            end -= 1
        if start < end:
            kept[-1] = (start, end)
            break
        kept.pop()
    return kept


# Cutting -------------------------------------------------------------------------------------


def _pieces(text: str, kept: Sequence[Span], max_tokens: int, count_tokens: CountTokens) -> Iterator[tuple[Span, ...]]:
    shown = "".join(text[a:b] for a, b in kept)
    if len(shown) <= max_tokens * _WHOLE_CHARS_PER_TOKEN and count_tokens(shown) <= max_tokens:
        yield tuple(kept)
        return
    units = list(_units(shown, max_tokens, count_tokens))
    for first, last in _packed([tokens for _, _, tokens in units], max_tokens):
        spans = _trim(text, _mapped(kept, units[first][0], units[last][1]))
        if spans:
            yield tuple(spans)


def _units(shown: str, max_tokens: int, count_tokens: CountTokens) -> Iterator[tuple[int, int, int]]:
    """Sentences and table rows of the text that is shown, each within the limit.

    Their tokens are counted together with the blanks up to the next one, so that sums are never too low.
    """
    spans = [
        part
        for start, end in _sentences_and_rows(shown)
        for part in _within(shown, start, end, max_tokens, count_tokens)
    ]
    for i, (start, end) in enumerate(spans):
        following = spans[i + 1][0] if i + 1 < len(spans) else end
        yield start, end, count_tokens(shown[start:following])


def _sentences_and_rows(shown: str) -> Iterator[Span]:
    at = 0
    while at < len(shown):
        stop = shown.find("\n", at)
        stop = len(shown) if stop < 0 else stop
        if _ROW.fullmatch(shown, at, stop):
            yield at, stop
        else:
            yield from sentence_spans(shown, at, stop)
        at = stop + 1


def _within(shown: str, start: int, end: int, max_tokens: int, count_tokens: CountTokens) -> Iterator[Span]:
    """The span, cut at commas (or anywhere) so that no part is over the limit."""
    while start < end:
        size = min(end - start, max_tokens * _WHOLE_CHARS_PER_TOKEN)
        while size > 1 and (tokens := count_tokens(shown[start : start + size])) > max_tokens:
            size = max(1, min(size - 1, size * max_tokens // tokens))
        stop = start + size
        if stop < end:
            stop = _soft(shown, start, stop)
        yield start, stop
        start = stop


def _soft(shown: str, start: int, stop: int) -> int:
    """After the last comma in the second half of the span, if there is one."""
    for position in range(stop - 1, start + (stop - start) // 2, -1):
        if _SOFT_BREAK.match(shown[position]):
            return position + 1
    return stop


def _packed(tokens: Sequence[int], max_tokens: int) -> list[tuple[int, int]]:
    """Runs of units, first and last, as few as the limit allows and as equal as possible."""
    count = max(1, -(-sum(tokens) // max_tokens))
    while True:
        runs = _even_runs(tokens, count, max_tokens)
        if len(runs) <= count or count >= len(tokens):
            return runs
        count = max(count + 1, min(len(runs), count * 2))


def _even_runs(tokens: Sequence[int], count: int, max_tokens: int) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    first, filled, left = 0, 0, sum(tokens)
    for i, size in enumerate(tokens):
        goal = left / max(1, count - len(runs))
        if filled and (filled + size > max_tokens or filled + size - goal > goal - filled):
            runs.append((first, i - 1))
            left -= filled
            first, filled = i, 0
        filled += size
    if tokens:
        runs.append((first, len(tokens) - 1))
    return runs


def _mapped(kept: Sequence[Span], start: int, end: int) -> list[Span]:
    """Spans in the file of ``[start, end)`` of the text that is shown."""
    spans: list[Span] = []
    before = 0
    for a, b in kept:
        size = b - a
        low, high = max(start - before, 0), min(end - before, size)
        if low < high:
            spans.append((a + low, a + high))
        before += size
    return spans
