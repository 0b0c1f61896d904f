"""Tables of contents: runs of lines that announce headings which stand further on."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from ingest.outline.lines import Line
from rag.types import RemovedSpan

_HEAD = re.compile(r"(?:目[ \t\u3000]*[录次]|contents|table[ ]of[ ]contents)[ \u3000:：]*$", re.IGNORECASE)
_LEADER = re.compile(
    r"(?:[.．·…⋯]{2,}|(?:[.．·…] ?){3,}|[\t\u3000 ]{2,}|\t)"
    r"[ \t\u3000]*[-—(（]?\s*(?:\d{1,4}|[ivxlcIVXLC]{1,6})\s*[-—)）]?$"
)
_DOTS = re.compile(
    r"(?:[.．·…⋯]{3,}|(?:[.．·…] ){3,}|…+)[ \t\u3000]*[-—(（]?\s*(?:\d{1,4}|[ivxlcIVXLC]{1,6})\s*[-—)）]?$"
)
_NOISE = re.compile(r"[\s\u3000.．·…⋯、,，:：]+")
_LONGEST_ENTRY_CHARS = 80
_LONGEST_LEADER_CHARS = 200
_LAST_OF_PAGE = frozenset("0123456789ivxlcIVXLC-—)）")
_FEWEST_ENTRIES = 3
_LINES_TO_TEXT = 5
_MOST_UNANNOUNCED = 2
"""Lines inside a table of contents that stand nowhere later."""


def toc_lines(lines: Sequence[Line]) -> set[int]:
    """Indices of the lines that make up tables of contents."""
    keys = [_key(line.text) if _may_be_entry(line.text) else "" for line in lines]
    places: dict[str, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        if key:
            places[key].append(index)
        if key and _is_number(lines[index]) and index + 1 < len(keys):
            places[key + keys[index + 1]].append(index)
    found: set[int] = set()
    first = next((line.index for line in lines if line.marker is not None), 0)
    index = 0
    while index < len(lines):
        stop = _run(lines, keys, places, index, index <= first)
        if stop:
            found.update(range(index, stop))
        index = max(stop, index + 1)
    return found


def toc_spans(text: str, lines: Sequence[Line], indices: set[int]) -> list[RemovedSpan]:
    """The tables of contents as removed spans, one for each run of lines."""
    spans: list[RemovedSpan] = []
    ordered = sorted(indices)
    begin = 0
    for i, index in enumerate(ordered):
        last = i + 1 == len(ordered) or ordered[i + 1] != index + 1
        if last:
            start, end = lines[ordered[begin]].start, lines[index].end
            spans.append(RemovedSpan(start=start, end=end, text=text[start:end], reason="toc"))
            begin = i + 1
    return spans


def _may_be_entry(text: str) -> bool:
    return len(text) <= _LONGEST_ENTRY_CHARS and text[-1] not in "。；;，,"


def _is_number(line: Line) -> bool:
    """Whether a heading's words stand on the line below, while its entry shows both on one."""
    return line.marker is not None and line.marker.end >= len(line.text)


def _key(text: str) -> str:
    return _NOISE.sub("", _LEADER.sub("", text))


def _run(lines: Sequence[Line], keys: Sequence[str], places: dict[str, list[int]], index: int, begins: bool) -> int:
    """End of the table of contents that starts at ``index``; 0 if none does.

    Without a heading of its own or page numbers it is one only where numbering ``begins``.
    """
    titled = _HEAD.match(lines[index].text) is not None
    if not titled and not (begins and _is_entry(lines[index])) and not _has_leader(lines[index], titled):
        return 0
    first = index + 1 if titled else index
    last, announced, leaders = _entries(lines, keys, places, first, titled)
    if announced < _FEWEST_ENTRIES or announced * 10 < (last - index) * 7:
        return 0
    if titled:
        return last
    again = sum(1 for key in keys[first:last] if key and places[key][-1] >= last)
    sure = leaders * 2 >= announced or (begins and _repeated_in_order(keys, places, index, last))
    return last if sure and again * 3 >= announced else 0


def _entries(
    lines: Sequence[Line], keys: Sequence[str], places: dict[str, list[int]], first: int, titled: bool
) -> tuple[int, int, int]:
    """Where the entries that start at ``first`` end, how many there are, and how many lead to a page number."""
    last = stop = first
    announced = leaders = 0
    while stop < len(lines) and stop - last <= _MOST_UNANNOUNCED:
        if _has_leader(lines[stop], titled):
            leaders += 1
        elif leaders >= _FEWEST_ENTRIES:
            if not (stop + 1 < len(lines) and _has_leader(lines[stop + 1], titled)):
                break
        elif not keys[stop] or (stop > first and keys[stop] == keys[first]):
            break
        elif places[keys[stop]][-1] <= stop:
            stop += 1
            continue
        announced += 1
        last = stop = stop + 1
    return last, announced, leaders


def _is_entry(line: Line) -> bool:
    return len(line.text) <= _LONGEST_ENTRY_CHARS and line.marker is not None


def _has_leader(line: Line, titled: bool) -> bool:
    """Whether dots (below a title 目录 also a wide gap) lead to a page number at the end of the line."""
    if line.text[-1] not in _LAST_OF_PAGE or len(line.text) > _LONGEST_LEADER_CHARS:
        return False
    return (_LEADER if titled else _DOTS).search(line.text) is not None


def _repeated_in_order(keys: Sequence[str], places: dict[str, list[int]], start: int, stop: int) -> bool:
    """Whether the text begins right after with the first line again, and most others follow in the same order."""
    at = first = stop - 1
    found = 0
    for key in keys[start:stop]:
        where = places[key]
        i = bisect_right(where, at)
        if i < len(where):
            at = where[i]
            found += 1
        elif key == keys[start]:
            return False
    begins = places[keys[start]][bisect_right(places[keys[start]], first)]
    return begins - first <= _LINES_TO_TEXT and found * 10 >= (stop - start) * 8 and at - first > found * 2
