import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType

import pytest

from fer_live.interrupts import held_back, noted, ours_alone

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.usefixtures("interruptible")

# Ctrl+C at every moment of a detection, and in the copy of the frame that is then let go.
INTERRUPTED = """
import signal, time
import numpy as np
from fer_live.faces import QUIET_FRAMES, FaceFinder

signal.signal(signal.SIGINT, signal.default_int_handler)
picture = np.zeros((480, 640, 3), np.uint8)
with FaceFinder() as finder:
    started = time.perf_counter()
    for _ in range(QUIET_FRAMES + 1):
        finder.find(picture)
    each_s = (time.perf_counter() - started) / (QUIET_FRAMES + 1)
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    interrupted = 0
    for turn in range(200):
        try:
            signal.setitimer(signal.ITIMER_REAL, each_s * (turn % 20 + 1) / 20)
            finder.find(picture.copy())
            while True:  # a signal between Python's last look and a sleep leaves that sleep as long as it is
                time.sleep(0.01)
        except KeyboardInterrupt:
            interrupted += 1
    print(interrupted, len(finder.find(picture)))
"""


def test_ctrl_c_takes_effect_behind_the_block() -> None:
    reached = []

    def work() -> None:
        with held_back():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            reached.append("end of the block")
        reached.append("behind it")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert reached == ["end of the block"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_ctrl_c_all_is_as_before_also_after_a_fault() -> None:
    with held_back():
        pass
    with pytest.raises(ValueError, match="its own"), held_back():
        raise ValueError("its own")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_blocks_in_blocks_wait_for_the_outermost() -> None:
    reached = []

    def work() -> None:
        with held_back():
            with held_back():
                signal.raise_signal(signal.SIGINT)
            reached.append("between the ends")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert reached == ["between the ends"]


def test_a_handler_of_ones_own_is_called_once() -> None:
    calls: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        calls.append(number)

    signal.signal(signal.SIGINT, note)
    with held_back():
        signal.raise_signal(signal.SIGINT)
        assert calls == []
    assert calls == [signal.SIGINT]


def test_an_ignored_ctrl_c_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with held_back():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_other_threads_leave_the_handlers_alone() -> None:
    seen: list[object] = []

    def look() -> None:
        with held_back():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


def test_a_noted_ctrl_c_raises_nothing_however_often() -> None:
    with noted() as came:
        assert not came()
        with held_back():
            signal.raise_signal(signal.SIGINT)
        for _ in range(5):
            signal.raise_signal(signal.SIGINT)
        assert came()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with noted() as came:
        signal.raise_signal(signal.SIGINT)
        assert not came()


def test_a_thread_notes_nothing_and_leaves_the_handler_alone() -> None:
    seen: list[object] = []

    def look() -> None:
        with noted() as came:
            seen.extend((came(), signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [False, signal.default_int_handler]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timers")
def test_ctrl_c_in_the_midst_of_a_detection_breaks_nothing() -> None:
    """Where it was not held back, the program ended with a segmentation fault."""
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()) == (0, ["200", "0"]), done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no signal mask")
def test_ctrl_c_is_ours_alone_and_not_lost() -> None:
    asked = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))"

    def begun() -> str:
        return subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout

    told = []

    def interrupted() -> None:
        with ours_alone():
            signal.raise_signal(signal.SIGINT)
            told.append(begun())

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [*told, begun()] == ["True\n", "False\n"]
