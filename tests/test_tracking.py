from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_live.frame import Box, Face, Prediction
from fer_live.tracking import FaceTracker, ScoreSmoother

LABELS = ("happy", "sad", "neutral")


def face(x: float, y: float = 100.0, side: float = 80.0) -> Face:
    eyes = ((x + side * 0.3, y + side * 0.4), (x + side * 0.7, y + side * 0.4))
    return Face(Box(x, y, side, side), 0.9, eyes)


def numbers(faces: Sequence[Face]) -> list[int]:
    return [found.track for found in faces]


def test_a_moving_face_keeps_its_number() -> None:
    tracker = FaceTracker()
    seen = {tracker.update([face(10 + 12 * step)], step / 30)[0].track for step in range(40)}
    assert seen == {1}


def test_frames_decoded_in_bursts_do_not_throw_the_guess_away() -> None:
    tracker = FaceTracker()
    at_s, seen = 0.0, set()
    for step in range(60):
        at_s += 0.150 if step % 10 == 0 else 0.0006
        seen.add(tracker.update([face(10 + 3 * step)], at_s)[0].track)
    assert seen == {1}


def test_the_faces_come_back_as_they_went_in_but_for_the_number() -> None:
    given_faces = [face(300, side=120), face(50)]
    numbered = FaceTracker().update(given_faces, 0.0)
    assert [found.box for found in numbered] == [given.box for given in given_faces]
    assert numbers(numbered) == [1, 2]


def test_the_order_of_the_faces_does_not_matter() -> None:
    tracker = FaceTracker()
    tracker.update([face(50), face(300)], 0.0)
    assert numbers(tracker.update([face(302), face(51)], 0.03)) == [2, 1]


def test_a_face_missed_for_a_moment_keeps_its_number() -> None:
    tracker = FaceTracker()
    tracker.update([face(50)], 0.0)
    for step in range(1, 13):
        tracker.update([], step / 30)
    assert numbers(tracker.update([face(60)], 0.45)) == [1]


def test_a_number_is_never_given_again() -> None:
    tracker = FaceTracker()
    tracker.update([face(50)], 0.0)
    tracker.update([], 0.3)
    assert numbers(tracker.update([face(50)], 0.6)) == [2]
    assert numbers(tracker.update([face(50), face(400)], 0.7)) == [2, 3]


def test_a_slow_machine_keeps_the_numbers_and_a_long_pause_does_not() -> None:
    tracker = FaceTracker()
    assert [numbers(tracker.update([face(50 + at_s)], at_s)) for at_s in (0.0, 1.5, 3.0, 5.9, 60.0)] == [
        *([1], [1], [1], [1]),
        [2],
    ]


def test_a_face_elsewhere_is_another_person() -> None:
    tracker = FaceTracker()
    tracker.update([face(50)], 0.0)
    assert numbers(tracker.update([face(400)], 0.03)) == [2]


def test_a_small_face_in_front_of_a_large_one_is_another_person() -> None:
    tracker = FaceTracker()
    tracker.update([face(100, side=200)], 0.0)
    assert numbers(tracker.update([face(180, y=180, side=50)], 0.03)) == [2]


@pytest.mark.parametrize("hidden", [False, True], ids=["both seen", "one hidden behind the other"])
def test_crossing_faces_do_not_swap(hidden: bool) -> None:
    tracker = FaceTracker()
    for step in range(60):
        left, right = face(100 + 6 * step), face(454 - 6 * step, y=110)
        behind = hidden and abs(left.box.x - right.box.x) < 40
        found = tracker.update([left] if behind else [left, right], step / 30)
        assert numbers(found) == ([1] if behind else [1, 2]), f"step {step}"


def test_no_faces() -> None:
    assert FaceTracker().update([], 0.0) == ()


@given(st.lists(st.lists(st.tuples(st.floats(-50, 700), st.floats(10, 300)), max_size=6), max_size=12))
def test_numbers_in_one_frame_are_always_different(frames: list[list[tuple[float, float]]]) -> None:
    tracker = FaceTracker()
    for step, places in enumerate(frames):
        found = numbers(tracker.update([face(x, side=side) for x, side in places], step / 30))
        assert len(set(found)) == len(found)
        assert all(found)


def prediction(*scores: float) -> Prediction:
    return Prediction(LABELS, scores)


def test_without_strength_the_scores_are_raw() -> None:
    smoother = ScoreSmoother(0.0)
    smoother.update(1, prediction(1.0, 0.0, 0.0), 0.0)
    assert smoother.update(1, prediction(0.0, 1.0, 0.0), 0.03) == prediction(0.0, 1.0, 0.0)


def test_a_jump_is_followed_slowly_and_in_the_end() -> None:
    smoother = ScoreSmoother(0.5)
    smoother.update(1, prediction(1.0, 0.0, 0.0), 0.0)
    shown = [smoother.update(1, prediction(0.0, 1.0, 0.0), step / 30).scores[1] for step in range(1, 150)]
    assert shown == sorted(shown)
    assert shown[0] < 0.1
    assert shown[-1] == pytest.approx(1.0, abs=1e-3)


def test_the_look_does_not_depend_on_the_frame_rate() -> None:
    ends = []
    for rate in (10, 100):
        smoother = ScoreSmoother(0.4)
        smoother.update(1, prediction(1.0, 0.0, 0.0), 0.0)
        for step in range(1, rate // 2 + 1):
            shown = smoother.update(1, prediction(0.0, 1.0, 0.0), step / rate)
        ends.append(shown.scores[0])
    assert ends[0] == pytest.approx(ends[1])


def test_faces_are_smoothed_apart_and_begin_raw() -> None:
    smoother = ScoreSmoother(1.0)
    smoother.update(1, prediction(1.0, 0.0, 0.0), 0.0)
    assert smoother.update(2, prediction(0.0, 0.0, 1.0), 0.03) == prediction(0.0, 0.0, 1.0)


def test_a_face_that_was_away_begins_anew() -> None:
    smoother = ScoreSmoother(1.0)
    smoother.update(1, prediction(1.0, 0.0, 0.0), 0.0)
    assert smoother.update(1, prediction(0.0, 1.0, 0.0), 5.0) == prediction(0.0, 1.0, 0.0)


def test_other_labels_begin_anew() -> None:
    smoother = ScoreSmoother(1.0)
    smoother.update(1, prediction(1.0, 0.0, 0.0), 0.0)
    other = Prediction(("anger", "contempt"), (0.3, 0.7))
    assert smoother.update(1, other, 0.03) == other


@given(st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0.01, 1)), min_size=1), st.floats(0, 1))
def test_smoothed_scores_are_probabilities(rows: list[tuple[float, float, float]], strength: float) -> None:
    smoother = ScoreSmoother(strength)
    for step, row in enumerate(rows):
        total = sum(row)
        shown = smoother.update(1, prediction(*(score / total for score in row)), step / 30)
        assert sum(shown.scores) == pytest.approx(1.0)
        assert all(type(score) is float and 0 <= score <= 1 for score in shown.scores)
