"""Lines that may be headings: by a numbering marker, by the format, or by what such lines say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.outline.lines import Line, columns, is_chinese
from ingest.outline.markers import BARE, Marker, marker_at
from ingest.outline.schemes import STATUTE, follows, rank

WEAK_SCHEMES = frozenset({"arabic", "arabic_half", "letter_upper_dot", "roman_upper_dot", "circled"})
"""Schemes that also number figures, options and list entries: taken only in sequence."""

_LONE_WORD = re.compile(r"(?:[序前引导][ \u3000]*言|[总附][ \u3000]*则|附[ \u3000]*(?:录|注[:：]?)|结[ \u3000]*语)$")
_QUESTION = re.compile(r"(?:[QＱ]|[Qq]uestion|[问問])[ \u3000]*[:：].*\w.*")
_ANSWER = re.compile(r"(?:[AＡ]|[Aa]nswer|答(?:[复覆])?)[ \u3000]*[:：]")
"""Of a list of questions and answers without numbers."""
_CAPS = re.compile(r"[A-Z][A-Z0-9 ,;&'’/()\-–—:]{3,79}$")
_TABLE_KINDS = frozenset({"table_row", "table_header", "footnote", "code"})
_ATTACHMENT_LIST = re.compile(r"附[ \u3000]*(?:件|录|表|图)[ \u3000]*[:：]")
_ENTRY = re.compile(r"(?:附[ \u3000]*件)?[ \u3000]*[0-9０-９]{1,2}[ \u3000]*[.．、:：]")
_LONGEST_ENTRY_CHARS = 60
_DIVISIONS = ("en_chapter", "en_part", "en_title", "chapter", "part", "portion")
_NUMBERED_UNITS = ("en_article", "en_rule")
_LINES_OF_TITLE_PAGE = 3
_OTHERS = ("en_", "sign", "attachment")
"""Units that a sentence also names of other documents, or that stand in files of their own."""
_BRACKETED = frozenset({"letter_lower_paren", "roman_lower_paren", "arabic_paren"})
_LINES_TO_NEIGHBOUR = 3
_FULL_LINE = 0.8
"""Share of the margin that a line fills where the text goes on in the next one."""
_END = re.compile(r"[。；;！!？?，,、]$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that may open a section."""

    line: Line
    marker: Marker | None
    """None for a heading without number."""
    level: int | None
    """Level the format gives, if it does."""
    kind: str
    """``marker``, ``format``, ``word`` (序言, 附则), ``question`` (问：……), ``caps`` or ``carried``."""
    introduced: bool = False
    """Whether the line before ends with a colon: a list begins here."""
    words: tuple[Line, ...] = ()
    """Lines below that hold the words, where the heading's own line is only its number."""

    @property
    def number(self) -> str:
        """The bare numeral as printed, or ``""``."""
        return self.marker.number if self.marker else ""


def find_candidates(
    own: Sequence[Line], lines: Sequence[Line], *, marked_up: bool, carried: frozenset[int] = frozenset()
) -> list[Candidate]:
    """Candidates among a document's ``own`` lines; references, amounts and lists of attachments left out.

    ``lines`` are those of the whole file, which ``Line.index`` counts in. ``marked_up`` says that the
    format tells lists from headings (Markdown, HTML): its English list entries are no headings, save below an
    Article or Rule, whose numbered paragraphs Markdown takes for a list.
    ``carried`` are the lines that are titles of what a covering notice carries.
    """
    chinese = is_chinese(" ".join(line.text for line in own[:400]))
    formatted = sum(line.block.kind == "heading" and line.block.level is not None for line in own) >= 2
    found: list[Candidate] = []
    listing = False
    unit = ""
    for line in own:
        if line.block.kind in _TABLE_KINDS:
            continue
        if line.index in carried:
            found.append(Candidate(line, None, line.block.level, "carried"))
            continue
        listing = _in_attachment_list(line, lines, listing)
        if listing:
            continue
        told = marked_up and not unit.startswith(_NUMBERED_UNITS)
        candidate = _candidate(line, lines, chinese, formatted, told)
        if candidate is not None:
            found.append(candidate)
            if candidate.level is not None:
                unit = candidate.marker.values[0][0] if candidate.marker else ""
    return _without_title_pages(_with_sure_numbers(_without_references(found)), lines)


