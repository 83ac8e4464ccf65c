"""The middle of the window: one graph, or two beside each other with the spine between them."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.gui.actions import Actions
from app.gui.graph.view import GraphView
from app.gui.panels.comparing.run_header import RunHeader
from app.gui.panels.comparing.spine import Spine, SpineColumn
from app.gui.theme import Theme
from app.session.language import tr


class GraphColumns(QWidget):
    """Both graphs are equally wide, so that one camera shows the same part of both."""

    def __init__(self, theme: Theme, graph: GraphView, do: Actions) -> None:
        super().__init__()
        self._theme, self._actions = theme, do
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.now_header = RunHeader(theme, pinned=False)
        self.now_header.add_action(do.swap_runs)
        self.now_header.hide()
        self._now = _column(self.now_header, graph)
        self._row.addWidget(self._now, 1)
        self._added: tuple[QWidget, QWidget, GraphView, RunHeader, Spine] | None = None
        self.is_swapped = False

    def open(self, *, large: bool = False) -> tuple[GraphView, RunHeader, Spine]:
        """Make the column of the pinned run and the spine, and show them.

        In front of a room the headers are `large`, and nothing can be pressed there by mistake.
        """
        theme, do = self._theme, self._actions
        graph = GraphView(theme)
        graph.setObjectName("pinnedGraph")
        graph.setAccessibleName(tr("Graph of the pinned run"))
        graph.show_cards(False)
        header = RunHeader(theme, pinned=True)
        header.add_icon(do.unpin)
        pinned = _column(header, graph)
        middle = SpineColumn(theme, do.previous_difference, do.next_difference)
        self._added = pinned, middle, graph, header, middle.spine
        for part in (self.now_header, header, middle):
            part.set_large(large)
        self._row.addWidget(middle)
        self._row.addWidget(pinned, 1)
        self._arrange()
        self.now_header.show()
        return graph, header, middle.spine

    def close_pinned(self) -> None:
        """Take the pinned run away; its graph has been closed."""
        if self._added is not None:
            pinned, middle, *_ = self._added
            self._added = None
            self.is_swapped = False
            self.now_header.hide()
            for widget in (pinned, middle):
                widget.hide()
                self._row.removeWidget(widget)
                widget.deleteLater()

    @property
    def spine(self) -> Spine | None:
        return None if self._added is None else self._added[-1]

    def swap(self) -> None:
        """Exchange the sides."""
        self.is_swapped = not self.is_swapped
        self._arrange()

    def _arrange(self) -> None:
        assert self._added is not None
        pinned, middle, *_ = self._added
        order = (self._now, middle, pinned) if self.is_swapped else (pinned, middle, self._now)
        for place, widget in enumerate(order):
            self._row.removeWidget(widget)
            self._row.insertWidget(place, widget, 0 if widget is middle else 1)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.now_header.chip.set_theme(theme)
        if self._added is not None:
            _, _, graph, header, spine = self._added
            graph.set_theme(theme)
            header.chip.set_theme(theme)
            spine.set_theme(theme)


def _column(header: QWidget, graph: GraphView) -> QWidget:
    column = QWidget()
    column.setMinimumWidth(1)
    rows = QVBoxLayout(column)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(0)
    rows.addWidget(header)
    rows.addWidget(graph, 1)
    return column
