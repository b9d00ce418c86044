import threading

from fer_live.latest import Latest


def test_only_the_newest_is_given_and_the_missed_are_counted() -> None:
    slot: Latest[str] = Latest()
    assert slot.get(0) is None
    for item in "abc":
        slot.put(item)
    assert slot.get(0) == (3, "c")
    assert slot.get(3) is None  # nothing is given twice
    slot.put("d")
    number, item = slot.get(3) or (0, "")
    assert (number, item, number - 3 - 1) == (4, "d", 0)


def test_each_reader_gets_the_item() -> None:
    slot: Latest[int] = Latest()
    slot.put(7)
    assert slot.get(0) == slot.get(0) == (1, 7)


def test_falsy_items_are_items() -> None:
    slot: Latest[int] = Latest()
    slot.put(0)
    assert slot.get(0) == (1, 0)


def test_a_waiting_reader_is_woken_by_put_and_by_close() -> None:
    slot: Latest[str] = Latest()
    got: list[tuple[int, str] | None] = []

    def read_two() -> None:
        got.append(slot.get(0, timeout_s=30))
        got.append(slot.get(1, timeout_s=30))

    reader = threading.Thread(target=read_two)
    reader.start()
    slot.put("a")
    while not got:
        reader.join(0.01)
    slot.close()
    reader.join(10)
    assert not reader.is_alive()
    assert got == [(1, "a"), None]


def test_closed_for_good() -> None:
    slot: Latest[str] = Latest()
    slot.put("a")
    slot.close()
    slot.put("b")
    slot.close()
    assert slot.get(0) is None


def test_readers_beside_a_fast_writer_see_rising_numbers_that_belong_to_the_items() -> None:
    slot: Latest[int] = Latest()
    faults: list[str] = []
    last = 20_000

    def read() -> None:
        seen = 0
        while seen < last:
            newest = slot.get(seen, timeout_s=30)
            if newest is None or newest[0] <= seen or newest[0] != newest[1]:
                faults.append(f"{newest} after {seen}")
                return
            seen = newest[0]

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(1, last + 1):
        slot.put(number)
    for reader in readers:
        reader.join(30)
    assert not faults
