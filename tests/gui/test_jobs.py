"""What runs beside the window is awaited, or the interpreter's end would break it."""

import threading

from fer_live.gui.jobs import Job, end_all


def test_all_jobs_are_awaited_also_forgotten_ones() -> None:
    let_go, ended = threading.Event(), list[str]()

    def work() -> None:
        let_go.wait(30)
        ended.append("done")

    Job(work, "forgotten")
    assert not end_all(0.05)
    let_go.set()
    assert end_all(30)
    assert ended == ["done"]
