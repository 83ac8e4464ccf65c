"""The options of `tapescope`, `tapescope trace` and `tapescope self-test`, and their checks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NoReturn

from app.session.language import tr

BAD_USAGE = 2
DEFAULT_TIMEOUT = 60.0
DEFAULT_MAX_OPS = 200_000
PICTURES: dict[str, Literal["svg", "png", "pdf"]] = {".svg": "svg", ".png": "png", ".pdf": "pdf"}
SUFFIXES = (".json", ".html", ".dot", *PICTURES)


class UsageError(Exception):
    """The command cannot be carried out; the message is one line for stderr."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message}\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Ignore a stream that cannot be written, as newer versions of argparse do."""
        with suppress(AttributeError, OSError):
            super()._print_message(message, file)


def split_at_dashes(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split Tapescope's own arguments from those of the snippet, which follow `--`.

    >>> split_at_dashes(["train.py", "--seed", "1", "--", "--lr", "0.1"])
    (['train.py', '--seed', '1'], ['--lr', '0.1'])
    """
    place = words.index("--") if "--" in words else len(words)
    return list(words[:place]), list(words[place + 1 :])


def window_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "tapescope",
        usage="tapescope [FILE] [options] [-- ARGUMENTS OF THE SNIPPET]",
        description=tr(
            "See what PyTorch's autograd recorded, what it skipped, and why a .grad is None."
        ),
        epilog=tr(
            "tapescope trace FILE traces without a window (tapescope trace --help); "
            "tapescope self-test tries everything out."
        ),
    )
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help=tr("a .py snippet or a .json trace")
    )
    parser.add_argument(
        "--version", action=_Version, nargs=0, help=tr("print the version and exit")
    )
    _add_run_options(parser)
    return parser


def trace_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "tapescope trace",
        usage="tapescope trace FILE [options] [-- ARGUMENTS OF THE SNIPPET]",
        description=tr("Trace a snippet without a window."),
    )
    add = parser.add_argument
    add("file", metavar="FILE", help=tr('a snippet or a notebook; "-" is standard input'))
    add(
        "-o",
        dest="outputs",
        metavar="OUT",
        action="append",
        default=[],
        type=_output,
        help=tr('by extension: {suffixes}; "-" is JSON on stdout; repeatable').format(
            suffixes=", ".join(SUFFIXES)
        ),
    )
    add(
        "--device", default="cpu", type=_device, help=tr("auto, cpu (default), cuda, cuda:N or mps")
    )
    seed = parser.add_mutually_exclusive_group()
    seed.add_argument("--seed", type=_seed, default=0, metavar="N", help="torch.manual_seed(N)")
    seed.add_argument("--no-seed", dest="seed", action="store_const", const=None)
    add(
        "--anonymous",
        action="store_true",
        help=tr("leave machine name and folders out of the .json"),
    )
    add(
        "--mode",
        default="as-written",
        choices=["as-written", "grad", "no-grad", "inference"],
        help=tr("a what-if: grad mode on or off, or inference mode on, in the whole snippet"),
    )
    add(
        "--max-ops",
        type=_count,
        default=DEFAULT_MAX_OPS,
        metavar="N",
        help=tr("stop recording operations after N"),
    )
    _add_run_options(parser)
    return parser


def self_test_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "tapescope self-test",
        description=tr(
            "Print versions, trace a snippet, lay it out and draw it; say what is missing."
        ),
    )
    _add_python(parser)
    return parser


def _add_python(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--python", metavar="PATH", default="", help=tr("the Python to run it with; it needs torch")
    )


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--cwd", metavar="FOLDER", type=_folder, help=tr("where the snippet runs"))
    _add_python(parser)
    add(
        "--env",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=_variable,
        help=tr("an environment variable; repeatable"),
    )
    add(
        "--stdin", metavar="FILE", help=tr('what the snippet reads as input; "-" is standard input')
    )
    add(
        "--timeout",
        type=_seconds,
        metavar="S",
        help=tr("time limit in seconds (60); 0 for no limit"),
    )
    add("--memory", type=_count, metavar="MIB", help=tr("memory limit of the run"))


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from app.session.versions import own_version

        parser._print_message(f"tapescope {own_version()}\n", sys.stdout)
        parser.exit()


def _output(text: str) -> str:
    if text != "-" and Path(text).suffix.lower() not in SUFFIXES:
        problem = tr("{text!r} must end in one of {suffixes}")
        raise argparse.ArgumentTypeError(problem.format(text=text, suffixes=", ".join(SUFFIXES)))
    return text


def _device(text: str) -> str:
    kind, colon, number = text.partition(":")
    if text in ("auto", "cpu", "cuda", "mps") or (kind == "cuda" and colon and number.isdecimal()):
        return text
    raise argparse.ArgumentTypeError(
        tr("{text!r} is not a device; choose auto, cpu, cuda, cuda:N or mps").format(text=text)
    )


def _folder(text: str) -> str:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(tr("{text!r} is not a folder").format(text=text))
    return str(Path(text).resolve())


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(tr("{text!r} is not NAME=VALUE").format(text=text))
    return name, value


def _seed(text: str) -> int:
    number = int(_number(text, whole=True))
    if not -(1 << 63) <= number < 1 << 64:
        raise argparse.ArgumentTypeError(
            tr("{text} is out of the range of torch's seeds (64 bits)").format(text=text)
        )
    return number


def _seconds(text: str) -> float:
    number = _number(text, whole=False)
    if not 0 <= number <= 1e9:
        raise argparse.ArgumentTypeError(tr("{text} is not a time in seconds").format(text=text))
    return number


def _count(text: str) -> int:
    number = int(_number(text, whole=True))
    if number < 1:
        raise argparse.ArgumentTypeError(tr("{text} is not 1 or more").format(text=text))
    return number


def _number(text: str, *, whole: bool) -> float:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        problem = tr("{text!r} is not a whole number") if whole else tr("{text!r} is not a number")
        raise argparse.ArgumentTypeError(problem.format(text=text)) from None
