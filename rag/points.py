"""Points: the clauses below a clause that leads in to them, and what is marked inside one (a bullet, 一是, (a)).

A point alone (（一）公车私用的；) does not say what holds; the sentence that leads in to it does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag.retrieve import kept_spans, section_hit
from rag.sentences import sentence_spans, whole_sentence
from rag.types import Hit, Item

if TYPE_CHECKING:
    from rag.index import Snapshot

Place = tuple[Hit, int, int]
"""A hit and the span of it that is meant."""

_FEWEST = 2
_LEADS_IN = re.compile(
    r"(?:[：:]—?|:-)\s*$|(?:如下|下列[^，,。；;]{0,12}|以下(?:规定|标准|情形|要求|程序|步骤|内容|原则|条件|材料|方式|措施)[^，,。；;]{0,6})"
    r"[。；;]\s*$"
    r"|\bthe following\b(?!\s+(?:day|week|month|quarter|year|morning|business|working|calendar|financial|academic))"
    r"[^.;]*[.;]\s*$|\b(?:to|must|shall|should|may|not)\s*;\s*$",
    re.IGNORECASE,
)
"""How a text ends whose points stand below it."""
_OF_CASES = re.compile(
    r"下列|之一|以下(?:情形|行为|情况|条件|材料|事项)|不得|不准|禁止|严禁"
    r"|\b(?:following|any of|one of|either of|must not|may not|prohibited)\b",
    re.IGNORECASE,
)
"""What a sentence says that leads in to cases, not to a table of figures."""


def leads_in(text: str) -> bool:
    """Whether a text ends as one does whose points stand below it."""
    return bool(_LEADS_IN.search(text))


def leading_clause(snapshot: Snapshot, hit: Hit) -> Hit | None:
    """The clause right above a point of a list that leads in to it (不得有下列行为：); None for anything else."""
    parent = snapshot.section(hit.doc_id, hit.section_id).parent
    above = snapshot.section(hit.doc_id, parent) if parent else None
    if above is None or above.level == 0:
        return None
    clause = section_hit(snapshot, hit.doc_id, above)
    return clause if leads_in(clause.text) else None


def lead_in(snapshot: Snapshot, place: Place) -> Place | None:
    """The sentence that says what holds in the cases of which a place is one, above its clause or inside it.

    有下列情形之一的，处二百元罚款： says what （一）公车私用的； is about; 标准如下： says nothing, and is None.
    """
    hit, start, end = place
    text = snapshot.file_text(hit.doc_id)
    above = leading_clause(snapshot, hit)
    if lines := lines_around(snapshot, hit, start, end):
        found = lead_of(snapshot, lines)
    elif above is not None and "\n" not in text[hit.start : start]:
        *_, last = sentence_spans(text, above.start, above.end)
        found = (above, *whole_sentence(text, above, *last))
    else:
        found = None
    return found if found and _OF_CASES.search(text, *found[1:]) else None


def runs_of(snapshot: Snapshot, hit: Hit) -> list[list[Item]]:
    """The points of a clause that follow each other with nothing between and are marked alike; two at least."""
    text = snapshot.file_text(hit.doc_id)
    items = [item for item in snapshot.outline(hit.doc_id).items if item.section == hit.section_id]
    runs: list[list[Item]] = []
    for item in sorted(items, key=lambda one: one.start):
        before = runs[-1][-1] if runs else None
        if before and not text[before.end : item.start].strip() and _style(before) == _style(item):
            runs[-1].append(item)
        else:
            runs.append([item])
    return [run for run in runs if len(run) >= _FEWEST]


def lines_around(snapshot: Snapshot, hit: Hit, start: int, end: int) -> Place | None:
    """The run of marked lines that a span touches, or None; 一是……二是…… in one line is none."""
    text = snapshot.file_text(hit.doc_id)
    for run in runs_of(snapshot, hit):
        of_lines = all(not text[text.rfind("\n", 0, item.start) + 1 : item.start].strip() for item in run)
        if of_lines and start < run[-1].end and run[0].start < end:
            return hit, run[0].start, run[-1].end
    return None


def lines_below(snapshot: Snapshot, place: Place) -> Place | None:
    """The run of marked lines that begins right below a place, or None."""
    hit, _, end = place
    below = snapshot.file_text(hit.doc_id)[end : hit.end]
    first = end + len(below) - len(below.lstrip())
    lines = lines_around(snapshot, hit, first, first + 1)
    return lines if lines and lines[1] == first else None


def lead_of(snapshot: Snapshot, lines: Place) -> Place | None:
    """The line above a run of marked lines, where it leads in to them."""
    hit, first, _ = lines
    text = snapshot.file_text(hit.doc_id)
    above = text[hit.start : first].rstrip()
    end = hit.start + len(above)
    start = hit.start + above.rfind("\n") + 1
    return (hit, start, end) if above and leads_in(above) else None


def as_it_reads(snapshot: Snapshot, place: Place | None) -> str:
    """The words of a place without what was removed; ``""`` for none."""
    if place is None:
        return ""
    hit, start, end = place
    text = snapshot.file_text(hit.doc_id)
    return "".join(text[a:b] for a, b in kept_spans(snapshot, hit.doc_id, start, end))


def _style(item: Item) -> str:
    """How an item is marked, whichever it is: ``#.`` of ``3.``."""
    return re.sub(r"\w+", "#", item.marker)
