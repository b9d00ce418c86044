"""The tables of a page: what was measured, how often variants agree, what was run where."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import numpy as np

from fer_live.machine import fast_int8
from fer_live.report import figures
from fer_live.report.findings import agreement, letter, measured, speedup
from fer_live.report.looks import variant_class
from fer_live.report.markup import Markup, tag
from fer_live.report.runs import split_key
from fer_live.report.said import labels_of
from fer_live.report.session import Session
from fer_live.runtime import provider_title
from fer_live.table import megabytes, millions

# What the columns of summary.csv are called here, by group; columns that are not named stand at the end as they are.
_GROUPS: Final[tuple[tuple[str, tuple[tuple[str, str, Callable[[float], str]], ...]], ...]] = (
    ("Frames", (("n", "with face", "{:,.0f}".format), ("without_face", "without", "{:,.0f}".format))),
    (
        "Detect and classify, ms per frame",
        (
            *(("p50_ms", "median", figures.ms), ("p90_ms", "p90", figures.ms), ("p95_ms", "p95", figures.ms)),
            *(("p99_ms", "p99", figures.ms), ("mean_ms", "mean", figures.ms), ("sd_ms", "SD", figures.ms)),
        ),
    ),
    ("Classify", (("classify_p50_ms", "median", figures.ms),)),
    ("Capacity", (("capacity_fps", "frames/s", figures.rate),)),
    (
        "Reference",
        (
            ("speedup", "speed-up", figures.times),
            ("speedup_paired", "in short runs", figures.times),
            ("speedup_low", "from", figures.times),
            ("speedup_high", "to", figures.times),
            ("agreement", "same label", figures.percent),
            ("not_compared", "not comparable", "{:,.0f}".format),
        ),
    ),
    ("Variant", (("bytes", "size", lambda v: megabytes(round(v))), ("accuracy", "accuracy", figures.percent))),
    ("Process", (("cpu_percent", "CPU %", "{:.0f}".format), ("rss_mb", "MiB", "{:,.0f}".format))),
)


_ELSEWHERE: Final = ("threads", "provider")  # told by the row's name and among the facts


def summary_table(session: Session) -> Markup:
    """The rows of summary.csv. Each cell carries the figure as it is there in ``value``, and shows it rounded.

    Columns in which nothing stands are left out.
    """
    present = [column for column in next(iter(session.summary.values())) if _said(session, column)]
    all_groups = [(name, [one for one in columns if one[0] in present]) for name, columns in _GROUPS]
    shown = [(name, columns) for name, columns in all_groups if columns]
    known = {column for _, columns in shown for column, _, _ in columns} | {"variant", *_ELSEWHERE}
    extra = [column for column in present if column not in known]
    groups = [tag("th", name, colspan=len(columns), scope="colgroup") for name, columns in shown]
    groups += [tag("th", "", colspan=len(extra))] if extra else []
    heads = [tag("th", title, scope="col") for _, columns in shown for _, title, _ in columns]
    heads += [tag("th", column, scope="col") for column in extra]
    body = []
    for name, row in session.summary.items():
        cells = [_cell(row, column, form) for _, columns in shown for column, _, form in columns]
        cells += [tag("td", row[column] or figures.NONE) for column in extra]
        body.append(tag("tr", _variant_head(session, name), *cells))
    head = tag("thead", tag("tr", tag("th", "Variant", rowspan=2, scope="col"), *groups), tag("tr", *heads))
    table = tag("table", head, tag("tbody", *body), class_="figures summary")
    return scrolling(table, "Summary")


def beside_table(sessions: Sequence[Session]) -> Markup:
    """Every variant's median, capacity and speed-up, a column per session."""
    names = list(dict.fromkeys(name for session in sessions for name in session.summary))
    apart = len({session.facts.reference for session in sessions}) > 1
    heads = [tag("th", _session_head(place, session, apart), scope="col") for place, session in enumerate(sessions)]
    body = []
    for name in names:
        owner = next(session for session in sessions if name in session.runs)
        cells = []
        for session in sessions:
            p50, capacity = session.figure(name, "p50_ms"), session.figure(name, "capacity_fps")
            factor = speedup(session, name)
            if p50 is None:
                cells.append(tag("td", figures.NONE))
                continue
            times = f" \u00b7 {figures.times(factor)}\u00d7" if factor is not None else ""
            main = tag("data", f"{figures.ms(p50)} ms", value=str(p50), class_="main")
            cells.append(tag("td", main, tag("span", f"{figures.rate(capacity)}/s{times}", class_="under")))
        body.append(tag("tr", _variant_head(owner, name), *cells))
    head = tag("thead", tag("tr", tag("th", "Variant", scope="col"), *heads))
    return scrolling(tag("table", head, tag("tbody", *body), class_="figures beside"), "Sessions side by side")


