import csv
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
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


@pytest.mark.skipif(sys.platform == "win32", reason="no file is replaced there while somebody reads it")
def test_of_several_that_write_the_same_file_it_is_always_the_whole_of_one(tmp_path: Path) -> None:
    path = tmp_path / ("\u56fe" * 80 + ".json")
    contents = [letter * 300_000 for letter in (b"a", b"b")]
    write_whole(path, contents[0])

    def write(content: bytes) -> bool:
        for _ in range(100):
            write_whole(path, content)
            if path.read_bytes() not in contents:
                return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(write, contents)] == [True, True]
    (tmp_path / "usual").touch()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["usual", path.name]
    assert len({stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}) == 1
