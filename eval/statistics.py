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

RESAMPLES = 1000
"""Draws of the bootstrap of latencies."""
MIN_CLUSTERS = 10
"""Below this the smallest p-value of a sign flip by cluster, 2 / 2^clusters, cannot stand correction."""

_EXACT_UNITS = 14
_DRAWS = 20_000
_CORRELATION = 0.2
_PAIRED_CORRELATION = 0.15
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, both ends included."""

    low: float
    high: float


def wilson(successes: float, n: int, confidence: float = 0.95) -> Interval:
    """Score interval of a proportion of independent cases; for n = 0 it is [0, 1].

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927) 209-212.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    return _score_interval(successes / n, n, NormalDist().inv_cdf(0.5 + confidence / 2))


def mcnemar_exact(wins: int, losses: int) -> float:
    """Two-sided exact p-value for paired pass/fail: are wins and losses equally likely?

    p = min(1, 2 · P[X ≤ min(wins, losses)]), X ~ Binomial(wins + losses, ½). Q. McNemar,
    Psychometrika 12 (1947) 153-157, in its exact form (sign test on the cases that changed).
    """
    n = wins + losses
    tail = sum(math.comb(n, k) for k in range(min(wins, losses) + 1))
    return min(1.0, float(2 * tail / 2**n))


def share_interval(
    values: Sequence[float], clusters: Sequence[Hashable], *, is_binary: bool, confidence: float = 0.95
) -> Interval:
    """Interval of the mean of scores in [0, 1], questions about one document taken as alike.

    Wilson's interval with the effective sample size of clustered data (E. Korn & B. Graubard,
    "Confidence intervals for proportions with small expected number of positive counts estimated
    from survey data", Survey Methodology 24 (1998) 193-201) and Student's t for few clusters. The
    variance is at least half of what an intraclass correlation of 0.2 gives, so that an interval is
    no point where all scores are equal; for scores that are not pass or fail that rests on the mean of
    the variance seen and the largest possible, for a few low ones may not have been drawn. Coverage:
    ``python benchmarks/interval_coverage.py``.
    """
    found = _cluster_mean(values, clusters)
    n, mean = found.n, found.mean
    if n == 0:
        return Interval(0.0, 1.0)
    smooth = (n * mean + 1) / (n + 2)
    spread = smooth * (1 - smooth)
    seen = 0.0 if is_binary else float(np.var(np.asarray(values)))
    own = (seen + spread) / 2 if seen else spread
    variance = max(found.variance, 0.5 * found.variance + 0.5 * own * found.design_effect(_CORRELATION) / n)
    size = spread / variance
    return _score_interval(mean, min(size, n) if is_binary else size, found.quantile(confidence))


def difference_interval(
    differences: Sequence[float], clusters: Sequence[Hashable], confidence: float = 0.95
) -> Interval:
    """Interval of a mean of paired differences in [−1, 1], differences within a document taken as alike.

    Jackknife variance over clusters with Student's t on the degrees of freedom of R. Bell & D.
    McCaffrey ("Bias reduction in standard errors for linear regression with multi-stage samples",
    Survey Methodology 28 (2002) 169-181), after one win and one loss of the weight that a case has
    under an intraclass correlation of 0.15 were added (A. Agresti & Y. Min, "Simple improved
    confidence intervals for comparing matched proportions", Statistics in Medicine 24 (2005)
    729-740): where nothing changed, that does not show that nothing ever will.
    """
    found = _cluster_mean(differences, clusters)
    if found.n == 0:
        return Interval(-1.0, 1.0)
    added = found.design_effect(_PAIRED_CORRELATION)
    total = found.n + 2 * added
    variance = found.variance * (found.n / total) ** 2 + 2 * (added / total) ** 2
    centre, half = found.mean * found.n / total, found.quantile(confidence) * math.sqrt(variance)
    return Interval(max(-1.0, centre - half), min(1.0, centre + half))


def mean_interval(values: Sequence[float], clusters: Sequence[Hashable], confidence: float = 0.95) -> Interval:
    """Interval of a mean without bounds (tokens, say): jackknife over clusters, Student's t as above."""
    found = _cluster_mean(values, clusters)
    half = found.quantile(confidence) * math.sqrt(found.variance)
    return Interval(found.mean - half, found.mean + half)


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


def sign_flip_p(differences: Sequence[float], units: Sequence[Hashable], seed: int = 0) -> float:
    """Two-sided paired permutation test of mean difference 0, flipping the signs of whole units (documents).

    Exact over all 2^g sign patterns of the g units that changed at all, for g ≤ 14; otherwise
    (extreme + 1) / (drawn + 1) with 20,000 seeded draws. B. Phipson & G. Smyth, "Permutation
    p-values should never be zero", SAGMB 9 (2010), art. 39.
    """
    sums = np.array(list(_sums_by_unit(differences, units).values()))
    if not len(sums):
        return 1.0
    signs, exact = _sign_patterns(len(sums), seed)
    extreme = int(np.sum(np.abs(signs @ sums) >= abs(float(sums.sum())) - 1e-9))
    return _share(extreme, len(signs), exact=exact)


