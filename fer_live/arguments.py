"""What the ``fer-live`` command understands: its sub-commands and options, as an argparse parser."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from fer_live import __version__

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction["_Parser"]

WINDOW_OPTIONS: Final = ("camera", "variant", "compare", "window_full_range", "window_threads", "theme")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, not after a page of usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def make_parser() -> argparse.ArgumentParser:
    """The whole command line. ``command`` is "" for the window; errors end the program with code 2 and one line."""
    parser = _Parser(
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
    parser.add_argument("--threads", dest="window_threads", type=_positive, metavar="N", help="threads per network (1)")
    parser.add_argument("--theme", choices=("light", "dark", "system"), help="looks of the window")
    parser.set_defaults(command="")
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser)
    _add_bench(commands)
    _add_evaluate(commands)
    _add(commands, "models", "list the variants and whether their files are intact")
    _add(commands, "cameras", "list the webcams of this machine")
    _add(commands, "doctor", "check what the app needs on this machine")
    summarise = commands.add_parser("summarise", help="write the summary.csv of a recording that was cut off")
    summarise.add_argument("session", type=Path, metavar="FOLDER", help="the recording's folder")
    summarise.set_defaults(command="summarise")
    commands.add_parser("compress", help="train, prune, quantise and publish variants (needs torch)", add_help=False)
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
    parser.add_argument("--csv", type=Path, metavar="DIR", help="where the session folder goes (Documents/fer_live)")
    parser.add_argument("--full-range", action="store_true", help="find smaller faces further away (slower)")


def _add_evaluate(commands: "_Commands") -> None:
    parser = _add(commands, "evaluate", "measure the variants' accuracy on labelled faces")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="PATH", help="fer2013.csv, or a folder with a sub-folder per label"
    )
    parser.add_argument("--split", metavar="NAME", help="PublicTest, PrivateTest, ..., or a folder above the labels")
    parser.add_argument("--variants", default="all", metavar="A,B", help="variants to score (all)")
    parser.add_argument("--head", metavar="NAME", help="fer2013, ferplus or blend (default: what the app shows)")
    parser.add_argument("--detect", action="store_true", help="the pictures are photos: find and crop the face")
    parser.add_argument("--labels", choices=("own", "ferplus"), default="own", help="ferplus: majority of FER+'s votes")
    parser.add_argument("--votes", type=Path, metavar="CSV", help="fer2013new.csv, for --labels ferplus")
    parser.add_argument("--threads", type=_positive, default=1, metavar="N", help="threads per network (1)")


def _counts(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_positive(part.strip()) for part in text.split(",")))


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number
