"""The menu View > Layout, whether there is a map, and the stored choices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.gui.features.feature import Feature
from app.gui.graph.view import GraphView
from app.gui.settings import Settings
from app.session.language import tr, translatable
from graphviz_render import Direction, Engine
from graphviz_render.native import PACKAGES, find_dot

ENGINES: Final[dict[Engine, tuple[str, str]]] = {
    "layered": (
        translatable("&Layered"), translatable("Tapescope's own layout, fast for large graphs too")
    ),
    "native": (
        translatable("&Graphviz installed on this system"), translatable("Runs the program dot")
    ),
    "embedded": (
        translatable("&Bundled Graphviz"),
        translatable("Needs no installation; for graphs of up to a few thousand nodes"),
    ),
}  # fmt: skip
DIRECTIONS: Final[dict[Direction | None, str]] = {
    None: translatable("As it &fits"),
    "TB": translatable("&Top to bottom"),
    "LR": translatable("Left to &right"),
}


Choice = TypeVar("Choice", bound="str | None")


class Arrangement(Feature):
    def __init__(self, graph: GraphView, settings: Settings, menu: QMenu) -> None:
        super().__init__(graph)
        self._graph, self._settings = graph, settings
        menu.setToolTipsVisible(True)
        self.engines = self._choices(
            menu,
            {choice: words for choice, (words, _) in ENGINES.items()},
            self._settings.layout_engine,
            self.choose_engine,
        )
        for choice, (_, hint) in ENGINES.items():
            self.engines[choice].setToolTip(tr(hint))
        menu.addSeparator()
        self.directions = self._choices(
            menu, DIRECTIONS, self._settings.layout_direction, self._choose_direction
        )
        self.hear(menu.aboutToShow, self._look_for_dot)
        graph.set_map(settings.has_map)
        self.hear(graph.mapToggled, self._keep_map)
        self._arrange()

    def _keep_map(self, shown: bool) -> None:
        self._settings.has_map = shown

    def _choices(
        self,
        menu: QMenu,
        texts: dict[Choice, str],
        chosen: Choice,
        choose: Callable[[Choice], None],
    ) -> dict[Choice, QAction]:
        group = QActionGroup(menu)
        actions = {}
        for choice, text in texts.items():
            action = actions[choice] = menu.addAction(tr(text))
            action.setCheckable(True)
            action.setActionGroup(group)
            action.setChecked(choice == chosen)
            action.triggered.connect(lambda _=False, choice=choice: choose(choice))
        return actions

    def _look_for_dot(self) -> None:
        """Check whether Graphviz is installed, which may change while the window is open."""
        action, is_there = self.engines["native"], find_dot() is not None
        action.setEnabled(is_there or action.isChecked())
        hint = tr("Install Graphviz: {packages}").format(packages=PACKAGES)
        action.setToolTip(tr(ENGINES["native"][1]) if is_there else hint)

    def choose_engine(self, engine: Engine) -> None:
        self.engines[engine].setChecked(True)
        self._settings.layout_engine = engine
        self._arrange()

    def _choose_direction(self, direction: Direction | None) -> None:
        self._settings.layout_direction = direction
        self._arrange()

    def _arrange(self) -> None:
        self._graph.arrange(self._settings.layout_engine, self._settings.layout_direction)
