"""The command palette: a field, and the commands that match the text in it."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.gui.commands import Command
from app.gui.controls.corners import round_corners
from app.gui.dialogs.fuzzy import rated
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_BASE, FONT_SMALL, SPACE, SPACE_SMALL, TABLE_ROW_HEIGHT
from app.session.language import listing, tr

_WIDTH, _ROWS, _MOST = 640, 12, 200
_TOP = 52
_LEAST_ROWS, _ABOVE_ROWS = 3, 56
_GROUP_WIDTH = 116
Index = QModelIndex | QPersistentModelIndex
_PLACES = int(Qt.ItemDataRole.UserRole)
_COMMAND = _PLACES + 1


class CommandMatch(NamedTuple):
    """A command that matches: its score, and the positions of the matched letters."""

    score: float
    command: Command
    places: tuple[int, ...]


class _Answers(QAbstractListModel):
    """The commands that match, the best first; among equals the most recently used first."""

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__()
        self._commands = commands
        self._own: list[CommandMatch] = []
        self._shown: list[CommandMatch] = []
        self.look("")

    def look(self, query: str) -> None:
        self._own = [CommandMatch(0, command, ()) for command in self._commands[:_MOST]]
        if query.strip():
            self._own = _best(self._commands, query)
        self._show(self._own)

    def add(self, found: Sequence[CommandMatch]) -> None:
        """Add matches that were found elsewhere."""
        self._show(heapq.nlargest(_MOST, [*self._own, *found], key=lambda one: one.score))

    def _show(self, answers: list[CommandMatch]) -> None:
        self.beginResetModel()
        self._shown = answers
        self.endResetModel()

    def row_of(self, command: Command) -> int:
        """Return the row of `command`, or 0 if it is not shown."""
        rows = (row for row, one in enumerate(self._shown) if one.command is command)
        return next(rows, 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        _, command, places = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return command.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return listing((command.title, command.group, *command.keys))
        if role == _PLACES:
            return places
        return command if role == _COMMAND else None


def _best(commands: Sequence[Command], query: str) -> list[CommandMatch]:
    found = ((rated(query, one.title, one.group), one) for one in commands)
    answers = (CommandMatch(rating.score, one, rating.places) for rating, one in found if rating)
    return heapq.nlargest(_MOST, answers, key=lambda one: one.score)


class _Row(QStyledItemDelegate):
    """Draws the group, the title with the typed letters in bold, and the keys at the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, TABLE_ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        command = index.data(_COMMAND)
        assert isinstance(command, Command)
        colors = self._theme.colors
        area: QRect = option.rect
        selected = index.row() == self._current()
        painter.save()
        if selected:
            painter.fillRect(area, colors.selected)
        inner = area.adjusted(SPACE, 0, -SPACE, 0)
        painter.setFont(ui_font(FONT_SMALL))
        painter.setPen(colors.text_secondary if selected else colors.text_tertiary)
        middle = Qt.AlignmentFlag.AlignVCenter
        group = painter.fontMetrics().elidedText(
            command.group, Qt.TextElideMode.ElideRight, _GROUP_WIDTH - SPACE
        )
        painter.drawText(inner, middle, group)
        keys = command.keys[0] if command.keys else ""
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, keys)
        room = inner.adjusted(_GROUP_WIDTH, 0, 0, 0)
        room.setWidth(room.width() - painter.fontMetrics().horizontalAdvance(keys) - SPACE)
        painter.setPen(colors.text)
        _draw_marked(painter, room, command.title, frozenset(index.data(_PLACES)))
        painter.restore()

    def _current(self) -> int:
        view = self.parent()
        assert isinstance(view, QListView)
        return view.currentIndex().row()


def _draw_marked(painter: QPainter, room: QRect, text: str, marked: frozenset[int]) -> None:
    """Draw as much of the text as fits, the marked letters in bold."""
    fonts = {bold: ui_font(FONT_BASE, bold=bold) for bold in (False, True)}
    widths = {bold: QFontMetrics(font) for bold, font in fonts.items()}
    if widths[True].horizontalAdvance(text) > room.width():
        text = widths[True].elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    x, baseline = room.left(), room.center().y() + widths[False].capHeight() // 2 + 1
    for bold, run in _runs(text, marked):
        painter.setFont(QFont(fonts[bold]))
        painter.drawText(x, baseline, run)
        x += widths[bold].horizontalAdvance(run)