def agreement_table(session: Session) -> Markup:
    """How often each pair gave the main face the same label; the darker, the more often they differ."""
    names = measured(session)
    heads = [tag("th", session.variant(name).title, scope="col") for name in names]
    body = []
    for one in names:
        cells = []
        for other in names:
            if one == other:
                cells.append(tag("td", "\u2013", class_="same"))
                continue
            found = agreement(session, one, other)
            if found.share is None:
                cells.append(tag("td", figures.NONE))
                continue
            main = tag("data", figures.percent(found.share), value=f"{found.share:.4f}", class_="main")
            differs = f"--differs:{min(1.0, 4 * (1 - found.share)):.2f}"
            cells.append(tag("td", main, tag("span", f"of {found.n:,}", class_="under"), style=differs))
        body.append(tag("tr", _variant_head(session, one), *cells))
    head = tag("thead", tag("tr", tag("td"), *heads))
    return scrolling(tag("table", head, tag("tbody", *body), class_="figures matrix"), "Agreement between variants")


def label_table(session: Session) -> Markup:
    """The share of each variant's frames with a face that got each label."""
    labels = labels_of(session)
    heads = [tag("th", label, scope="col") for label in labels]
    body = []
    for name in measured(session):
        said = session.runs[name].label[session.runs[name].with_face]
        shares = [float(np.mean(said == label)) for label in labels]
        cells = [tag("td", figures.percent(share) if share else figures.NONE) for share in shares]
        body.append(tag("tr", _variant_head(session, name), *cells))
    head = tag("thead", tag("tr", tag("th", "Variant", scope="col"), *heads))
    return scrolling(tag("table", head, tag("tbody", *body), class_="figures"), "Shares of labels")


def setup_table(sessions: Sequence[Session]) -> Markup:
    """Machine, versions, threads and source: a row per fact, a column per session; rows that differ are marked."""
    columns = [_setup(session) for session in sessions]
    rows = []
    for name in dict.fromkeys(name for column in columns for name in column):
        values = [column.get(name, figures.NONE) for column in columns]
        differs = "differs" if len(set(values)) > 1 else None
        rows.append(tag("tr", tag("th", name, scope="row"), *(tag("td", value) for value in values), class_=differs))
    heads = [tag("th", _session_head(place, session), scope="col") for place, session in enumerate(sessions)]
    head = tag("thead", tag("tr", tag("td"), *heads)) if len(sessions) > 1 else Markup()
    return scrolling(tag("table", head, tag("tbody", *rows), class_="facts"), "Machine and versions")


def variants_table(session: Session) -> Markup:
    """The files that ran, so that they can be told from others of the same name."""
    heads = ["Variant", "name", "precision", "size", "parameters", "MACs", "SHA-256"]
    body = []
    for name in dict.fromkeys(split_key(name)[0] for name in session.runs):
        row = session.variant(name)
        cells = [row.name, row.precision, megabytes(row.bytes), millions(row.parameters), millions(row.macs)]
        digest = tag("td", tag("code", row.sha256[:16] or figures.NONE, title=row.sha256 or None))
        body.append(tag("tr", tag("th", row.title, scope="row"), *(tag("td", cell) for cell in cells), digest))
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in heads)))
    return scrolling(tag("table", head, tag("tbody", *body), class_="figures"), "Variants")


