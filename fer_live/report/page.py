"""The page: one HTML file that needs nothing else, a head with what there is to remember, then the sections."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fer_live import __version__
from fer_live.growing import reason, write_whole
from fer_live.report import figures, findings, tables
from fer_live.report.looks import style_sheet
from fer_live.report.markup import Markup, tag
from fer_live.report.runs import ReportError
from fer_live.report.sections import sections
from fer_live.report.session import Session, read_session
from fer_live.table import counted, megabytes
from fer_live.terminal import OutputError

NAME: Final = "report.html"
SUFFIXES: Final = {".html", ".htm"}
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"  # whatever a file may hold, the page fetches nothing


def write_report(folders: Sequence[Path], out: Path | None = None) -> Path:
    """Write one page about the sessions in ``folders`` and return its path: ``out``, else report.html in the (first)
    session's folder. Nothing else there is changed.

    Raises ReportError when a folder is no session or ``out`` no page that can be written, OutputError when the
    session's folder takes none.
    """
    if not folders:
        raise ReportError("no session was given")
    if out is not None and out.suffix.lower() not in SUFFIXES:
        raise ReportError(f"--out writes an .html page, not {out}")  # a slip would cost a table its content
    # os.path, for which a link to itself is no error
    sessions = [read_session(folder) for folder in {os.path.realpath(folder): folder for folder in folders}.values()]
    path = out or folders[0] / NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, render(sessions).encode(errors="backslashreplace"))  # a clip's name may be any bytes
    except OSError as error:
        if out is not None:
            raise ReportError(f"{path} cannot be written: {reason(error)}; name another with --out") from error
        raise OutputError(f"{path} cannot be written: {reason(error)}") from error
    return path


def render(sessions: Sequence[Session]) -> str:
    """The whole document."""
    sentence = findings.headline(sessions)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("title", f"fer_live report: {sentence}"),
        tag("style", style_sheet()),
    )
    body = tag("body", tag("main", _top(sessions, sentence), *sections(sessions)), _foot())
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _top(sessions: Sequence[Session], sentence: str) -> Markup:
    first = sessions[0]
    if len(sessions) == 1:
        frames = f"{counted(first.recorded.frames, 'frame')} in {figures.clock(first.recorded.duration_s)}"
        under = [first.cpu, first.facts.source, tables.started(first), frames]
    else:
        under = [f"{len(sessions)} sessions", *dict.fromkeys(session.facts.source for session in sessions)]
    notes = [
        tag("li", f"{findings.letter(place)}: " if len(sessions) > 1 else "", note)
        for place, session in enumerate(sessions)
        for note in findings.cautions(session)
    ]
    careful = tag("aside", tag("h2", "To be careful about"), tag("ul", *notes), class_="careful") if notes else Markup()
    line = tag("p", " \u00b7 ".join(under), class_="under")
    tiles = _tiles(first) if len(sessions) == 1 else Markup()
    return tag("header", tag("p", "fer_live report", class_="eyebrow"), tag("h1", sentence), line, tiles, careful)


def _tiles(session: Session) -> Markup:
    name = findings.fastest(session)
    if name is None:
        return Markup()
    title, figure = session.variant(name).title, session.figure
    accuracy, size = figure(name, "accuracy"), figure(name, "bytes")
    shown = [
        (figures.ms(figure(name, "p50_ms")), "ms per frame", f"median, {title}"),
        (figures.rate(figure(name, "capacity_fps")), "frames/s", "capacity: what it could do without a camera"),
        (figures.percent(accuracy), "accuracy", "FER2013 PublicTest, from the manifest") if accuracy else None,
        (megabytes(round(size)), "file", f"of {title}") if size else None,
    ]
    made = [
        tag("li", tag("strong", tile[0]), tag("span", tile[1]), tag("small", tile[2]))
        for tile in shown
        if tile is not None
    ]
    return tag("ul", *made, class_="tiles")


def _foot() -> Markup:
    return tag("footer", tag("p", f"Made by fer_live {__version__}. This page is one file and fetches nothing."))
