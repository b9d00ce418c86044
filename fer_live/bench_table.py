"""What a benchmark found, as text for a terminal; the figures are those of its JSON."""

from collections.abc import Iterator

from fer_live.bench_report import BenchReport, VariantReport
from fer_live.comparison import MIN_RUNS
from fer_live.machine import machine_facts
from fer_live.runtime import provider_title
from fer_live.table import counted, megabytes, table
from fer_live.terminal import told_missing


def bench_table(report: BenchReport) -> str:
    """The comparison of the variants, how to read it, and what can be said of the pairs and of the machine."""
    sweep = len(report.sweep) > 1
    head = [
        *("variant", *(["threads"] if sweep else []), "size", "parameters", "accuracy", "classify", "process"),
        *("p95", "p99", "capacity", "speed-up", "agreement"),
    ]
    return "\n".join(
        [
            *_conditions(report),
            "",
            table(head, [_cells(row, sweep) for row in report.variants]),
            "",
            "classify and process (detection and classification): median ms per frame; capacity: frames/s if no",
            f"camera limits it; detection alone: {report.detect.p50:.2f} ms; accuracy: on FER2013 PublicTest;",
            "agreement: how often the largest face gets the same label as from the reference"
            + (", which has as many threads." if sweep else "."),
            *_not_compared(report),
            *_following(report),
            "",
            *_verdicts(report),
            *(told for told in (report.drift.told, report.loaded) if told),
        ]
    )


def _conditions(report: BenchReport) -> Iterator[str]:
    machine = machine_facts()
    flags = ", ".join(machine["vector_flags"]) or "no vector instructions known"
    frames = f"{counted(report.frames, 'frame')} in {counted(report.rounds, 'round')}"
    threads = ", ".join(map(str, report.sweep)) + (" thread" if report.sweep == (1,) else " threads")
    threads += f", {provider_title(report.variants[0].provider)}"
    yield f"{report.source}: {frames}, {report.without_face} without a face (counted apart); warm-up discarded"
    if report.missing:
        yield told_missing(report.source, report.whole, report.missing)
    yield f"{machine['cpu']}, {machine['logical_cores']} cores, {flags}; {threads}"


def _cells(row: VariantReport, sweep: bool) -> list[str]:
    """A variant's row, with its threads when there was a ``sweep`` of them."""
    values = row.to_dict()
    classify, process = values["classify_ms"], values["process_ms"]
    return [
        *(row.variant.name, *([str(row.threads)] if sweep else [])),
        megabytes(row.variant.bytes),
        f"{row.variant.parameters:,}" if row.variant.parameters else "-",
        _cell(values["accuracy"], "{:.1%}"),
        _cell(classify and classify["p50"], "{:.2f}"),
        *(_cell(process and process[name], "{:.2f}") for name in ("p50", "p95", "p99")),
        _cell(values["capacity_fps"], "{:.0f}" if (values["capacity_fps"] or 0) >= 10 else "{:.1f}"),
        _cell(values["speedup"], "{:.2f}x"),
        _cell(values["agreement"], "{:.1%}"),
    ]


def _not_compared(report: BenchReport) -> Iterator[str]:
    """A line when label sets differ and that mattered."""
    sweep = len(report.sweep) > 1
    told = [(row.summary.not_compared, row.summary.choice) for row in report.variants if row.summary]
    listed = ", ".join(f"{count} of {choice if sweep else choice.variant}" for count, choice in told if count)
    if listed:
        yield f"Counted apart, since one network does not know the other's label: frames {listed}."


def _following(report: BenchReport) -> Iterator[str]:
    """Lines when most frames were not searched for faces."""
    if report.detect_every > 1:
        yield f"--detect-every {report.detect_every}: faces are followed between detections, which together took"
        yield f"{report.detect.mean:.2f} ms in the mean; capacity, speed-up and verdicts on process count"
        yield f"{report.detect_every} frames in a row."


def _verdicts(report: BenchReport) -> Iterator[str]:
    """A line per pair, first on the whole, then on classification alone; or why there are none."""
    sweep = len(report.sweep) > 1
    if runs := max((pair.speedup.runs for pair in report.pairs if pair.speedup), default=0):
        yield f"verdicts on process (paired in {runs} short runs with a face, 95 % interval by order statistics):"
        yield from (f"  {pair.told(sweep)}" for pair in report.pairs)
        yield "verdicts on classification alone:"
        yield from (f"  {pair.classify_told(sweep)}" for pair in report.pairs)
    elif report.pairs:
        yield f"no verdicts: {counted(report.runs, 'short run')} of frames, {MIN_RUNS} with a face are needed"


def _cell(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)
