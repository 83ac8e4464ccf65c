"""A real view with its real layout process, and help to wait for its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import networkx as nx
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.gui.graph.painting.text import MEASURE
from app.gui.graph.scenes.placing import place
from app.gui.graph.scenes.scene import Scene
from app.gui.graph.view import GraphView
from app.gui.theme import Theme
from app.session.look import geometry as g
from graphviz_render import layout
from graphviz_render.model import Direction
from tests.gui.graph.demo_graphs import counts_of

TIMEOUT = 30_000


class Show(Protocol):
    """Shows a graph and waits for its picture."""

    def __call__(self, view: GraphView, graph: nx.MultiDiGraph[str]) -> None: ...


def scene_of(graph: nx.MultiDiGraph[str], direction: Direction = "TB") -> Scene:
    """The scene of a graph, laid out here and now."""
    placed = layout(
        MEASURE.measured(graph, upright=direction == "TB"),
        direction=direction,
        node_gap=g.NODE_GAP,
        rank_gap=g.RANK_GAP,
        routing="orthogonal",
    )
    return place(graph, placed, direction=direction)


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[GraphView]:
    """An empty view in a window of 1000 x 700."""
    window = QWidget()
    window.resize(1000, 700)
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    shown = GraphView(Theme("light"))
    column.addWidget(shown)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield shown
    shown.close()


@pytest.fixture
def show(qtbot: QtBot) -> Show:

    def and_wait(view: GraphView, graph: nx.MultiDiGraph[str]) -> None:
        with qtbot.waitSignal(view.layoutFinished, timeout=TIMEOUT):
            view.show_graph(graph, counts_of(graph))

    return and_wait


def picture(view: GraphView) -> QImage:
    return view.grab().toImage()


def has_near(image: QImage, at: QPoint, color: QColor, reach: int = 3) -> bool:
    """Whether a colour is painted within a few pixels of a point."""
    return any(
        image.pixelColor(at.x() + dx, at.y() + dy) == color
        for dx in range(-reach, reach + 1)
        for dy in range(-reach, reach + 1)
        if image.rect().contains(at.x() + dx, at.y() + dy)
    )
