from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fer_live.frame import Box, Face, Frame, FrameResult, Prediction, VariantRun
from fer_live.recent import minute as minutes
from fer_live.recent.minute import Minute
from fer_live.recent.pairs import Agreement
from fer_live.recent.pieces import density, line
from fer_live.recent.ring import Ring
from fer_live.recent.said import MOST_FACES, SaidLabels, Stretch

PIXELS = np.zeros((1, 1, 3), np.uint8)
LABELS = ("happy", "neutral", "sad")
PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine


def said(label: str, score: float = 0.8, labels: Sequence[str] = LABELS) -> Prediction:
    rest = (1 - score) / (len(labels) - 1)
    return Prediction(tuple(labels), tuple(score if one == label else rest for one in labels))


def result(index: int, at_s: float, tracks: Sequence[int], **runs: tuple[float, Sequence[Prediction]]) -> FrameResult:
    faces = tuple(Face(Box(0, 0, 9, 9), 0.9, ((2, 2), (6, 2)), track) for track in tracks)
    made = tuple(VariantRun(name, tuple(labels), ms) for name, (ms, labels) in runs.items())
    return FrameResult(Frame(index, at_s - 0.01, PIXELS), faces, 2.0, made, at_s)


@PATIENT
@given(st.integers(1, 7), st.lists(st.floats(0, 2), max_size=40), st.floats(-1, 30))
def test_a_ring_holds_the_newest_as_a_plain_list_would(most: int, steps: list[float], since: float) -> None:
    ring, plain, now = Ring(most), [], 0.0
    for number, step in enumerate(steps):
        now += step
        ring.add(now, float(number))
        plain.append((now, float(number)))
    wanted = [pair for pair in plain[-most:] if pair[0] >= since]
    assert list(zip(*map(np.ndarray.tolist, ring.since(since)), strict=True)) == wanted
    assert len(ring) == min(len(steps), most)


def test_a_line_is_median_and_range_of_each_half_second_and_breaks_where_nothing_ran() -> None:
    at = np.array([10.0, 10.1, 10.2, 10.49, 10.6, 13.1])
    found = line(at, np.array([5.0, 1.0, 2.0, 4.0, 7.0, 9.0]))
    assert found.at_s[:2].tolist() == [10.25, 10.75]
    assert np.isnan([found.at_s[2], found.low[2], found.middle[2], found.high[2]]).all()
    assert (found.low[0], found.middle[0], found.high[0]) == (1.0, 3.0, 5.0)
    assert (found.low[1], found.middle[1], found.high[1]) == (7.0, 7.0, 7.0)
    assert (found.at_s[3], found.middle[3], found.at_s.size) == (13.25, 9.0, 4)


def test_a_slow_machine_breaks_no_line() -> None:
    assert np.isfinite(line(np.arange(0.0, 20.0, 2.0), np.ones(10)).middle).all()


def test_a_variant_that_is_gone_is_forgotten_alone() -> None:
    minute, happy = Minute(), [said("happy")]
    minute.take(result(0, 10.0, [1], a=(3.0, happy), b=(4.0, happy), c=(5.0, happy)))
    minute.forget("a")
    assert [minute.times(name)[1].tolist() for name in "abc"] == [[], [4.0], [5.0]]
    assert [len(minute.said.stretches(name, 1, 0.0)) for name in "abc"] == [0, 1, 1]
    assert minute.pairs.between("a", "b", 10.0) == Agreement()
    assert minute.pairs.between("b", "c", 10.0) == Agreement(same=1, compared=1)


def test_a_line_of_nothing_is_empty() -> None:
    assert line(np.empty(0), np.empty(0)).middle.size == 0


@PATIENT
@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=60), st.floats(0.1, 5))
def test_points_of_a_line_stay_when_more_comes(values: list[float], later: float) -> None:
    at = np.linspace(100.0, 110.0, len(values))
    before = line(at, np.array(values))
    after = line(np.append(at, at[-1] + 0.5 + later), np.array([*values, 1.0]))
    whole = np.isfinite(before.middle)
    assert np.isin(before.middle[whole], after.middle).all()
    assert np.isin(before.at_s[whole], after.at_s).all()


def test_a_density_peaks_where_the_values_are() -> None:
    found = density(np.array([1.0, 10.0, 10.0, 10.0]), 1.0, 100.0, 20)
    assert found.shape == (20,)
    assert (found.argmax(), found.max()) == (10, 1.0)
    assert found[0] == pytest.approx(1 / 3)
    assert density(np.array([500.0]), 1.0, 100.0, 20).tolist() == [0.0] * 20


