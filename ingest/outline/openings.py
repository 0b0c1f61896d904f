"""Where one document of a file ends and the next begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.genres import GENRE
from ingest.outline.lines import Line, is_chinese
from ingest.outline.markers import Marker
from ingest.outline.title_lines import (
    ends_a_title,
    is_document_number,
    joined,
    sure_marker,
    title_block,
    title_forward,
    title_text,
)
from ingest.outline.titles import Opening, first_title

_ADOPTION = re.compile(
    r"^[（(]?[^。]{0,200}(?:\d{4}|[〇○零一二三四五六七八九]{4})[ ]?年[^。]{0,80}"
    r"(?:通过|公布|发布|修订|修正|施行|印发|批准|审议|制定|起施行|实施|废止)"
)
_NOTE = re.compile(r"[（(][^。]{0,60}(?:令第?[ ]?\d+[ ]?号|[〔\[]\d{4}[〕\]]|\d{4}年\d{1,2}月)[^。]{0,60}[）)]$")
_END = re.compile(r"[。；;！!？?：:，,、…]$")
_COVERING = re.compile(r"印发|转发|批转|公布|发布|颁布|公告|令|修订")
_STARTERS = frozenset({"chinese", "part", "chapter", "article", "subpart", "portion", "arabic", "decimal1"})
_LONGEST_TITLE_CHARS = 70
_LINES_TO_NUMBERING = 25


def find_openings(lines: Sequence[Line], named: str | None) -> list[Opening]:
    """One opening for each document of the file, in order; the first begins with the first line.

    ``named`` is the title that the file format itself gives, used for the first document if its text shows none.
    """
    if not lines:
        return [Opening(0, named or "", ())]
    chinese = is_chinese(" ".join(line.text for line in lines[:400]))
    first = first_title(lines, named, chinese)
    return _without_cover(_further(lines, first), lines) if chinese else [first]


def _without_cover(openings: list[Opening], lines: Sequence[Line]) -> list[Opening]:
    """A first document that is only the cover of a collection belongs to the one it stands before."""
    if len(openings) < 2:
        return openings
    cover = lines[: openings[1].first]
    if any(len(line.text) > _LONGEST_TITLE_CHARS or _END.search(line.text) for line in cover):
        return openings
    second = openings[1]
    return [Opening(0, second.title, second.title_lines), *openings[2:]]


def _further(lines: Sequence[Line], first: Opening) -> list[Opening]:
    """The first opening and those after it: a title over a document number or note, or one where numbering restarts."""
    openings = [first]
    markers = [sure_marker(line) for line in lines]
    begun = max(first.title_lines, default=-1) + 1
    for index in range(begun, len(lines)):
        if index < begun or not ends_a_title(lines[index], markers[index]):
            continue
        picked = title_forward(lines, title_block(lines, index, begun))
        if not _opens(lines, markers, picked, begun):
            continue
        if _is_carried(lines, openings[-1], picked):
            if any(markers[begun : picked[0]]):
                openings[-1] = replace(openings[-1], carried=(*openings[-1].carried, picked[-1]))
            continue
        title = joined([lines[i].text for i in picked], chinese=True)
        openings.append(Opening(_cover(lines, markers, picked[0], begun), title, tuple(picked)))
        begun = picked[-1] + 1
    return openings


def _is_carried(lines: Sequence[Line], opening: Opening, picked: list[int]) -> bool:
    """Whether a covering notice (印发…的通知) names the title as what it carries."""
    if _COVERING.search(opening.title) is None:
        return False
    title = title_text(lines, picked)
    above = lines[opening.first : min(picked[0], opening.first + _LINES_TO_NUMBERING)]
    return title in opening.title or any(f"《{title}》" in line.text for line in above)


def _opens(lines: Sequence[Line], markers: Sequence[Marker | None], picked: list[int], begun: int) -> bool:
    following = range(picked[-1] + 1, min(len(lines), picked[-1] + 1 + _LINES_TO_NUMBERING))
    if _has_front(lines, following[:2]):
        return any(markers[begun : picked[0]]) or any(len(lines[i].text) > 60 for i in range(begun, picked[0]))
    if lines[picked[-1]].text[-1] in "）)" and not lines[picked[0]].gap and not lines[picked[0]].block.centered:
        return False
    if _under_attachment(lines, markers, picked[0]):
        return False
    start = next((i for i in following if markers[i] is not None), None)
    if start is None or not _starts_at_one(markers[start]):
        return False
    apart = lines[picked[0]].gap or lines[picked[0]].block.centered or lines[picked[0]].block.kind == "heading"
    return (apart or start == picked[-1] + 1) and any(
        marker is not None and marker.values[0][0] == _scheme(markers[start]) for marker in markers[begun : picked[0]]
    )


def _has_front(lines: Sequence[Line], following: Sequence[int]) -> bool:
    """Whether a document number or a note of adoption comes next, before any other title."""
    for i in following:
        text = lines[i].text
        if is_document_number(text) or (text[0] in "（(" and (_ADOPTION.match(text) or _NOTE.match(text))):
            return True
        if GENRE.search(text):
            return False
    return False


def _under_attachment(lines: Sequence[Line], markers: Sequence[Marker | None], index: int) -> bool:
    above = [markers[i] for i in range(max(0, index - 2), index)]
    return any(marker is not None and marker.values[0][0] == "attachment" for marker in above) or (
        index > 0 and re.match(r"附[ \u3000]*[件录表][ \u3000]*[:：]?$", lines[index - 1].text) is not None
    )


def _starts_at_one(marker: Marker | None) -> bool:
    return marker is not None and marker.values[0][0] in _STARTERS and marker.values[0][1][-1] <= 1


def _scheme(marker: Marker | None) -> str:
    return marker.values[0][0] if marker is not None else ""


def _cover(lines: Sequence[Line], markers: Sequence[Marker | None], index: int, begun: int) -> int:
    """The first of the cover lines above a title: the part of a collection it opens (第三部分, …制度)."""
    while index > begun and lines[index].gap:
        above, marker = lines[index - 1], markers[index - 1]
        part = marker is not None and marker.values[0][0] in {"portion", "part"} and len(above.text) <= 20
        name = marker is None and len(above.text) <= 20 and above.gap and not _END.search(above.text)
        if not (part or (name and GENRE.search(above.text))):
            break
        index -= 1
    return index
