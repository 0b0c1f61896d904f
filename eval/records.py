"""A run: what the system replied to each case, frozen, with everything needed to score it again.

It holds the text that stood in the index at each citation's offsets, so that scoring, comparing and
reporting need no index. ``eval.places`` says in which files it lies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter

from eval.cases import Case
from eval.gold import Gold
from eval.statistics import Interval

SCHEMA = 1
Status = Literal["answered", "partial", "not_found", "redacted", "error"]
Label = Literal["right", "partial", "wrong"]


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
    standing: str = ""
    """``superseded`` or ``repealed`` where the index knows the document to be; else its status or ``""``."""
    year: int | None = None
    """The document's year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSeconds:
    """Wall times of one case."""

    total: float
    first_token: float
    retrieve: float
    search: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTokens:
    """What one case cost, in tokens."""

    evidence: int
    prompt: int
    answer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far a judge agrees with labels given by hand."""

    n: int
    observed: float
    """Share of the labelled replies on which both say the same."""
    kappa: float
    """Cohen's κ, from −1 to 1; 0 is what chance alone gives."""
    interval: Interval
    """95% interval of κ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Who gave the verdicts of a run, and how far they can be trusted."""

    model: str
    prompts: Mapping[str, str]
    agreement: Agreement
    unreadable: int = 0
    """Cases on which the judge gave nothing that could be read; they have no verdict."""


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
    tokens: RunTokens | None = None
    confidence: float | None = None
    """How sure the system was that the clauses answer the question, in [0, 1], if it says so."""
    verdict: Label | None = None
    """What a judging language model says of the reply."""
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

    # Both hold for everything inside. NaN is neither better nor worse than anything, and would pass every rule.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", allow_inf_nan=False)

    schema: int = SCHEMA
    created: str
    set: SetInfo
    k: int
    settings: Mapping[str, Any]
    models: Mapping[str, Any]
    prompts: Mapping[str, Any]
    index: str
    libraries: Mapping[str, str]
    machine: Mapping[str, str] = field(default_factory=dict)
    cases: tuple[CaseRun, ...]
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    summaries: Mapping[str, Summary] = field(default_factory=dict)
    judged: Judged | None = None


RUN = TypeAdapter(Run)
CASE_RUN = TypeAdapter(CaseRun)


def content_hash(value: Any) -> str:
    """Hash of JSON-like data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
