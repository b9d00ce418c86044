"""What all tests share: real clips, no window on the screen, no thread left behind, the user's folders untouched."""

import gc
import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before anything imports Qt

import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("FER_LIVE_SHARED", ROOT.parent / "shared"))


def pytest_collection_finish() -> None:
    """Leave what the libraries brought out of each test's garbage collection: it was a third of the whole run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared_clip() -> Callable[[str], Path]:
    """The path of a clip or picture in the shared folder (FER_LIVE_SHARED, or ../shared beside the checkout)."""

    def find(name: str) -> Path:
        path = SHARED / "clips" / name
        if not path.is_file():
            pytest.skip(f"no {name} in {path.parent}; FER_LIVE_SHARED names the folder that holds clips/")
        return path

    return find


@pytest.fixture(autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_LIVE_CONFIG", str(tmp_path_factory.mktemp("config")))
    monkeypatch.setenv("FER_LIVE_DATA", str(tmp_path_factory.mktemp("data")))
    monkeypatch.delenv("FER_LIVE_MODELS", raising=False)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell lets what it starts in the background ignore SIGINT, and so would the programs started from there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def _no_thread_leaks() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    gc.collect()  # an executor that nobody holds any more ends its threads
    until_s = time.perf_counter() + 3
    while (left := set(threading.enumerate()) - before) and time.perf_counter() < until_s:
        time.sleep(0.02)
    if left:
        pytest.fail(f"threads left behind: {', '.join(sorted(thread.name for thread in left))}")
