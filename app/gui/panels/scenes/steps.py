"""Buttons that go from scene to scene, in the header of their tab."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.gui.theme import Theme
from app.gui.theme.glyphs import Glyph
from app.gui.theme.metrics import SPACE_SMALL
from app.session.language import tr


class SceneSteps(QWidget):
    chosen = Signal(int)
    """A scene to show, by place."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._current: int | None = None
        self._count = 0
        self._text = QLabel()
        self._text.setProperty("secondary", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._text)
        row.addSpacing(SPACE_SMALL)
        self.buttons: dict[Glyph, QToolButton] = {}
        names: dict[Glyph, str] = {
            "first": tr("First scene"), "previous": tr("Previous scene"),
            "next": tr("Next scene"), "last": tr("Last scene"),
        }  # fmt: skip
        for glyph, name in names.items():
            button = self.buttons[glyph] = QToolButton()
            button.setProperty("flat", True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setToolTip(name)
            button.setAccessibleName(name)
            button.clicked.connect(lambda _=False, to=glyph: self.chosen.emit(self._target(to)))
            row.addWidget(button)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        for glyph, button in self.buttons.items():
            button.setIcon(theme.icon(glyph))

    def show_place(self, current: int | None, count: int) -> None:
        """Show which of the scenes is shown, by place; None before the first is."""
        self._current, self._count = current, count
        text = tr("scene {number} of {count}").format(number=(current or 0) + 1, count=count)
        self._text.setText("" if current is None else text)
        for glyph, button in self.buttons.items():
            button.setEnabled(count > 0 and self._target(glyph) != current)

    def _target(self, glyph: Glyph) -> int:
        """Return the place that a button goes to."""
        last, current = self._count - 1, -1 if self._current is None else self._current
        match glyph:
            case "first":
                return 0
            case "previous":
                return max(0, current - 1)
            case "next":
                return min(last, current + 1)
        return last
