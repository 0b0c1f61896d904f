"""Where one document of a file ends and the next begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.genres import GENRE
from ingest.outline.lines import Line, is_chinese
from ingest.outline.markers import Marker
from ingest.outline.schemes import follows
from ingest.outline.title_lines import (
    ends_a_title,
    is_date,
    is_document_number,
    is_official,
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
_ATTACHED = re.compile(r"附[ \u3000]*[件录]?[ \u3000]*[0-9一二三四五六七八九十]{0,3}[ \u3000]*[:：]")
_CLOSE = re.compile(r"特此[\u4e00-\u9fff]{2,4}[。！]?$|自[^。，；]{1,20}起(?:正式)?(?:施行|实施|执行|生效)。$")
_SALUTATION = re.compile(r"(?![^：:]*(?:如下|下列|以下|包括))[^。；：:]{2,80}[：:]$")
_ANNEXED_GENRE = re.compile(r"(?:清单|说明|标准)$")
"""What comes under such a name after a signature belongs to what was signed."""
_LONGEST_TITLE_CHARS = 70
_LINES_OF_CLOSE = 3
_LINES_TO_RESUME = 400
_LONGEST_CLOSE_CHARS = 40
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
        if not _opens(lines, markers, picked, begun, len(openings) > 1):
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
    """Whether the document names the title as its attachment, or a covering notice (印发…的通知) as what it carries."""
    title = title_text(lines, picked)
    if _is_attached(lines, opening.first, picked[0], title):
        return True
    if _COVERING.search(opening.title) is None:
        return False
    above = lines[opening.first : min(picked[0], opening.first + _LINES_TO_NUMBERING)]
    return title in opening.title or any(f"《{title}》" in line.text for line in above)


def _is_attached(lines: Sequence[Line], first: int, index: int, title: str) -> bool:
    """Whether the title stands in a list ``附件：1.… 2.…`` close above."""
    above = lines[max(first, index - _LINES_TO_NUMBERING) : index]
    listed = next((i for i, line in enumerate(above) if _ATTACHED.match(line.text)), len(above))
    return any(title in line.text for line in above[listed:])


def _opens(
    lines: Sequence[Line], markers: Sequence[Marker | None], picked: list[int], begun: int, several: bool
) -> bool:
    """Whether the title ``picked`` opens a document; ``several`` says that one has been opened after the first."""
    below = picked[-1] + 1
    following = range(below, min(len(lines), below + _LINES_TO_NUMBERING))
    if _has_front(lines, following[:2]):
        return any(markers[begun : picked[0]]) or any(len(lines[i].text) > 60 for i in range(begun, picked[0]))
    start = next((i for i in following if markers[i] is not None), None)
    first = None if start is None else markers[start]
    counts = _starts_at_one(first)
    at_once = counts and start == below
    if below == len(lines) or not _is_apart(lines, markers, picked, at_once):
        return False
    if counts and any(_scheme(marker) == _scheme(first) for marker in markers[begun : picked[0]]):
        return True
    if not _has_text(lines, markers, begun, picked[0]) or _resumes(markers, begun, picked):
        return False
    return (several and at_once) or _is_addressed(lines, picked) or _closes(lines, markers, begun, picked)


def _is_apart(lines: Sequence[Line], markers: Sequence[Marker | None], picked: list[int], at_once: bool) -> bool:
    """Whether the title stands by itself, or ``at_once`` over the first number, and is no attachment's."""
    title = lines[picked[0]]
    if lines[picked[-1]].text[-1] in "）)" and not title.gap and not title.block.centered:
        return False
    apart = title.gap or title.block.centered or title.block.kind == "heading"
    return (apart or at_once) and not _under_attachment(lines, markers, picked[0])


def _has_text(lines: Sequence[Line], markers: Sequence[Marker | None], first: int, stop: int) -> bool:
    return any(markers[i] is not None or lines[i].text[-1] == "。" for i in range(first, stop))


def _closes(lines: Sequence[Line], markers: Sequence[Marker | None], begun: int, picked: list[int]) -> bool:
    """Whether text above the title ends as a document does: with a date, 特此通知 or its entry into force."""
    if _ANNEXED_GENRE.search(lines[picked[-1]].text):
        return False
    for i in range(picked[0] - 1, max(begun, picked[0] - _LINES_OF_CLOSE) - 1, -1):
        text = lines[i].text
        if is_date(text) or _CLOSE.search(text):
            return True
        if markers[i] is not None or len(text) > _LONGEST_CLOSE_CHARS:
            break
    return False


def _is_addressed(lines: Sequence[Line], picked: list[int]) -> bool:
    """Whether a salutation (各部门：) comes next, below the title of a notice, request or the like."""
    return is_official(lines[picked[-1]].text) and _SALUTATION.match(lines[picked[-1] + 1].text) is not None


def _resumes(markers: Sequence[Marker | None], begun: int, picked: list[int]) -> bool:
    """Whether numbers below the title go on from those above: it stands inside the document."""
    last = {marker.values[0][0]: marker.values[0][1] for marker in markers[begun : picked[0]] if marker is not None}
    for marker in markers[picked[-1] + 1 : picked[-1] + 1 + _LINES_TO_RESUME]:
        if not last:
            break
        scheme, value = marker.values[0] if marker is not None else ("", ())
        if scheme in last and follows(last.pop(scheme), value):
            return True
    return False


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
