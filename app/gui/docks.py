"""The docks of the window: snippet left, inspector right, timeline and console below."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.controls.covered_hint import covered_hint
from app.gui.controls.elided_button import ElidedButton
from app.gui.panels.console import Console
from app.gui.panels.header import Header
from app.gui.theme.metrics import DOCK_HEADER_HEIGHT
from app.session.language import number, tr

_WIDTHS = ((1280, 420, 360), (1440, 498, 388), (1920, 560, 440))
"""(window, editor, inspector); between these in proportion."""
_COMPARING = ((1280, 296, 356), (1440, 332, 452), (1920, 400, 600))
"""The same while two runs are compared."""
_EDITOR_SHARE = 7 / 16
"""The largest share of a small window for the editor."""
_NARROW, _LOW = 1180, 480
_FOR_SCENES = 140
"""Pixels in which their pictures and names have room."""
_WIDE, _LEAST_GRAPH = 792, 420
BOTTOM_HEIGHT, _BOTTOM_SHARE = 214, 0.27
_FOUR_TABS = 352
_NO_MOST = 16_777_215
"""Qt's QWIDGETSIZE_MAX, which its bindings leave out."""
_DRAG_CURSORS = (Qt.CursorShape.SplitHCursor, Qt.CursorShape.SplitVCursor)


def default_widths(window: int, *, comparing: bool = False) -> tuple[int, int]:
    """Return the widths of editor and inspector in a window of this width.

    >>> default_widths(1280), default_widths(1440), default_widths(1360), default_widths(3000)
    ((420, 360), (498, 388), (459, 374), (560, 440))
    >>> default_widths(640)
    (280, 360)
    """
    widths = _COMPARING if comparing else _WIDTHS
    first, last = widths[0], widths[-1]
    if window <= first[0]:
        return min(first[1], round(_EDITOR_SHARE * window)), first[2]
    for (w0, e0, i0), (w1, e1, i1) in pairwise(widths):
        if window <= w1:
            share = (window - w0) / (w1 - w0)
            return round(e0 + (e1 - e0) * share), round(i0 + (i1 - i0) * share)
    return last[1], last[2]


class TabHeader(Header):
    """A dock's header that switches between pages."""

    changed = Signal(int)

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__("")
        self._title.hide()
        self._group = QButtonGroup(self)
        self._badges: list[QLabel] = []
        self._row.setSpacing(6)
        for place, title in enumerate(titles):
            tab = ElidedButton()
            tab.setText(title)
            tab.setToolTip(title)
            tab.setCheckable(True)
            tab.setProperty("tab", True)
            tab.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            tab.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Expanding)
            badge = QLabel()
            badge.setProperty("badge", True)
            badge.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
            badge.hide()
            self._group.addButton(tab, place)
            self._badges.append(badge)
            self._row.insertWidget(place, self._holder(tab, badge))
        self.tab(0).setChecked(True)
        self._group.idToggled.connect(self._tell)

    def _holder(self, tab: QWidget, badge: QLabel) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 10, 0)
        row.setSpacing(6)
        row.addWidget(tab)
        row.addWidget(badge)
        return holder

    def _tell(self, place: int, on: bool) -> None:
        if on:
            self.changed.emit(place)

    def tab(self, place: int) -> QAbstractButton:
        return self._group.button(place)

    def minimumSizeHint(self) -> QSize:
        """Return what four tabs take; where there are more, their titles are elided."""
        return super().minimumSizeHint().boundedTo(QSize(_FOUR_TABS, DOCK_HEADER_HEIGHT))

    def set_current(self, place: int) -> None:
        self.tab(place).setChecked(True)

    @property
    def current(self) -> int:
        return self._group.checkedId()

    def set_available(self, place: int, on: bool) -> None:
        """Show a tab, or hide it."""
        holder = self.tab(place).parentWidget()
        assert holder is not None
        holder.setVisible(on)

    def set_count(self, place: int, count: int) -> None:
        """A number beside a tab; 0 shows none."""
        self.set_badge(place, number(count) if count else "")

    def set_badge(self, place: int, text: str) -> None:
        """Show a few characters beside a tab; "" shows none."""
        self._badges[place].setText(text)
        self._badges[place].setVisible(bool(text))


class BottomPage(IntEnum):
    TIMELINE = 0
    SCENES = 1
    CONSOLE = 2


