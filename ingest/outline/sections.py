"""The section tree of one document, from its accepted headings."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from ingest.genres import GENRE
from ingest.outline.lines import Line, is_chinese
from ingest.outline.nesting import Placed
from ingest.outline.title_lines import joined
from rag.types import Irregularity, Section

_STOP = re.compile(r"[。！？]|[.](?=[ \u00a0]+[A-Z“\"(])|[!?](?=[ \u00a0]+[A-Z“\"])|[.](?=$)")
_EDGE = " \t\u3000\u00a0:：;；,，、。.—–-"
_CAPTION = re.compile(r"[【〔\[（(](?P<words>[^】〕\]）)]{1,30})[】〕\]）)][ \u3000]*")
_ARTICLES = frozenset({"article"})
_CLAUSE_SCHEMES = frozenset({"chinese", "chinese_paren", "arabic", "arabic_paren", "arabic_half", "circled"})
_LONGEST_CAPTION_CHARS = 30
_WHOLE_TITLE = re.compile(r"(?:名单|名录|目录|表|图|一览|台账|模板|样式|范本)$")
"""Ends the title of an attachment, beside the genres of documents."""
_ODD = {
    "skip": "number {number} follows {before}: {missing}",
    "repeat": "number {number} stands twice in a row",
    "restart": "numbering starts again at {number} after {before}",
    "back": "number {number} follows {before}",
    "late_start": "numbering starts at {number}",
}


def build_sections(
    start: int, end: int, placed: Sequence[Placed], lines: Sequence[Line], page_starts: Sequence[int]
) -> tuple[tuple[Section, ...], tuple[Irregularity, ...]]:
    """Sections of ``[start, end)``, the root first, and what is odd about their numbers."""
    root = Section(
        id=section_id((), 0),
        parent=None,
        level=0,
        number="",
        heading="",
        path=(),
        start=start,
        end=end,
        body=start,
        page=_page(page_starts, start),
    )
    ends = _ends(placed, end)
    sections = [root]
    trail: list[tuple[Section, Placed]] = []
    seen: Counter[tuple[str, ...]] = Counter()
    odd: list[Irregularity] = []
    before: dict[str, str] = {}
    for made, stop in zip(placed, ends, strict=True):
        del trail[made.depth - 1 :]
        parent = trail[-1][0] if trail else root
        section = _section(
            made, stop, parent, any(above.scheme in _ARTICLES for _, above in trail), lines, seen, page_starts
        )
        if made.odd:
            odd.append(_irregularity(made, section, before.get(parent.id, "?")))
        if section.number:
            before[parent.id] = section.number
        trail.append((section, made))
        sections.append(section)
    return tuple(sections), tuple(odd)


def section_id(path: tuple[str, ...], occurrence: int) -> str:
    """A short hash of path and occurrence: the same as long as the outline is."""
    return hashlib.blake2b("\x1f".join((*path, str(occurrence))).encode(), digest_size=5).hexdigest()


def _ends(placed: Sequence[Placed], end: int) -> list[int]:
    ends = [end] * len(placed)
    open_: list[int] = []
    for i, made in enumerate(placed):
        while open_ and placed[open_[-1]].depth >= made.depth:
            ends[open_.pop()] = made.candidate.line.start
        open_.append(i)
    return ends


def _section(
    made: Placed,
    stop: int,
    parent: Section,
    in_article: bool,
    lines: Sequence[Line],
    seen: Counter[tuple[str, ...]],
    page_starts: Sequence[int],
) -> Section:
    candidate = made.candidate
    heading, body = _words(made, in_article, lines)
    path = (*parent.path, candidate.number or heading)
    seen[path] += 1
    start = candidate.line.start
    return Section(
        id=section_id(path, seen[path] - 1),
        parent=parent.id,
        level=made.depth,
        number=candidate.number,
        heading=heading,
        path=path,
        start=start,
        end=stop,
        body=min(body, stop),
        page=candidate.line.block.page or _page(page_starts, start),
    )


def _page(page_starts: Sequence[int], offset: int) -> int | None:
    return bisect_right(page_starts, offset) or None if page_starts else None


# A heading's words -----------------------------------------------------------------------------


def _words(made: Placed, in_article: bool, lines: Sequence[Line]) -> tuple[str, int]:
    """The words of a heading and the offset where its section's text begins."""
    line = made.candidate.line
    marker = made.candidate.marker
    if marker is None:
        return _clean(line.text), line.end
    below = made.candidate.words
    if below:
        return _clean(joined([line.text for line in below], is_chinese(below[0].text))), below[-1].end
    if made.scheme == "article":
        return _article_words(line, marker.end, marker.spaced, lines)
    lettered = made.scheme.startswith(("letter_lower", "roman_lower")) and _is_clause(line.text[marker.end :])
    if lettered or (in_article and made.scheme in _CLAUSE_SCHEMES and made.candidate.level is None):
        return "", line.offset(marker.end)
    if made.scheme == "attachment":
        return _attachment_words(line, marker.end, lines)
    whole = made.candidate.level is not None or made.scheme == "question"
    return _run_in(line, marker.end, lines, whole)


