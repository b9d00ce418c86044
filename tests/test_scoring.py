import numpy as np
import pytest

from fer_live.scoring import Difference, expected_calibration_error, paired_difference, score

LABELS = ("angry", "happy", "sad")


def _scores(called: list[int], confidence: float = 0.8) -> np.ndarray:
    rows = np.full((len(called), 3), (1 - confidence) / 2, np.float32)
    rows[np.arange(len(called)), called] = confidence
    return rows


def test_figures_of_a_small_confusion() -> None:
    truth = np.array([0, 0, 0, 0, 1, 1, 2, 2])
    called = [0, 0, 0, 1, 1, 2, 2, 2]
    result = score(_scores(called), truth, LABELS)
    assert result.n == 8
    assert result.confusion == ((3, 1, 0), (0, 1, 1), (0, 0, 2))
    assert result.accuracy == 6 / 8
    assert result.recall == {"angry": 0.75, "happy": 0.5, "sad": 1.0}
    assert result.f1 == pytest.approx({"angry": 6 / 7, "happy": 2 / 4, "sad": 4 / 5})
    assert result.macro_recall == pytest.approx((0.75 + 0.5 + 1) / 3)
    assert result.macro_f1 == pytest.approx((6 / 7 + 1 / 2 + 4 / 5) / 3)
    assert result.ece == pytest.approx(0.8 - 6 / 8, abs=1e-6)


def test_labels_that_do_not_occur_are_left_out_of_the_means() -> None:
    result = score(_scores([0, 2, 1]), np.array([0, 0, 1]), LABELS)
    assert result.recall == {"angry": 0.5, "happy": 1.0, "sad": None}
    assert result.macro_recall == 0.75
    assert result.macro_f1 == pytest.approx((2 / 3 + 1) / 2)


def test_calibration_bins_are_taken_apart() -> None:
    # Two bins, each wrong by 0.3 in opposite directions: a single bin would call this perfect.
    confidence = np.array([0.7] * 10 + [0.3] * 10, np.float32)
    right = np.array([True] * 4 + [False] * 6 + [True] * 6 + [False] * 4)
    assert expected_calibration_error(confidence, right) == pytest.approx(0.3, abs=1e-6)


def test_full_confidence_is_in_the_last_bin() -> None:
    assert expected_calibration_error(np.ones(3, np.float32), np.array([True, True, True])) == 0


def test_a_paired_difference_counts_only_where_they_differ() -> None:
    reference = np.repeat([True, True, False, False], (700, 40, 20, 240))
    right = np.repeat([True, False, True, False], (700, 40, 20, 240))
    found = paired_difference(right, reference)
    assert found.accuracy == pytest.approx((20 - 40) / 1000)
    assert found.spread == pytest.approx(1.96 * ((61 - 20**2 / 1002) / 1002) ** 0.5 / 1002**0.5)


def test_a_few_faces_prove_nothing() -> None:
    both = np.array([True, False])
    assert paired_difference(both, both) == Difference(0.0, pytest.approx(1.96 / 4))


@pytest.mark.parametrize(
    ("faces", "shares", "least", "most"),
    [
        (1500, (0.66, 0.03, 0.02, 0.29), 0.935, 0.965),  # 95 %, three standard errors of 0.5 points
        (20, (0.66, 0.03, 0.02, 0.29), 0.9, 1.0),
        (20, (0.5, 0.2, 0.05, 0.25), 0.9, 1.0),
        (20, (0.4, 0.3, 0.05, 0.25), 0.9, 1.0),
        (20, (0.1, 0.8, 0.05, 0.05), 0.9, 1.0),
    ],
)
def test_its_interval_covers_the_truth_as_often_as_promised(
    faces: int, shares: tuple[float, ...], least: float, most: float
) -> None:
    """``shares``: both right, only the reference, only the other, neither."""
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(2000):
        kind = rng.choice(4, faces, p=shares)
        found = paired_difference((kind == 0) | (kind == 2), kind <= 1)
        covered += abs(found.accuracy - (shares[2] - shares[1])) <= found.spread + 1e-12
    assert least <= covered / 2000 <= most
