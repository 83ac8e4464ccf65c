"""The bar above the panes in front of a room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QIcon, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QWidget,
)

from app.gui.controls.segments import as_segments
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.session.language import tr

BUTTON: int = 42
_TEXT, _KEY = 18, 16
_INSET, _GAP = 16, 8
_EDGE, _ICON, _NEXT = 14, 20, 9
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class KeyedButton(QToolButton):
    """A switch with words, and behind them the key that does the same."""

    def __init__(self, text: str, key: str) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._key, self._width = key, 0
        self.set_title(text)

    def set_title(self, text: str) -> None:
        """Show other words; the button never becomes narrower, so that the bar does not move."""
        self._width = self.sizeHint().width() if self.text() else 0
        self.setText(text)
        self.setAccessibleName(f"{text} ({self._key})")

    def sizeHint(self) -> QSize:
        words = QFontMetrics(ui_font(_TEXT, bold=True)).horizontalAdvance(self.text())
        key = QFontMetrics(ui_font(_KEY)).horizontalAdvance(self._key)
        return QSize(max(self._width, 2 * _INSET + words + _GAP + key), BUTTON)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        painter.setPen(option.palette.buttonText().color())
        area = self.rect().adjusted(_INSET, 0, -_INSET, 0)
        painter.setFont(ui_font(_TEXT, bold=self.isChecked()))
        painter.drawText(area, _LEFT, self.text())
        words = QFontMetrics(ui_font(_TEXT, bold=True)).horizontalAdvance(self.text())
        painter.setFont(ui_font(_KEY))
        painter.drawText(QRect(area).adjusted(words + _GAP, 0, 0, 0), _LEFT, self._key)


class BarButton(QToolButton):
    """A button with a glyph, words where there is room for them, and maybe a key."""

    def __init__(self, theme: Theme, glyph: Glyph, key: str = "") -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._theme, self._glyph, self._key = theme, glyph, key
        self.has_words, self.is_primary = True, False

    @classmethod
    def of(cls, theme: Theme, action: QAction, glyph: Glyph, key: str = "") -> BarButton:
        button = cls(theme, glyph, key)
        button.setDefaultAction(action)
        return button

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_words(self, shown: bool) -> None:
        self.has_words = shown
        self.updateGeometry()

    @property
    def _words(self) -> str:
        return self.text().replace("&", "")

    def sizeHint(self) -> QSize:
        if not self.has_words:
            return QSize(BUTTON + 2, BUTTON)
        words = QFontMetrics(ui_font(_TEXT, bold=self.is_primary)).horizontalAdvance(self._words)
        return QSize(2 * _EDGE + _ICON + _NEXT + words + self._cap_width, BUTTON)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @property
    def _cap_width(self) -> int:
        if not self._key:
            return 0
        return QFontMetrics(ui_font(_KEY)).horizontalAdvance(self._key) + 14 + _NEXT

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text, option.icon = "", QIcon()
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        color = colors.on_accent if self.is_primary else colors.text
        if not self.isEnabled():
            color = colors.text_tertiary
        left = _EDGE if self.has_words else (self.width() - _ICON) / 2
        icon = QRectF(left, (self.height() - _ICON) / 2, _ICON, _ICON)
        paint_glyph(painter, self._glyph, icon, color)
        if not self.has_words:
            return
        painter.setPen(color)
        painter.setFont(ui_font(_TEXT, bold=self.is_primary))
        start = icon.right() + _NEXT
        painter.drawText(QRectF(start, 0, self.width() - start, self.height()), _LEFT, self._words)
        if self._key:
            self._paint_key(painter)

    def _paint_key(self, painter: QPainter) -> None:
        colors = self._theme.colors
        cap = QRectF(0, (self.height() - 24) / 2, self._cap_width - _NEXT, 24)
        cap.moveRight(self.width() - _EDGE)
        painter.setPen(QPen(colors.line, 1))
        painter.setBrush(colors.panel)
        painter.drawRoundedRect(cap.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(colors.text_secondary)
        painter.setFont(ui_font(_KEY))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self._key)


class RoomBar(QWidget):
    """Run, the panes, the level, the lock and the spotlight."""

    panePressed = Signal(int)
    lockPressed = Signal()

    def __init__(
        self, theme: Theme, panes: Sequence[str], run: QAction, stop: QAction, spotlight: QAction
    ) -> None:
        super().__init__()
        self.setObjectName("roomBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(20, 0, 20, 0)
        self._row.setSpacing(12)
        self._stop = BarButton.of(theme, stop, "stop")
        self._run = BarButton.of(theme, run, "play")
        self._run.setProperty("primary", True)
        self._run.is_primary = True
        self.lock = BarButton(theme, "padlock")
        self.lock.setObjectName("roomLock")
        self.lock.clicked.connect(self.lockPressed)
        self._spotlight = BarButton.of(theme, spotlight, "spot", "S")
        self._row.addWidget(self._stop)
        self._row.addWidget(self._run)
        self._add_panes(panes)
        self._row.addStretch(1)
        self._row.addWidget(self.lock)
        self._row.addWidget(self._spotlight)
        self.is_locked, self._is_wide = True, False
        stop.changed.connect(self._follow_run)
        self._stopping = stop
        self._follow_run()

    def _add_panes(self, panes: Sequence[str]) -> None:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.panes: list[KeyedButton] = []
        for place, title in enumerate(panes):
            button = KeyedButton(title, str(place + 1))
            button.clicked.connect(lambda _=False, place=place: self.panePressed.emit(place))
            row.addWidget(button)
            self.panes.append(button)
        as_segments(self.panes)
        self._row.addWidget(holder)

    def hold(self, name: QWidget, search: QWidget, level: QWidget) -> None:
        """Take the file's name, the search and the levels; their owner takes them back."""
        place = self._row.indexOf(self.lock)
        self._name, self._search, self._level = name, search, level
        for widget in (level, search, name):
            self._row.insertWidget(place, widget)
        self._row.setStretch(self._row.indexOf(name), 1)
        level.show()
        level.setFixedHeight(BUTTON)
        search.hide()

    def give_back(self, height: int) -> None:
        """Let the borrowed parts be as high as they were."""
        self._level.setFixedHeight(height)

    def show_search(self, shown: bool) -> None:
        """Show the search; where there is no room for both, in place of the levels."""
        self._search.setVisible(shown)
        self._level.setVisible(self._is_wide or not shown)

    def show_panes(self, shown: Sequence[int]) -> None:
        for place, button in enumerate(self.panes):
            button.setChecked(place in shown)

    def show_locked(self, locked: bool) -> None:
        self.is_locked = locked
        self._write()

    def set_wide(self, wide: bool) -> None:
        """Write words beside the glyphs where there is room for them."""
        self._is_wide = wide
        self._name.setVisible(wide)
        self._level.setVisible(wide or not self._search.isVisible())
        self._write()

    def _write(self) -> None:
        words = tr("Text locked") if self.is_locked else tr("Text unlocked")
        self.lock.setText(words)
        self.lock.setAccessibleName(words)
        self.lock.setToolTip(
            tr("The text is locked. Click to edit it (F2).")
            if self.is_locked
            else tr("The text can be edited. Click to lock it.")
        )
        self.lock.setProperty("down", not self.is_locked)
        self.lock.style().unpolish(self.lock)
        self.lock.style().polish(self.lock)
        for button in (self.lock, self._spotlight):
            button.set_words(self._is_wide)

    def _follow_run(self) -> None:
        """Offer Stop in the place of Run as long as there is something to stop."""
        running = self._stopping.isEnabled()
        self._stop.setVisible(running)
        self._run.setVisible(not running)

    def set_theme(self, theme: Theme) -> None:
        for button in (self.lock, self._spotlight, self._run, self._stop):
            button.set_theme(theme)
