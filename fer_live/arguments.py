"""What the ``fer-live`` command understands: its sub-commands and options, as an argparse parser."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

from fer_live import __version__
from fer_live.model_options import SIDES, crop, numbers, title
from fer_live.runtime import CPU, PROVIDERS, provider_called
from fer_live.settings import MOST_THREADS
from fer_live.source import DIGITS
from fer_live.terminal import OneLineParser
from fer_live.variant import PRECISIONS, PROTOCOLS, CropGeometry

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction["OneLineParser"]

T = TypeVar("T")
WINDOW_OPTIONS: Final = (
    *("camera", "variant", "compare", "window_full_range", "window_detect_every", "window_threads"),
    *("window_provider", "theme"),
)
FEWEST_DETECTIONS: Final = 10  # following.LONGEST, which would bring cv2 along


class _Program(OneLineParser):
    """Says how a source is named: ``fer-live clip.mp4`` was not meant as a command."""

    def error(self, message: str) -> NoReturn:
        if message.startswith("argument COMMAND: invalid choice"):
            message += "; a webcam, clip or stream is opened with --camera X"
        super().error(message)


def make_parser() -> argparse.ArgumentParser:
    """The whole command line. ``command`` is "" for the window; errors end the program with code 2 and one line."""
    parser = _Program(
        "fer-live",
        description="Recognise emotions live, and compare full-precision, pruned and INT8 networks on the same frames. "
        "Without a command the window opens.",
    )
    parser.add_argument("--version", action="version", version=f"fer-live {__version__}")
    parser.add_argument("--camera", metavar="X", help="webcam by number or name, a clip, an http/rtsp URL, or demo")
    parser.add_argument("--variant", metavar="V", help="variant to run first")
    parser.add_argument("--compare", metavar="A,B", help="two to four variants side by side")
    parser.add_argument(
        "--full-range", dest="window_full_range", action="store_true", help="find small, far faces (slower)"
    )
    _add_detect_every(parser, "window_detect_every", None)
    threads = "threads per network (as last time, 1 at first)"
    parser.add_argument("--threads", dest="window_threads", type=_threads, metavar="N", help=threads)
    _add_provider(parser, "window_provider", None, "as last time")
    parser.add_argument("--theme", choices=("light", "dark", "system"), help="looks of the window")
    parser.set_defaults(command="")
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=OneLineParser)
    _add_bench(commands)
    _add_analyze(commands)
    _add_evaluate(commands)
    _add_models(commands)
    _add(commands, "cameras", "list the webcams of this machine")
    _add(commands, "doctor", "check what the app needs on this machine")
    summarise = commands.add_parser("summarise", help="write the summary.csv of a recording that was cut off")
    summarise.add_argument("session", type=Path, metavar="FOLDER", help="the recording's folder")
    summarise.set_defaults(command="summarise")
    report = commands.add_parser("report", help="turn recordings into one HTML page that can be handed on")
    report.add_argument("sessions", type=Path, nargs="+", metavar="FOLDER", help="recordings, laid side by side")
    report.add_argument("--out", type=Path, metavar="FILE", help="the page (report.html in the first folder)")
    report.set_defaults(command="report")
    told = "train, prune, quantise and publish variants (needs torch)"
    commands.add_parser("compress", help=told, add_help=False).set_defaults(command="compress")
    return parser


def _add(commands: "_Commands", name: str, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.set_defaults(command=name)
    return parser


def _add_bench(commands: "_Commands") -> None:
    parser = _add(commands, "bench", "compare the variants' speed on the same frames; needs no display")
    parser.add_argument(
        "--source", default="demo", metavar="CLIP", help="clip, URL or webcam (demo: the clip that ships)"
    )
    parser.add_argument("--variants", default="all", metavar="A,B", help="variants to compare (all)")
    parser.add_argument(
        "--threads", type=_counts, default=(1,), metavar="N,N", help="threads per network, each count in turn (1)"
    )
    parser.add_argument("--rounds", type=_positive, default=3, metavar="N", help="how often the clip is run (3)")
    parser.add_argument(
        "--frames", type=_positive, metavar="N", help="frames per round (the whole clip; 300 of a webcam)"
    )
    parser.add_argument("--csv", type=Path, metavar="DIR", help="where the session folder goes (as in the window)")
    parser.add_argument("--full-range", action="store_true", help="find smaller faces further away (slower)")
    _add_detect_every(parser, "detect_every", 1)
    _add_provider(parser, "provider", CPU)


def _add_analyze(commands: "_Commands") -> None:
    parser = _add(commands, "analyze", "read every frame of recorded clips into CSV tables; goes on after a kill")
    parser.add_argument("clips", nargs="+", metavar="CLIP", help="video file; several run in parallel")
    parser.add_argument("--variants", metavar="A,B", help="variants to run, or all (the one that runs first)")
    parser.add_argument("--csv", type=Path, required=True, metavar="DIR", help="folder for x.mp4.csv and x.mp4.json")
    parser.add_argument("--video", type=Path, metavar="OUT.mp4", help="of one clip: draw boxes and labels into a copy")
    parser.add_argument("--threads", type=_threads, default=1, metavar="N", help="threads per network (1)")
    _add_provider(parser, "provider", CPU)
    parser.add_argument("--processes", type=_positive, metavar="N", help="clips at a time (one per core)")
    parser.add_argument("--full-range", action="store_true", help="find smaller faces further away (slower)")


def _add_models(commands: "_Commands") -> None:
    parser = _add(commands, "models", "list the variants and whether their files are intact; add your own")
    parser.set_defaults(action="")
    actions = parser.add_subparsers(metavar="ACTION", parser_class=OneLineParser)
    add = actions.add_parser("add", help="put an ONNX network of yours beside the others")
    add.add_argument("file", type=Path, metavar="FILE.onnx", help="the network; it is copied")
    add.add_argument("--name", metavar="N", help="what to call it in commands and tables (the file's name)")
    add.add_argument("--title", type=_title, metavar="T", help="what to call it in the window (its name)")
    add.add_argument("--labels", required=True, metavar="A,B,...", help="its labels, in the order of its output")
    add.add_argument("--input", type=_square, required=True, metavar="64x64", help="pixels that it sees, square")
    add.add_argument("--channels", choices=("gray", "rgb"), required=True, help="what it sees")
    add.add_argument(
        "--mean", type=_numbers, required=True, metavar="X[,X,X]", help="a pixel goes in as (pixel / 255 - mean) / std"
    )
    add.add_argument("--std", type=_numbers, required=True, metavar="X[,X,X]", help="one number, or three for RGB")
    add.add_argument(
        "--crop",
        type=_crop,
        default=CropGeometry(),
        metavar="SIDE,DOWN",
        help="the face crop: its side / the detected box's, and how far it lies below the box, in crop sides "
        "(1.17,-0.06: as FER2013's faces)",
    )
    add.add_argument("--output", metavar="NAME", help="which output to read, when it has several")
    add.add_argument("--precision", choices=PRECISIONS, help="what to write beside it (default: found out)")
    add.set_defaults(action="add")
    remove = actions.add_parser("remove", help="take a network of yours away again")
    remove.add_argument("name", metavar="NAME", help="its name")
    remove.set_defaults(action="remove")
    for action in (add, remove):  # without a default, which would undo one that stands before the action
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")


def _add_evaluate(commands: "_Commands") -> None:
    parser = _add(commands, "evaluate", "measure the variants' accuracy on labelled faces")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="PATH", help="fer2013.csv, or a folder with a sub-folder per label"
    )
    parser.add_argument(
        "--split",
        metavar="NAME",
        help="PublicTest, PrivateTest, ... (needed where the CSV has several), or a folder above the labels",
    )
    parser.add_argument(
        "--apart-from", metavar="SPLIT", help="leave out faces with a near copy (the same photograph) in that split"
    )
    parser.add_argument("--variants", default="all", metavar="A,B", help="variants to score (all)")
    parser.add_argument("--head", metavar="NAME", help="fer2013, ferplus or blend (default: what the app shows)")
    parser.add_argument("--detect", action="store_true", help="the pictures are photos: find and crop the face")
    parser.add_argument("--labels", choices=("own", "ferplus"), default="own", help="ferplus: majority of FER+'s votes")
    parser.add_argument("--votes", type=Path, metavar="CSV", help="fer2013new.csv, for --labels ferplus")
    parser.add_argument(
        "--views",
        choices=tuple(PROTOCOLS),
        default="single",
        help="looks at each face: one as in the app, mirrored too, ten-crop",
    )
    parser.add_argument("--threads", type=_threads, default=1, metavar="N", help="threads per network (1)")
    _add_provider(parser, "provider", CPU)


def _add_detect_every(parser: argparse.ArgumentParser, name: str, otherwise: int | None) -> None:
    parser.add_argument(
        "--detect-every",
        dest=name,
        type=_few,
        default=otherwise,
        metavar="N",
        help=f"detect faces every N frames, up to {FEWEST_DETECTIONS}, and follow them in between (1: every frame)",
    )


def _add_provider(parser: argparse.ArgumentParser, name: str, otherwise: str | None, told: str = "cpu") -> None:
    parser.add_argument(
        "--provider",
        dest=name,
        type=_provider,
        default=otherwise,
        metavar="NAME",
        help=f"what ONNX Runtime runs on: {', '.join(map(str.lower, PROVIDERS.values()))} ({told}; doctor lists yours)",
    )


def _provider(text: str) -> str:
    provider = provider_called(text)
    if provider is None:
        known = ", ".join(map(str.lower, PROVIDERS.values()))
        raise argparse.ArgumentTypeError(f"{text!r} is no provider ({known})")
    return provider


def _few(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= FEWEST_DETECTIONS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {FEWEST_DETECTIONS}")
    return number


def _counts(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_threads(part.strip()) for part in text.split(",")))


def _threads(text: str) -> int:
    number = _positive(text)
    if number > MOST_THREADS:
        raise argparse.ArgumentTypeError(f"{text} is too large a number, {MOST_THREADS} at most")
    return number


def _positive(text: str) -> int:
    if text.isdecimal() and len(text) > DIGITS:
        raise argparse.ArgumentTypeError(f"{text[:DIGITS]}... is too large a number")
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number


def _square(text: str) -> int:
    sides = text.lower().split("x")
    if len(sides) != 2 or sides[0] != sides[1] or not sides[0].isdecimal() or not SIDES[0] <= int(sides[0]) <= SIDES[1]:
        raise argparse.ArgumentTypeError(f"{text!r} is no square such as 64x64, of {SIDES[0]} to {SIDES[1]} pixels")
    return int(sides[0])


def _told(read: Callable[[str], T]) -> Callable[[str], T]:
    """``read`` for argparse, which keeps the words of no ValueError."""

    def told(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return told


_numbers, _crop, _title = _told(numbers), _told(crop), _told(title)
