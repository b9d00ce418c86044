import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_live.stats import FpsMeter, Summary, summarise, typical


def test_intervals_are_divided_not_frames() -> None:
    meter = FpsMeter(window_s=2.0)
    for tick in range(11):
        meter.tick(tick * 0.1)
    assert meter.fps(1.0) == pytest.approx(10.0)


def test_two_ticks_a_second_apart_are_one_a_second() -> None:
    meter = FpsMeter(window_s=5.0)
    assert meter.fps(0.0) == 0.0
    meter.tick(0.0)
    assert meter.fps(0.5) == 0.0
    meter.tick(1.0)
    assert meter.fps(1.0) == pytest.approx(1.0)


def test_the_past_is_forgotten() -> None:
    meter = FpsMeter(window_s=1.0)
    for tick in range(100):
        meter.tick(tick * 0.01)
    for tick in range(1, 31):
        meter.tick(1.0 + tick * 0.1)
    assert meter.fps(4.0) == pytest.approx(10.0)
    assert meter.fps(60.0) == 0.0  # a camera that stopped has no rate


def test_a_camera_that_hangs_does_not_keep_its_rate() -> None:
    meter = FpsMeter(window_s=2.0)
    for tick in range(61):
        meter.tick(tick / 30)
    assert meter.fps(2.0) == meter.fps(2.03) == pytest.approx(30)
    rates = [meter.fps(2.0 + waited) for waited in (0.1, 0.5, 1.0, 1.9, 3.0)]
    assert rates == sorted(rates, reverse=True)
    assert rates[3] <= 2  # four ticks are left in the window, which alone would still be 30 per second
    assert meter.fps(6.1) == 0.0


def test_a_camera_slower_than_the_window_has_a_rate() -> None:
    meter = FpsMeter(window_s=2.0)
    for tick in range(5):
        meter.tick(tick * 2.5)
        assert meter.fps(tick * 2.5) == pytest.approx(0.4 if tick else 0.0)
        assert meter.fps(tick * 2.5 + 2.4) == pytest.approx(0.4 if tick else 0.0)


def test_reset() -> None:
    meter = FpsMeter()
    meter.tick(0.0)
    meter.tick(0.1)
    meter.reset()
    assert meter.fps(0.1) == 0.0


def test_simultaneous_ticks_divide_by_nothing() -> None:
    meter = FpsMeter()
    meter.tick(1.0)
    meter.tick(1.0)
    assert meter.fps(1.0) == 0.0


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60))
def test_summary_agrees_with_the_textbook(values: list[float]) -> None:
    summary = summarise(values)
    assert summary.n == len(values)
    assert summary.mean == pytest.approx(statistics.fmean(values), abs=1e-6)
    assert summary.sd == pytest.approx(statistics.stdev(values), abs=1e-3)
    assert summary.p50 == pytest.approx(statistics.median(values), abs=1e-6)
    assert summary.p99 == pytest.approx(float(np.percentile(values, 99)), abs=1e-6)
    assert min(values) <= summary.p50 <= summary.p90 <= summary.p95 <= summary.p99 <= max(values)


def test_one_value_and_none() -> None:
    assert summarise([3.0]) == Summary(1, 3.0, 0.0, 3.0, 3.0, 3.0, 3.0)
    assert summarise(iter(())) == Summary(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def test_a_cost_of_every_tenth_frame_counts_a_tenth_and_an_outlier_nothing() -> None:
    frames = [11.0, *[1.0] * 9] * 7
    assert typical(frames, 10) == pytest.approx(2.0)
    assert typical([*frames[:25], 5000.0, *frames[26:]], 10) == pytest.approx(2.0)
    assert typical(frames) == 1.0
    assert typical([3.0, 1.0, 2.0, 9.0]) == summarise([3.0, 1.0, 2.0, 9.0]).p50
    many = [float(value % 997) for value in range(0, 30_000, 7)]
    assert typical(many) == statistics.median(many)
    assert typical([*frames, 70.0], 10) == pytest.approx(2.0)
    assert (typical([4.0, 2.0], 10), typical([], 10), typical([])) == (3.0, 0.0, 0.0)
