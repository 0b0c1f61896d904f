"""Proving the invariants of an index; each fault is one line with the command that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rag.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """An invariant that does not hold."""

    rule: str
    message: str
    mend: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}. Mend: {self.mend}"


def check_snapshot(folder: Path, snapshot: Snapshot) -> list[Violation]:
    """Every invariant that the snapshot breaks."""
    return []