def _clean(words: str) -> str:
    return " ".join(words.split()).strip(_EDGE)


def _is_clause(words: str) -> bool:
    """Part of a sentence, as ``(a)`` and ``(i)`` number it, not a heading."""
    return (
        not words
        or words[0].islower()
        or words[-1] in ".;,:；，、：。"
        or words.endswith((" and", " or", " by", " of", " the"))
    )


def _article_words(line: Line, at: int, spaced: bool, lines: Sequence[Line]) -> tuple[str, int]:
    """A statute's article has no heading, save a caption in brackets or alone on the line."""
    caption = _CAPTION.match(line.text, at)
    if caption and (line.text[at] in "【〔[" or caption.end() == len(line.text)):
        return _clean(caption["words"]), line.offset(caption.end())
    rest = line.text[at:]
    broken = line.index + 1 < len(lines) and lines[line.index + 1].wrapped
    if (
        rest
        and spaced
        and not broken
        and len(rest) <= _LONGEST_CAPTION_CHARS
        and not re.search(r"[。；;：:，,、！？]", rest)
    ):
        return _clean(rest), line.end
    if rest and line.block.kind == "heading":
        return _run_in(line, at, lines, True)
    return "", line.offset(at)


def _attachment_words(line: Line, at: int, lines: Sequence[Line]) -> tuple[str, int]:
    """Words after 附件1, or else the title on the line below."""
    rest = _clean(line.text[at:])
    if rest or line.index + 1 >= len(lines):
        return rest, line.end
    below = lines[line.index + 1]
    if not _may_name(below):
        return "", line.end
    if not _WHOLE_TITLE.search(below.text) and GENRE.search(below.text) is None and line.index + 2 < len(lines):
        further = lines[line.index + 2]
        if _may_name(further) and not further.gap and GENRE.search(further.text):
            return _clean(below.text + further.text), further.end
    return _clean(below.text), below.end


def _may_name(line: Line) -> bool:
    """Whether a line may be the title of an attachment, or a part of it."""
    ends = re.search(r"[。；;：:，,]$", line.text)
    return not (len(line.text) > 60 or ends or line.block.kind.startswith("table") or line.marker)


def _run_in(line: Line, at: int, lines: Sequence[Line], whole: bool) -> tuple[str, int]:
    """The words up to the first full stop; a heading that was broken at the margin goes on below."""
    text = line.text
    stop = None if whole else _STOP.search(text, at)
    if stop is not None:
        return _clean(text[at : stop.start()]), line.offset(stop.end())
    words, end = text[at:], line.end
    following = line.index + 1
    while not whole and following < len(lines) and lines[following].wrapped and following - line.index <= 4:
        below = lines[following]
        if below.marker is not None and not below.marker.reads_on:
            break
        glue = " " if words[-1:].isascii() else ""
        stop = _STOP.search(below.text)
        if stop is not None:
            return _clean(words + glue + below.text[: stop.start()]), below.offset(stop.end())
        words, end = words + glue + below.text, below.end
        following += 1
    return _clean(words), end


def _irregularity(made: Placed, section: Section, before: str) -> Irregularity:
    """``before`` is the number that stands before it under the same parent."""
    message = _ODD[made.odd].format(number=section.number, before=before, missing=made.missing)
    return Irregularity(kind=made.odd, message=message.removesuffix(": "), start=section.start, end=section.body)
