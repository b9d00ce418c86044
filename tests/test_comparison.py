"""Simulated machines whose truth is known: noise that lasts over runs, heavy tails, a machine that slows down."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fer_live.comparison import MIN_RUNS, Drift, Interval, PairedRuns, dependence, speedup, told

RUNS = 72  # the demo clip, three rounds
NOISE = 0.04


def lasting(random: np.random.Generator, shape: tuple[int, int], dependence: float, heavy: bool) -> NDArray[np.float64]:
    """Series along the last axis in which each value keeps a part of the one before."""
    fresh = random.standard_t(3, shape) if heavy else random.normal(size=shape)
    noise = np.empty(shape)
    noise[:, 0] = fresh[:, 0] / math.sqrt(1 - dependence**2)
    for run in range(1, shape[1]):
        noise[:, run] = dependence * noise[:, run - 1] + fresh[:, run]
    return noise


def duels(
    seed: int, count: int, truth: float, dependence: float = 0.3, heavy: bool = True, runs: int = RUNS
) -> list[Interval]:
    """Intervals of simulated duels; load meets both variants alike and wanders by far more than they differ."""
    random = np.random.default_rng(seed)
    load = np.cumsum(random.normal(0, 0.05, (count, runs)), axis=1)
    base, mine = (lasting(random, (count, runs), dependence, heavy) * NOISE + load for _ in range(2))
    pairs = zip(3.0 * np.exp(base), 3.0 / truth * np.exp(mine), strict=True)
    return [found for a, b in pairs if (found := speedup(a, b)) is not None]


@pytest.mark.parametrize("runs", [18, 36, 72, 200])
@pytest.mark.parametrize("keeps", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("heavy", [False, True])
def test_the_interval_covers_the_truth_at_its_nominal_rate(runs: int, keeps: float, heavy: bool) -> None:
    """And not much more often than it says, except where there are too few runs to tell how dependent they are."""
    count, truth = 400, 9.8
    found = duels(7, count, truth, keeps, heavy, runs)
    covered = sum(interval.low <= truth <= interval.high for interval in found) / count
    sampling = 2.5 * math.sqrt(0.95 * 0.05 / count)
    assert 0.945 - sampling <= covered <= (0.965 if runs > 36 else 0.985) + sampling
    assert np.median([interval.estimate for interval in found]) == pytest.approx(truth, rel=0.01)


def test_a_slow_wander_beside_noise_is_not_taken_for_independence() -> None:
    """Neighbours hardly correlate, but far ones do as much: a series carried on from neighbours alone misses it."""
    random = np.random.default_rng(17)
    wander, fresh = lasting(random, (300, 200), 0.9, heavy=False), random.normal(size=(300, 200))
    series = math.sqrt(0.4 * (1 - 0.9**2)) * wander + math.sqrt(0.6) * fresh
    covered = np.mean([not found.differs for row in series if (found := speedup(np.exp(row * NOISE), np.ones(200)))])
    assert covered >= 0.78  # 0.70 when only neighbours count


@pytest.mark.parametrize("keeps", [0.0, 0.3, 0.6])
def test_a_variant_against_itself_shows_no_difference(keeps: float) -> None:
    shown = sum(interval.differs for interval in duels(11, 400, 1.0, keeps))
    assert shown / 400 <= 1 / 20 + 2 * math.sqrt(0.95 * 0.05 / 400)


def test_ten_percent_slower_is_found() -> None:
    found = duels(13, 40, 1 / 1.1)
    assert all(interval.high < 1 for interval in found)
    assert "is 1.1" in told("slowed", "plain", found[0])
    assert told("slowed", "plain", found[0]).startswith("plain is ")


def test_frames_that_are_not_independent_do_not_narrow_the_interval() -> None:
    """Ratios that last need more of them, and give wider intervals, than the same ratios in any order."""
    random = np.random.default_rng(3)
    ratios = np.exp(lasting(random, (1, 200), 0.8, heavy=False)[0] * NOISE)
    shuffled = random.permutation(ratios)
    assert dependence(np.log(ratios)) > 2 * dependence(np.log(shuffled))
    assert dependence(np.ones(20)) == 1
    lasts, mixed = speedup(ratios, np.ones(200)), speedup(shuffled, np.ones(200))
    assert lasts is not None
    assert mixed is not None
    assert lasts.high - lasts.low > 1.5 * (mixed.high - mixed.low)


times = st.lists(st.floats(0.01, 1000), min_size=MIN_RUNS, max_size=60)


@settings(max_examples=25, deadline=None)
@given(times, st.floats(0.01, 100), st.floats(0.1, 10))
def test_what_must_hold_for_any_times(base: list[float], factor: float, unit: float) -> None:
    column = np.array(base)
    exact = speedup(column, column / factor)
    assert exact is not None
    assert (exact.estimate, exact.low, exact.high) == pytest.approx((factor, factor, factor))
    other = np.roll(column, 1)
    found, again = speedup(column, other), speedup(column * unit, other * unit)
    assert found is not None
    assert again is not None
    assert found.low <= found.estimate <= found.high
    assert (again.low, again.high) == pytest.approx((found.low, found.high))
    back = speedup(other, column)
    assert back is not None
    turned = back.inverse
    assert (turned.estimate, turned.low, turned.high) == pytest.approx((found.estimate, found.low, found.high))


def test_runs_without_a_face_are_left_out() -> None:
    base, mine = np.full(30, 3.0), np.full(30, 1.5)
    base[:10] = mine[5:15] = math.nan
    assert speedup(base, mine) == Interval(2.0, 2.0, 2.0, 15)
    assert speedup(base[:25], mine[:25]) is None  # ten are left
    assert speedup([], []) is None


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (Interval(9.81, 9.53, 10.12, 72), "int8 is 9.8x as fast as fp32 (95 % interval 9.5 to 10.1)"),
        (Interval(140.2, 101.7, 167.8, 72), "int8 is 140x as fast as fp32 (95 % interval 102 to 168)"),
        (Interval(0.5, 0.4, 0.625, 72), "fp32 is 2.00x as fast as int8 (95 % interval 1.60 to 2.50)"),
        (Interval(1.012, 1.004, 1.02, 72), "int8 is 1.012x as fast as fp32 (95 % interval 1.004 to 1.020)"),
        (Interval(1.0006, 1.0003, 1.001, 900), "int8 is 1.0006x as fast as fp32 (95 % interval 1.0003 to 1.0010)"),
        (Interval(1.001, 0.99, 1.02, 72), "int8 against fp32: no difference shown (95 % interval 0.990 to 1.020)"),
        (Interval(1.001, 0.85, 1.2, 72), "int8 against fp32: no difference shown (95 % interval 0.85 to 1.20)"),
        (None, "int8 against fp32: too little was measured for a verdict (12 short runs with a face are needed)"),
    ],
)
def test_verdicts_in_words(interval: Interval | None, words: str) -> None:
    assert told("int8", "fp32", interval) == words


def _measured(rounds: int, slow: float, spikes: bool = False) -> PairedRuns[str]:
    """A clip of 24 runs, each harder than the one before, on a machine ``slow`` times slower in the last round."""
    random, paired = np.random.default_rng(5), PairedRuns[str]()
    for round_ in range(1, rounds + 1):
        for run in range(24):
            frames = (2 + run / 10) * np.exp(random.normal(0, 0.02, 10)) * (slow if round_ == rounds else 1)
            frames[:3] *= 20 if spikes else 1
            paired.add({"fp32": [*(frames * 5)], "int8": [*frames]}, round_)
    return paired


def test_a_machine_that_slows_down_is_told() -> None:
    drift = _measured(3, 1.18).drift()
    assert drift.matters
    assert drift.told.startswith("this machine got 18 % slower while measuring")
    assert drift.to_dict()["slowdown"]["estimate"] == pytest.approx(1.18, abs=0.02)
    assert _measured(3, 1 / 1.18).drift().told.startswith("this machine got 15 % faster")


def test_a_clip_that_gets_harder_is_no_drift() -> None:
    drift = _measured(3, 1.0).drift()
    assert not drift.matters
    assert drift.told.startswith("this machine kept its speed")
    assert not _measured(3, 1.02).drift().matters


def test_no_change_shown_is_not_said_to_be_none() -> None:
    """A machine so restless that a third more time would not have shown did not keep its speed, as far as is known."""
    restless = Drift(Interval(1.02, 0.8, 1.33, 24))
    assert not restless.matters
    assert restless.told.startswith("no change of this machine's speed shown")
    assert "one of 33 % would not have shown either" in restless.told
    assert Drift(Interval(1.01, 0.97, 1.05, 24)).told.startswith("this machine kept its speed")


def test_other_frames_are_not_taken_for_the_machine() -> None:
    """One round, as from a camera: a clip that gets harder looks like a machine that slows down."""
    random, paired = np.random.default_rng(5), PairedRuns[str]()
    for run in range(60):
        paired.add({"fp32": [*((2 + run / 10) * np.exp(random.normal(0, 0.02, 10)))]})
    drift = paired.drift()
    assert drift.matters
    assert "longer at the end than at the beginning: other frames, or a machine that changed its speed" in drift.told


def test_too_little_to_tell() -> None:
    assert not PairedRuns[str]().drift().matters
    assert Drift(None).told.startswith("too little was measured")
    assert Drift(Interval(1.02, 0.4, 5.05, 12)).told == Drift(None).told
    assert _measured(1, 1.0).drift().slowdown is None
    assert _measured(1, 1.0).speedup("int8", "pruned") is None


def test_a_detection_every_fifth_frame_counts_a_fifth() -> None:
    paired = PairedRuns[str](stretch=5)
    for _ in range(MIN_RUNS):
        paired.add({"fp32": [10.0, 4.0, 4.0, 4.0, 4.0] * 2, "int8": [8.0, 2.0, 2.0, 2.0, 2.0] * 2})
    found = paired.speedup("int8", "fp32")
    assert found is not None
    assert found.estimate == pytest.approx(26 / 16)  # medians of frames would say 2


def test_interrupted_frames_do_not_move_the_speed_up() -> None:
    found = _measured(2, 1.3, spikes=True).speedup("int8", "fp32")
    assert found is not None
    assert found.estimate == pytest.approx(5.0)
