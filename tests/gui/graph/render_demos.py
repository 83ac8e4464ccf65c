"""Pictures of the graph view to look at: ``python -m tests.gui.graph.render_demos FOLDER``.

Set QT_QPA_PLATFORM=offscreen where there is no display, and QT_SCALE_FACTOR=2 for a sharp screen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import networkx as nx
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.gui.graph.view import GraphView
from app.gui.theme import Theme
from app.session.look.colors import ThemeName
from tests.gui.graph.demo_graphs import chain, counts_of, no_grad_cut, residual, statuses

DEMOS: dict[str, tuple[Callable[[], nx.MultiDiGraph[str]], int, int]] = {
    "no_grad_cut": (no_grad_cut, 553, 633),
    "narrow": (no_grad_cut, 500, 633),
    "statuses": (statuses, 1240, 820),
    "residual": (residual, 900, 720),
    "chain": (lambda: chain(80), 900, 720),
}
THEMES: tuple[ThemeName, ...] = ("light", "dark")
_SETTLED_MS = 400


def render(folder: Path) -> None:
    for theme in THEMES:
        for name, (make, width, height) in DEMOS.items():
            view = GraphView(Theme(theme))
            view.resize(width, height)
            view.show()
            view.setFocus()
            graph = make()
            waiting = QEventLoop()
            view.layoutFinished.connect(waiting.quit)
            view.show_graph(graph, counts_of(graph))
            waiting.exec()
            view.select_operations([2])
            QTimer.singleShot(_SETTLED_MS, waiting.quit)
            waiting.exec()
            view.grab().save(str(folder / f"{name}-{theme}.png"))
            view.close()


if __name__ == "__main__":
    application = QApplication(sys.argv)
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    render(target)
