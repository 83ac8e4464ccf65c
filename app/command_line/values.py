"""What the words on the command line mean: each function is an argparse type.

They raise ArgumentTypeError with what is wrong.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Literal

from app.contract.records import ENDINGS
from app.session.language import listing, tr

PICTURES: dict[str, Literal["svg", "png", "pdf"]] = {".svg": "svg", ".png": "png", ".pdf": "pdf"}
SUFFIXES = (*ENDINGS, ".html", ".dot", *PICTURES)


def ending_of(name: str) -> str | None:
    """Return the ending of an output that says its format; None for any other.

    >>> ending_of("runs/a.JSON.gz"), ending_of("a.svg"), ending_of("a.gif")
    ('.json.gz', '.svg', None)
    """
    return next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), None)


def is_saved(name: str | None) -> bool:
    """Return whether a name is that of a saved trace; `-m` runs a module and has no name."""
    return name is not None and ending_of(name) in ENDINGS


def beside(name: str, word: str) -> str:
    """Return the name of an output with a word before its ending.

    >>> beside("runs/a.json.gz", "rank0"), beside("-", "rank0")
    ('runs/a.rank0.json.gz', '-')
    """
    ending = len(ending_of(name) or "")
    return f"{name[:-ending]}.{word}{name[-ending:]}" if ending else name


def output(text: str) -> str:
    if text != "-" and ending_of(text) is None:
        problem = tr("{text!r} must end in one of {suffixes}")
        raise argparse.ArgumentTypeError(problem.format(text=text, suffixes=listing(SUFFIXES)))
    return text


def device(text: str) -> str:
    kind, colon, number = text.partition(":")
    if text in ("auto", "cpu", "cuda", "mps") or (kind == "cuda" and colon and number.isdecimal()):
        return text
    raise argparse.ArgumentTypeError(
        tr("{text!r} is not a device; choose auto, cpu, cuda, cuda:N or mps").format(text=text)
    )


def folder(text: str) -> str:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(tr("{text!r} is not a folder").format(text=text))
    return str(Path(text).resolve())


def variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(tr("{text!r} is not NAME=VALUE").format(text=text))
    return name, value


def seed(text: str) -> int:
    number = int(_number(text, whole=True))
    if not -(1 << 63) <= number < 1 << 64:
        raise argparse.ArgumentTypeError(
            tr("{text} is out of the range of torch's seeds (64 bits)").format(text=text)
        )
    return number


def seconds(text: str) -> float:
    number = _number(text, whole=False)
    if not 0 <= number <= 1e9:
        raise argparse.ArgumentTypeError(tr("{text} is not a time in seconds").format(text=text))
    return number


def lines(text: str) -> list[int]:
    first, _, last = text.partition("-")
    found = [count(first), count(last or first)]
    if found[0] > found[1]:
        problem = tr("{text!r} ends before it begins; write the first line, then the last")
        raise argparse.ArgumentTypeError(problem.format(text=text))
    return found


def place(text: str) -> str:
    """Return a line of the program, "9", or of another file, "freeze.py:6"."""
    path, colon, line = text.rpartition(":")
    if (colon and not path) or not line.isdecimal() or not int(line):
        problem = tr("{text!r} is not a line; write 9, or freeze.py:6 for another file")
        raise argparse.ArgumentTypeError(problem.format(text=text))
    return f"{path}{colon}{int(line)}"


def count(text: str) -> int:
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
