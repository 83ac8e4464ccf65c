"""The Nudge tab: the values of a leaf, the loss, the plot and the table."""

from __future__ import annotations

import math
from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.controls.elided_label import ElidedLabel
from app.gui.panels.nudging.element_fields import ElementFields
from app.gui.panels.nudging.plot import NudgePlot
from app.gui.panels.nudging.table import NudgeTable
from app.gui.panels.nudging.value_grid import CELL_WIDTH, ValueGrid
from app.gui.theme import Theme
from app.gui.theme.metrics import DOCK_HEADER_HEIGHT, SPACE_MEDIUM, SPACE_SMALL, SPACE_TINY
from app.session.language import tr
from app.session.nudging.results import Nudging
from app.session.nudging.target import pass_words, unrecorded_words
from app.session.nudging.words import figure, losses_text, sentence, value_text

_SIDE = 156
"""Pixels beside the values in which the loss has room."""
_BESIDE = 640
"""From this width on the table has room beside the plot."""
_LOW_PLOT = 145
"""The height of a plot beside the table, with which a large leaf is seen whole on a stage."""


class NudgePanel(QWidget):
    elementWanted = Signal(tuple)
    """The index of another element."""
    runWanted = Signal()
    closeWanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("nudgePanel")
        self._nudging: Nudging | None = None
        self.name = ElidedLabel()
        self.back = QToolButton()
        self.close_button = QToolButton()
        self.fields = ElementFields()
        self.grid = ValueGrid(theme)
        self.loss = QLabel()
        self.hint = QLabel(wordWrap=True)
        self.message = QLabel(wordWrap=True)
        self.run_button = QToolButton()
        self.plot = NudgePlot(theme)
        self.table = NudgeTable(theme)
        self.note = QLabel(wordWrap=True)
        self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._runs = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._parts: tuple[QWidget, ...] = (
            self.fields, self.grid, self.loss, self.hint, self.plot, self.table, self.note,
        )  # fmt: skip
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._build()
        self.set_theme(theme)
        self.show_message("")

    def _build(self) -> None:
        self.name.setProperty("code", True)
        for button in (self.back, self.close_button):
            button.setProperty("flat", True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.setToolTip(tr("Close (Esc)"))
        self.close_button.setAccessibleName(tr("Close nudging"))
        self.close_button.clicked.connect(self.closeWanted)
        self.back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.back.clicked.connect(self.grid.backWanted)
        self.loss.setTextFormat(Qt.TextFormat.RichText)
        self.loss.setProperty("secondary", True)
        for label in (self.hint, self.message, self.note):
            label.setProperty("secondary", True)
            label.setContentsMargins(SPACE_MEDIUM, SPACE_SMALL, SPACE_MEDIUM, SPACE_SMALL)
        self.hint.setContentsMargins(0, 0, 0, 0)
        self.fields.elementWanted.connect(self.elementWanted)
        self.grid.cellWanted.connect(self._choose)
        self.grid.runWanted.connect(self.runWanted)
        self.run_button.setText(tr("Run (Enter)"))
        self.run_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.run_button.clicked.connect(self.runWanted)
        scroll = QScrollArea()
        scroll.setAccessibleName(tr("Nudge"))
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._body())
        column = _column(self)
        column.addWidget(self._head())
        column.addWidget(scroll, 1)

    def _head(self) -> QWidget:
        head = QWidget()
        head.setProperty("panelHeader", True)
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        head.setFixedHeight(DOCK_HEADER_HEIGHT)
        row = QHBoxLayout(head)
        row.setContentsMargins(SPACE_MEDIUM, 0, SPACE_SMALL, 0)
        row.setSpacing(SPACE_TINY)
        row.addWidget(self.name, 1)
        row.addWidget(self.back)
        row.addWidget(self.close_button)
        return head

    def _body(self) -> QWidget:
        body = QWidget()
        rows = _column(body)
        side, run = QVBoxLayout(), QHBoxLayout()
        rows.addWidget(self.fields)
        rows.addLayout(self._top)
        rows.addWidget(self.message)
        rows.addLayout(run)
        rows.addLayout(self._runs)
        rows.addWidget(self.note)
        rows.addStretch(1)
        self._top.setContentsMargins(SPACE_MEDIUM, SPACE_SMALL, SPACE_MEDIUM, SPACE_SMALL)
        self._top.setSpacing(SPACE_SMALL)
        self._top.addWidget(self.grid, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._top.addLayout(side, 1)
        side.setSpacing(SPACE_TINY)
        side.addStretch(1)
        side.addWidget(self.loss)
        side.addWidget(self.hint)
        side.addStretch(1)
        run.setContentsMargins(SPACE_MEDIUM, 0, SPACE_MEDIUM, 0)
        run.addWidget(self.run_button)
        run.addStretch(1)
        self._runs.addWidget(self.plot, 1)
        self._runs.addWidget(self.table, 1, Qt.AlignmentFlag.AlignTop)
        return body

    def set_theme(self, theme: Theme) -> None:
        self.back.setIcon(theme.icon("reset", size=14))
        self.close_button.setIcon(theme.icon("close", size=12))
        for part in (self.grid, self.plot, self.table):
            part.set_theme(theme)

    # ------------------------------------------------------------------------------ what it shows

    def show_message(self, text: str, name: str = "", *, offers_run: bool = False) -> None:
        """Show a sentence in place of values: why there are none, or that they are computed."""
        focused = self.window().focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        self._nudging = None
        self.name.setText(name)
        self.message.setText(text)
        self.message.setVisible(bool(text))
        self.run_button.setVisible(offers_run)
        self.back.hide()
        for part in self._parts:
            part.hide()
        if had_focus or offers_run:
            (self.run_button if offers_run else self).setFocus()

    def show_nudging(self, nudging: Nudging, wanted: float, shown: float, words: str) -> None:
        """Show the value that the user `wanted`, and the run that is `shown` meanwhile.

        `words` say what to do: drag, or press Enter.
        """
        self._nudging = nudging
        is_moved = nudging.place is not None and wanted != nudging.value
        found = nudging if nudging.place is not None else None
        said = "" if found is None else sentence(found, shown)
        self.name.setText(nudging.name)
        self.back.setText(tr("Back to {value}").format(value=value_text(nudging.value)))
        self.back.setToolTip(tr("Back to the value of the run (Esc)"))
        self.back.setVisible(is_moved)
        self.fields.show_element(nudging.target.shape, nudging.element)
        row, column = (0, 0, *nudging.element)[-2:]
        at = row - nudging.corner[0], column - nudging.corner[1]
        self.grid.show_cells(nudging.cells, at, wanted, nudging.name, is_moved=is_moved)
        self._show_loss(nudging, shown)
        self.hint.setText(words)
        self.plot.show_nudging(found, shown, said)
        self.table.show_nudging(found, shown)
        notes = [pass_words(nudging.target)]
        if nudging.misses:
            notes.append(unrecorded_words(nudging.target))
        self.note.setText("\n".join(filter(None, notes)))
        self.note.setVisible(bool(self.note.text()))
        outcome = nudging.runs.get(wanted)
        self.message.setText(said if outcome is not None and outcome.error is not None else "")
        self.message.setVisible(bool(self.message.text()))
        self.run_button.hide()
        for part in (self.grid, self.loss, self.hint, self.plot, self.table):
            part.show()
        if self.hasFocus():
            self.grid.setFocus()
        self._arrange()

    def _show_loss(self, nudging: Nudging, shown: float) -> None:
        name, outcome = nudging.target.loss_name, nudging.runs.get(shown)
        if outcome is not None and shown != nudging.value and not math.isnan(outcome.loss):
            before, after = losses_text(nudging.target.loss, outcome.loss)
            said, plain = f"{before} → <b>{after}</b>", f"{before} → {after}"
        else:
            said = plain = figure(nudging.target.loss)
        marked = f"{escape(name)} <code>{said}</code>"
        self.loss.setText(marked)
        self.loss.setAccessibleName(f"{name} {plain}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.run_button.isVisible() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.runWanted.emit()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put the loss beside the values, and the table beside the plot, if they have room."""
        room = self.width() - 2 * SPACE_MEDIUM
        columns = 1 if self._nudging is None else len((self._nudging.cells or [[0]])[0])
        is_beside = columns * CELL_WIDTH + _SIDE <= room
        direction = QBoxLayout.Direction
        self._top.setDirection(direction.LeftToRight if is_beside else direction.TopToBottom)
        self._top.setSpacing(20 if is_beside else SPACE_SMALL)
        is_wide = self.width() >= _BESIDE
        self._runs.setDirection(direction.LeftToRight if is_wide else direction.TopToBottom)
        self.plot.setMaximumHeight(_LOW_PLOT if is_wide else self.plot.sizeHint().height())
        self.grid.set_room(room - 3)

    def _choose(self, rows: int, columns: int) -> None:
        """Ask for the element some rows and columns away, if there is one."""
        nudging = self._nudging
        if nudging is None:
            return
        moves = ((rows, columns))[-len(nudging.element) :] if nudging.element else ()
        first = len(nudging.element) - len(moves)
        moved = tuple(a + b for a, b in zip(nudging.element[first:], moves, strict=True))
        element = nudging.element[:first] + moved
        sizes = nudging.target.shape
        if element != nudging.element and all(
            0 <= one < size for one, size in zip(element, sizes, strict=True)
        ):
            self.elementWanted.emit(element)


def _column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column
