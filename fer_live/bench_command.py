"""``fer-live bench``: variants over the same frames, with the standing while it measures and a table at the end."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fer_live.demo import named_source
from fer_live.interrupts import INTERRUPTED, noted
from fer_live.manifest import Manifest
from fer_live.settings import load_settings
from fer_live.source import Source
from fer_live.terminal import Progress, as_json, say, tell

if TYPE_CHECKING:
    from fer_live.bench_report import BenchReport


def bench(options: argparse.Namespace, manifest: Manifest, variants: tuple[str, ...]) -> int:
    """Run it; 130 when Ctrl+C ended it early, 1 when no face was seen. Raises what ``run_bench`` raises."""
    source = named_source(options.source)
    folder = options.csv or _recordings()
    with noted() as stop:  # around the imports too: loading the libraries bears no interruption
        report = _measured(options, source, folder, manifest, variants, stop)
        if report is None:
            return INTERRUPTED
        from fer_live.bench_table import bench_table

        say(as_json(report.to_dict()) if options.json else f"{bench_table(report)}\n\nCSV: {report.folder}")
    if report.frames == report.without_face:
        tell(f"fer-live: no face was found in {source.title}, so nothing could be classified")
        return 1
    return INTERRUPTED if report.interrupted else 0


def _recordings() -> Path:
    settings, told_of = load_settings()
    if told_of:
        tell(f"fer-live: {told_of}")
    return settings.recordings_folder()


def _measured(
    options: argparse.Namespace,
    source: Source,
    folder: Path,
    manifest: Manifest,
    variants: tuple[str, ...],
    stop: Callable[[], bool],
) -> "BenchReport | None":
    """What was found; None when it was stopped before anything was."""
    from fer_live.bench import BenchOptions, BenchStopped, run_bench
    from fer_live.standing import Standings

    wanted = BenchOptions(
        source=source,
        variants=variants,
        csv=folder,
        threads=options.threads,
        rounds=options.rounds,
        frames=options.frames,
        full_range=options.full_range,
        detect_every=options.detect_every,
        provider=options.provider,
    )
    with Progress() as progress:
        told = Standings(lambda standing: progress.show(f"{source.title}: {standing.line()}"))
        try:
            return run_bench(wanted, manifest, told, stop=stop)
        except BenchStopped:
            return None
