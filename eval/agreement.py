"""How far a judge agrees with labels given by hand: the labelled file, Cohen's κ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError

from eval.records import Agreement, Label
from eval.statistics import Interval
from rag.errors import UsageError

LABELS_FILE = Path(__file__).parent / "sets" / "judge_labels.jsonl"
MIN_LABELLED = 60
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A reply that a person called right, partial or wrong."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    id: str
    question: str
    reference: str
    """A right answer; empty where the documents do not say."""
    reply: str
    label: Label


_LABELLED = TypeAdapter(Labelled)


def load_labels(path: Path = LABELS_FILE) -> tuple[Labelled, ...]:
    """The labelled replies of a file.

    Raises:
        UsageError: it cannot be read, or holds too few.
    """
    try:
        lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    except OSError as error:
        raise UsageError(f"{path}: cannot read these labels: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: labels must be UTF-8; convert them, for example with iconv") from None
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(_LABELLED.validate_json(line))
        except ValidationError as error:
            raise UsageError(f"{path} line {number}: {error.errors()[0]['msg']}") from None
    if len(found) < MIN_LABELLED:
        raise UsageError(f"{path}: {len(found)} labelled replies; at least {MIN_LABELLED} are needed to know a judge")
    return tuple(found)


def agreement(ours: Sequence[Label], theirs: Sequence[Label | None]) -> Agreement:
    """Agreement of a judge with labels given by hand; what it left without a verdict counts as a disagreement.

    κ = (observed − chance) / (1 − chance), chance = Σ share₁(label) · share₂(label). J. Cohen, "A
    coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960)
    37-46. The interval is a seeded percentile bootstrap over the replies.
    """
    codes = {label: i for i, label in enumerate(("right", "partial", "wrong"))}
    left = np.array([codes[label] for label in ours])
    right = np.array([3 if label is None else codes[label] for label in theirs])
    drawn = np.random.default_rng(0).integers(0, len(left), size=(_RESAMPLES, len(left)))
    kappas = [_kappa(left[rows], right[rows]) for rows in drawn]
    low, high = np.quantile(kappas, [0.025, 0.975])
    return Agreement(
        n=len(left),
        observed=float(np.mean(left == right)),
        kappa=_kappa(left, right),
        interval=Interval(float(low), float(high)),
    )


def _kappa(left: np.ndarray, right: np.ndarray) -> float:
    n = len(left)
    observed = float(np.mean(left == right))
    chance = float(np.sum(np.bincount(left, minlength=4) * np.bincount(right, minlength=4))) / n**2
    return 1.0 if chance == 1 else (observed - chance) / (1 - chance)
