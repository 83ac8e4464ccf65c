"""Folding and levels: the user's choices about the graph of a run, and redrawing it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtGui import QKeySequence, QShortcut

from app.gui.actions import Actions
from app.gui.features.feature import Feature
from app.gui.graph.pass_stepper import PassStepper
from app.gui.graph.view import GraphView
from app.gui.menus import fold_menu
from app.gui.running.background import IsWanted
from app.session.garbage import undisturbed
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import AT_FIRST, fold_all, to_depth, unfold_all

if TYPE_CHECKING:
    from app.session.shown import ManyNodesError, Shown
    from app.session.workspace import Workspace


MANY: Final = 2000
"""A graph of more nodes is only drawn once the user has agreed."""


_FIRST: Final = 200
"""About so many nodes of a large graph are drawn first, where the user is looking."""


class Redrawing(Feature):
    """Computes a new graph in a thread whenever the choices change; asks before a large one.

    Of a large one what is in sight is drawn first.
    """

    def __init__(self, workspace: Workspace[Shown], graph: GraphView) -> None:
        super().__init__(graph)
        self._workspace = workspace
        self._graph = graph
        self._agreed: GraphChoice | None = None
        self._thread = self.latest("redrawing", self._answer)
        self._is_partly_drawn = False
        self._nodes = 0
        """How many the large graph has."""
        self.hear(graph.largeAccepted, self._agree)
        self.hear(graph.layoutFinished, self._go_on)
        self.hear(workspace.changed, self._ask)
        self.hear(workspace.choice_changed, self._ask)
        self.hear(graph.groupActivated, workspace.toggle)
        self.hear(graph.passStepped, workspace.step_pass)
        self.hear(graph.memberChosen, workspace.show_member)

    def _ask(self) -> None:
        shown, choice = self._workspace.shown, self._workspace.choice
        self._graph.stop_asking()
        self._is_partly_drawn = False
        if shown is not None and shown.choice != choice:
            most = None if choice == self._agreed else MANY
            self._thread.ask(partial(_redrawn, shown, choice, most))
        else:
            self._agreed = None
            self._thread.forget()

    def _agree(self) -> None:
        """Draw what is in sight, then all of it."""
        shown, self._agreed = self._workspace.shown, self._workspace.choice
        if shown is None:
            return
        from app.session.graph.grouping.moves import unfold_first

        now = shown.drawing.view(shown.choice.folds)
        folds = unfold_first(now, self._graph.keys_in_sight(), _FIRST)
        self._is_partly_drawn = True
        self._graph.wait_for(self._nodes)
        self._thread.ask(partial(_redrawn, shown, replace(self._agreed, folds=folds), None))

    def _go_on(self) -> None:
        if self._is_partly_drawn:
            self._ask()
            self._graph.wait_for(self._nodes)

    def _answer(self, answer: Shown | ManyNodesError) -> None:
        if isinstance(answer, Exception):
            self._nodes = answer.nodes
            self._graph.ask_about(answer.nodes)
        else:
            self._workspace.redraw(answer)


def _redrawn(
    shown: Shown, choice: GraphChoice, most: int | None, _: IsWanted
) -> Shown | ManyNodesError:
    from app.session.shown import ManyNodesError

    with undisturbed():
        try:
            return shown.redrawn(choice, most)
        except ManyNodesError as error:
            return error


class LevelChoice(Protocol):
    changed: SignalInstance

    @property
    def value(self) -> str: ...

    def show_value(self, value: str) -> None: ...


class Folding(Feature):
    """Connects actions, keys and switches to the choices."""

    def __init__(
        self,
        workspace: Workspace[Shown],
        graph: GraphView,
        do: Actions,
        level: LevelChoice,
        passes: PassStepper,
    ) -> None:
        super().__init__(graph)
        self._workspace, self._graph = workspace, graph
        self._actions, self._level, self._passes = do, level, passes
        self.hear(graph.sceneChanged, self._show_pass)
        self.hear(graph.selectionChanged, self._show_pass)
        self.hear(passes.stepped, self._step_current)
        self.hear(workspace.choice_changed, self._show_choice)
        self.hear(level.changed, lambda value: workspace.choose(level=value))
        for action, work in (
            (do.hide_setup, self._choose),
            (do.group_by_lines, self._choose),
            (do.unfold, self._unfold_current),
            (do.fold, self._fold_current),
            (do.fold_all, lambda: workspace.set_folds(fold_all())),
            (do.unfold_all, lambda: workspace.set_folds(unfold_all())),
            (do.fold_default, lambda: workspace.set_folds(AT_FIRST)),
            (do.next_pass, lambda: self._step_current(1)),
            (do.previous_pass, lambda: self._step_current(-1)),
        ):
            self.on(action, work)
        for levels, action in enumerate(do.depths, 1):
            self.on(action, partial(workspace.set_folds, to_depth(levels)))
        graph.addActions([do.unfold, do.fold])
        graph.addAction(fold_menu(graph, do).menuAction())
        graph_only, anywhere = Qt.ShortcutContext.WidgetShortcut, Qt.ShortcutContext.WindowShortcut
        for key, context, work in (
            ("Shift+Return", graph_only, self._fold_current),
            ("]", anywhere, lambda: self._step_current(1)),  # but where text is typed
            ("[", anywhere, lambda: self._step_current(-1)),
        ):
            shortcut = QShortcut(QKeySequence(key), graph)
            shortcut.setContext(context)
            self.hear(shortcut.activated, work)
        self._choose()

    def _choose(self) -> None:
        do = self._actions
        self._workspace.choose(
            level=self._level.value,
            hide_setup=do.hide_setup.isChecked(),
            grouping="lines" if do.group_by_lines.isChecked() else "structure",
        )

    def _show_choice(self) -> None:
        choice, do = self._workspace.choice, self._actions
        self._level.show_value(choice.level)
        do.hide_setup.setChecked(choice.hide_setup)
        do.group_by_lines.setChecked(choice.grouping == "lines")

    def _unfold_current(self) -> None:
        if (key := self._graph.current_group) is not None:
            from app.session.graph.grouping.moves import unfold

            self._workspace.move(lambda view: unfold(view, key), key)

    def _fold_current(self) -> None:
        """Fold the group around the selected node."""
        if (operation := self._graph.current_operation) is not None:
            from app.session.graph.grouping.moves import fold_around

            self._workspace.move(lambda view: fold_around(view, operation))

    def _step_current(self, by: int) -> None:
        if (stepper := self._graph.current_stepper) is not None:
            self._workspace.step_pass(stepper.loop, by)

    def _show_pass(self) -> None:
        self._passes.show_stepper(self._graph.current_stepper)
