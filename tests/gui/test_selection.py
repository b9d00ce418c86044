from pathlib import Path

import pytest
from tiny_onnx import tiny_manifest

from fer_live.gui.selection import Selection

NAMES = ("fp32", "pruned", "int8", "pruned-int8", "mini")


@pytest.fixture
def selection(tmp_path: Path) -> Selection:
    return Selection(tiny_manifest(tmp_path, NAMES))


def test_one_variant_until_several_are_asked_for(selection: Selection) -> None:
    assert selection.wanted == ("mini",)
    assert selection.choose("int8") == ""
    assert selection.wanted == ("int8",)


def test_two_to_four_are_compared_in_the_manifests_order(selection: Selection) -> None:
    selection.restore("", ["mini", "fp32"], "", compare=True)
    assert selection.wanted == ("fp32", "mini")
    assert "two" in selection.choose("mini")
    selection.choose("int8")
    selection.choose("pruned")
    assert selection.wanted == ("fp32", "pruned", "int8", "mini")
    assert "Four" in selection.choose("pruned-int8")
    assert selection.choose("fp32") == ""
    assert selection.wanted == ("pruned", "int8", "mini")


def test_what_was_saved_is_taken_over_only_as_far_as_it_exists(selection: Selection) -> None:
    selection.restore("gone", ["gone", "fp32"], "gone", compare=False)
    assert (selection.variant, selection.reference) == ("mini", "fp32")
    assert len(selection.compared) == 4


def test_after_a_refusal_the_wish_is_what_runs(selection: Selection) -> None:
    selection.choose("pruned")
    selection.adopt(("fp32",))
    assert selection.wanted == ("fp32",)


def test_a_refused_variant_stays_out_of_a_comparison_until_it_is_asked_for(selection: Selection) -> None:
    selection.restore("", ["fp32", "pruned", "int8"], "", compare=True)
    selection.refused.add("pruned")
    assert selection.wanted == ("fp32", "int8")
    selection.choose("pruned")
    assert selection.wanted == ("fp32", "pruned", "int8")


def test_one_that_was_refused_alone_is_tried_when_it_is_added_to_a_comparison(selection: Selection) -> None:
    selection.restore("", ["fp32", "int8"], "", compare=True)
    selection.refused.add("pruned")
    assert selection.choose("pruned") == ""
    assert selection.wanted == ("fp32", "pruned", "int8")


def test_the_reference_is_one_of_those_shown(selection: Selection) -> None:
    assert selection.reference_among(("fp32", "int8")) == "fp32"
    assert selection.reference_among(("pruned", "int8")) == "pruned"
    assert selection.reference_among(()) == ""


def test_a_recording_compares_with_what_is_shown(selection: Selection) -> None:
    assert selection.recorded_against == "fp32"  # which may be chosen while it runs
    selection.compare, selection.compared = True, ("pruned", "int8")
    assert selection.recorded_against == "pruned"
    selection.reference = "int8"
    assert selection.recorded_against == "int8"


def test_a_duel_is_between_those_that_people_expect(selection: Selection) -> None:
    assert selection.duelled == (("fp32", "mini"), "fp32")  # one variant: it and the reference
    selection.choose("fp32")
    four = ("fp32", "pruned", "int8", "pruned-int8")
    assert selection.duelled == (four, "fp32")  # the reference itself: as Compare would
    selection.compare = True
    selection.reference = "int8"
    assert selection.duelled == (("int8", "fp32", "pruned", "pruned-int8"), "int8")
    selection.refused.add("pruned")
    assert selection.duelled == (("int8", "fp32", "pruned-int8"), "int8")
    selection.choose("int8")
    assert selection.duelled == (("fp32", "pruned-int8"), "fp32")