class BottomPanel(QWidget):
    """Timeline, scenes and console behind three tabs."""

    def __init__(self, timeline: QWidget, scenes: QWidget, console: Console) -> None:
        super().__init__()
        self.header = TabHeader([tr("Timeline"), tr("Scenes"), tr("Console")])
        self._console = console
        self._pages = QStackedWidget()
        for page in (timeline, scenes, console):
            self._pages.addWidget(page)
        self._instead = covered_hint()
        self._pages.addWidget(self._instead)
        self._count, self._is_covered = 0, False
        self._slim: int | None = None
        self._is_lent = False
        """Whether the console is in front because of an error, not because the user chose it."""
        self.header.changed.connect(self._show)
        console.countChanged.connect(self._count_output)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pages)

    def _count_output(self, count: int) -> None:
        self._count = count
        if not self._is_covered:
            self.header.set_count(BottomPage.CONSOLE, count)

    def cover(self, on: bool) -> None:
        """Show neither scenes nor the output, nor how much there is of it."""
        self._is_covered = on
        badge = number(self._count) if self._count else ""
        self.header.set_badge(BottomPage.CONSOLE, "?" if on else badge)
        self._show(self.header.current)

    def _show(self, place: int) -> None:
        is_covered = self._is_covered and place != BottomPage.TIMELINE
        self._pages.setCurrentIndex(self._pages.indexOf(self._instead) if is_covered else place)
        self._is_lent = False
        self._fit()

    def set_slim(self, height: int | None) -> None:
        """Give the timeline this height and no more; None: what the user gives it."""
        self._slim = height
        self._fit()

    @property
    def is_slim(self) -> bool:
        """Whether the height is fixed; only the timeline is ever slim."""
        return self._slim is not None and self._pages.currentIndex() == BottomPage.TIMELINE

    def _fit(self) -> None:
        height = self._slim if self.is_slim else None
        has_scenes = self._pages.currentIndex() == BottomPage.SCENES
        self.setMinimumHeight(height or (_FOR_SCENES if has_scenes else 0))
        self.setMaximumHeight(height or _NO_MOST)

    def show_timeline(self) -> None:
        self.header.set_current(BottomPage.TIMELINE)

    def lend_console(self) -> None:
        """Show the console until `take_console_back`, unless the user has chosen it."""
        if self._pages.currentWidget() is self._console:
            return
        self.header.set_current(BottomPage.CONSOLE)
        self._is_lent = True

    def take_console_back(self) -> None:
        if self._is_lent:
            self.show_timeline()