def _without_references(found: Sequence[Candidate]) -> list[Candidate]:
    """Of the numbers whose words make them look like references or amounts, only those the sequence needs.

    A heading of the format that is not among these stays a heading, without number.
    """
    kept = {i for i, candidate in enumerate(found) if not _is_doubtful(candidate)}
    order = range(len(found))
    after = dict(_beside(found, kept, order[::-1]))
    before: dict[int, tuple[int, ...] | None] = {}
    for i, value in _beside(found, kept, order):
        before[i] = value
        if i not in kept and _is_needed(found[i], value, after[i]):
            kept.add(i)
    for i, value in _beside(found, kept, order[::-1]):
        if i not in kept and _is_needed(found[i], before[i], value):
            kept.add(i)
    rest = ((i, one) for i, one in enumerate(found) if i in kept or one.line.block.kind == "heading")
    return [one if i in kept else replace(one, marker=None, kind="format", introduced=False) for i, one in rest]


def _beside(found: Sequence[Candidate], kept: set[int], order: range) -> Iterator[tuple[int, tuple[int, ...] | None]]:
    """Each candidate, in ``order``, with the last value of its scheme that is kept and has the same holder.

    What is added to ``kept`` before the next step counts from there on.
    """
    last: dict[str, tuple[int, ...]] = {}
    for i in order:
        marker = found[i].marker
        if marker is None:
            yield i, None
            continue
        scheme, value = marker.values[0]
        yield i, last.get(scheme)
        if i not in kept:
            continue
        for inner in [inner for inner in last if _ends_run(scheme, inner)]:
            del last[inner]
        last[scheme] = value
        if order.step > 0 and scheme.startswith(("arabic", "decimal")):
            last[f"decimal{len(value) + 1}"] = value


def _ends_run(scheme: str, inner: str) -> bool:
    """Whether the inner scheme starts again after a number of the other; articles and decimals go on."""
    return rank(scheme) < rank(inner) and inner not in STATUTE and not inner.startswith("decimal")


def _is_needed(candidate: Candidate, before: tuple[int, ...] | None, after: tuple[int, ...] | None) -> bool:
    """Whether a doubtful number fills its place between those before and after it.

    One neighbour is enough where the line reads like a heading. What may belong to another file is not needed.
    """
    assert candidate.marker is not None
    scheme, value = candidate.marker.values[0]
    if scheme.startswith(_OTHERS) or value in (before, after):
        return False
    goes_on = before is not None and follows(before, value)
    leads_on = after is not None and len(after) == len(value) and follows(value, after)
    if leads_on and (goes_on or (before is None and value[-1] <= 1)):
        return True
    apart = _is_short(candidate.line) or (scheme in STATUTE and candidate.marker.spaced)
    return apart and (goes_on or leads_on)


def _is_doubtful(candidate: Candidate) -> bool:
    return candidate.marker is not None and candidate.marker.reads_on


def _without_title_pages(found: list[Candidate], lines: Sequence[Line]) -> list[Candidate]:
    """Of a chapter announced on a page of its own and again over its text (CHAPTER 1), only one."""
    dropped: set[int] = set()
    for i, first in enumerate(found):
        if first.marker is None or not first.marker.values[0][0].startswith(_DIVISIONS):
            continue
        again = next((j for j in range(i + 1, min(i + 3, len(found))) if _same_number(first, found[j])), None)
        if again is None:
            continue
        between = lines[first.line.index : found[again].line.index]
        if len(between) <= _LINES_OF_TITLE_PAGE and all(_is_short(line) for line in between):
            named = _has_words(first) and not _has_words(found[again])
            dropped.update(range(i + 1, again + 1) if named else range(i, again))
    return [candidate for i, candidate in enumerate(found) if i not in dropped]


