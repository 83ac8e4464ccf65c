"""What was kept for backward over the run, drawn as in the window's timeline."""

from __future__ import annotations

from app.drawing.kept import HEIGHT, kept_lane
from app.drawing.shapes import Border, Rect, Shapes, Text
from app.page.markup import Markup, element
from app.page.metrics import FACES
from app.page.pen import Pen
from app.session.language import tr
from app.session.look.colors import fill, graphic
from app.session.numbers import size
from app.session.timeline import History
from app.session.timeline.kept import KeptLane
from graphviz_render import Box

_WIDTH, _KEY = 1200, 20


def kept(history: History, pen: Pen) -> list[Markup]:
    """Return the section; none if nothing was kept."""
    lane = KeptLane(history)
    if not lane.most:
        return []
    drawing = [*kept_lane(lane, FACES, 0, _WIDTH, 0), *_key()]
    words = tr("{bytes} at most").format(bytes=size(lane.most))
    title = tr("Kept for backward")
    drawn = element(
        "svg", pen.play(drawing), viewbox=f"0 0 {_WIDTH} {HEIGHT + _KEY}", role="img",
        aria_label=f"{title}: {words}", class_="lane",
    )  # fmt: skip
    head = element("div", element("h2", title), element("p", words, class_="said"), class_="bar")
    return [element("section", head, drawn, class_="wide")]


def _key() -> Shapes:
    """Draw what the two colours mean, below the lane."""
    tone, x = graphic("gradient"), 0.0
    drawn: Shapes = []
    for text, filling in ((tr("only for backward"), tone), (tr("alive anyway"), fill("gradient"))):
        drawn += [
            Rect("share", Box(x, HEIGHT + 6, 14, 10), 2, filling, Border(tone, 1.5)),
            Text(x + 20, HEIGHT + 15, text, FACES.small, "text_secondary"),
        ]
        x += 40 + FACES.small.width(text)
    return drawn
