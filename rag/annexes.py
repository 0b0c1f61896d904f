"""Annexes to which a clause leaves what is asked: 按照附件2报送资料, “kept for the period in Schedule 1”."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.expectation import expectation_of
from rag.normalize import length
from rag.points import Place, as_it_reads
from rag.question import asks_list
from rag.retrieve import section_hit, subtree_end
from rag.spellings import ANNEXES, printed_step

if TYPE_CHECKING:
    from rag.index import Snapshot

_LONGEST = 800
"""Of an annex that is quoted whole; a ``length``."""


def annexes_for(snapshot: Snapshot, question: str, quoted: Sequence[Place]) -> tuple[Place, ...]:
    """The annexes that the passages quoted point to, if a list is asked for, or a figure that these do not give."""
    expected = expectation_of(question)
    told = " ".join(as_it_reads(snapshot, place) for place in quoted)
    if not asks_list(question) and (not expected.kind or expected.is_met_by(told)):
        return ()
    found: dict[str, Place] = {}
    for hit, start, end in quoted:
        sections = {section.id: section for section in snapshot.sections(hit.doc_id)}
        for one in snapshot.outline(hit.doc_id).links:
            if not one.target or not start <= one.start < end:
                continue
            section = sections[one.target]
            annex = section_hit(snapshot, hit.doc_id, section)
            place = annex, annex.start, subtree_end(snapshot, hit.doc_id, section)
            is_annex = printed_step(section.number).kind in ANNEXES.values()
            apart = not any(other.doc_id == hit.doc_id and a < place[2] and annex.start < b for other, a, b in quoted)
            if is_annex and apart and length(as_it_reads(snapshot, place)) <= _LONGEST:
                found[section.id] = place
    return tuple(found.values())
