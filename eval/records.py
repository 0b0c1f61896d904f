"""A run: what the system replied to each case, frozen, with everything needed to score it again.

One JSON file. It holds the text that stood in the index at each citation's offsets, so that
scoring, comparing and reporting need no index.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from eval.cases import Case
from eval.gold import Gold
from eval.statistics import Interval
from rag.errors import UsageError

SCHEMA = 1
Status = Literal["answered", "partial", "not_found", "redacted", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHit:
    """A section that was retrieved."""

    rank: int
    score: float
    doc_id: str
    document: str
    source: str
    section: tuple[str, ...]
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCitation:
    """A citation, with what the index really held where it points."""

    n: int
    doc_id: str
    document: str
    source: str
    section: tuple[str, ...]
    label: str
    quote: str
    start: int
    end: int
    verified: bool
    found: str | None
    """The file's text at the offsets; None when the document is not in the index."""
    clause: str
    """The section's own text, the grounds for every figure of the sentence that cites it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSeconds:
    """Wall times of one case."""

    total: float
    first_token: float
    retrieve: float
    search: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRun:
    """One case, the reply to it, and the scores of the reply."""

    id: str
    question: str
    case: Case
    gold: tuple[Gold, ...]
    cluster: str
    """The document the case is about; its own id where it is about none."""
    status: Status
    answer: str
    hits: tuple[RunHit, ...] = ()
    citations: tuple[RunCitation, ...] = ()
    closest: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    model: str = ""
    prompt: str = ""
    index: str = ""
    seconds: RunSeconds | None = None
    error: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def claims_to_know(self) -> bool:
        """Whether the reply gives an answer, as opposed to a refusal."""
        return self.status in ("answered", "partial")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetInfo:
    """Which cases were run."""

    name: str
    hash: str
    cases: int
    of: int
    """Cases in the set before sampling and skipping."""
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A corpus-level metric: the mean (or quantile) over the cases that have a score."""

    n: int
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All of it. ``metrics`` has every metric name; None where no case has a score."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    schema: int = SCHEMA
    created: str
    set: SetInfo
    k: int
    settings: Mapping[str, Any]
    models: Mapping[str, Any]
    prompts: Mapping[str, Any]
    index: str
    libraries: Mapping[str, str]
    cases: tuple[CaseRun, ...]
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    summaries: Mapping[str, Summary] = field(default_factory=dict)


RUN = TypeAdapter(Run)
CASE_RUN = TypeAdapter(CaseRun)


def read_run(path: Path) -> Run:
    """Read a run file.

    Raises:
        UsageError: it is missing or no run of this version.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot read this run: {error.strerror}; make one: python -m eval run") from None
    try:
        run = RUN.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path}: not a run file: {where or 'the file'}: {first['msg']}") from None
    if run.schema != SCHEMA:
        raise UsageError(f"{path}: run of schema {run.schema}, this version reads {SCHEMA}; run the set again")
    return run


def write_run(run: Run, path: Path) -> None:
    """Write a run file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(RUN.dump_json(run, indent=1) + b"\n")
    temporary.replace(path)


def content_hash(value: Any) -> str:
    """Hash of JSON-like data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
