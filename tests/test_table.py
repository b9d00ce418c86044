from fer_live.table import counted, listed
from fer_live.terminal import told_missing


def test_one_is_not_counted_as_several() -> None:
    assert [counted(number, "frame") for number in (0, 1, 2, 1200)] == [
        "0 frames",
        "1 frame",
        "2 frames",
        "1,200 frames",
    ]
    assert told_missing("a.mp4", 4, 1) == (
        "a.mp4 is damaged or cut off: 1 of the 5 frames that it says it has is missing"
    )


def test_several_are_listed_in_words() -> None:
    assert [listed("A"), listed("AB"), listed("ABC")] == ["A", "A and B", "A, B and C"]
