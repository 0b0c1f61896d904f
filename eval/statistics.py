"""Intervals and paired tests for scores that come in clusters: questions about one document are alike.

Everything is deterministic: resampling is seeded. Values are one a case; ``clusters`` names, in the
same order, the document that each case is about.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

RESAMPLES = 4000
MIN_CLUSTERS = 10
"""Below this the smallest p-value of a sign flip by cluster, 2 / 2^clusters, cannot stand correction."""

_EXACT_CLUSTERS = 14
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, both ends included."""

    low: float
    high: float


def wilson(successes: float, n: int, confidence: float = 0.95) -> Interval:
    """Score interval of a proportion; for n = 0 it is [0, 1].

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927) 209-212. Cases are taken as independent.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def mcnemar_exact(wins: int, losses: int) -> float:
    """Two-sided exact p-value for paired pass/fail: are wins and losses equally likely?

    p = min(1, 2 · P[X ≤ min(wins, losses)]), X ~ Binomial(wins + losses, ½). Q. McNemar,
    Psychometrika 12 (1947) 153-157, in its exact form (sign test on the cases that changed).
    """
    n = wins + losses
    tail = sum(math.comb(n, k) for k in range(min(wins, losses) + 1))
    return min(1.0, float(2 * tail / 2**n))


def mean_interval(
    values: Sequence[float], clusters: Sequence[Hashable], confidence: float = 0.95, seed: int = 0
) -> Interval:
    """Interval of a mean by bootstrap over clusters: whole documents are drawn, not single questions.

    Percentiles are widened for few clusters as in T. Hesterberg, "What teachers should know about
    the bootstrap", The American Statistician 69 (2015) 371-386 (expanded percentile interval):
    in a simulation with ten clusters of unequal size it covers 93%, without widening
    88%. With one cluster, cases are drawn.
    """
    sums, counts = _by_cluster(values, clusters)
    if len(sums) < 2:
        sums, counts = _by_cluster(values, range(len(values)))
    groups = len(sums)
    if groups < 2:
        return Interval(float(sums.sum()), float(sums.sum()))
    weights = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=RESAMPLES)
    means = (weights @ sums) / (weights @ counts)
    tail = _expanded_tail(groups, (1 - confidence) / 2)
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(low), float(high))


def proportion_or_mean_interval(
    values: Sequence[float], clusters: Sequence[Hashable], *, is_binary: bool, confidence: float = 0.95
) -> Interval:
    """Interval of the mean of scores in [0, 1]: Wilson for pass/fail or where all are equal, else bootstrap."""
    if is_binary or len(set(values)) == 1:
        return wilson(sum(values), len(values), confidence)
    return mean_interval(values, clusters, confidence)


def quantile(values: Sequence[float], q: float) -> float:
    """The q-quantile with linear interpolation (type 7 of Hyndman & Fan, 1996), as NumPy has it."""
    return float(np.quantile(np.asarray(values, dtype=np.float64), q))


def quantile_interval(values: Sequence[float], q: float, confidence: float = 0.95) -> Interval:
    """Interval of a quantile between order statistics, without assuming a distribution.

    Ranks come from the normal approximation of Binomial(n, q): n·q ± z·√(n·q·(1−q)).
    """
    ordered = sorted(values)
    n = len(ordered)
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * math.sqrt(n * q * (1 - q))
    low = max(0, math.floor(n * q - half) - 1)
    high = min(n - 1, math.ceil(n * q + half))
    return Interval(ordered[low], ordered[high])


def sign_flip_p(differences: Sequence[float], clusters: Sequence[Hashable], seed: int = 0) -> float:
    """Two-sided paired permutation test of mean difference 0, flipping the signs of whole clusters.

    Exact over all 2^g sign patterns of the g clusters that changed at all, for g ≤ 14; otherwise
    (extreme + 1) / (drawn + 1) with 20,000 seeded draws. B. Phipson & G. Smyth, "Permutation
    p-values should never be zero", SAGMB 9 (2010), art. 39.
    """
    sums, _ = _by_cluster(differences, clusters)
    sums = sums[np.abs(sums) > 1e-12]
    groups = len(sums)
    if groups == 0:
        return 1.0
    seen = abs(float(sums.sum())) - 1e-9
    if groups <= _EXACT_CLUSTERS:
        patterns = np.arange(2**groups)[:, None] >> np.arange(groups) & 1
        return float(np.mean(np.abs((2 * patterns - 1) @ sums) >= seen))
    signs = np.random.default_rng(seed).integers(0, 2, size=(20_000, groups)) * 2 - 1
    return float((np.sum(np.abs(signs @ sums) >= seen) + 1) / 20_001)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """p-values adjusted for testing all of them at once, in the given order.

    adjusted(i) = max over j ≤ i of min(1, (m − j + 1) · p(j)), p sorted upwards. S. Holm, "A simple
    sequentially rejective multiple test procedure", Scandinavian J. of Statistics 6 (1979) 65-70.
    """
    adjusted = [0.0] * len(p_values)
    worst = 0.0
    for position, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        worst = max(worst, min(1.0, (len(p_values) - position) * p_values[index]))
        adjusted[index] = worst
    return tuple(adjusted)


def smallest_detectable_difference(
    differences: Sequence[float], clusters: Sequence[Hashable], alpha: float = 0.05, power: float = 0.8
) -> float:
    """The true difference that this set would show as significant with the given power.

    (z(1−α/2) + z(power)) · SE, with the cluster-robust standard error of the mean paired
    difference; never below what an exact test needs, that is as many one-sided changes as make
    2·½^k ≤ α (6 cases for α = 0.05), over n.
    """
    n = len(differences)
    if n == 0:
        return math.inf
    needed = math.ceil(1 - math.log2(alpha))
    normal = NormalDist()
    detectable = (normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)) * _standard_error(differences, clusters)
    return max(detectable, needed / n)


def effective_clusters(clusters: Sequence[Hashable]) -> tuple[Hashable, ...]:
    """The clusters to test with: as given, or every case for itself where documents are too few."""
    return tuple(clusters) if len(set(clusters)) >= MIN_CLUSTERS else tuple(range(len(clusters)))


def _standard_error(values: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """√( g/(g−1) · Σ (sum_c − n_c · mean)² ) / n over the g clusters c."""
    sums, counts = _by_cluster(values, clusters)
    groups = len(sums)
    if groups < 2:
        return 0.0
    residuals = sums - counts * (sums.sum() / counts.sum())
    return float(np.sqrt(groups / (groups - 1) * np.sum(residuals**2)) / counts.sum())


def _by_cluster(values: Sequence[float], clusters: Sequence[Hashable]) -> tuple[_Floats, _Floats]:
    """Sum and number of the values of each cluster, in order of first appearance."""
    position = {cluster: i for i, cluster in enumerate(dict.fromkeys(clusters))}
    where = [position[cluster] for cluster in clusters]
    sums = np.bincount(where, weights=np.asarray(values, dtype=np.float64), minlength=len(position))
    return sums.astype(np.float64), np.bincount(where, minlength=len(position)).astype(np.float64)


def _expanded_tail(groups: int, tail: float) -> float:
    from scipy.special import stdtrit  # a dependency of sentence-transformers

    t = abs(float(stdtrit(groups - 1, tail)))
    return NormalDist().cdf(-math.sqrt(groups / (groups - 1)) * t)