def started(session: Session) -> str:
    """When the recording began, by the clock of that machine."""
    moment = datetime.fromisoformat(session.facts.started)
    return f"{moment:%Y-%m-%d %H:%M}"


def _setup(session: Session) -> dict[str, str]:
    facts, recorded = session.facts, session.recorded
    machine = facts.machine
    rates = recorded.rates
    live = {
        "Camera": _unit(rates.get("capture_fps"), "frames/s (median)"),
        "Processed": _unit(rates.get("processed_fps"), "frames/s (median)"),
        "Frames passed over": f"{rates.get('dropped', 0):,.0f}",
        "Capture to result": _unit(rates.get("latency_ms"), "ms (median, all variants of a frame)"),
    }
    detect = [runs.detect_ms[runs.with_face] for runs in session.runs.values()]
    found = np.concatenate(detect)
    return {
        "Processor": machine.cpu or figures.NONE,
        "Cores": f"{machine.cores or figures.NONE} ({machine.logical_cores or figures.NONE} logical)",
        "Vector instructions": ", ".join(machine.vector_flags) or "none known",
        "Fast INT8": "yes" if fast_int8(machine.vector_flags) else "no: INT8 gains half as much here, or less",
        "Memory": f"{machine.memory_mb / 1024:.1f} GiB" if machine.memory_mb else figures.NONE,
        "System": machine.system or figures.NONE,
        "Source": facts.source,
        "Kind": {"live": "live, in the window", "bench": "benchmark"}.get(facts.mode, facts.mode),
        "Started": started(session),
        "Length": figures.clock(recorded.duration_s),
        "Frames": f"{recorded.frames:,}, of which {recorded.frames_without_face:,} without a face",
        **(
            {"Faces searched for": f"every {facts.detect_every} frames, followed between"}
            if facts.detect_every > 1
            else {}
        ),
        "Faces found in": _unit(float(np.median(found)) if found.size else None, "ms (median)"),
        **(live if facts.mode == "live" else {}),
        "Threads per network": ", ".join(sorted({split_key(name)[1] for name in session.runs} - {""}))
        or str(facts.threads),
        "Runs on": provider_title(facts.provider) if facts.provider else figures.NONE,
        "Warm-up": f"{facts.warm_up} runs of each variant, discarded",
        "Reference": session.variant(facts.reference).title,
        **{_package(name): version for name, version in facts.versions.items()},
    }


def _cell(row: dict[str, str], column: str, form: Callable[[float], str]) -> Markup:
    text = row.get(column) or ""
    if not text:
        return tag("td", figures.NONE)
    return tag("td", tag("data", form(float(text)), value=text, **{"data-column": column}))


def _said(session: Session, column: str) -> bool:
    nothing = ("", "0") if column == "not_compared" else ("",)
    return any((row.get(column) or "") not in nothing for row in session.summary.values())


def _variant_head(session: Session, name: str) -> Markup:
    swatch = tag("i", class_=f"swatch {variant_class(session, name)}", aria_hidden="true")
    reference = tag("small", " reference") if name == session.reference(name) else Markup()
    return tag("th", tag("span", swatch, tag("span", session.variant(name).title, reference)), scope="row")


def _session_head(place: int, session: Session, apart: bool = False) -> Markup:
    """``apart``: the sessions have references of their own, so this one's is named."""
    against = f" \u00b7 against {session.variant(session.facts.reference).title}" if apart else ""
    source = tag("span", session.facts.source + against, class_="under")
    return tag("span", tag("b", letter(place), class_="letter"), session.cpu, source)


def scrolling(table: Markup, name: str) -> Markup:
    """A table wider than a phone scrolls by itself, also with the keyboard."""
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label=name)


def _unit(value: float | None, unit: str) -> str:
    return figures.NONE if value is None else f"{figures.ms(value)} {unit}"


def _package(name: str) -> str:
    return {"python": "Python"}.get(name, name)
