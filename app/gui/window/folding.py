"""Folding and levels: what the user chooses about the picture of a trace, and its redrawing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut

from app.gui.menus import fold_menu
from app.session.graph.choice import GraphChoice, Grouping, Level
from app.session.graph.folds import FoldState, fold_all, to_depth, unfold_all

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.prepared import Prepared
    from app.session.graph.opening import View

Move = Callable[["View"], FoldState]


class Folding(QObject):
    """Keeps how the graph is drawn; each tab has folds of its own, the rest is the window's."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._folds = FoldState()
        self._held = ""
        self._drawn: Prepared | None = None
        """What the picture shows."""
        self._is_taking_back = False
        graph, do = window.graph, window.actions_
        window.controller.regraphed.connect(self._show)
        window.display.changed.connect(self._follow)
        window.toolbar.level.changed.connect(self._redraw)
        graph.groupActivated.connect(self.toggle)
        graph.passStepped.connect(self._step)
        graph.sceneChanged.connect(self._note_drawn)
        graph.layoutCancelled.connect(self._take_back)
        for action, work in (
            (do.hide_setup, self._redraw),
            (do.group_by_lines, self._redraw),
            (do.unfold, self._unfold_current),
            (do.fold, self._fold_current),
            (do.fold_all, lambda: self._set(fold_all())),
            (do.unfold_all, lambda: self._set(unfold_all())),
            (do.fold_default, lambda: self._set(FoldState())),
            (do.next_pass, lambda: self._step_current(1)),
            (do.previous_pass, lambda: self._step_current(-1)),
        ):
            do.connect(action, work)
        for levels, action in enumerate(do.depths, 1):
            do.connect(action, partial(self._set_depth, levels))
        graph.addActions([do.unfold, do.fold])
        graph.addAction(fold_menu(graph, do).menuAction())
        for key, work in (
            ("Shift+Return", self._fold_current),
            ("]", lambda: self._step_current(1)),
            ("[", lambda: self._step_current(-1)),
        ):
            shortcut = QShortcut(QKeySequence(key), graph)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(work)

    # ------------------------------------------------------------------------------ what is chosen

    @property
    def choice(self) -> GraphChoice:
        """How the graph of the text in the editor is to be drawn."""
        return replace(self.fresh_choice, folds=self._folds)

    @property
    def fresh_choice(self) -> GraphChoice:
        """How the graph of another text is to be drawn."""
        do = self._window.actions_
        grouping: Grouping = "lines" if do.group_by_lines.isChecked() else "structure"
        return GraphChoice(
            level=cast(Level, self._window.toolbar.level.value),
            hide_setup=do.hide_setup.isChecked(),
            grouping=grouping,
        )

    def toggle(self, key: str) -> None:
        """Unfold a group or a stack of groups, fold an open group, by its key."""
        from app.session.graph.moves import toggle

        self._move(lambda view: toggle(view, key), key)

    def reveal(self, operation: int) -> None:
        """Unfold whatever an operation lies in."""
        from app.session.graph.moves import reveal

        self._move(lambda view: reveal(view, operation))

    def follow(self, operation: int) -> None:
        """Of loops that show one pass, show the one that an operation is part of."""
        from app.session.graph.moves import follow

        self._move(lambda view: follow(view, operation))

    # ------------------------------------------------------------------------------ what is current

    def _unfold_current(self) -> None:
        if (key := self._window.graph.current_group) is not None:
            from app.session.graph.moves import unfold

            self._move(lambda view: unfold(view, key), key)

    def _fold_current(self) -> None:
        """Fold what lies around the selected node."""
        if (operation := self._window.graph.current_operation) is not None:
            from app.session.graph.moves import fold_around

            self._move(lambda view: fold_around(view, operation))

    def _step_current(self, by: int) -> None:
        if (loop := self._window.graph.current_loop) is not None:
            self._step(loop, by)

    def _step(self, loop: str, by: int) -> None:
        from app.session.graph.moves import step_pass

        self._move(lambda view: step_pass(view, loop, by), loop)

    # ------------------------------------------------------------------------------------- drawing

    def _move(self, move: Move, held: str = "") -> None:
        """`held` is the group that stays where the user sees it."""
        prepared = self._window.display.prepared
        if prepared is not None:
            self._set(move(prepared.drawing.view(self._folds)), held)

    def _set(self, folds: FoldState, held: str = "") -> None:
        if folds != self._folds:
            self._folds, self._held = folds, held
            self._redraw()

    def _set_depth(self, levels: int) -> None:
        self._set(to_depth(levels))

    def _redraw(self) -> None:
        prepared = self._window.display.prepared
        if self._is_taking_back:
            return
        if prepared is not None and prepared.choice != self.choice:
            self._window.controller.regraph(prepared, self.choice)

    def _show(self, prepared: Prepared) -> None:
        """The graph that was asked for, unless another trace is shown by now."""
        shown = self._window.display.prepared
        if shown is not None and shown.run is prepared.run:
            self._window.display.show_graph_again(prepared, self._held)
            self._redraw()

    def _note_drawn(self) -> None:
        prepared = self._window.display.prepared
        if prepared is None or prepared.graph is self._window.graph.graph:
            self._drawn = prepared

    def _take_back(self) -> None:
        """The new picture was not waited for: what was chosen is again as the old one has it."""
        before, display, do = self._drawn, self._window.display, self._window.actions_
        if before is None or display.prepared is None or display.prepared.run is not before.run:
            return
        self._is_taking_back = True
        self._folds = before.choice.folds
        self._window.toolbar.level.show_value(before.choice.level)
        do.hide_setup.setChecked(before.choice.hide_setup)
        do.group_by_lines.setChecked(before.choice.grouping == "lines")
        self._is_taking_back = False
        display.take_back(before)

    def _follow(self, prepared: Prepared | None) -> None:
        """Another trace is shown, or none."""
        self._folds = FoldState() if prepared is None else prepared.choice.folds
        self._redraw()
