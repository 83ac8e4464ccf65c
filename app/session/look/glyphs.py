"""The icons as shapes: strokes and filled areas in a box of 16 x 16, for whoever draws them.

A shape is written as commands and coordinates: ``M x y`` move, ``L x y ...`` lines,
``C x1 y1 x2 y2 x y`` cubic, ``Q x1 y1 x y`` quadratic, ``A cx cy radius start sweep`` arc (degrees,
counter-clockwise, after a line to where it starts),
``O cx cy radius`` circle, ``R x y width height radius`` rectangle, ``Z`` close.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Glyph = Literal[
    "recorded", "no_grad", "inference_mode", "snowflake", "stair", "scissors", "left_torch", "dot",
    "leaf", "cut", "gradient", "accumulate", "play", "stop", "search", "sun", "moon", "present",
    "export", "chevron_down", "chevron_up", "chevron_right", "check", "close", "warning",
    "waiting", "fit", "eye", "first", "previous", "next", "last", "steps", "bulb", "plus", "minus",
    "open", "save", "copy", "info", "sliders", "not_run", "padlock", "pin", "compare", "swap",
    "reset", "fork", "clock", "approx", "keep", "disc", "spot", "scene", "pen",
    "drag", "covered",
]  # fmt: skip
GLYPHS: tuple[Glyph, ...] = get_args(Glyph)
Command = tuple[str, tuple[float, ...]]
"""A letter and its numbers, as above."""
Path = tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class GlyphPaths:
    """Lines and areas, as commands; `dash` in units of the box."""

    stroked: str = ""
    filled: str = ""
    dash: tuple[float, ...] = ()


GLYPH_PATHS: dict[Glyph, GlyphPaths] = {
    "recorded": GlyphPaths("O 8 8 6.2", "O 8 8 3"),
    "no_grad": GlyphPaths("O 8 8 6.2 M 3.7 12.3 L 12.3 3.7"),
    "inference_mode": GlyphPaths("M 9.2 1.8 L 3.6 9 7.5 9 6.7 14.2 12.4 7 8.4 7 Z"),
    "snowflake": GlyphPaths(
        "M 8 1.7 L 8 14.3 M 2.5 4.9 L 13.5 11.2 M 13.5 4.9 L 2.5 11.2"
        " M 6.2 2.9 L 8 4.5 9.8 2.9 M 6.2 13.1 L 8 11.5 9.8 13.1"
    ),
    "stair": GlyphPaths("M 2 12.5 L 6 12.5 6 8 10 8 10 3.5 14 3.5"),
    "scissors": GlyphPaths("O 4 4.2 2.1 O 4 11.8 2.1 M 5.7 5.5 L 14 12 M 5.7 10.5 L 14 4"),
    "left_torch": GlyphPaths(
        "M 7 3 L 3 3 3 13 13 13 13 9 M 9.5 2.5 L 13.5 2.5 13.5 6.5 M 13.3 2.7 L 7.5 8.5"
    ),
    "sliders": GlyphPaths(
        "M 2 4.5 L 8.2 4.5 M 12 4.5 L 14 4.5 M 2 11.5 L 4 11.5 M 7.8 11.5 L 14 11.5"
        " O 10.1 4.5 1.9 O 5.9 11.5 1.9"
    ),
    "dot": GlyphPaths("", "O 8 8 2"),
    "disc": GlyphPaths("", "O 8 8 5.5"),
    "fork": GlyphPaths(
        "O 4.5 3.6 1.9 O 4.5 12.4 1.9 O 11.5 5.2 1.9 M 4.5 5.5 L 4.5 10.5"
        " M 11.5 7.1 C 11.5 9.8 8.9 9.6 6.3 11"
    ),
    "not_run": GlyphPaths("O 8 8 2.6"),
    "leaf": GlyphPaths(
        "M 3 13 C 3 6 7 3 13.2 2.8 C 13.4 9 10 13 5 11.5 M 3 13 C 4.5 10 6.5 8 9 6.7"
    ),
    "cut": GlyphPaths("M 3 13 L 7.5 3 M 8.5 13 L 13 3"),
    "gradient": GlyphPaths("M 3.5 8 L 8 3.5 12.5 8 M 3.5 12.8 L 8 8.3 12.5 12.8"),
    "accumulate": GlyphPaths(
        "M 8 2.2 L 8 8.8 M 5 6 L 8 9 11 6 M 2.5 9.5 L 2.5 13.5 13.5 13.5 13.5 9.5"
    ),
    "play": GlyphPaths("", "M 4.5 2.8 L 4.5 13.2 13 8 Z"),
    "stop": GlyphPaths("", "R 3.5 3.5 9 9 1"),
    "search": GlyphPaths("O 7 7 4.3 M 10.3 10.3 L 13.7 13.7"),
    "sun": GlyphPaths(
        "O 8 8 2.8 M 8 1.5 L 8 3.1 M 8 12.9 L 8 14.5 M 1.5 8 L 3.1 8 M 12.9 8 L 14.5 8"
        " M 3.4 3.4 L 4.5 4.5 M 11.5 11.5 L 12.6 12.6 M 12.6 3.4 L 11.5 4.5 M 4.5 11.5 L 3.4 12.6"
    ),
    "moon": GlyphPaths("M 6.2 2.8 A 7.85 8.15 5.6 107.1 235.8 A 11.84 4.16 5.8 -76.4 -117.2 Z"),
    "present": GlyphPaths("R 2 2.8 12 8 1 M 8 10.8 L 8 13.8 M 5.5 13.8 L 10.5 13.8"),
    "export": GlyphPaths(
        "M 8 10 L 8 2.2 M 5 5 L 8 2.2 11 5 M 2.8 9.5 L 2.8 13.5 13.2 13.5 13.2 9.5"
    ),
    "chevron_down": GlyphPaths("M 4.5 6.5 L 8 10 11.5 6.5"),
    "chevron_up": GlyphPaths("M 4.5 9.5 L 8 6 11.5 9.5"),
    "chevron_right": GlyphPaths("M 6.5 4.5 L 10 8 6.5 11.5"),
    "check": GlyphPaths("M 3.5 8.5 L 6.5 11.5 12.5 4.5"),
    "close": GlyphPaths("M 4 4 L 12 12 M 12 4 L 4 12"),
    "warning": GlyphPaths("M 8 2 L 14.5 13.5 1.5 13.5 Z M 8 6.5 L 8 9.8 M 8 11.4 L 8 12"),
    "waiting": GlyphPaths("O 8 8 6", dash=(2, 2.7)),
    "fit": GlyphPaths(
        "M 2.5 5.5 L 2.5 2.5 5.5 2.5 M 10.5 2.5 L 13.5 2.5 13.5 5.5"
        " M 13.5 10.5 L 13.5 13.5 10.5 13.5 M 5.5 13.5 L 2.5 13.5 2.5 10.5"
    ),
    "eye": GlyphPaths(
        "M 1.5 8 C 1.5 8 4 3.8 8 3.8 C 12 3.8 14.5 8 14.5 8"
        " C 14.5 8 12 12.2 8 12.2 C 4 12.2 1.5 8 1.5 8 Z O 8 8 1.8"
    ),
    "first": GlyphPaths("M 4 3.5 L 4 12.5 M 12.5 3.5 L 6 8 12.5 12.5 Z"),
    "previous": GlyphPaths("M 10.5 3.5 L 5 8 10.5 12.5"),
    "next": GlyphPaths("M 5.5 3.5 L 11 8 5.5 12.5"),
    "last": GlyphPaths("M 12 3.5 L 12 12.5 M 3.5 3.5 L 10 8 3.5 12.5 Z"),
    "steps": GlyphPaths("M 2.5 4 L 13.5 4 M 2.5 8 L 13.5 8 M 2.5 12 L 9.5 12"),
    "bulb": GlyphPaths(
        "M 6 12.2 L 10 12.2 M 6.5 14.2 L 9.5 14.2 M 5.8 10.3 A 8 6.49 4.4 240 -300 Z"
    ),
    "plus": GlyphPaths("M 3.5 8 L 12.5 8 M 8 3.5 L 8 12.5"),
    "minus": GlyphPaths("M 3.5 8 L 12.5 8"),
    "open": GlyphPaths(
        "M 1.8 13 L 1.8 3.5 6 3.5 7.5 5.2 13 5.2 13 7.5 M 1.8 13 L 4 7.5 14.8 7.5 12.8 13 Z"
    ),
    "save": GlyphPaths(
        "M 2.5 2.5 L 11 2.5 13.5 5 13.5 13.5 2.5 13.5 Z M 5 2.5 L 5 6 10 6 10 2.5"
        " M 5 13.5 L 5 9.5 11 9.5 11 13.5"
    ),
    "copy": GlyphPaths("R 5.5 5.5 8 8 1 M 10.5 3 L 10.5 2.5 3.5 2.5 2.5 3.5 2.5 10.5 3 10.5"),
    "padlock": GlyphPaths(
        "R 3.2 7.4 9.6 6.2 1.2 M 5.2 7.4 L 5.2 5 A 8 5 2.8 180 -180 L 10.8 7.4", "O 8 10.4 1.1"
    ),
    "pin": GlyphPaths(
        "M 5.5 2.5 L 10.5 2.5 M 6.5 2.5 L 6.5 6.5 4 9.5 12 9.5 9.5 6.5 9.5 2.5 M 8 9.5 L 8 14"
    ),
    "compare": GlyphPaths("R 2 3 5 10 1 R 9 3 5 10 1"),
    "swap": GlyphPaths(
        "M 3 5.5 L 12 5.5 M 9.5 3 L 12.5 5.5 9.5 8 M 13 10.5 L 4 10.5 M 6.5 8 L 3.5 10.5 6.5 13"
    ),
    "reset": GlyphPaths("M 3.5 8 A 8 8.2 4.7 180 295 M 5.5 1.8 L 5 4.7 7.9 5.1"),
    "clock": GlyphPaths("O 8 8.8 5.2 M 8 6 L 8 9 10 10.2 M 6.5 1.8 L 9.5 1.8"),
    "approx": GlyphPaths(
        "M 2.5 6.8 C 4.3 4.2 6.1 4.2 8 6 C 9.9 7.8 11.7 7.8 13.5 5.2"
        " M 2.5 11.3 C 4.3 8.7 6.1 8.7 8 10.5 C 9.9 12.3 11.7 12.3 13.5 9.7"
    ),
    "keep": GlyphPaths("M 2 12.5 L 14 12.5 M 3 12.5 L 3 9.5 6 9.5 6 6 10 6 10 9.5 13 9.5 13 12.5"),
    "spot": GlyphPaths(
        "O 8 8 4.5 M 8 1.5 L 8 3.5 M 8 12.5 L 8 14.5 M 1.5 8 L 3.5 8 M 12.5 8 L 14.5 8"
    ),
    "scene": GlyphPaths("R 2 3.5 12 9 1 M 5 3.5 L 5 12.5 M 11 3.5 L 11 12.5"),
    "pen": GlyphPaths("M 3 13 L 3.8 9.8 11 2.6 13.4 5 6.2 12.2 Z"),
    "drag": GlyphPaths("M 8 2 L 8 14 M 5.5 4.5 L 8 2 10.5 4.5 M 5.5 11.5 L 8 14 10.5 11.5"),
    "covered": GlyphPaths(
        "O 8 8 6.2 M 6.2 6.4 A 8 6.4 1.8 180 -243 C 8.2 8.3 8 8.6 8 9.2 M 8 11.2 L 8 11.3"
    ),
    "info": GlyphPaths("O 8 8 6.2 M 8 7.2 L 8 11.2 M 8 4.6 L 8 5"),
}

_ARGUMENTS = {"M": 2, "L": 2, "C": 6, "Q": 4, "A": 5, "O": 3, "R": 5, "Z": 0}


def commands(text: str) -> Iterator[Command]:
    """Each command with its arguments; coordinates that repeat repeat their command."""
    for letter, arguments in re.findall(r"([A-Z])([^A-Z]*)", text):
        numbers = tuple(float(number) for number in arguments.split())
        count = _ARGUMENTS[letter]
        if not count:
            yield letter, ()
        for start in range(0, len(numbers), count or 1):
            yield letter, numbers[start : start + count]
