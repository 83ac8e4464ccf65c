"""Two graphs beside each other: what both have is at one height, with the marks between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from app.drawing.beside import union
from app.drawing.placing import Places, place
from app.drawing.shapes import Border, Line, Rect, Shapes, Text
from app.page.markup import Markup, element, number
from app.page.metrics import FACES, MEASURE
from app.page.pen import Pen
from app.session.comparing.differences import Differences
from app.session.comparing.folding import folded_alike
from app.session.comparing.pairing import Pairing, pair
from app.session.look import geometry as g
from app.session.shown import Shown
from graphviz_render import Box, layout

if TYPE_CHECKING:
    import networkx as nx

_MARGIN: Final = 24.0
_SPINE: Final = 64.0
_RING: Final = 11.0
_TITLE: Final = 40.0


@dataclass(frozen=True, slots=True, eq=False)
class SideBySide:
    """`graphs` and `places` of the first run and of the second."""

    pairing: Pairing
    shown: tuple[Shown, Shown]
    places: tuple[Places, Places]
    width: float
    """Of one of them."""
    height: float

    @property
    def graphs(self) -> tuple[nx.MultiDiGraph[str], nx.MultiDiGraph[str]]:
        return self.shown[0].graph, self.shown[1].graph

    @property
    def right(self) -> float:
        """Where the second graph begins."""
        return self.width + _SPINE

    @property
    def box(self) -> Box:
        """The room for both, with their titles."""
        wide, high = self.right + self.width, self.height + _TITLE
        return Box(-_MARGIN, -_MARGIN - _TITLE, wide + 2 * _MARGIN, high + 2 * _MARGIN)

    def to_the_right(self, drawn: Markup) -> Markup:
        """Return what is drawn of the second graph at its place."""
        return element("g", drawn, transform=f"translate({number(self.right)} 0)")

    def marks(self, pen: Pen, titles: Sequence[str]) -> Markup:
        """Return the titles above both, and a mark for each row."""
        rows = (shape for row in self._rows() for shape in self._mark(row))
        return pen.play([*self._titles(titles), *rows])

    def _titles(self, titles: Sequence[str]) -> Shapes:
        face = FACES.title
        return [Text(x, -_TITLE / 2, title, face, "text")
                for x, title in zip((0.0, self.right), titles, strict=True)]  # fmt: skip

    def _rows(self) -> list[_Row]:
        rows: dict[int, _Row] = {}
        for nodes in self.pairing.nodes:
            first = None if nodes.first is None else self.places[0].nodes[nodes.first]
            second = None if nodes.second is None else self.places[1].nodes[nodes.second]
            box = first or second
            assert box is not None
            y = box.center[1]
            known = rows.get(round(y))
            if known is None or (known.is_equal and not nodes.is_equal):
                rows[round(y)] = _Row(y, nodes.is_equal, first, second)
        return sorted(rows.values())

    def _mark(self, row: _Row) -> Iterator[Rect | Text | Line]:
        middle, face = self.width + _SPINE / 2, FACES.mono_bold
        sign = "=" if row.is_equal else "≠"
        if not row.is_equal:
            border = Border("ink", 1, (2, 3))
            ends = (
                (None if row.first is None else row.first.right, middle - _RING),
                (middle + _RING, None if row.second is None else self.right + row.second.x),
            )
            for start, end in ends:
                if start is not None and end is not None:
                    yield Line((("M", (start, row.y)), ("L", (end, row.y))), border)
            ring = Box(middle - _RING, row.y - _RING, 2 * _RING, 2 * _RING)
            yield Rect("button", ring, _RING, "panel", Border("ink", 1.5))
        color = "text_tertiary" if row.is_equal else "text"
        yield Text(
            middle - face.width(sign) / 2, row.y + face.pixels * g.ROW_DROP, sign, face, color
        )


class _Row(NamedTuple):
    """A row of both graphs, by the boxes of the first node in it; None where a run has none."""

    y: float
    is_equal: bool
    first: Box | None
    second: Box | None


def side_by_side(first: Shown, second: Shown, found: Differences) -> SideBySide:
    """Lay out two runs, the second folded like the first.  Raises LayoutError."""
    second = folded_alike(second, first, found.alignment.groups)
    pairing = pair(first, second, found)
    both = union(MEASURE.measured(first.graph), MEASURE.measured(second.graph), pairing)
    whole = layout(both.graph, node_gap=g.NODE_GAP, rank_gap=g.RANK_GAP, routing="orthogonal")
    places = (
        place(first.graph, both.first.layout(whole), MEASURE),
        place(second.graph, both.second.layout(whole), MEASURE),
    )
    return SideBySide(pairing, (first, second), places, whole.width, whole.height)
