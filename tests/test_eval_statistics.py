import math
import random

import numpy as np
import pytest
from scipy import stats

from eval.statistics import (
    Interval,
    are_enough,
    corrected_p,
    difference_interval,
    mcnemar_exact,
    mean_interval,
    quantile,
    quantile_interval,
    share_interval,
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


def test_corrected_p_by_hand():
    # One metric: as the sign flip itself, |±2 ±1| ≥ 3 in 2 of 4 patterns.
    assert corrected_p([[1, 1, 1, 0]], [["a", "a", "b", "c"]]) == (0.5,)
    # The same metric twice costs nothing more; another that never moved has 1.
    six = [-1.0] * 6
    assert corrected_p([six, six, [0.0] * 6], [range(6)] * 3) == (2 / 64, 2 / 64, 1.0)
    # Two metrics on units of their own, four losses each: 1 − (1 − 2/2⁴)² = 15/64 of the patterns have a maximum
    # as large as theirs, more than one alone would (8/64), less than twice that.
    four = [-1.0] * 4
    assert corrected_p([four, four], ["abcd", "efgh"]) == (15 / 64, 15 / 64)
    assert corrected_p([], []) == ()


def test_corrected_p_holds_the_error_rate_of_all_metrics_together():
    rng = np.random.default_rng(3)
    common = rng.normal(size=(200, 30, 1))
    false_alarms = sum(
        min(corrected_p(list((own + shared).T), [range(30)] * 5)) < 0.05
        for own, shared in zip(rng.normal(size=(200, 30, 5)), common, strict=True)
    )
    assert false_alarms <= 20  # 10 are expected; more than 20 once in a thousand such tests, were it sound


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
    # 20 of 20, each for itself: variance at least half of p(1-p)/n at p = 21/22, so n counts as min(n, 2n) = 20
    t = stats.t.ppf(0.975, 19)
    for is_binary, size in ((True, 20), (False, 40)):
        found = share_interval([1.0] * 20, range(20), is_binary=is_binary)
        assert (found.low, found.high) == pytest.approx((size / (size + t**2), 1.0), abs=1e-9)
    nothing_changed = difference_interval([0.0] * 20, range(20))
    # one win and one loss added: ± t · √(2 / 22²)
    half = t * math.sqrt(2) / 22
    assert (nothing_changed.low, nothing_changed.high) == pytest.approx((-half, half))


def test_an_unbounded_mean_has_students_interval():
    # clusters of one case each: the jackknife variance is s²/n, the degrees of freedom n − 1
    values = [3.0, 9.0, 4.0, 8.0, 1.0]
    expected = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    found = mean_interval(values, range(5))
    assert (found.low, found.high) == pytest.approx(expected)
    assert mean_interval([7.0], ["a"]) == Interval(7.0, 7.0)


def test_an_interval_is_wider_when_documents_differ():
    values = [1.0] * 10 + [0.0] * 10 + [1.0] * 10 + [0.0] * 10
    alike = share_interval(values, [i // 10 for i in range(40)], is_binary=True)
    alone = share_interval(values, range(40), is_binary=True)
    assert alike.high - alike.low > 1.8 * (alone.high - alone.low)
    assert share_interval(values, ["a"] * 40, is_binary=True) == alone  # one document: cases are drawn
    assert (share_interval([], [], is_binary=True), difference_interval([], [])) == (Interval(0, 1), Interval(-1, 1))


@pytest.mark.parametrize(("clusters", "per_cluster"), [(10, 8), (12, 8), (30, 5)])
def test_clustered_intervals_cover_the_truth(clusters, per_cluster):
    # 95% nominal, at least 93% wanted; 300 draws have a standard error of 1.3 points.
    # benchmarks/interval_coverage.py tries 400 designs.
    rng = np.random.default_rng(11)
    held = {"rate": 0, "difference": 0}
    for _ in range(300):
        labels = np.repeat(np.arange(clusters), rng.integers(1, 2 * per_cluster, clusters))
        rates = rng.beta(0.9 * 9, 0.1 * 9, clusters)  # intraclass correlation 0.1
        right = (rng.random(len(labels)) < rates[labels]).astype(float)
        rate = share_interval(list(right), list(labels), is_binary=True)
        loss = difference_interval(list(right - 1), list(labels))
        held["rate"] += rate.low <= 0.9 <= rate.high
        held["difference"] += loss.low <= -0.1 <= loss.high
    assert min(held.values()) / 300 >= 0.92


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
    assert not are_enough(["a", "b", "a"] * 9)
    assert are_enough("abcdefghij")
