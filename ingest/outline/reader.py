"""The steps from a source text to its documents."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from ingest.cleaning import removed_spans
from ingest.outline.abbreviations import read_abbreviations
from ingest.outline.candidates import find_candidates
from ingest.outline.items import inline_items
from ingest.outline.lines import Line, read_lines, without_lines
from ingest.outline.links import find_links
from ingest.outline.lists import without_lists
from ingest.outline.metadata import read_metadata
from ingest.outline.nesting import nest
from ingest.outline.openings import find_openings
from ingest.outline.redactions import find_redactions
from ingest.outline.repeals import read_repeals
from ingest.outline.sections import build_sections
from ingest.outline.titles import Opening
from ingest.outline.toc import toc_lines, toc_spans
from ingest.outline.words_below import with_words_below
from ingest.source import SourceText
from rag.types import Document, RemovedSpan

_MARKED_UP = frozenset({"md", "html"})


def outline(source: SourceText, name: str = "") -> tuple[Document, ...]:
    """The documents of a file, in order; together they cover its text.

    Each has its sections (root first), inline items, removed spans, links, redactions,
    irregularities and metadata. A file without text gives one empty document. ``name`` is the title
    of a first document that has none of its own, such as a speech that opens with its salutation.
    """
    removed = removed_spans(source)
    lines = read_lines(source, removed)
    contents = toc_lines(lines)
    if contents:
        removed = _with_contents(removed, toc_spans(source.text, lines, contents))
        lines = without_lines(lines, contents)
    openings = find_openings(lines, source.title)
    documents = []
    for i, opening in enumerate(openings):
        last = i + 1 == len(openings)
        start = 0 if i == 0 else lines[opening.first].start
        end = len(source.text) if last else lines[openings[i + 1].first].start
        own = lines[opening.first :] if last else lines[opening.first : openings[i + 1].first]
        title = opening.title or (name if i == 0 else "")
        documents.append(_document(source, start, end, opening, title, own, lines, removed))
    return tuple(documents)


def _with_contents(removed: Sequence[RemovedSpan], contents: Sequence[RemovedSpan]) -> tuple[RemovedSpan, ...]:
    """Removed spans and tables of contents, which swallow what is removed inside them."""
    starts = [span.start for span in contents]
    outside = []
    for span in removed:
        at = bisect_right(starts, span.start) - 1
        if at < 0 or span.start >= contents[at].end:
            outside.append(span)
    return tuple(sorted((*outside, *contents), key=lambda span: span.start))


def _document(
    source: SourceText,
    start: int,
    end: int,
    opening: Opening,
    title: str,
    own: Sequence[Line],
    lines: Sequence[Line],
    removed: Sequence[RemovedSpan],
) -> Document:
    body = max(opening.title_lines, default=opening.first - 1)
    below = [line for line in own if line.index > body]
    candidates = find_candidates(
        below, lines, marked_up=source.format in _MARKED_UP, carried=frozenset(opening.carried)
    )
    candidates = without_lists(with_words_below(candidates, below), below)
    sections, odd = build_sections(start, end, nest(candidates), lines, source.page_starts)
    headings = frozenset(section.start for section in sections[1:])
    first = sections[1].start if len(sections) > 1 else end
    metadata, contradictions = read_metadata(source.text, start, end, opening.title, first, called=title)
    first_gone, past_gone = (bisect_left(removed, offset, key=lambda span: span.start) for offset in (start, end))
    gone = tuple(removed[first_gone:past_gone])
    return Document(
        title=title,
        start=start,
        end=end,
        metadata=replace(metadata, repeals=read_repeals(source.text, start, end, opening.title)),
        sections=sections,
        items=inline_items(sections, own, headings),
        removed=gone,
        links=find_links(source.text, sections, headings),
        redactions=find_redactions(source.text, sections, gone),
        irregularities=tuple(sorted((*odd, *contradictions), key=lambda odd: odd.start)),
        abbreviations=read_abbreviations(source.text, start, end),
    )
