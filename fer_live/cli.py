"""The ``fer-live`` command: arguments in, one exit code out. Loads a library only in the command that needs it.

Exit codes: 0 done; 1 the work failed; 2 wrong usage or input, told in one line; 130 ended with Ctrl+C, 143 a window
that the system asked to end.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from fer_live.arguments import WINDOW_OPTIONS, make_parser
from fer_live.interrupts import INTERRUPTED
from fer_live.source import CameraError
from fer_live.terminal import OutputError, Progress, as_json, crash_loudly, say, tell

if TYPE_CHECKING:
    from fer_live.manifest import Manifest

# Faults of the user's input or machine, by the module that raises them; a module that is not loaded raised nothing.
_FAULTS: Final = {
    "fer_live.manifest": "ManifestError",
    "fer_live.onnx_session": "ClassifierError",
    "fer_live.dataset": "DataError",
    "fer_live.faces": "FaceError",
    "fer_live.growing": "RecordError",
    "fer_live.report.runs": "ReportError",
    "fer_live.clip_table": "TableError",
    "fer_live.analyze": "AnalyzeError",
    "fer_live.analyze_command": "UsageError",
    "fer_live.window_command": "UsageError",
}
_WANTED: Final = {  # by command: how its data is named, for words that stand there without a name
    "bench": "; its clip is --source X",
    "evaluate": "; its faces are --data X",
}
_COMPRESS_NEEDS: Final = ("torch", "torch_pruning", "onnx", "onnxscript", "ml_dtypes", "matplotlib", "tqdm")


class UsageError(Exception):
    """Something asked for that cannot be; the message is the one line that the user gets."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line (``sys.argv`` when None) and return the exit code; a fault of the program itself raises."""
    code = _ended(list(sys.argv[1:] if argv is None else argv))
    if argv is None and code == INTERRUPTED:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # pressed again, it would break what Python does at its exit
    return code


def _ended(words: list[str]) -> int:
    """The exit code."""
    crash_loudly()
    try:
        if words[:1] == ["compress"]:
            return _compress(words[1:])
        code = _run(_options(words))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return 0  # whoever read our output has seen enough
    except Exception as error:
        if not isinstance(error, (UsageError, CameraError, OutputError, *_loaded_faults())):
            raise
        tell(f"fer-live: {error}")
        return _code(error)
    return code


def _options(words: list[str]) -> argparse.Namespace:
    parser = make_parser()
    options, unknown = parser.parse_known_args(words)
    if options.command == "compress" or (options.command and any(getattr(options, name) for name in WINDOW_OPTIONS)):
        raise UsageError(f"options of the window do not belong before {options.command}; put its own behind it")
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}{_WANTED.get(options.command, '')}")
    return options


def _code(error: Exception) -> int:
    """1 when the work failed although what was asked for could be, else 2."""
    lost = isinstance(error, CameraError) and error.kind == "lost"
    return 1 if lost or type(error).__name__ in ("RecordError", "OutputError", "ProcessLost") else 2


def _run(options: argparse.Namespace) -> int:
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "": _window,
        "bench": _bench,
        "analyze": _analyze,
        "evaluate": _evaluate,
        "models": _models,
        "cameras": _cameras,
        "doctor": _doctor,
        "summarise": _summarise,
        "report": _report,
    }
    return commands[options.command](options)


def _loaded_faults() -> tuple[type[Exception], ...]:
    return tuple(getattr(sys.modules[module], name) for module, name in _FAULTS.items() if module in sys.modules)


def _window(options: argparse.Namespace) -> int:
    from fer_live.window_command import check_display, window

    check_display()
    manifest = _manifest()
    compared = _chosen(manifest.names, options.compare) if options.compare else ()
    return window(options, manifest, compared)


def _manifest() -> "Manifest":
    """The variants; which of the user's own cannot be used is told."""
    from fer_live.manifest import load_manifest

    manifest = load_manifest()
    for sentence in manifest.left_out:
        tell(f"fer-live: {sentence}")
    return manifest


def _bench(options: argparse.Namespace) -> int:
    from fer_live.bench_command import bench

    manifest = _manifest()
    return bench(options, manifest, _chosen(manifest.names, options.variants))


def _analyze(options: argparse.Namespace) -> int:
    from fer_live.analyze_command import analyze

    manifest = _manifest()
    variants = (manifest.default,) if options.variants is None else _chosen(manifest.names, options.variants)
    return analyze(options, manifest, variants)


def _evaluate(options: argparse.Namespace) -> int:
    manifest = _manifest()
    variants = _chosen(manifest.names, options.variants)
    if not os.path.exists(options.data):  # no error where the path is too long or forbidden
        raise UsageError(f"no such file or folder: {options.data}")
    if options.votes and options.labels != "ferplus":
        raise UsageError("--votes belongs to --labels ferplus; add that, or leave --votes out")
    from fer_live.evaluate import EvaluateOptions, run_evaluate

    wanted = EvaluateOptions(
        data=options.data,
        variants=variants,
        split=options.split,
        head=options.head,
        detect=options.detect,
        labels=options.labels,
        votes=options.votes,
        threads=options.threads,
        provider=options.provider,
        views=options.views,
        apart_from=options.apart_from,
    )
    with Progress() as progress:
        progress.show(f"reading {options.data}")
        report = run_evaluate(wanted, manifest, lambda name, done, of: progress.show(f"{name}: {done} of {of} faces"))
    say(as_json(report.to_dict()) if options.json else report.table())
    return 0


def _models(options: argparse.Namespace) -> int:
    from fer_live.models_command import models

    return models(options)


def _cameras(options: argparse.Namespace) -> int:
    from fer_live.listings import list_webcams

    listing = list_webcams()
    say(as_json(listing.to_dict()) if options.json else listing.table())
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from fer_live.doctor import examine

    report = examine()
    say(as_json(report.to_dict()) if options.json else report.table())
    return 0 if report.healthy else 1


def _summarise(options: argparse.Namespace) -> int:
    from fer_live.record import summarise_session

    say(str(summarise_session(options.session)))
    return 0


def _report(options: argparse.Namespace) -> int:
    from fer_live.report.page import write_report

    say(str(write_report(options.sessions, options.out)))
    return 0


def _compress(words: list[str]) -> int:
    try:
        from fer_live.compress.command import main as compress
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in _COMPRESS_NEEDS:
            raise
        raise UsageError(
            f'compress needs more packages ({error.name} is missing): pip install "fer-live[compress]"'
        ) from error
    return compress(words)


def _chosen(known: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The variants meant by "all" or "a,b", each once, in the order given."""
    names = (
        known
        if text.strip() == "all"
        else tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    )
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise UsageError(f"unknown variant {', '.join(unknown) or repr(text)} (known: {', '.join(known)})")
    return names


if __name__ == "__main__":
    sys.exit(main())
