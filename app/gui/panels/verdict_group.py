"""Parameters to which the same thing happened: a line, and below it their names."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.contract.records import TrainingGroup, TrainState
from app.gui.elided_label import ElidedLabel
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_family
from app.gui.theme.glyphs import paint_glyph
from app.gui.theme.metrics import FONT_SECONDARY, SPACE, SPACE_SMALL
from app.session.code_marks import unmarked
from app.session.language import number, tr
from app.session.look.marks import TRAINS

_HEIGHT = 32
_NAME_HEIGHT = 18
_MOST_NAMES = 6
"""So many are in sight at once; the others scroll."""
_TILE = 16
_MOST_PLACES = 3


class VerdictGroup(QWidget):
    toggled = Signal(object, bool)
    """This group, and whether its names are shown now."""
    lineChosen = Signal(int)
    resized = Signal()

    def __init__(self, theme: Theme, group: TrainingGroup) -> None:
        super().__init__()
        self._group = group
        self._theme = theme
        self.tensors = group.tensors
        self.opener = QToolButton()
        self.opener.setCheckable(True)
        self.opener.setProperty("flat", True)
        self.opener.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        text = unmarked(group.text)
        self.opener.setAccessibleName(text)
        self.opener.setToolTip(tr("Show their names, and mark them in the graph and the table"))
        self.opener.toggled.connect(self._on_toggle)
        self._tile = _Tile(theme, group.state)
        self._names = QPlainTextEdit()
        self._names.setReadOnly(True)
        self._names.setAccessibleName(text)
        self._names.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self._names.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._names.setStyleSheet(
            f"QPlainTextEdit {{ font-family: '{mono_family()}'; font-size: {FONT_SECONDARY}px; }}"
        )
        self._names.setFixedHeight(_NAME_HEIGHT * min(len(group.names), _MOST_NAMES) + SPACE_SMALL)
        self._names.hide()
        self._build(text)
        self.set_theme(theme)

    def _build(self, text: str) -> None:
        count = QLabel(number(len(self._group.names)))
        count.setProperty("heading", True)
        count.setMinimumWidth(28)
        said = ElidedLabel()
        said.setText(text)
        said.setToolTip(text)
        line = QWidget()
        line.setFixedHeight(_HEIGHT)
        row = QHBoxLayout(line)
        row.setContentsMargins(SPACE_SMALL, 0, SPACE, 0)
        row.setSpacing(SPACE_SMALL)
        for part in (self.opener, self._tile, count):
            row.addWidget(part)
        row.addWidget(said, 1)
        lines = [place.line for place in self._group.places if place.file == 0]
        self.links = [self._link(line) for line in lines[:_MOST_PLACES]]
        for link in self.links:
            row.addWidget(link)
        names = QHBoxLayout()
        names.setContentsMargins(72, 0, SPACE, 0)
        names.addWidget(self._names)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line)
        column.addLayout(names)

    def _link(self, line: int) -> QToolButton:
        link = QToolButton()
        link.setProperty("flat", True)
        link.setText(tr("line {line}").format(line=line))
        link.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        link.clicked.connect(lambda: self.lineChosen.emit(line))
        return link

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._tile.set_theme(theme)
        self.opener.setIcon(
            theme.icon("chevron_down" if self.opener.isChecked() else "chevron_right", size=12)
        )

    @property
    def names(self) -> list[str]:
        """The ones that are shown; empty while the group is closed."""
        return [] if self._names.isHidden() else self._names.toPlainText().split("\n")

    @property
    def wanted_height(self) -> int:
        return _HEIGHT + (0 if self._names.isHidden() else self._names.height())

    def close_names(self) -> None:
        """Without telling anybody: another group opens."""
        self.opener.blockSignals(True)
        self.opener.setChecked(False)
        self.opener.blockSignals(False)
        self._show_names(False)

    def _on_toggle(self, on: bool) -> None:
        self._show_names(on)
        self.toggled.emit(self, on)

    def _show_names(self, on: bool) -> None:
        if on and not self._names.toPlainText():
            self._names.setPlainText("\n".join(self._group.names))
        self._names.setVisible(on)
        self.opener.setIcon(self._theme.icon("chevron_down" if on else "chevron_right", size=12))
        self.resized.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The whole line opens."""
        event.accept()
        self.opener.toggle()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # else the release goes elsewhere


class _Tile(QWidget):
    """A square: it speaks of parameters, as glyphs without one do of operations."""

    def __init__(self, theme: Theme, state: TrainState) -> None:
        super().__init__()
        self._theme, self._state = theme, state
        self.setFixedSize(_TILE, _TILE)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        glyph, key = TRAINS[self._state]
        tone = self._theme.tone(key)
        is_filled = self._state == "trained"
        style = Qt.PenStyle.DotLine if self._state == "frozen" else Qt.PenStyle.SolidLine
        painter.setPen(QPen(tone.graphic, 1.5, style))
        painter.setBrush(tone.graphic if is_filled else tone.fill)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), 3.5, 3.5)
        color = self._theme.colors.on_accent if is_filled else tone.graphic
        paint_glyph(painter, glyph, QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5), color)
