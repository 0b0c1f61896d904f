import math
import random

import numpy as np
import pytest
from scipy import stats

from eval.statistics import (
    Interval,
    effective_clusters,
    holm,
    mcnemar_exact,
    mean_interval,
    proportion_or_mean_interval,
    quantile,
    quantile_interval,
    sign_flip_p,
    smallest_detectable_difference,
    wilson,
)


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (10, 10), (81, 263), (1, 1), (500, 1000)])
def test_wilson_equals_scipy(successes, n):
    expected = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    found = wilson(successes, n)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_wilson_of_nothing_is_everything():
    assert wilson(0, 0) == Interval(0.0, 1.0)


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (5, 0), (0, 6), (3, 9), (10, 10), (40, 20), (1, 0)])
def test_mcnemar_equals_scipys_binomial_test(wins, losses):
    n = wins + losses
    expected = stats.binomtest(wins, n, 0.5).pvalue if n else 1.0
    assert mcnemar_exact(wins, losses) == pytest.approx(expected)


def test_mcnemar_by_hand():
    # 1 win, 5 losses: 2 · (C(6,0) + C(6,1)) / 2^6 = 2 · 7 / 64
    assert mcnemar_exact(1, 5) == 14 / 64


def test_holm_by_hand():
    # sorted 0.01 0.02 0.03 0.5, times 4 3 2 1 = 0.04 0.06 0.06 0.5, made non-decreasing
    assert holm([0.03, 0.01, 0.5, 0.02]) == pytest.approx((0.06, 0.04, 0.5, 0.06))
    assert holm([]) == ()
    assert holm([0.7, 0.9]) == (1.0, 1.0)


def test_sign_flips_by_hand():
    # clusters a: 1 + 1 = 2, b: 1, c: 0 (drops out). |±2 ±1| ≥ 3 in 2 of 4 patterns.
    assert sign_flip_p([1, 1, 1, 0], ["a", "a", "b", "c"]) == 0.5
    assert sign_flip_p([0, 0], ["a", "b"]) == 1.0
    # one case each: six losses, 2 / 2^6, the same as McNemar's
    assert sign_flip_p([-1] * 6, range(6)) == mcnemar_exact(0, 6) == 2 / 64


def test_sign_flips_by_drawing_agree_with_scipy():
    rng = np.random.default_rng(5)
    values = rng.normal(0.25, 1, 40)
    expected = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=20_000, rng=np.random.default_rng(1)
    )
    assert sign_flip_p(list(values), range(40)) == pytest.approx(expected.pvalue, abs=0.015)


def test_quantiles():
    # 1 2 3 4: type 7 puts p50 halfway between ranks 2 and 3
    assert quantile([4, 1, 3, 2], 0.5) == 2.5
    interval = quantile_interval(range(1, 101), 0.5)
    # ranks 50 ± 1.96 · 5, rounded outwards
    assert interval == Interval(40, 61)
    assert quantile_interval([3.0], 0.95) == Interval(3.0, 3.0)


def test_intervals_of_scores_that_are_all_alike_are_not_points():
    # 20 of 20: Wilson's lower end is n / (n + z²) = 20 / 23.84
    found = proportion_or_mean_interval([1.0] * 20, ["a"] * 20, is_binary=False)
    assert (found.low, found.high) == pytest.approx((20 / (20 + 1.959964**2), 1.0), abs=1e-6)


def test_a_clustered_interval_is_wider_when_documents_differ():
    values = [1.0] * 10 + [0.0] * 10 + [1.0] * 10 + [0.0] * 10
    alike = mean_interval(values, [i // 10 for i in range(40)])
    alone = mean_interval(values, range(40))
    assert alike.high - alike.low > 1.8 * (alone.high - alone.low)
    assert mean_interval([0.25], ["a"]) == Interval(0.25, 0.25)
    assert mean_interval(values, range(40)) == alone


@pytest.mark.parametrize(("clusters", "per_cluster"), [(12, 8), (30, 5)])
def test_clustered_intervals_cover_the_truth(clusters, per_cluster):
    # Differences that share a document effect as large as their own noise: a bootstrap over cases covers
    # 55 to 70%. 95% nominal, at least 93% wanted; 300 draws have a standard error of 1.3 points.
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(300):
        sizes = rng.integers(1, 2 * per_cluster, clusters)
        labels = np.repeat(np.arange(clusters), sizes)
        values = rng.normal(0.1, 0.3, clusters)[labels] + rng.normal(0, 0.3, len(labels))
        interval = mean_interval(list(values), list(labels))
        covered += interval.low <= 0.1 <= interval.high
    assert 0.92 <= covered / 300 <= 0.985


def test_the_smallest_detectable_difference():
    # no change at all: six one-sided changes in 120 cases would be the least, 2·½^6 = 0.031 ≤ 0.05
    assert smallest_detectable_difference([0.0] * 120, range(120)) == 6 / 120
    # every case ±1: SE = √(n/(n−1)·n)/n; (1.960 + 0.842) · SE
    values = [1.0, -1.0] * 50
    expected = (1.959964 + 0.841621) * math.sqrt(100 / 99 * 100) / 100
    assert smallest_detectable_difference(values, range(100)) == pytest.approx(expected, abs=1e-5)
    assert smallest_detectable_difference([], []) == math.inf


def test_its_power_is_what_it_says():
    # A true difference of the size it names is found four times in five.
    rng = random.Random(2)
    n = 150

    def draw(shift):
        return [rng.gauss(shift, 0.5) for _ in range(n)]

    detectable = smallest_detectable_difference(draw(0), range(n))
    found = sum(sign_flip_p(draw(detectable), range(n), seed=i) < 0.05 for i in range(60))
    assert 38 <= found <= 57


def test_too_few_documents_are_not_tested_by_document():
    assert effective_clusters(["a", "b", "a"]) == (0, 1, 2)
    assert effective_clusters(list("abcdefghij")) == tuple("abcdefghij")
