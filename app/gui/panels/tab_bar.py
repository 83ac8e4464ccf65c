"""The tab bar in the header of the editor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import (
    QEnterEvent,
    QFontMetrics,
    QIcon,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QTabBar, QToolButton, QWidget

from app.gui.controls.tooltips import tooltip_of
from app.gui.theme import Theme
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.gui.theme.metrics import DOCK_HEADER_HEIGHT
from app.session.language import tr

TAB_HEIGHT = DOCK_HEADER_HEIGHT
_LEAST_WIDTH, _MOST_WIDTH = 96, 220
_BOX, _GLYPH, _EYE = 18, 12, 14
_AROUND_TEXT = 12 + 16 + 4
"""The margins of a tab."""


class TabLabel(NamedTuple):
    """The name and state of a tab."""

    name: str
    tip: str
    is_modified: bool
    is_read_only: bool = False


class _CloseButton(QToolButton):
    """A dot for unsaved text; a cross otherwise and under the mouse."""

    def __init__(self, bar: TabBar) -> None:
        super().__init__(bar)
        self._bar = bar
        self.is_modified = False
        self._is_pointed_at = False
        self.setFixedSize(_BOX, _BOX)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._bar.theme.colors
        if self._is_pointed_at:
            painter.setBrush(colors.selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(self.rect(), 3, 3)
        is_dot = self.is_modified and not self._is_pointed_at
        side = 20 if is_dot else _GLYPH
        place = QRectF(0, 0, side, side)
        place.moveCenter(QRectF(self.rect()).center())
        color = colors.text if is_dot else colors.text_secondary
        paint_glyph(painter, "dot" if is_dot else "close", place, color)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._is_pointed_at = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._is_pointed_at = False
        self.update()


class _Arrow(QObject):
    """Paints the arrow of a scroll button, which Qt omits if there is a style sheet."""

    def __init__(self, bar: TabBar, button: QToolButton, glyph: Glyph) -> None:
        super().__init__(button)
        self._bar, self._button, self._glyph = bar, button, glyph
        button.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.Paint:
            return False
        colors, area = self._bar.theme.colors, QRectF(self._button.rect())
        painter = QPainter(self._button)
        painter.fillRect(area, colors.hover if self._button.underMouse() else colors.raised)
        place = QRectF(0, 0, _GLYPH, _GLYPH)
        place.moveCenter(area.center())
        is_on = self._button.isEnabled()
        color = colors.text_secondary if is_on else colors.divider
        paint_glyph(painter, self._glyph, place, color)
        painter.end()
        return True


class TabBar(QTabBar):
    """Emits Qt's `tabBarClicked`, `tabMoved` and `tabCloseRequested`."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._labels: Sequence[TabLabel] = ()
        self.setObjectName("tabBar")
        self.setIconSize(QSize(_EYE, _EYE))
        self.setAccessibleName(tr("Open snippets"))
        self.setProperty("files", True)
        self.setMovable(True)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(TAB_HEIGHT)
        for button, glyph in self._arrows():
            name = tr("Scroll left") if glyph == "previous" else tr("Scroll right")
            button.setAccessibleName(name)
            _Arrow(self, button, glyph)
        self.currentChanged.connect(self._fit_buttons)
        self.hide()

    def _arrows(self) -> Iterator[tuple[QToolButton, Glyph]]:
        """Yield Qt's scroll buttons, which appear if the tabs do not fit."""
        names: dict[str, Glyph] = {"ScrollLeftButton": "previous", "ScrollRightButton": "next"}
        for name, glyph in names.items():
            if (button := self.findChild(QToolButton, name)) is not None:
                yield button, glyph

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        for place, label in enumerate(self._labels):
            self._show_eye(place, label)
        self.update()

    def set_tabs(self, labels: Sequence[TabLabel], current: int) -> None:
        """Set the tabs from left to right, and the current one."""
        self._labels = labels
        was_blocked = self.blockSignals(True)
        while self.count() > len(labels):
            self.removeTab(self.count() - 1)
        while self.count() < len(labels):
            self._append()
        for place, label in enumerate(labels):
            self._label(place, label)
        self.setCurrentIndex(current)
        self.blockSignals(was_blocked)
        self._fit_buttons()

    def _append(self) -> None:
        place = self.addTab("")
        button = _CloseButton(self)
        button.clicked.connect(lambda: self._close(button))
        self.setTabButton(place, QTabBar.ButtonPosition.RightSide, button)

    def _label(self, place: int, label: TabLabel) -> None:
        text = label.name.replace("&", "&&")
        if self.tabText(place) != text:
            self.setTabText(place, text)
        self._show_eye(place, label)
        self.setTabToolTip(place, tooltip_of(label.tip))
        button = self.close_button(place)
        spoken = tr("{name}, not saved") if label.is_modified else tr("{name}, saved")
        if label.is_read_only:
            spoken = tr("{name}, read-only")
        self.setAccessibleTabName(place, spoken.format(name=label.name))
        button.setToolTip(tr("Close {name} (Ctrl+W)").format(name=label.name))
        button.setAccessibleName(tr("Close {name}").format(name=label.name))
        if isinstance(button, _CloseButton) and button.is_modified != label.is_modified:
            button.is_modified = label.is_modified
            button.update()

    def _show_eye(self, place: int, label: TabLabel) -> None:
        """Mark a text that can only be read."""
        self.setTabIcon(place, self.theme.icon("eye") if label.is_read_only else QIcon())

    def close_button(self, place: int) -> QWidget:
        return self.tabButton(place, QTabBar.ButtonPosition.RightSide)

    def is_modified(self, place: int) -> bool:
        """Return whether a tab shows the dot of unsaved text."""
        button = self.close_button(place)
        return isinstance(button, _CloseButton) and button.is_modified

    def _close(self, button: QWidget) -> None:
        places = (place for place in range(self.count()) if self.close_button(place) is button)
        if (place := next(places, None)) is not None:
            self.tabCloseRequested.emit(place)

    def _fit_buttons(self) -> None:
        """Where not all tabs fit, close only the current one by a button: names need the room."""
        is_crowded = sum(map(self._wanted, range(self.count()))) > self.width()
        for place in range(self.count()):
            button, is_current = self.close_button(place), place == self.currentIndex()
            width = _BOX if is_current or not is_crowded or self.is_modified(place) else 0
            if button is not None and button.width() != width:
                button.setFixedWidth(width)
                self.setIconSize(self.iconSize())  # which lays the tabs out again

    def _wanted(self, index: int, button: int = _BOX) -> int:
        """Return the width of a tab with its whole name and a button."""
        bold = self.font()
        bold.setBold(True)  # as the current one is
        text = QFontMetrics(bold).horizontalAdvance(self.tabText(index)) + _AROUND_TEXT + button
        if not self.tabIcon(index).isNull():
            text += _EYE + 4
        return min(_MOST_WIDTH, max(_LEAST_WIDTH if button else 0, text))

    def tabSizeHint(self, index: int) -> QSize:
        """Return the size that shows the whole name; Qt's own reckons with a cut one."""
        button = self.close_button(index)
        return QSize(self._wanted(index, _BOX if button is None else button.width()), TAB_HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_buttons()
        super().resizeEvent(event)

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)  # names are not cut to fit: the row scrolls

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        place = self.tabAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.MiddleButton and place >= 0:
            self.tabCloseRequested.emit(place)
