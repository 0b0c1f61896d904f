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
    r"(?:[.．·…⋯]{2,}|(?:[.．·…] ?){3,}|[\t\u3000 ]{2,}|\t)[ \t\u3000]*[-—(（]?\s*(?:\d{1,4}|[ivxlcIVXLC]{1,6})\s*[-—)）]?$"
)
_NOISE = re.compile(r"[\s\u3000.．·…⋯、,，:：]+")
_LONGEST_ENTRY_CHARS = 80
_FEWEST_ENTRIES = 3
_MOST_UNANNOUNCED = 2
"""Lines inside a table of contents that stand nowhere later."""


def toc_lines(lines: Sequence[Line]) -> set[int]:
    """Indices of the lines that make up tables of contents."""
    keys = [_key(line.text) if _may_be_entry(line.text) else "" for line in lines]
    places: dict[str, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        if key:
            places[key].append(index)
    found: set[int] = set()
    index = 0
    while index < len(lines):
        stop = _run(lines, keys, places, index)
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


def _key(text: str) -> str:
    return _NOISE.sub("", _LEADER.sub("", text))


def _run(lines: Sequence[Line], keys: Sequence[str], places: dict[str, list[int]], index: int) -> int:
    """End of the table of contents that starts at ``index``; 0 if none does."""
    titled = _HEAD.match(lines[index].text) is not None
    if not titled and not _is_entry(lines[index]):
        return 0
    stop = first = index + 1 if titled else index
    announced = leaders = 0
    last = stop
    while stop < len(lines) and stop - last <= _MOST_UNANNOUNCED:
        if _LEADER.search(lines[stop].text):
            leaders += 1
        elif leaders >= _FEWEST_ENTRIES:
            if not (stop + 1 < len(lines) and _LEADER.search(lines[stop + 1].text)):
                break
        elif not keys[stop] or (stop > first and keys[stop] == keys[first]):
            break
        elif places[keys[stop]][-1] <= stop:
            stop += 1
            continue
        announced += 1
        last = stop = stop + 1
    if announced < _FEWEST_ENTRIES or announced * 10 < (last - index) * 7:
        return 0
    if not titled and leaders * 2 < announced and not _repeated_in_order(keys, places, index, last):
        return 0
    return last


def _is_entry(line: Line) -> bool:
    return len(line.text) <= _LONGEST_ENTRY_CHARS and (
        _LEADER.search(line.text) is not None or line.marker is not None
    )


def _repeated_in_order(keys: Sequence[str], places: dict[str, list[int]], start: int, stop: int) -> bool:
    """Whether most of the lines stand again later, in the same order and with text in between."""
    at = first = stop - 1
    found = 0
    for key in keys[start:stop]:
        where = places[key]
        i = bisect_right(where, at)
        if i < len(where):
            at = where[i]
            found += 1
    return found * 10 >= (stop - start) * 8 and at - first > found * 2
