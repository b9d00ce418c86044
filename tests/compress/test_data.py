"""What may be learned from, and what would leak into a score."""

import errno
from pathlib import Path

import numpy as np
import pytest

from fer_live.compress.data import KNOWN_OVERLAP, came_from, face_hash, import_fer2013, load
from fer_live.dataset import DataError
from tests.compress.conftest import FerFiles, drawn_face


def test_faces_that_recur_in_an_evaluation_split_are_dropped(files: FerFiles, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    fresh = [drawn_face(label, rng) for label in range(7) for _ in range(10)]
    for number, face in enumerate(fresh):
        files.add(number // 10, face)
    files.add(0, fresh[3], "PublicTest")
    files.add(0, fresh[4], "PrivateTest")
    files.add(2, fresh[9])  # repeats within Training
    files.add(1, drawn_face(1, rng), votes=[0] * 8)  # FER+ saw no face
    files.write()
    report = import_fer2013(files.fer2013, files.ferplus, tmp_path / "data.npz")
    assert list(report.dropped.values()) == [2, 1, 1]
    assert report.training + report.validation == 68
    training, validation = load(tmp_path / "data.npz")
    kept = {face_hash(face) for part in (training, validation) for face in part.faces}
    assert kept == {face_hash(face) for face in fresh} - {face_hash(fresh[3]), face_hash(fresh[4])}


def test_known_private_overlap_is_dropped_without_that_split(
    files: FerFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    faces = [drawn_face(number % 7, rng) for number in range(42)]
    for number, face in enumerate(faces):
        files.add(number % 7, face)
    files.write()
    known = tmp_path / "overlap.txt"
    known.write_text(f"# comment\n{face_hash(faces[5])}\n")
    monkeypatch.setattr("fer_live.compress.data.KNOWN_OVERLAP", known)
    report = import_fer2013(files.fer2013, files.ferplus, tmp_path / "data.npz")
    assert report.training + report.validation == 41


def test_shipped_overlap_list_is_hashes() -> None:
    lines = [line for line in KNOWN_OVERLAP.read_text().splitlines() if not line.startswith("#")]
    assert len(set(lines)) == len(lines) > 250
    assert all(len(line) == 16 and int(line, 16) >= 0 for line in lines)


def test_validation_does_not_depend_on_row_order(files: FerFiles, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    for number in range(300):
        files.add(number % 7, drawn_face(number % 7, rng))
    files.write()
    import_fer2013(files.fer2013, files.ferplus, tmp_path / "a.npz")
    files.rows.reverse()
    files.write()
    import_fer2013(files.fer2013, files.ferplus, tmp_path / "b.npz")
    a, b = (load(tmp_path / name)[1] for name in ("a.npz", "b.npz"))
    assert {face_hash(face) for face in a.faces} == {face_hash(face) for face in b.faces}
    assert 5 < len(a) < 50  # 7 % of 300


def test_votes_become_shares(files: FerFiles, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for number in range(42):
        files.add(number % 7, drawn_face(number % 7, rng), votes=[2, 6, 0, 0, 0, 0, 0, 0])
    files.write()
    import_fer2013(files.fer2013, files.ferplus, tmp_path / "data.npz")
    training, _ = load(tmp_path / "data.npz")
    assert training.votes[0].tolist() == [0.25, 0.75, 0, 0, 0, 0, 0, 0]


def test_files_that_do_not_belong_together(files: FerFiles, tmp_path: Path) -> None:
    files.add(0, np.zeros((48, 48), np.uint8))
    files.write()
    files.ferplus.write_text(files.ferplus.read_text().replace("Training", "PublicTest"))
    with pytest.raises(DataError, match="does not match"):
        import_fer2013(files.fer2013, files.ferplus, tmp_path / "data.npz")


def test_what_was_imported_is_known_by_its_files(
    drawn: FerFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "work" / "data.npz"
    assert not came_from(out, drawn.fer2013, drawn.ferplus)
    import_fer2013(drawn.fer2013, drawn.ferplus, out)
    assert came_from(out, drawn.fer2013, drawn.ferplus)
    other = tmp_path / "other.csv"
    other.write_text(drawn.fer2013.read_text().replace("\n0,", "\n1,", 1))
    assert not came_from(out, other, drawn.ferplus)
    assert not came_from(out, drawn.fer2013, other)
    assert came_from(out, drawn.fer2013, None)
    more = tmp_path / "overlap.txt"
    more.write_text(f"{KNOWN_OVERLAP.read_text()}{'0' * 16}\n")
    with monkeypatch.context() as patch:
        patch.setattr("fer_live.compress.data.KNOWN_OVERLAP", more)
        assert not came_from(out, drawn.fer2013, drawn.ferplus)
    out.unlink()
    assert not came_from(out, drawn.fer2013, drawn.ferplus)
    with pytest.raises(DataError, match=r"none\.csv: cannot be read"):
        import_fer2013(tmp_path / "none.csv", drawn.ferplus, out)


def test_the_same_faces_imported_again_stay_the_same_file(
    drawn: FerFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that was learned from them lies in folders that are named by its bytes, which another zlib might alter."""
    out = tmp_path / "data.npz"
    import_fer2013(drawn.fer2013, drawn.ferplus, out)
    before = out.read_bytes()
    (tmp_path / "data.json").unlink()  # as an older import left it
    monkeypatch.setattr(np, "savez_compressed", np.savez)
    import_fer2013(drawn.fer2013, drawn.ferplus, out)
    assert out.read_bytes() == before
    assert came_from(out, drawn.fer2013, drawn.ferplus)
    for damaged in (b"", before[:2000], before[:900] + bytes(500) + before[1400:]):
        out.write_bytes(damaged)
        import_fer2013(drawn.fer2013, drawn.ferplus, out)
        assert len(load(out)[0]) > 100


def test_votes_that_leave_nothing_to_learn_from_are_refused(drawn: FerFiles, tmp_path: Path) -> None:
    rows = drawn.ferplus.read_text().splitlines()
    none = [",".join([*row.split(",")[:2], *["0"] * 10]) for row in rows[1:]]
    (tmp_path / "votes.csv").write_text("\n".join([rows[0], *none]) + "\n")
    with pytest.raises(DataError, match="no row of Training is left to learn from"):
        import_fer2013(drawn.fer2013, tmp_path / "votes.csv", tmp_path / "data.npz")


def test_a_label_without_a_face_is_told(files: FerFiles, tmp_path: Path) -> None:
    """A network would learn never to say it."""
    rng = np.random.default_rng(6)
    for number in range(70):
        files.add(number % 7, drawn_face(number % 7, rng), "PublicTest" if number % 7 == 1 else "Training")
    files.write()
    with pytest.raises(DataError, match=r"fer2013\.csv: no face to train on is disgust; add some"):
        import_fer2013(files.fer2013, files.ferplus, tmp_path / "data.npz")
    assert not (tmp_path / "data.npz").exists()


def test_a_full_disk_names_the_file_and_leaves_nothing(
    drawn: FerFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, **arrays: object) -> None:
        path.write_bytes(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match=r"data\.npz cannot be written \(the disk is full\)"):
        import_fer2013(drawn.fer2013, drawn.ferplus, tmp_path / "work" / "data.npz")
    assert list((tmp_path / "work").iterdir()) == []


def test_load_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="run fer-live compress data first"):
        load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(DataError, match="not an imported data set"):
        load(tmp_path / "text.npz")
    np.savez_compressed(tmp_path / "cut.npz", training_faces=np.zeros((50, 48, 48), np.uint8))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "cut.npz").read_bytes()[:200])
    with pytest.raises(DataError, match="not an imported data set"):
        load(tmp_path / "cut.npz")
