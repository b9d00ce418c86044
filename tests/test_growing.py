import csv
from pathlib import Path

import pytest

from fer_live.growing import GrowingTable, write_whole


def test_after_a_full_disk_a_table_goes_on_where_it_was_whole(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="file sizes can be limited on Unix only")
    table = GrowingTable(tmp_path / "a.csv", ["number"])
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, unlimited[1]))
    try:
        table.add([[number] for number in range(1000)])
        with pytest.raises(OSError, match="File too large"):
            table.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    table.add([["one"], ["two"]])
    table.flush()
    table.close()
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["number"], ["one"], ["two"]]
    assert table.rows == 2


def test_a_full_disk_leaves_the_file_that_was_there_and_nothing_beside_it(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="file sizes can be limited on Unix only")
    path = tmp_path / "a.json"
    write_whole(path, b"before")
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, unlimited[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_whole(path, b"x" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a.json", b"before")]