def _runs(text: str, marked: frozenset[int]) -> list[tuple[bool, str]]:
    """Split the text into runs of (bold, text)."""
    runs: list[tuple[bool, str]] = []
    for place, letter in enumerate(text):
        bold = place in marked
        if runs and runs[-1][0] == bold:
            runs[-1] = (bold, runs[-1][1] + letter)
        else:
            runs.append((bold, letter))
    return runs


class CommandPalette(QDialog):
    """A dialog: Up and Down select, Enter executes, Escape closes; or use the mouse."""

    asked = Signal(str)
    """The typed text, unless it is empty; the receiver calls `add_answers`."""

    def __init__(self, parent: QWidget, theme: Theme, commands: Sequence[Command]) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("commandPalette")
        self.setWindowTitle(tr("Command palette"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("popup", True)
        self._answers = _Answers(commands)
        self._awaits = self._is_hasty = False
        self.field = QLineEdit()
        self.field.setPlaceholderText(
            tr("Type what you want: a command, an example, a file, an operation")
        )
        self.field.setAccessibleName(tr("Command"))
        self.list = QListView()
        self.list.setAccessibleName(tr("Commands"))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setModel(self._answers)
        self.list.setItemDelegate(_Row(theme, self.list))
        rows = (parent.height() - _TOP - _ABOVE_ROWS) // TABLE_ROW_HEIGHT
        self.list.setFixedHeight(max(_LEAST_ROWS, min(_ROWS, rows)) * TABLE_ROW_HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_SMALL, SPACE_SMALL, SPACE_SMALL, SPACE_SMALL)
        column.setSpacing(SPACE_SMALL)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._look)
        self.field.returnPressed.connect(self._enter)
        self.list.clicked.connect(lambda _: self._do_chosen())
        self.setFixedWidth(min(_WIDTH, parent.width() - 2 * SPACE))
        round_corners(self)
        self._go(0)

    def open_over(self, window: QWidget) -> None:
        """Open in the middle of the window, below its toolbar, with the focus in the field."""
        x = (window.width() - self.width()) // 2
        self.move(window.mapToGlobal(QPoint(x, _TOP)))
        self.show()
        self.field.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = _ROWS - 1
        steps = {
            Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: page, Qt.Key.Key_PageUp: -page,
        }  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._go(self.list.currentIndex().row() + step)

    @property
    def titles(self) -> list[str]:
        """The titles of the matches, the best first."""
        rows = range(self._answers.rowCount())
        return [str(self._answers.index(row).data()) for row in rows]

    def _look(self, query: str) -> None:
        self._answers.look(query)
        self._go(0)
        self._awaits, self._is_hasty = bool(query.strip()), False
        if self._awaits:
            self.asked.emit(query)

    def add_answers(self, query: str, found: Sequence[CommandMatch]) -> None:
        """Add matches for `query`, if that is still the typed text; keep the selection."""
        if query != self.field.text():
            return
        row, chosen = self.list.currentIndex().row(), self.list.currentIndex().data(_COMMAND)
        self._awaits = False
        self._answers.add(found)
        self._go(self._answers.row_of(chosen) if row > 0 and isinstance(chosen, Command) else 0)
        if self._is_hasty:
            self._do_chosen()

    def _enter(self) -> None:
        """Execute the selected command as soon as all matches are known."""
        if self._awaits:
            self._is_hasty = True
        else:
            self._do_chosen()

    def _go(self, row: int) -> None:
        last = self._answers.rowCount() - 1
        if last >= 0:
            self.list.setCurrentIndex(self._answers.index(min(max(row, 0), last)))
        self.list.viewport().update()

    def _do_chosen(self) -> None:
        chosen = self.list.currentIndex()
        if not chosen.isValid():
            return
        command = chosen.data(_COMMAND)
        assert isinstance(command, Command)
        self.close()
        command.do()
