"""The program's glyphs as symbols of the page."""

from __future__ import annotations

from math import cos, radians, sin

from app.report.markup import Markup, element, joined, number
from app.session.look.glyphs import DRAWINGS, GLYPHS, Glyph, commands


def symbols() -> Markup:
    """Every glyph once, hidden; `use` shows one."""
    return element("svg", *(_symbol(name) for name in GLYPHS), class_="symbols", aria_hidden="true")


def use(name: Glyph, tone: str, x: float = 0.0, y: float = 0.0, size: float = 16.0) -> Markup:
    """A glyph within a drawing."""
    return element(
        "use", href=f"#g-{name}", x=x, y=y, width=size, height=size, class_=f"glyph t-{tone}"
    )


def icon(name: Glyph, tone: str) -> Markup:
    """A glyph in a line of text."""
    drawn = element("use", href=f"#g-{name}")
    return element("svg", drawn, class_=f"icon glyph t-{tone}", aria_hidden="true")


def _symbol(name: Glyph) -> Markup:
    drawing = DRAWINGS[name]
    parts = []
    if drawing.stroked:
        dash = " ".join(map(str, drawing.dash)) or None
        parts.append(
            element("path", d=_path(drawing.stroked), class_="line", stroke_dasharray=dash)
        )
    if drawing.filled:
        parts.append(element("path", d=_path(drawing.filled), class_="area"))
    return element("symbol", joined(parts), id=f"g-{name}", viewbox="0 0 16 16")


def _path(shape: str) -> str:
    """Our commands in SVG's."""
    words: list[str] = []
    for letter, n in commands(shape):
        if letter == "O":
            words.append(_circle(*n))
        elif letter == "R":
            x, y, w, h, _ = n
            words.append(f"M{_p(x, y)}h{number(w)}v{number(h)}h{number(-w)}Z")
        elif letter == "A":
            words.append(_arc(*n))
        else:
            pairs = zip(n[::2], n[1::2], strict=True)
            words.append(letter + " ".join(_p(x, y) for x, y in pairs))
    return "".join(words)


def _circle(x: float, y: float, radius: float) -> str:
    half = f"a{_p(radius, radius)} 0 1 0"
    return f"M{_p(x - radius, y)}{half} {_p(2 * radius, 0)}{half} {_p(-2 * radius, 0)}Z"


def _arc(x: float, y: float, radius: float, start: float, sweep: float) -> str:
    """A line to the arc's start, and the arc; Qt counts angles against the clock."""
    ends = [
        (x + radius * cos(radians(angle)), y - radius * sin(radians(angle)))
        for angle in (start, start + sweep)
    ]
    large, clockwise = int(abs(sweep) > 180), int(sweep < 0)
    return f"L{_p(*ends[0])}A{_p(radius, radius)} 0 {large} {clockwise} {_p(*ends[1])}"


def _p(x: float, y: float) -> str:
    return f"{x:.3g} {y:.3g}"
