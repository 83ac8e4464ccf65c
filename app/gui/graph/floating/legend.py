"""The card of the legend: the meaning and number of each border, glyph and line, and a filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from app.drawing.edges import BORDERS, arrow, chevron
from app.drawing.routes import straight
from app.drawing.shapes import Border, Line, Rect, Shapes, node_fill, shrunk
from app.gui.controls.tooltips import show_explained
from app.gui.graph.floating.overlay import CardFrame
from app.gui.graph.painting.canvas import DIMMED, Canvas
from app.gui.graph.painting.text import PLAIN, SMALL
from app.gui.theme import Theme
from app.gui.theme.status import LEGEND_ORDER, STATUS_STYLES
from app.session.graph.payloads import StatusKey
from app.session.language import listing, ngettext, number, tr, translatable
from app.session.look.colors import graphic
from app.session.look.geometry import DATA_WIDTH
from app.session.look.marks import PASSES
from app.session.summary.progress import PASS_WORDS, PassProgress, PassState
from graphviz_render import Box

WIDTH: Final = 212
ROW_HEIGHT: Final = 24
_HEADER_HEIGHT: Final = 26
_PADDING: Final = 10
_SWATCH: Final = 24
_ALONE_KEYS: Final = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
"""Shift as well: many window managers keep Alt and the mouse for themselves."""

EdgeKind = Literal["gradient", "waiting", "data", "cut"]
_EDGE_WORDS: Final[dict[EdgeKind, str]] = {
    "gradient": translatable("gradient flows back"),
    "waiting": translatable("gradient will pass"),
    "data": translatable("data only"),
    "cut": translatable("gradient is cut"),
}
_NO_PASS: Final = PassProgress(0, 0, 0)


class Legend(CardFrame):
    """Counts per status; a click on a row hides or shows it, Alt-click shows it alone.

    It is closed at first: `legend_line` shows the counts and opens it.
    """

    hiddenChanged = Signal(object)
    """The hidden statuses, as a frozenset."""
    changed = Signal()
    """Another count, or another status is hidden."""
    opened = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setObjectName("legend")
        self.setAccessibleName(tr("Legend"))
        self._head = _Heading(theme, self, tr("Operations"))
        self._rows = {key: StatusRow(theme, self, key) for key in LEGEND_ORDER}
        self._edge_head = _Heading(theme, self, tr("Edges"), ruled=True)
        self._pass_rows = {state: _PassRow(theme, self, state) for state in PASSES}
        self._total = 0
        self._progress: PassProgress | None = None
        self._edges = [_EdgeRow(theme, self, kind) for kind in _EDGE_WORDS]
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        for part in self._parts():
            self._column.addWidget(part)
        for row in self._rows.values():
            row.toggled.connect(self._tell)
            row.aloneRequested.connect(self._show_alone)
        self._column.setContentsMargins(1, 1, 1, 7)
        self.setFixedWidth(WIDTH)
        self._show_rows()
        self.hide()

    def open(self, opened: bool) -> None:
        """Show the card, or close it."""
        if opened != self.isVisible():
            self.setVisible(opened)
            self.raise_()
            self.opened.emit(opened)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.open(False)
        else:
            super().keyPressEvent(event)

    def _parts(self) -> list[_Part | StatusRow]:
        passing = self._pass_rows.values()
        return [self._head, *self._rows.values(), *passing, self._edge_head, *self._edges]

    @property
    def hidden_statuses(self) -> frozenset[StatusKey]:
        return frozenset(key for key, row in self._rows.items() if not row.isChecked())

    @property
    def hidden_words(self) -> str:
        """A sentence if the filter hides every operation; otherwise empty."""
        total = sum(row.count for row in self._rows.values())
        shown = sum(row.count for row in self._rows.values() if row.isChecked())
        if not total or shown:
            return ""
        text = ngettext(
            "The one operation is hidden by the filter. Show all:",
            "All {count} operations are hidden by the filter. Show all:",
            total,
        )
        return text.format(count=number(total))

    def row(self, key: StatusKey) -> StatusRow:
        return self._rows[key]

    def set_counts(self, counts: Mapping[StatusKey, int]) -> None:
        for key, row in self._rows.items():
            row.set_count(counts.get(key, 0))
        self._total = sum(counts.get(key, 0) for key in self._rows)
        self._show_head()
        self.changed.emit()

    @property
    def is_in_pass(self) -> bool:
        """Whether it shows the progress of a backward pass."""
        return self._progress is not None

    def passed(self, state: PassState) -> int:
        """Return how many nodes of the backward pass are in a state."""
        return dict(zip(PASSES, self._progress or _NO_PASS, strict=True))[state]

    @property
    def counts(self) -> dict[StatusKey, int]:
        return {key: row.count for key, row in self._rows.items()}

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for part in self._parts():
            part.set_theme(theme)

    def set_progress(self, progress: PassProgress | None) -> None:
        """Show the progress of a backward pass, at a moment inside it, instead of operations."""
        was, self._progress = self._progress, progress
        for row, count in zip(self._pass_rows.values(), progress or _NO_PASS, strict=True):
            row.set_count(count)
        self._show_head()
        if (was is None) != (progress is None):
            self._show_rows()
        self.changed.emit()

    def _show_rows(self) -> None:
        in_backward = self._progress is not None
        for row in self._rows.values():
            row.setVisible(not in_backward)
        for passing in self._pass_rows.values():
            passing.setVisible(in_backward)
        for edge in self._edges:
            edge.setVisible(in_backward or edge.kind != "waiting")
            passed = in_backward and edge.kind == "gradient"
            edge.set_words(tr("gradient has passed") if passed else tr(_EDGE_WORDS[edge.kind]))
        self.adjustSize()

    def _show_head(self) -> None:
        if self._progress is None:
            self._head.set_text(tr("Operations"), number(self._total))
            return
        total = sum(self._progress)
        text = ngettext("{count} function", "{count} functions", total)
        self._head.set_text(tr("Backward"), text.format(count=number(total)))

    def show_all(self) -> None:
        self._set_shown(frozenset(self._rows))

    def _show_alone(self, key: StatusKey) -> None:
        alone = frozenset({key})
        shown = frozenset(self._rows) - self.hidden_statuses
        self._set_shown(frozenset(self._rows) if shown == alone else alone)

    def _set_shown(self, shown: frozenset[StatusKey]) -> None:
        for key, row in self._rows.items():
            row.blockSignals(True)
            row.setChecked(key in shown)
            row.blockSignals(False)
            row.update()
        self._tell()

    def _tell(self) -> None:
        self.hiddenChanged.emit(self.hidden_statuses)
        self.changed.emit()


class StatusRow(QAbstractButton):
    """One status: swatch, glyph, word, count.  Checked while it is shown."""

    aloneRequested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget, key: StatusKey) -> None:
        super().__init__(parent)
        self._theme, self._key = theme, key
        self._count = 0
        self.setObjectName(f"legend_{key}")
        self.setCheckable(True)
        self.setChecked(True)
        self.setFixedHeight(ROW_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)  # paints again when the mouse comes or goes
        self.toggled.connect(self._describe)
        self._describe()

    @property
    def count(self) -> int:
        return self._count

    def set_count(self, count: int) -> None:
        self._count = count
        self._describe()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH - 2, ROW_HEIGHT)

    def _describe(self) -> None:
        count = f"{tr(STATUS_STYLES[self._key].label)}: {self._count}"
        if self.isChecked():
            said, tip = tr("shown"), tr("Click to hide, Alt-click to show it alone.")
        else:
            said, tip = tr("hidden"), tr("Click to show, Alt-click to show it alone.")
        self.setAccessibleName(listing((str(count), said)))
        self.setToolTip(f"{count}\n{tip}")

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            show_explained(self, event, self.toolTip(), self._key)
            return True
        return super().event(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self.take_alone(self, event):
            super().mouseReleaseEvent(event)

    def take_alone(self, clicked: QAbstractButton, event: QMouseEvent) -> bool:
        """Show this status alone if `clicked` was with the keys for that; return whether it was."""
        is_meant = clicked.isDown() and bool(event.modifiers() & _ALONE_KEYS)
        if is_meant:
            clicked.setDown(False)
            event.accept()
            self.aloneRequested.emit(self._key)
        return is_meant

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        canvas, colors = Canvas(painter, self._theme), self._theme.colors
        if self.underMouse() or self.isDown():
            painter.fillRect(self.rect(), colors.hover)
        if self.hasFocus():
            canvas.rounded(
                QRectF(self.rect()).adjusted(2, 1, -2, -1), 4, None, QPen(colors.ink, 1.5)
            )
        painter.setOpacity(1.0 if self.isChecked() else DIMMED)
        self._paint_content(canvas)
        painter.end()

    def _paint_content(self, canvas: Canvas) -> None:
        style, tone = STATUS_STYLES[self._key], self._theme.tone(self._key)
        color = self._theme.colors.text if self._count else self._theme.colors.text_tertiary
        x = _PADDING
        _paint_swatch(canvas, self._key, x, 5)
        x += _SWATCH + 8
        canvas.glyph(style.glyph, x, 5, 14, tone.graphic)
        baseline = ROW_HEIGHT / 2 + 4
        right = self.width() - _PADDING
        canvas.text(right, baseline, str(self._count), PLAIN, color, right=True)
        x += 14 + 8
        room = right - PLAIN.width(str(self._count)) - 6 - x
        label = PLAIN.elided(tr(style.label), room)
        canvas.text(x, baseline, label, PLAIN, color)
        if not self.isChecked():
            painter = canvas.painter
            painter.setPen(QPen(color, 1))
            y = ROW_HEIGHT / 2 + 0.5
            painter.drawLine(QPointF(x, y), QPointF(x + PLAIN.width(label), y))


def _paint_swatch(canvas: Canvas, key: StatusKey, x: float, y: float) -> None:
    """Paint a small node border, with dashes short enough to show at least two."""
    style, box = STATUS_STYLES[key], Box(x, y, _SWATCH, 14)
    dash = tuple(length * (0.62 if max(style.dash) > 4 else 1) for length in style.dash)
    border = Border(graphic(key), min(1.5, style.width), dash, style.dotted)
    canvas.play([Rect("outline", box, 3.5, node_fill(key), border)])
    if style.doubled:
        canvas.play([Rect("inner", shrunk(box, 3), 1.5, None, border)])


class _Part(QWidget):
    """A row that cannot be clicked."""

    def __init__(self, theme: Theme, parent: QWidget, height: int) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedHeight(height)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()


class _Heading(_Part):
    def __init__(self, theme: Theme, parent: QWidget, title: str, *, ruled: bool = False) -> None:
        super().__init__(theme, parent, _HEADER_HEIGHT + (7 if ruled else 0))
        self._title, self._ruled, self._number = title, ruled, ""

    def set_text(self, title: str, number: str) -> None:
        self._title, self._number = title, number
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        canvas, colors = Canvas(painter, self._theme), self._theme.colors
        if self._ruled:
            painter.fillRect(QRectF(0, 6, self.width(), 1), colors.divider)
        baseline = self.height() - 7
        canvas.text(_PADDING, baseline, self._title, SMALL, colors.text_tertiary)
        right = self.width() - _PADDING
        canvas.text(right, baseline, self._number, SMALL, colors.text_tertiary, right=True)
        painter.end()


class _PassRow(_Part):
    """The number of nodes of the running pass in one state."""

    def __init__(self, theme: Theme, parent: QWidget, state: PassState) -> None:
        super().__init__(theme, parent, ROW_HEIGHT)
        self.setObjectName(f"legend_{state}")
        self._state: PassState = state
        self._count = 0

    def set_count(self, count: int) -> None:
        self._count = count
        words = f"{tr(PASS_WORDS[self._state])}: {number(count)}"
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        canvas, colors = Canvas(painter, self._theme), self._theme.colors
        glyph, tone = PASSES[self._state]
        canvas.glyph(glyph, _PADDING, 5, 14, self._theme.tone(tone).graphic)
        baseline, right = ROW_HEIGHT / 2 + 4, self.width() - _PADDING
        color = colors.text if self._count else colors.text_tertiary
        canvas.text(right, baseline, number(self._count), PLAIN, color, right=True)
        canvas.text(_PADDING + 22, baseline, tr(PASS_WORDS[self._state]), PLAIN, color)
        painter.end()


class _EdgeRow(_Part):
    def __init__(self, theme: Theme, parent: QWidget, kind: EdgeKind) -> None:
        super().__init__(theme, parent, ROW_HEIGHT)
        self.kind = kind
        self._words = ""
        self.set_words(tr(_EDGE_WORDS[kind]))

    def set_words(self, words: str) -> None:
        self._words = words
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        canvas = Canvas(painter, self._theme)
        painter.translate(_PADDING, ROW_HEIGHT / 2)
        canvas.play(_EDGE_SAMPLES[self.kind])
        painter.resetTransform()
        x = _PADDING + _SWATCH + 8
        words = PLAIN.elided(self._words, self.width() - x - 6)
        canvas.text(x, ROW_HEIGHT / 2 + 4, words, PLAIN, self._theme.colors.text)
        painter.end()


_SAMPLE: Final = straight([(0, 0), (24, 0)])
_CUT: Final = Border(graphic("cut"), DATA_WIDTH)
_EDGE_SAMPLES: Final[dict[EdgeKind, Shapes]] = {
    "gradient": [Line(_SAMPLE, BORDERS["gradient"]), *chevron((12, 0), (1, 0), "panel")],
    "waiting": [Line(_SAMPLE, BORDERS["waiting"]), *chevron((12, 0), (1, 0), "panel")],
    "data": [Line(straight([(0, 0), (18, 0)]), BORDERS["data"]), arrow((0, 0), (23, 0))],
    "cut": [
        Line(straight([(0, 0), (9, 0)]), _CUT),
        *(Line(straight([(x, 5), (x + 3, -5)]), _CUT._replace(width=2)) for x in (8, 13)),
        Line(straight([(15, 0), (24, 0)]), _CUT),
    ],
}
