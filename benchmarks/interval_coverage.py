"""How often the evaluation's 95% intervals hold the truth, when questions about one document are alike.

Draws sets of questions whose documents share an effect: rates from a beta distribution (share of
right answers), scores like 1 / rank, and paired losses and wins (difference of two runs), over numbers and sizes of
documents, intraclass correlations and rates, skewed ones among them. Prints coverage and mean width
for each design, then the least and the mean; the bootstrap over documents, which these intervals
replaced, stands beside them. Exits with 1 where a design falls below ``--least``, less its own
Monte-Carlo error (two standard errors).

    python benchmarks/interval_coverage.py [--draws 1000] [--least 0.93] [--hard]

``--hard`` adds designs that are beyond any interval without a model of the documents: a few large
documents that decide a rare event.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from eval.statistics import Interval, difference_interval, share_interval

_LESSER = (0.0, 1 / 3, 0.5)
"""Scores of a question whose gold is not the first hit."""


@dataclass(frozen=True, slots=True)
class Design:
    """One way in which a set may be made."""

    kind: str
    """``rate`` of right answers, ``score`` between 0 and 1 (as 1 / rank), or ``difference`` of two runs."""
    clusters: int
    mean_size: int
    sizes: str
    correlation: float
    rate: float
    """Of right answers; of losses, to which a quarter as many wins come."""


def designs(*, hard: bool) -> Iterator[Design]:
    """The grid; rates from even to skewed."""
    shapes = ((10, 6), (10, 15), (12, 10), (20, 8), (40, 8))
    for (clusters, size), sizes, icc in itertools.product(shapes, ("equal", "uneven"), (0.0, 0.05, 0.1, 0.2)):
        for rate in (0.5, 0.8, 0.9, 0.95):
            yield Design("rate", clusters, size, sizes, icc, rate)
        for rate in (0.6, 0.85, 0.95):
            yield Design("score", clusters, size, sizes, icc, rate)
        for rate in (0.05, 0.1, 0.2):
            yield Design("difference", clusters, size, sizes, icc, rate)
    if hard:
        for (clusters, size), icc in itertools.product(((10, 25), (30, 8)), (0.3, 0.5)):
            yield Design("rate", clusters, size, "equal", icc, 0.97)
            yield Design("difference", clusters, size, "equal", icc, 0.02)


def draw(design: Design, rng: np.random.Generator) -> tuple[list[float], list[int]]:
    """Values and documents of one set."""
    sizes = np.full(design.clusters, design.mean_size)
    if design.sizes == "uneven":
        drawn = rng.lognormal(0, 0.8, design.clusters) * design.mean_size * np.exp(-0.32)
        sizes = np.maximum(1, np.round(drawn)).astype(int)
    labels = np.repeat(np.arange(design.clusters), sizes)
    rates = np.full(design.clusters, design.rate)
    if design.correlation:
        total = (1 - design.correlation) / design.correlation
        rates = rng.beta(design.rate * total, (1 - design.rate) * total, design.clusters)
    happened = (rng.random(len(labels)) < rates[labels]).astype(float)
    if design.kind == "rate":
        return list(happened), list(labels)
    if design.kind == "score":
        return list(np.where(happened == 1, 1.0, rng.choice(_LESSER, len(labels)))), list(labels)
    won = (rng.random(len(labels)) < design.rate / 4) & (happened == 0)
    return list(won - happened), list(labels)


def truth(design: Design) -> float:
    """What the interval shall hold."""
    if design.kind == "rate":
        return design.rate
    if design.kind == "score":
        return design.rate + (1 - design.rate) * sum(_LESSER) / len(_LESSER)
    return (1 - design.rate) * design.rate / 4 - design.rate


def bootstrap(values: list[float], labels: list[int], rng: np.random.Generator) -> Interval:
    """The percentile bootstrap over documents, for comparison."""
    where = np.asarray(labels)
    sums, counts = np.bincount(where, values), np.bincount(where)
    groups = len(sums)
    weights = rng.multinomial(groups, np.full(groups, 1 / groups), size=500)
    low, high = np.quantile((weights @ sums) / np.maximum(1, weights @ counts), [0.025, 0.975])
    return Interval(float(low), float(high))


def main() -> int:
    """Print the table; 1 where an interval covers too seldom."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--least", type=float, default=0.93)
    parser.add_argument("--seed", type=int, default=20240701)
    parser.add_argument("--hard", action="store_true")
    arguments = parser.parse_args()
    out = sys.stdout.write
    rows: list[tuple[float, float, float]] = []
    low: list[Design] = []
    tolerance = 2 * (arguments.least * (1 - arguments.least) / arguments.draws) ** 0.5
    out(f"{'what':<11}{'documents':>10}{'questions':>10}  sizes    ICC  rate  cover  width  bootstrap\n")
    for number, design in enumerate(designs(hard=arguments.hard)):
        rng = np.random.default_rng([arguments.seed, number])
        held, plain, width = 0, 0, 0.0
        goal = truth(design)
        for _ in range(arguments.draws):
            values, labels = draw(design, rng)
            if design.kind != "difference":
                found = share_interval(values, labels, is_binary=design.kind == "rate")
            else:
                found = difference_interval(values, labels)
            other = bootstrap(values, labels, rng)
            held += found.low - 1e-12 <= goal <= found.high + 1e-12
            plain += other.low - 1e-12 <= goal <= other.high + 1e-12
            width += found.high - found.low
        row = (held / arguments.draws, width / arguments.draws, plain / arguments.draws)
        rows.append(row)
        if row[0] < arguments.least - tolerance:
            low.append(design)
        out(
            f"{design.kind:<11}{design.clusters:>10}{design.clusters * design.mean_size:>10}  {design.sizes:<7}"
            f"{design.correlation:>5.2f} {design.rate:>5.2f}  {row[0]:.3f}  {row[1]:.3f}      {row[2]:.3f}\n"
        )
        sys.stdout.flush()
    cover = [row[0] for row in rows]
    plain_cover = [row[2] for row in rows]
    out(f"\n{len(rows)} designs, {arguments.draws} draws each: coverage least {min(cover):.3f}, ")
    out(f"mean {sum(cover) / len(cover):.3f}; bootstrap least {min(plain_cover):.3f}, ")
    out(f"mean {sum(plain_cover) / len(plain_cover):.3f}\n")
    for design in low:
        out(f"below {arguments.least:g}: {design}\n")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