class Docks(QObject):
    """The three docks around the graph.  Headers are theirs: they can be dragged by them.

    Their widths follow the window's until the user drags a border.
    """

    wideChanged = Signal()
    """`is_wide` is another."""
    inspectorTaken = Signal()
    """`has_inspector` may be another."""

    def __init__(
        self,
        window: QMainWindow,
        snippet: tuple[Header, QWidget],
        inspector: tuple[Header, QWidget],
        bottom: BottomPanel,
    ) -> None:
        super().__init__(window)
        self._window = window
        self.is_arranged = False
        """Whether the user arranged the docks."""
        self._is_presenting = False
        self._before_comparing: tuple[bool, int, int] | None = None
        self._before_wide: tuple[bool, int, int] | None = None
        area = Qt.DockWidgetArea
        self.snippet = self._dock("snippet", tr("Snippet"), *snippet, area.LeftDockWidgetArea)
        self.inspector = self._dock(
            "gradients", tr("Gradients"), *inspector, area.RightDockWidgetArea
        )
        self.bottom = self._dock(
            "timeline",
            tr("Timeline and console"),
            bottom.header,
            bottom,
            area.BottomDockWidgetArea,
        )
        window.setDockNestingEnabled(True)
        window.setCorner(Qt.Corner.BottomLeftCorner, area.BottomDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, area.BottomDockWidgetArea)

    def _dock(
        self,
        name: str,
        title: str,
        header: Header,
        content: QWidget,
        area: Qt.DockWidgetArea,
    ) -> QDockWidget:
        dock = self.add(name, title, header, content, area)
        dock.installEventFilter(self)
        return dock

    def add(
        self,
        name: str,
        title: str,
        header: QWidget,
        content: QWidget,
        area: Qt.DockWidgetArea,
    ) -> QDockWidget:
        """Return another dock, shown.  `name` is its key in the window's saved state."""
        dock = QDockWidget(title, self._window)
        dock.setObjectName(f"dock.{name}")
        dock.setTitleBarWidget(header)
        dock.setWidget(content)
        self._window.addDockWidget(area, dock)
        return dock

    def add_line(self, name: str, content: QWidget) -> QDockWidget:
        """A dock without a header, over graph and inspector; the left corner is the snippet's."""
        left, top = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.TopDockWidgetArea
        self._window.setCorner(Qt.Corner.TopLeftCorner, left)
        dock = self.add(name, "", QWidget(), content, top)
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        return dock

    def raise_inspector(self) -> QDockWidget | None:
        """Bring the inspector to the front and return the dock that was; None if it was there.

        The snippet stays in front.
        """
        beside = self._window.tabifiedDockWidgets(self.inspector)
        front = next((one for one in beside if not one.visibleRegion().isEmpty()), None)
        if front is None or front is self.snippet:
            return None
        self.inspector.raise_()
        return front

    def put_beside(self, dock: QDockWidget, other: QDockWidget) -> None:
        """As another tab of the same place."""
        self._window.tabifyDockWidget(dock, other)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._is_dragging():
            self.is_arranged = True
        return super().eventFilter(watched, event)

    def _is_dragging(self) -> bool:
        """Return whether a border between docks is being dragged, which grabs the mouse."""
        pressed = QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton
        return bool(pressed) and self._window.cursor().shape() in _DRAG_CURSORS

    def follow(self, width: int) -> None:
        """Adapt the docks to the window's width."""
        if not self.is_arranged and width >= _NARROW:
            self._set_widths(*default_widths(width, comparing=self.is_comparing))

    def _set_widths(self, editor: int, inspector: int) -> None:
        across = Qt.Orientation.Horizontal
        self._window.resizeDocks([self.snippet, self.inspector], [editor, inspector], across)

    @property
    def is_comparing(self) -> bool:
        return self._before_comparing is not None

    @property
    def is_presenting(self) -> bool:
        """Whether a presentation has put them, and takes what is not for a room away."""
        return self._is_presenting

    @is_presenting.setter
    def is_presenting(self, presenting: bool) -> None:
        self._is_presenting = presenting
        self.inspectorTaken.emit()

    @property
    def has_inspector(self) -> bool:
        """Whether the dock at the right has the inspector, and nothing in place of it."""
        return not self.is_comparing and not self.is_presenting

    def set_comparing(self, comparing: bool) -> None:
        """Make room for two graphs, or restore the widths from before."""
        self.set_wide(False)
        if comparing and self._before_comparing is None:
            editor, inspector = self.snippet.width(), self.inspector.width()
            self._before_comparing = self.is_arranged, editor, inspector
            self.is_arranged = False
            self.follow(self._window.width())
        elif not comparing and self._before_comparing is not None:
            self.is_arranged, editor, inspector = self._before_comparing
            self._before_comparing = None
            self._set_widths(editor, inspector)
            self.follow(self._window.width())
        self.inspectorTaken.emit()

    @property
    def is_wide(self) -> bool:
        return self._before_wide is not None

    def set_wide(self, wide: bool) -> None:
        """Give the inspector most of the room and fold the editor, or restore both.

        Nothing happens where the editor is not beside the graph: folding it would give no room.
        """
        window = self._window.width()
        is_beside = self.snippet.isVisible() and window >= _NARROW
        if wide and is_beside and not (self.is_wide or self.is_comparing or self.is_presenting):
            self._before_wide = self.is_arranged, self.snippet.width(), self.inspector.width()
            self.is_arranged = True
            self.snippet.hide()
            width = min(_WIDE, window - _LEAST_GRAPH)
            self._window.resizeDocks([self.inspector], [width], Qt.Orientation.Horizontal)
            self.wideChanged.emit()
        elif not wide and self._before_wide is not None:
            self.is_arranged, editor, inspector = self._before_wide
            self._before_wide = None
            self.snippet.show()
            self._set_widths(editor, inspector)
            self.follow(window)
            self.wideChanged.emit()

    def all(self) -> tuple[QDockWidget, ...]:
        return self.snippet, self.inspector, self.bottom

    def set_default_sizes(self, window: QSize) -> None:
        """Set the default widths; below 1180 pixels the inspector is a tab.

        Timeline and console are not shown below 480 pixels: the graph needs the height.
        """
        width = window.width()
        self.set_wide(False)
        self.is_arranged = False
        editor, inspector = default_widths(width, comparing=self.is_comparing)
        for dock in self.all():
            dock.setFloating(False)
            dock.setVisible(dock is not self.bottom or window.height() >= _LOW)
        across = Qt.Orientation.Horizontal
        if width < _NARROW:
            self._window.tabifyDockWidget(self.snippet, self.inspector)
            self.snippet.raise_()
            self._window.resizeDocks([self.snippet], [editor], across)
        else:
            self._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.inspector)
            self._window.resizeDocks([self.snippet, self.inspector], [editor, inspector], across)
        self.open_bottom()

    def open_bottom(self) -> None:
        """Give timeline and console their usual height, or a share of a low window."""
        height = min(BOTTOM_HEIGHT, round(_BOTTOM_SHARE * self._window.height()))
        self._window.resizeDocks([self.bottom], [height], Qt.Orientation.Vertical)


def column(*parts: tuple[QWidget, int]) -> QWidget:
    """Return a column of widgets, each with its share of the remaining room."""
    whole = QWidget()
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for part, share in parts:
        layout.addWidget(part, share)
    return whole


def stacked(first: QWidget, second: QWidget, sizes: tuple[int, int]) -> QSplitter:
    """Return two panels above each other with a splitter between them."""
    splitter = QSplitter(Qt.Orientation.Vertical)
    splitter.addWidget(first)
    splitter.addWidget(second)
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    splitter.setSizes(list(sizes))
    return splitter
