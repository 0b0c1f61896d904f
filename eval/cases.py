"""The eval set: its format, loading and sampling.

A set is JSONL, one case a line; see ``Case`` for the fields. Unknown fields, duplicate ids and
lines that are not JSON are refused with their line number.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from rag.errors import UsageError

Text = Annotated[str, Field(min_length=1)]


def _alternatives(value: Any) -> Any:
    """Lift a plain string to a list of one alternative; anything else is left for the type to judge."""
    if not isinstance(value, list):
        return value
    return tuple(tuple(entry) if isinstance(entry, list) else (entry,) for entry in value)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldSection:
    """Where the answer stands: a document, by title or file name, and a section's path in it."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    document: Text
    path: tuple[str, ...] = ()
    """Bare numbers from the top down, as in the outline; empty means the whole document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """An earlier question of the conversation and its answer."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question with what a right reply to it holds."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    id: Text
    question: Text
    answerable: bool = True
    answer: str = ""
    """A right answer in words, for the reader of a report."""
    must_contain: Annotated[
        tuple[Annotated[tuple[Text, ...], Field(min_length=1)], ...], BeforeValidator(_alternatives)
    ] = ()
    """Every entry must appear in a right answer; an entry is a tuple of alternatives."""
    sections: tuple[GoldSection, ...] = ()
    quote: str = ""
    """Words of the document that the answer stands on."""
    type: str = "fact"
    """``fact``, ``list``, ``redacted`` …; free, and a slice of the report."""
    tags: tuple[str, ...] = ()
    document: str = ""
    """Ask within this document only (title or file name)."""
    year: int | None = None
    """Ask within documents of this year only."""
    history: tuple[Exchange, ...] = ()

    @property
    def expects_redaction(self) -> bool:
        """Whether the right reply is that the document hides the figure."""
        return bool({"redacted", "redaction"} & {self.type, *self.tags})

    @property
    def is_list(self) -> bool:
        """Whether the answer is an enumeration whose entries ``must_contain`` names."""
        return "list" in {self.type, *self.tags}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSet:
    """The cases of one file, in its order."""

    name: str
    cases: tuple[Case, ...]
    lines: dict[str, int] = field(default_factory=dict)
    """Case id → line in the file, from 1."""


_CASE = TypeAdapter(Case)
_CASES = TypeAdapter(tuple[Case, ...])


def load_set(path: Path) -> CaseSet:
    """Read a set.

    Raises:
        UsageError: no such file, or the first line that cannot be used, with its number.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot read this set: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: a set must be UTF-8; convert it, for example with iconv") from None
    cases: list[Case] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        case = _parse(line, f"{path} line {number}")
        if case.id in lines:
            raise UsageError(f"{path} line {number}: id {case.id!r} is used on line {lines[case.id]} already")
        lines[case.id] = number
        cases.append(case)
    if not cases:
        raise UsageError(f"{path}: this set has no cases; put one JSON object on each line")
    return CaseSet(name=path.stem, cases=tuple(cases), lines=lines)


def _parse(line: str, place: str) -> Case:
    try:
        return _CASE.validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
    if first["type"] == "json_invalid":
        raise UsageError(f"{place}: not valid JSON: {first['ctx']['error']}")
    where = ".".join(str(part) for part in first["loc"]) or "the line"
    if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        known = ", ".join(each.name for each in fields(Case))
        raise UsageError(f"{place}: unknown field {where!r}; known fields: {known}")
    raise UsageError(f"{place}: {where}: {first['msg']}")


def case_line(case: Case) -> str:
    """A case as a line of a set, without the fields that say nothing."""
    return _CASE.dump_json(case, exclude_defaults=True).decode()


def set_hash(cases: Sequence[Case]) -> str:
    """Content hash of cases, whatever their order and however their file was laid out."""
    ordered = tuple(sorted(cases, key=lambda case: case.id))
    return hashlib.sha256(json.dumps(_CASES.dump_python(ordered, mode="json"), sort_keys=True).encode()).hexdigest()


def sample(cases: Sequence[Case], size: int, seed: int = 0) -> tuple[Case, ...]:
    """At most ``size`` cases, each type in its share (largest remainder), in the set's order."""
    if size >= len(cases):
        return tuple(cases)
    strata: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        strata[case.type].append(case)
    shares = {kind: size * len(members) / len(cases) for kind, members in strata.items()}
    quota = {kind: int(share) for kind, share in shares.items()}
    by_remainder = sorted(strata, key=lambda kind: (quota[kind] - shares[kind], kind))
    for kind in by_remainder[: size - sum(quota.values())]:
        quota[kind] += 1
    chooser = random.Random(seed)
    chosen = {case.id for kind in sorted(strata) for case in chooser.sample(strata[kind], quota[kind])}
    return tuple(case for case in cases if case.id in chosen)
