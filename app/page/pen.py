"""The pen that writes SVG: drawings, and the program's glyphs as symbols of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import cos, isfinite, radians, sin
from typing import Any, Final

from app.drawing.shapes import Area, Border, HeatMap, Line, Rect, Shape, Shapes, Sign, Text, shrunk
from app.page.markup import Markup, element, joined, number
from app.session.look.colors import Color, fill
from app.session.look.glyphs import GLYPH_PATHS, GLYPHS, Command, Glyph, commands
from app.session.look.heat import largest_of, strength
from graphviz_render import Box


def icon(name: Glyph, tone: str) -> Markup:
    """Return a glyph for a line of text."""
    drawn = element("use", href=f"#g-{name}")
    return element("svg", drawn, class_=f"icon t-{tone}", aria_hidden="true")


def symbols() -> Markup:
    """Return every glyph once, hidden; `use` elements show them."""
    return element("svg", *map(_symbol, GLYPHS), class_="symbols", aria_hidden="true")


def _symbol(name: Glyph) -> Markup:
    paths = GLYPH_PATHS[name]
    parts = []
    if paths.stroked:
        dash = " ".join(map(str, paths.dash)) or None
        outline = _path(commands(paths.stroked))
        parts.append(element("path", d=outline, class_="line", stroke_dasharray=dash))
    if paths.filled:
        parts.append(element("path", d=_path(commands(paths.filled)), class_="area"))
    return element("symbol", joined(parts), id=f"g-{name}", viewbox="0 0 16 16")


class Pen:
    """Writes the drawings of a page, with a class for each look.  The style needs `rules`."""

    def __init__(self) -> None:
        self._classes: dict[str, str] = {}

    def play(self, drawing: Shapes) -> Markup:
        return joined(_PLAY[type(shape)](self, shape) for shape in drawing)

    def rules(self) -> Markup:
        """Return the style rules of all classes so far.  Nothing in them comes from a trace."""
        rules = (f".{name} {{ {look} }}" for look, name in self._classes.items())
        return Markup("\n".join(rules))

    def _class(self, *looks: str) -> str:
        look = "; ".join(filter(None, looks))
        return self._classes.setdefault(look, f"l{len(self._classes)}")

    def _rect(self, shape: Rect) -> Markup:
        """SVG's strokes lie on the middle of an outline."""
        border = shape.border
        x, y, width, height = shrunk(shape.box, border.width / 2) if border else shape.box
        look = self._class(_fill(shape.fill), _stroke(border))
        return element(
            "rect", x=float(x), y=float(y), width=float(width), height=float(height),
            rx=shape.radius or None, data_tensor=shape.tensor,
            class_=f"outline {look}" if shape.part == "outline" else look,
        )  # fmt: skip

    def _text(self, shape: Text) -> Markup:
        if not shape.text:
            return Markup()
        face = shape.face
        family = "--mono" if face.mono else "--words"
        font = f"font: {600 if face.bold else 400} {face.pixels}px var({family})"
        look = self._class(
            _fill(shape.color), font, "text-anchor: end" if shape.ends else "",
            "font-style: italic" if shape.italic else "",
        )  # fmt: skip
        return element("text", shape.text, x=shape.x, y=shape.baseline, class_=look)

    def _sign(self, shape: Sign) -> Markup:
        return element(
            "use", href=f"#g-{shape.glyph}", x=shape.x, y=shape.y, width=shape.size,
            height=shape.size, class_=self._class(f"--mark: var(--{shape.color})"),
        )  # fmt: skip

    def _line(self, shape: Line) -> Markup:
        look = self._class(_fill(None), _stroke(shape.border))
        return element("path", d=_path(shape.path), class_=look)

    def _area(self, shape: Area) -> Markup:
        return element("path", d=_path(shape.path), class_=self._class(_fill(shape.color)))

    def _heat_map(self, shape: HeatMap) -> Markup:
        box, rows = shape.box, shape.rows
        largest, columns = shape.largest or largest_of(rows), max(map(len, rows))
        wide, high = box.width / columns, box.height / len(rows)
        cells = [
            self._cell(
                Box(box.x + column * wide, box.y + row * high, wide, high),
                value,
                strength(value, largest) * shape.most,
            )
            for row, line in enumerate(rows)
            for column, value in enumerate(line)
        ]
        around = Rect("inner", shrunk(box, -1), 0, "node", Border("line"))
        return element("g", self._rect(around), *cells, shape_rendering="crispEdges")

    def _cell(self, box: Box, value: float, share: float) -> Markup:
        if not isfinite(value):
            return self._rect(Rect("inner", box, 0, fill("cut")))
        if not share:
            return Markup()
        return element(
            "rect", x=box.x, y=box.y, width=box.width, height=box.height, fill_opacity=share,
            class_=self._class(_fill("heat_negative" if value < 0 else "heat_positive")),
        )  # fmt: skip


_PLAY: Final[dict[type[Shape], Callable[[Pen, Any], Markup]]] = {
    Rect: Pen._rect,
    Text: Pen._text,
    Sign: Pen._sign,
    Line: Pen._line,
    Area: Pen._area,
    HeatMap: Pen._heat_map,
}


def _fill(color: Color | None) -> str:
    return f"fill: var(--{color})" if color else "fill: none"


def _stroke(border: Border | None) -> str:
    if border is None:
        return ""
    looks = [f"stroke: var(--{border.color}); stroke-width: {number(border.width)}"]
    if border.dash:
        looks.append(f"stroke-dasharray: {' '.join(map(number, border.dash))}")
    return "; ".join([*looks, "stroke-linecap: round"] if border.round else looks)


def _path(path: Iterable[Command]) -> str:
    """Write a path in the commands of SVG."""
    words: list[str] = []
    for letter, n in path:
        if letter == "O":
            words.append(_circle(*n))
        elif letter == "R":
            x, y, w, h, _ = n
            words.append(f"M{_points((x, y))}h{number(w)}v{number(h)}h{number(-w)}Z")
        elif letter == "A":
            words.append(_arc(*n))
        else:
            words.append(letter + _points(n))
    return "".join(words)


def _circle(x: float, y: float, radius: float) -> str:
    half = f"a{_points((radius, radius))} 0 1 0"
    across = _points((2 * radius, 0)), _points((-2 * radius, 0))
    return f"M{_points((x - radius, y))}{half} {across[0]}{half} {across[1]}Z"


def _arc(x: float, y: float, radius: float, start: float, sweep: float) -> str:
    """Write a line to the start of the arc, and the arc.  Qt counts angles counter-clockwise."""
    ends = [
        (x + radius * cos(radians(angle)), y - radius * sin(radians(angle)))
        for angle in (start, start + sweep)
    ]
    large, clockwise = int(abs(sweep) > 180), int(sweep < 0)
    turn = f"A{_points((radius, radius))} 0 {large} {clockwise} {_points(ends[1])}"
    return f"L{_points(ends[0])}{turn}"


def _points(numbers: Iterable[float]) -> str:
    return " ".join(map(number, numbers))
