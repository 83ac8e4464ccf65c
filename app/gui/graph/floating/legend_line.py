"""The legend in one line of the graph's header: which statuses there are, and how many of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLayout,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.gui.controls.tooltips import show_explained
from app.gui.graph.floating.legend import Legend
from app.gui.graph.painting.canvas import DIMMED, Canvas
from app.gui.graph.painting.text import PLAIN
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_SECONDARY, SPACE, SPACE_SMALL
from app.gui.theme.status import LEGEND_ORDER, STATUS_STYLES
from app.session.graph.payloads import StatusKey
from app.session.language import number, tr
from app.session.look.marks import PASSES
from app.session.summary.progress import PASS_WORDS, PassState

HEIGHT: Final = 28
_GLYPH: Final = 14
_GAP: Final = 5
_PADDING: Final = 5


class LegendLine(QWidget):
    """A click on a status hides or shows it, Alt-click shows it alone; the button opens `legend`.

    What there is comes with its word, what there is not as glyph and 0.  Where words have no room
    they are in the tooltips.
    """

    trainingToggled = Signal(bool)
    """Colour the graph by training, or no longer."""

    def __init__(self, theme: Theme, legend: Legend) -> None:
        super().__init__()
        self.setObjectName("legendLine")
        self.setAccessibleName(tr("Legend"))
        self.setFixedHeight(HEIGHT)
        self._theme, self._legend = theme, legend
        self._statuses = [_Status(theme, legend, key) for key in LEGEND_ORDER]
        self._passes = [_Pass(theme, legend, state) for state in PASSES]
        self._training = self._make_button(
            "colorByTraining", tr("Training"), tr("Colour the graph by what happened to parameters")
        )
        self._training.toggled.connect(self.trainingToggled)
        self._button = self._make_button(
            "legendButton", tr("Legend"), tr("What borders, glyphs and lines mean")
        )
        self._button.toggled.connect(legend.open)
        legend.opened.connect(self._button.setChecked)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE - _PADDING, 0, SPACE_SMALL, 1)
        self._row.setSpacing(2)
        self._row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        for chip in self._chips:
            self._row.addWidget(chip)
        self._row.addStretch(1)
        self._row.addWidget(self._training)
        self._row.addWidget(self._button)
        legend.changed.connect(self._show)
        self.set_theme(theme)
        self._show()

    def _make_button(self, name: str, words: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setText(words)
        button.setToolTip(tip)
        button.setCheckable(True)
        button.setProperty("flat", True)
        button.setFont(ui_font(FONT_SECONDARY))
        button.setFixedHeight(HEIGHT - 4)
        return button

    @property
    def shows_training(self) -> bool:
        """Whether the graph is to be coloured by training."""
        return self._training.isChecked()

    @property
    def _chips(self) -> list[_Chip]:
        return [*self._statuses, *self._passes]

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for chip in self._chips:
            chip.set_theme(theme)
        self._button.setIcon(theme.icon("chevron_down", size=12))
        self.update()

    def _show(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Write as many words as there is room for: first those of what is not 0, in order.

        With less room the button's go, then what is 0.  Without counts there is only the button.
        """
        style = Qt.ToolButtonStyle
        self._button.setToolButtonStyle(style.ToolButtonTextBesideIcon)
        shown: Sequence[_Chip] = self._passes if self._legend.is_in_pass else self._statuses
        is_empty = not any(chip.count for chip in shown)
        for chip in self._chips:
            chip.setVisible(chip in shown and not is_empty)
        buttons = sum(one.sizeHint().width() for one in (self._training, self._button))
        room = self.width() - buttons - 2 * SPACE - 2 * len(shown)
        wide = sum(chip.set_words(shown=False) for chip in shown)
        for chip in shown:
            narrow = chip.width()
            if chip.count and wide + (more := chip.set_words(shown=True) - narrow) <= room:
                wide += more
            else:
                chip.set_words(shown=False)
        if wide > room:
            room += self._button.sizeHint().width()
            self._button.setToolButtonStyle(style.ToolButtonIconOnly)
            room -= self._button.sizeHint().width()
        if wide > room:
            for chip in shown:
                chip.setVisible(chip.count > 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, HEIGHT)  # it makes do with what it is given

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colors.panel)
        line = self.rect().adjusted(0, self.height() - 1, 0, 0)
        painter.fillRect(line, self._theme.colors.divider)
        painter.end()