def _same_number(first: Candidate, second: Candidate) -> bool:
    return first.marker is not None and second.marker is not None and first.marker.values == second.marker.values


def _has_words(candidate: Candidate) -> bool:
    return candidate.marker is not None and len(candidate.line.text) > candidate.marker.end


def _with_sure_numbers(found: list[Candidate]) -> list[Candidate]:
    """Leaves out bare numbers (``2 范围``), save those that ``2.1`` follows and their neighbours in sequence.

    Numbers with a figure at once after them (``1、3年以上``) stay where the one before or after stands in sequence.
    """
    bare = [i for i, candidate in enumerate(found) if _is_bare(candidate)]
    sure = {i for i in bare if _opens_decimals(found, i)}
    for order in (bare, bare[::-1]):
        for before, after in pairwise(order):
            if before in sure and abs(_value(found[after]) - _value(found[before])) == 1:
                sure.add(after)
    dropped = set(bare) - {i for i in sure if _is_short(found[i].line)} | _stray(found)
    return [candidate for i, candidate in enumerate(found) if i not in dropped]


def _stray(found: Sequence[Candidate]) -> set[int]:
    """Numbers with a figure at once after them that count neither on from the one before nor to the next."""
    arabic = [i for i, candidate in enumerate(found) if _is_arabic(candidate)]
    stray = {i for i in arabic if _is_glued(found[i])}
    if not stray:
        return stray
    for style in {_style(found[i]) for i in arabic}:
        like = [i for i in arabic if _style(found[i]) == style]
        for before, after in [*pairwise(like), *pairwise(arabic)]:
            if _value(found[after]) == _value(found[before]) + 1:
                stray -= {before, after}
    return stray


def _is_arabic(candidate: Candidate) -> bool:
    return candidate.marker is not None and candidate.marker.values[0][0] == "arabic" and not _is_bare(candidate)


def _is_glued(candidate: Candidate) -> bool:
    return candidate.marker is not None and candidate.marker.glued and candidate.level is None


def _style(candidate: Candidate) -> str:
    return candidate.marker.style if candidate.marker else ""


def _is_bare(candidate: Candidate) -> bool:
    return candidate.marker is not None and candidate.marker.style == BARE and candidate.level is None


def _value(candidate: Candidate) -> int:
    return candidate.marker.values[0][1][0] if candidate.marker else 0


def _is_short(line: Line) -> bool:
    return len(line.text) <= _LONGEST_ENTRY_CHARS and not _END.search(line.text)


def _opens_decimals(found: Sequence[Candidate], index: int) -> bool:
    following = found[index + 1].marker if index + 1 < len(found) else None
    return following is not None and following.values[0] == ("decimal2", (_value(found[index]), 1))


def _in_attachment_list(line: Line, lines: Sequence[Line], listing: bool) -> bool:
    """Whether the line belongs to the list ``附件：1.… 2.…`` that stands at the end of a notice."""
    head = _ATTACHMENT_LIST.match(line.text)
    if head is None:
        return listing and _ENTRY.match(line.text) is not None and len(line.text) < _LONGEST_ENTRY_CHARS
    if head.end() < len(line.text):
        return True
    below = lines[line.index + 1].text if line.index + 1 < len(lines) else ""
    return _ENTRY.match(below) is not None and len(below) < _LONGEST_ENTRY_CHARS


