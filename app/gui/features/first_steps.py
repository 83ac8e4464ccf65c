"""The first minute: the first example is traced, three hints say how to read it, and a row of
buttons below the text what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QPointF, QTimer
from PySide6.QtWidgets import QMenu

from app.gui.actions import Actions
from app.gui.features.appearance import Appearance
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.files.examples import examples
from app.gui.graph.view import GraphView
from app.gui.panels.callout import TIP, WIDTH, Callout
from app.gui.panels.next_steps import NextSteps
from app.gui.running.run_controller import RunController
from app.session.graph.payloads import CutItem
from app.session.language import tr, translatable

if TYPE_CHECKING:
    from app.session.shown import Shown
    from app.session.workspace import Workspace

_HINTS: Final = (
    (
        translatable("Blue is gradient"),
        translatable(
            "Follow it from the loss. Its chevrons point backwards; grey arrows carry values only."
        ),
    ),
    (
        translatable("The cut"),
        translatable("Line 9 turned recording off. `x2` has no grad_fn, so blue ends here."),
    ),
    (
        translatable("Why None"),
        translatable("Each row on the right says why its .grad is None, and names the line."),
    ),
)
_MARGIN: Final = 8
_GAP: Final = 12
_STRIP: Final = WIDTH + 2 * TIP + _GAP
"""What the hints need beside the graph."""


class FirstSteps(Feature):
    """The hints stay beside what they are about, and close for good with the next run."""

    def __init__(
        self,
        workspace: Workspace[Shown],
        documents: Documents,
        controller: RunController,
        graph: GraphView,
        appearance: Appearance,
        next_steps: NextSteps,
        examples_menu: QMenu,
        do: Actions,
        open_lesson: Callable[[int], object],
        run: Callable[[], object],
    ) -> None:
        """`open_lesson` opens the one at a place, `run` traces the current text."""
        super().__init__(graph)
        self._workspace, self._documents, self._graph = workspace, documents, graph
        self._appearance, self._actions, self._run = appearance, do, run
        self._next_steps, self._examples = next_steps, examples_menu
        self.hear(next_steps.fileWanted, do.open.trigger)
        self.hear(next_steps.lessonWanted, partial(open_lesson, 0))
        self.hear(next_steps.examplesWanted, self._show_examples)
        self._callouts: list[Callout] = []
        self._is_awaited = False
        self.on(do.first_steps, self.begin)
        self.on(do.close_hints, self._close_all)
        self.hear(graph.layoutFinished, self._on_picture)
        self.hear(graph.moved, self._place)
        self.hear(controller.started, self._on_run)
        self.hear(documents.opened, self._on_tab)
        self.hear(appearance.changed, self._set_theme)
        do.close_hints.setEnabled(False)

    def begin(self) -> None:
        """Open the first example, trace it, and show the hints."""
        self._documents.open_example(examples()[0].path)
        self._next_steps.show()
        self._is_awaited = True
        QTimer.singleShot(0, self, self._run)  # the window is painted first

    def _show_examples(self) -> None:
        """Open the menu of examples above the row."""
        row, menu = self._next_steps, self._examples
        menu.popup(row.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def _on_run(self) -> None:
        if not self._is_awaited:
            self._end()

    def _on_tab(self) -> None:
        """The hints are about the first example, also where its picture is still to come."""
        self._is_awaited = False
        self._end()

    def _end(self) -> None:
        self._close_all()
        self._next_steps.hide()

    def _on_picture(self) -> None:
        if self._is_awaited:
            self._is_awaited = False
            theme = self._appearance.theme
            for number, (title, text) in enumerate(_HINTS, 1):
                words = tr(text).replace("`", "")
                callout = Callout(theme, self._graph, number, tr(title), words)
                callout.closed.connect(lambda one=callout: self._close(one))
                callout.allClosed.connect(self._close_all)
                self._callouts.append(callout)
            self._actions.close_hints.setEnabled(True)
            self._graph.set_aside(_STRIP)
            self._place()

    def _close(self, callout: Callout) -> None:
        self._callouts.remove(callout)
        callout.hide()
        callout.deleteLater()
        self._actions.close_hints.setEnabled(bool(self._callouts))
        if not self._callouts:
            self._graph.set_aside(0)

    def _close_all(self) -> None:
        while self._callouts:
            self._close(self._callouts[-1])

    def _set_theme(self) -> None:
        for callout in self._callouts:
            callout.set_theme(self._appearance.theme)

    # --------------------------------------------------------------------------------- places

    def _place(self) -> None:
        """Put the hints beside the graph, where they cover no node; without room they hide."""
        if not self._callouts:
            return
        graph = self._graph
        left = graph.camera.to_widget(graph.scene.bounds.topLeft()).x()
        right = graph.camera.to_widget(graph.scene.bounds.bottomRight()).x()
        on_left = left >= _STRIP
        x = max(graph.room().left(), left - _STRIP) if on_left else right + _GAP
        has_room = on_left or graph.width() - right >= _STRIP
        anchors, bottom = dict(self._anchors()), int(graph.room().bottom())
        for callout, y in self._tops(anchors, bottom).items():
            height, anchor = callout.heightForWidth(callout.width()), anchors.get(callout.number)
            callout.setGeometry(round(x), y, callout.width(), height)
            if anchor is not None and y + 2 * TIP < anchor < y + height - 2 * TIP:
                callout.point(1 if on_left else -1, anchor - y)
            else:
                callout.point(0)
            callout.setVisible(has_room and y + height <= bottom)

    def _tops(self, anchors: Mapping[int, float], bottom: int) -> dict[Callout, int]:
        """Return the top of each hint: beside what it is about, or as far from that as it must."""
        tops: dict[Callout, int] = {}
        above = _MARGIN
        for callout in reversed(self._callouts):
            height, anchor = callout.heightForWidth(callout.width()), anchors.get(callout.number)
            top = _MARGIN if anchor is None else round(min(anchor - height / 2, bottom - height))
            tops[callout] = max(above, top)
            above = tops[callout] + height + _MARGIN
        below = bottom
        for callout in self._callouts:  # those above make room for those below, if they can
            below -= callout.heightForWidth(callout.width())
            raised = min(tops[callout], below)
            if raised < _MARGIN:
                break
            tops[callout], below = raised, raised - _MARGIN
        return tops

    def _anchors(self) -> Iterator[tuple[int, float]]:
        """Yield the heights, in the widget, of what the first and the second hint are about."""
        scene, camera = self._graph.scene, self._graph.camera
        blue = [
            edge.bounds.center().y()
            for edge in scene.edges.values()
            if edge.item.kind == "gradient"
        ]
        if blue:
            yield 1, camera.to_widget(QPointF(0, max(blue))).y()
        for node in scene.nodes.values():
            if isinstance(node.item, CutItem):
                yield 2, camera.to_widget(node.rect.center()).y()