def corrected_p(differences: Sequence[Sequence[float]], units: Sequence[Sequence[Hashable]]) -> tuple[float, ...]:
    """Two-sided p-values of several metrics' paired differences, adjusted for testing all of them at once.

    The step-down maxT procedure of P. Westfall & S. Young, "Resampling-Based Multiple Testing" (1993),
    algorithm 4.1, with the statistic |sum| / √(sum of squares) over units and joint sign flips: a unit
    (document, or case) that several metrics name is flipped in all of them at once. Metrics that move
    together, such as recall at 5 and at 10, are thereby not paid for twice, as they are with Bonferroni's
    or Holm's correction. Draws as in ``sign_flip_p``.
    """
    sums = [_sums_by_unit(values, names) for values, names in zip(differences, units, strict=True)]
    moved = list(dict.fromkeys(unit for own in sums for unit in own))
    if not moved:
        return (1.0,) * len(sums)
    matrix = np.array([[own.get(unit, 0.0) for unit in moved] for own in sums])
    scale = np.sqrt(np.sum(matrix**2, axis=1))
    scale[scale == 0] = 1.0
    seen = np.abs(matrix.sum(axis=1)) / scale
    signs, exact = _sign_patterns(len(moved), seed=0)
    drawn = np.abs(signs @ matrix.T) / scale
    adjusted, worst, best_first = np.ones(len(sums)), 0.0, np.argsort(-seen)
    for rank, metric in enumerate(best_first):
        extreme = int(np.sum(drawn[:, best_first[rank:]].max(axis=1) >= seen[metric] - 1e-9))
        worst = max(worst, _share(extreme, len(signs), exact=exact))
        adjusted[metric] = worst
    return tuple(adjusted.tolist())


def smallest_detectable_difference(
    differences: Sequence[float], clusters: Sequence[Hashable], alpha: float = 0.05, power: float = 0.8
) -> float:
    """The true difference that this set would show as significant with the given power.

    (z(1−α/2) + z(power)) · SE, with the jackknife standard error over clusters of the mean paired
    difference; never below what an exact test needs, that is as many one-sided changes as make
    2·½^k ≤ α (6 cases for α = 0.05), over n.
    """
    n = len(differences)
    if n == 0:
        return math.inf
    needed = math.ceil(1 - math.log2(alpha))
    normal = NormalDist()
    detectable = (normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)) * math.sqrt(
        _cluster_mean(differences, clusters).variance
    )
    return max(detectable, needed / n)


def are_enough(clusters: Sequence[Hashable]) -> bool:
    """Whether there are documents enough to test by document; else every case is tested for itself."""
    return len(set(clusters)) >= MIN_CLUSTERS


@dataclass(frozen=True, slots=True)
class _ClusterMean:
    n: int
    mean: float
    variance: float
    """Of the mean, over clusters."""
    degrees: float
    mean_size: float
    """Of the cluster that a case is in, averaged over cases."""

    def design_effect(self, correlation: float) -> float:
        """How many times more variance such clusters give under an intraclass correlation."""
        return 1 + correlation * (self.mean_size - 1)

    def quantile(self, confidence: float) -> float:
        from scipy.special import stdtrit  # a dependency of sentence-transformers

        return abs(float(stdtrit(self.degrees, (1 - confidence) / 2)))


def _cluster_mean(values: Sequence[float], clusters: Sequence[Hashable]) -> _ClusterMean:
    sums, counts = _by_cluster(values, clusters)
    if len(sums) < 2:  # one document: its cases are all there is to draw from
        sums, counts = _by_cluster(values, range(len(values)))
    n = int(counts.sum())
    if len(sums) < 2:
        return _ClusterMean(n, float(sums.sum()) if n else 0.0, 0.0, 1.0, 1.0)
    weights = counts / n
    mean = float(sums.sum() / n)
    residuals = weights * (sums / counts - mean) / (1 - weights)
    mean_size = float(np.sum(counts**2)) / n
    variance = float(np.sum(residuals**2)) * (len(sums) - 1) / len(sums)
    return _ClusterMean(n, mean, variance, _degrees_of_freedom(weights), mean_size)


def _degrees_of_freedom(weights: _Floats) -> float:
    """Satterthwaite's, tr(K)² / tr(K²), the smaller of those for clusters that vary by size and alike; at least 1."""
    groups = len(weights)
    residual_maker = np.eye(groups) - np.outer(np.ones(groups), weights)
    scale = (weights / (1 - weights))[:, None]
    found = []
    for working in (1 / weights, np.ones(groups)):
        half = scale * residual_maker * np.sqrt(working)
        products = half @ half.T
        found.append(float(np.trace(products) ** 2 / np.sum(products**2)))
    return max(1.0, min(found))


def _sums_by_unit(differences: Sequence[float], units: Sequence[Hashable]) -> dict[Hashable, float]:
    """The sum of each unit's differences, for those units that changed."""
    sums, _ = _by_cluster(differences, units)
    names = dict.fromkeys(units)
    return {name: float(total) for name, total in zip(names, sums, strict=True) if abs(total) > 1e-12}


def _sign_patterns(units: int, seed: int) -> tuple[npt.NDArray[np.int64], bool]:
    """Patterns of +1 and −1, a row each, and whether they are all that there are."""
    if units <= _EXACT_UNITS:
        return 2 * (np.arange(2**units)[:, None] >> np.arange(units) & 1) - 1, True
    return np.random.default_rng(seed).integers(0, 2, size=(_DRAWS, units)) * 2 - 1, False


def _share(extreme: int, patterns: int, *, exact: bool) -> float:
    return extreme / patterns if exact else (extreme + 1) / (patterns + 1)


def _score_interval(share: float, size: float, z: float) -> Interval:
    centre = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * math.sqrt(max(0.0, share * (1 - share)) / size + z * z / (4 * size * size))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def _by_cluster(values: Sequence[float], clusters: Sequence[Hashable]) -> tuple[_Floats, _Floats]:
    """Sum and number of the values of each cluster, in order of first appearance."""
    position = {cluster: i for i, cluster in enumerate(dict.fromkeys(clusters))}
    where = [position[cluster] for cluster in clusters]
    sums = np.bincount(where, weights=np.asarray(values, dtype=np.float64), minlength=len(position))
    return sums.astype(np.float64), np.bincount(where, minlength=len(position)).astype(np.float64)