def test_a_piece_has_the_label_of_most_of_its_frames() -> None:
    labels = SaidLabels(60)
    for at, label, score in ((5.0, "sad", 0.6), (5.1, "happy", 0.9), (5.4, "happy", 0.7), (5.5, "happy", 0.5)):
        labels.add("a", 3, at, label, score)
    for at in (6.0, 8.0):
        labels.add("a", 3, at, "sad", 0.3)
    found = labels.stretches("a", 3, 0.0, sure_from=0.4)
    assert found == [
        Stretch(5.0, 6.0, "happy", pytest.approx(0.7), True),
        Stretch(6.0, 6.5, "sad", pytest.approx(0.3), False),
        Stretch(8.0, 8.5, "sad", pytest.approx(0.3), False),
    ]
    assert labels.stretches("a", 3, 6.2) == [
        Stretch(6.0, 6.5, "sad", pytest.approx(0.3), True),
        Stretch(8.0, 8.5, "sad", pytest.approx(0.3), True),
    ]
    assert labels.stretches("b", 3, 0.0) == []


def test_faces_seen_for_longest_come_first_and_a_moments_face_only_when_alone() -> None:
    labels = SaidLabels(60)
    labels.add("a", 9, 0.0, "sad", 0.8)
    assert labels.tracks("a", 0.0) == [9]
    for second in range(10):
        labels.add("a", 2, float(second), "sad", 0.8)
        if second > 5:
            labels.add("a", 5, float(second), "sad", 0.8)
    assert labels.tracks("a", 0.0) == [2, 5]
    assert labels.tracks("a", 9.0) == [5]
    assert labels.tracks("b", 0.0) == []


def test_agreement_is_counted_by_the_labels_names() -> None:
    other = ("neutral", "happy", "contempt")
    frames = (("happy", "happy"), ("sad", "happy"), ("happy", "contempt"), ("neutral", "neutral"), ("happy", "neutral"))
    minute = Minute()
    for number, (one, two) in enumerate(frames):
        minute.take(result(number, 100 + number, [1], b=(1.0, [said(two, labels=other)]), a=(1.0, [said(one)])))
    minute.take(result(9, 106.0, [], a=(0.1, []), b=(0.1, [])))
    # "sad" is none of the other's labels and "contempt" none of the first's
    assert minute.pairs.between("a", "b", minute.now_s) == Agreement(same=2, compared=3, apart=2)
    assert minute.pairs.between("b", "a", minute.now_s).share == pytest.approx(2 / 3)
    assert minute.pairs.between("a", "c", minute.now_s).share is None
    assert minute.pairs.between("a", "b", 161.5) == Agreement(same=1, compared=2, apart=1)


@PATIENT
@given(st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS), st.floats(0.01, 9)), max_size=60))
def test_agreement_is_that_of_the_last_minute(frames: list[tuple[str, str, float]]) -> None:
    minute, now, plain = Minute(), 1000.0, []
    for number, (one, two, step) in enumerate(frames):
        now += step
        minute.take(result(number, now, [1], a=(1.0, [said(one)]), b=(1.0, [said(two)])))
        plain.append((int(now), one == two))
    kept = [same for second, same in plain if second > int(now) - minutes.SPAN_S]
    assert minute.pairs.between("a", "b", now) == Agreement(sum(kept), len(kept), 0)


def test_a_minute_holds_times_of_frames_with_a_face_only() -> None:
    minute = Minute()
    minute.take(result(0, 50.0, [4], a=(6.0, [said("happy")])))
    minute.take(result(1, 50.1, [], a=(0.0, [])))
    minute.take(result(2, 50.2, [4, 7], a=(9.0, [said("sad"), said("neutral")])))
    at, took = minute.times("a")
    assert (at.tolist(), took.tolist()) == ([50.0, 50.2], [6.0, 9.0])
    assert minute.times("b")[0].size == 0
    assert [one.label for one in minute.said.stretches("a", 7, 0.0)] == ["neutral"]
    minute.take(result(400, 110.15, [], a=(0.0, [])))
    assert minute.times("a")[1].tolist() == [9.0]


@pytest.mark.parametrize("numbers", [(0, 1, 0), (0, 0, 0)], ids=["clips", "pictures"])
def test_another_source_forgets_what_was_said_and_keeps_what_it_took(numbers: tuple[int, ...]) -> None:
    minute = Minute()
    for number in numbers:
        minute.take(result(number, 50.0 + minute.taken, [1], a=(6.0, [said("happy")]), b=(2.0, [said("sad")])))
    assert minute.pairs.between("a", "b", minute.now_s).compared == 1
    assert minute.said.stretches("a", 1, 0.0) == [Stretch(52.0, 52.5, "happy", pytest.approx(0.8), True)]
    assert minute.times("a")[0].size == 3


def test_hours_need_no_more_memory_than_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minutes, "MOST", 50)
    minute = Minute()
    for number in range(3000):  # 50 minutes, in which every few seconds somebody else comes
        track = 1 + number // 3
        minute.take(result(number, number, [track], a=(1.0, [said("happy")]), b=(2.0, [said("sad")])))
    rows = minute.said._rows
    assert len(rows) <= MOST_FACES
    assert max(len(row) for row in rows.values()) <= 2 * minutes.SPAN_S + 1
    assert all(len(seconds) <= minutes.SPAN_S + 1 for seconds in minute.pairs._pairs.values())
    assert minute.times("a")[0].size == 50
    assert minute.times("a")[0][-1] == 2999
