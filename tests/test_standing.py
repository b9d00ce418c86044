from pathlib import Path

import pytest
from tiny_onnx import tiny_manifest

from fer_live import standing
from fer_live.bench import BenchOptions, run_bench
from fer_live.bench_report import Pair, Verdict
from fer_live.comparison import Interval
from fer_live.frame import Choice
from fer_live.manifest import shipped
from fer_live.source import Source
from fer_live.standing import Standing, Standings

FRAMES = 40


def _verdict(name: str, interval: Interval | None, threads: int = 1) -> Verdict:
    return Verdict(Pair(Choice(name, threads), Choice("fp32", threads), interval, None), 0.9)


def test_the_standings_lead_to_the_verdicts_of_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "EVERY_S", 0.0)
    monkeypatch.setattr(standing, "SHARE", 0)
    manifest = tiny_manifest(tmp_path / "models")
    seen: list[Standing] = []
    options = BenchOptions(
        Source("clip", str(shipped("assets") / "demo.mp4")), manifest.names, tmp_path / "csv", rounds=2, frames=FRAMES
    )
    report = run_bench(options, manifest, Standings(seen.append))
    assert [now.frames for now in seen] == list(range(4, 2 * FRAMES + 1, 4))
    assert {now.expected for now in seen} == {2 * FRAMES}
    assert [now.round for now in seen] == [1] * 10 + [2] * 10
    assert (seen[0].left_s, seen[-1].left_s) == (None, 0.0)
    assert all(now.left_s is not None and now.left_s > 0 for now in seen[1:-1])
    assert [verdict.pair.speedup for verdict in seen[10].verdicts] == [None, None]
    assert seen[-1].verdicts == report.verdicts
    assert seen[-1].runs == report.runs == 20
    assert [verdict.pair.choice.variant for verdict in report.verdicts] == ["pruned", "int8"]
    rows = {row.variant.name: row for row in report.variants}
    for verdict in report.verdicts:
        row = rows[verdict.pair.choice.variant]
        assert verdict.pair.speedup == row.speedup_interval
        assert row.summary is not None
        assert verdict.agreement == row.summary.agreement


def test_verdicts_are_told_only_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "EVERY_S", 3600.0)
    manifest = tiny_manifest(tmp_path / "models")
    seen: list[Standing] = []
    options = BenchOptions(
        Source("clip", str(shipped("assets") / "demo.mp4")), ("int8",), tmp_path / "csv", rounds=1, frames=20
    )
    run_bench(options, manifest, Standings(seen.append))
    assert [now.frames for now in seen] == [4]
    assert seen[0].verdicts == ()  # nothing to be held against


def test_a_line_for_the_terminal() -> None:
    verdicts = (
        _verdict("pruned", Interval(2.851, 2.68, 3.081, 20)),
        _verdict("int8", Interval(1.01, 0.98, 1.04, 20)),
        _verdict("late", None),
    )
    now = Standing(2, 3, 400, 720, 20, 7.6, verdicts)
    told = "pruned 2.85x (2.68-3.08), int8 no difference shown (0.98-1.04)"
    assert now.line() == f"round 2 of 3, 8 s left; {told}, against fp32"
    assert Standing(1, 1, 10, 0, 1, None, ()).line() == "round 1, 10 frames"
    sweep = tuple(_verdict("pruned", Interval(2.0, 1.9, 2.1, 20), threads) for threads in (1, 2))
    assert "pruned with 2 threads 2.00x" in Standing(1, 1, 10, 0, 1, None, sweep).line()
