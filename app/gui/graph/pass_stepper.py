"""Which pass of a loop the graph shows, in its header, and buttons to the one before and after."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from app.gui.controls.elided_label import ElidedLabel
from app.gui.theme import Theme
from app.gui.theme.metrics import DOCK_HEADER_HEIGHT
from app.session.graph.payloads import Stepper
from app.session.language import number, tr
from app.session.words import step_words

_BUTTON: Final = 27
_LEAST: Final = 48
"""Where there is little room, the numbers without their word."""


class PassStepper(QWidget):
    """The loop around what is selected, or else the outermost one; hidden where there is none.

    The frame of a loop has the same, but it may be out of sight, or too small to show it.
    """

    stepped = Signal(int)
    """The user wants another pass: 1 for the next one, -1 for the one before."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("passStepper")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._text = ElidedLabel()
        self._text.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._text.setMinimumWidth(_LEAST)
        self._text.setProperty("subtitle", True)
        self._back = self._make_button(-1, tr("Previous iteration"))
        self._forward = self._make_button(1, tr("Next iteration"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for widget in (self._back, self._text, self._forward):
            row.addWidget(widget)
        self.set_theme(theme)
        self.show_stepper(None)

    def _make_button(self, by: int, words: str) -> QToolButton:
        button = QToolButton()
        button.setToolTip(f"{words} ({'[' if by < 0 else ']'})")
        button.setAccessibleName(words)
        button.setProperty("flat", True)
        button.setFixedSize(_BUTTON, DOCK_HEADER_HEIGHT - 8)
        button.clicked.connect(lambda: self.stepped.emit(by))
        return button

    def set_theme(self, theme: Theme) -> None:
        self._back.setIcon(theme.icon("previous", size=12))
        self._forward.setIcon(theme.icon("next", size=12))

    @property
    def text(self) -> str:
        return self._text.text()

    def show_stepper(self, stepper: Stepper | None) -> None:
        self.setHidden(stepper is None)
        if stepper is None:
            return
        words = step_words(stepper)
        self._text.setText(words)
        self._text.short = f"{number(stepper.number + 1)} / {number(stepper.count)}"
        self._text.setToolTip(words)
        self._text.updateGeometry()
        self._back.setEnabled(not stepper.is_first)
        self._forward.setEnabled(not stepper.is_last)