class _Chip(QAbstractButton):
    """Glyph, word and count."""

    def __init__(self, theme: Theme, legend: Legend) -> None:
        super().__init__()
        self._theme, self._legend = theme, legend
        self._has_words = True
        self.setFixedHeight(HEIGHT - 4)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)  # paints again when the mouse comes or goes

    @property
    def count(self) -> int:
        raise NotImplementedError

    @property
    def words(self) -> str:
        raise NotImplementedError

    @property
    def is_pale(self) -> bool:
        return False

    def paint_glyph(self, canvas: Canvas, x: float, y: float) -> None:
        raise NotImplementedError

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_words(self, *, shown: bool) -> int:
        """Write the word or leave it out; return the width that this takes."""
        self._has_words = shown
        self.describe()
        self.setFixedWidth(self.sizeHint().width())
        self.update()
        return self.width()

    def describe(self) -> None:
        """Say what it is to tooltips and screen readers."""
        said = f"{self.words}: {number(self.count)}"
        self.setAccessibleName(said)
        self.setToolTip(said)

    def sizeHint(self) -> QSize:
        words = PLAIN.width(self.words) + _GAP if self._has_words else 0
        wide = _GLYPH + _GAP + words + PLAIN.width(number(self.count)) + 2 * _PADDING
        return QSize(round(wide) + 1, HEIGHT - 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        canvas, colors = Canvas(painter, self._theme), self._theme.colors
        place = self.rect().toRectF().adjusted(1, 1, -1, -1)
        if self.underMouse() or self.isDown():
            canvas.rounded(place, 4, colors.hover, None)
        if self.hasFocus():
            canvas.rounded(place, 4, None, QPen(colors.ink, 1.5))
        painter.setOpacity(DIMMED if self.is_pale else 1.0)
        middle, x = self.height() / 2, float(_PADDING)
        self.paint_glyph(canvas, x, middle - _GLYPH / 2)
        x += _GLYPH + _GAP
        if self._has_words:
            canvas.text(x, middle + 4, self.words, PLAIN, colors.text_secondary)
            x += PLAIN.width(self.words) + _GAP
        color = colors.text if self.count else colors.text_tertiary
        canvas.text(x, middle + 4, number(self.count), PLAIN, color)
        painter.end()


class _Status(_Chip):
    """One status of operations.  It hides and shows as its row in the legend does."""

    def __init__(self, theme: Theme, legend: Legend, key: StatusKey) -> None:
        self._key: StatusKey = key
        super().__init__(theme, legend)
        self.setObjectName(f"line_{key}")
        self.clicked.connect(legend.row(key).toggle)

    @property
    def count(self) -> int:
        return self._legend.row(self._key).count

    @property
    def words(self) -> str:
        return tr(STATUS_STYLES[self._key].label)

    @property
    def is_pale(self) -> bool:
        return not self._legend.row(self._key).isChecked()

    def describe(self) -> None:
        row = self._legend.row(self._key)
        self.setAccessibleName(row.accessibleName())
        self.setToolTip(row.toolTip())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            show_explained(self, event, self.toolTip(), self._key)
            return True
        return super().event(event)

    def paint_glyph(self, canvas: Canvas, x: float, y: float) -> None:
        tone = self._theme.tone(self._key).graphic
        color = tone if self.count else self._theme.colors.text_tertiary
        canvas.glyph(STATUS_STYLES[self._key].glyph, x, y, _GLYPH, color)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._legend.row(self._key).take_alone(self, event):
            super().mouseReleaseEvent(event)


class _Pass(_Chip):
    """The nodes of the running backward pass in one state."""

    def __init__(self, theme: Theme, legend: Legend, state: PassState) -> None:
        self._state: PassState = state
        super().__init__(theme, legend)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setObjectName(f"line_{state}")

    @property
    def count(self) -> int:
        return self._legend.passed(self._state)

    @property
    def words(self) -> str:
        return tr(PASS_WORDS[self._state])

    def paint_glyph(self, canvas: Canvas, x: float, y: float) -> None:
        glyph, tone = PASSES[self._state]
        canvas.glyph(glyph, x, y, _GLYPH, self._theme.tone(tone).graphic)