def _candidate(line: Line, lines: Sequence[Line], chinese: bool, formatted: bool, marked_up: bool) -> Candidate | None:
    heading = line.block.kind == "heading"
    marker = line.marker
    if marker is not None and (heading or not _refused(line, marker, lines, chinese, marked_up)):
        introduced = line.index > 0 and lines[line.index - 1].text[-1] in "：:"
        return Candidate(line, marker, line.block.level if heading else None, "marker", introduced)
    if heading:
        return Candidate(line, None, line.block.level, "format")
    if marker is not None or line.wrapped:
        return None
    kinds = {
        "question": _is_asked(line, lines),
        "word": chinese and _LONE_WORD.match(line.text) is not None,
        "caps": not chinese and not formatted and _is_caps(line),
    }
    kind = next((kind for kind, found in kinds.items() if found), None)
    return Candidate(line, None, None, kind) if kind else None


def _is_asked(line: Line, lines: Sequence[Line]) -> bool:
    """Whether a question stands in the line (问：……) and its answer (答：……) begins in the next."""
    below = lines[line.index + 1].text if line.index + 1 < len(lines) else ""
    return _QUESTION.fullmatch(line.text) is not None and _ANSWER.match(below) is not None


def _is_caps(line: Line) -> bool:
    words = line.text.split()
    return _CAPS.match(line.text) is not None and len(words) <= 10 and any(len(word) > 3 for word in words) and line.gap


def _carries(line: Line, marker: Marker, lines: Sequence[Line]) -> bool:
    """Whether ``附：…`` names what begins below, not what is handed over with the document."""
    below = lines[line.index + 1].marker if line.index + 1 < len(lines) else None
    named = len(line.text) > marker.end and marker_at(line.text[marker.end :]) is None and not _END.search(line.text)
    return named and below is not None and below.values[0][1] == (1,) and not below.reads_on


def _stands_apart(line: Line, scheme: str, lines: Sequence[Line]) -> bool:
    """Whether a line that seems to go on from the one before is a heading all the same."""
    if scheme in {"chinese", "chinese_paren", "chapter", "part"}:
        short = columns(line.text) < columns(lines[line.index - 1].text) * _FULL_LINE
        return _END.search(line.text) is None and (short or _in_sequence(line, scheme, lines))
    if scheme in _BRACKETED and _has_neighbour(line, lines):
        return True
    above = lines[line.index - 1].marker
    return scheme == "article" and above is not None and above.values[0][0] in {"chapter", "statute_section"}


def _in_sequence(line: Line, scheme: str, lines: Sequence[Line]) -> bool:
    """Whether the nearest line of the scheme above counts on to this one, or below on from it."""
    value = _of_scheme(line, scheme)
    upwards, downwards = range(line.index - 1, -1, -1), range(line.index + 1, len(lines))
    above, below = (
        next((found for i in order if (found := _of_scheme(lines[i], scheme))), 0) for order in (upwards, downwards)
    )
    return below != value and (above == value - 1 > 0 or (value == 1 and below == 2))


def _of_scheme(line: Line, scheme: str) -> int:
    """The line's value in the scheme; 0 where it has none or its words make it part of a sentence."""
    marker = line.marker
    return 0 if marker is None or marker.reads_on else dict(marker.values).get(scheme, (0,))[0]


def _has_neighbour(line: Line, lines: Sequence[Line]) -> bool:
    """Whether the number before or after the line's own stands at the start of a line close by."""
    own = dict(line.marker.values) if line.marker else {}
    for near in lines[max(0, line.index - _LINES_TO_NEIGHBOUR) : line.index + _LINES_TO_NEIGHBOUR + 1]:
        for scheme, value in near.marker.values if near.marker else ():
            if scheme in own and abs(value[0] - own[scheme][0]) == 1:
                return True
    return False


def _refused(line: Line, marker: Marker, lines: Sequence[Line], chinese: bool, marked_up: bool) -> bool:
    scheme = marker.values[0][0]
    if marker.number == "附" and not _carries(line, marker, lines):
        return True
    if line.wrapped and (marker.reads_on or not _stands_apart(line, scheme, lines)):
        return True
    return line.block.kind == "list_item" and marked_up and not chinese
