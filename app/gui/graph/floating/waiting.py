"""What the user sees while a graph is laid out: the old picture pales, then a card can end it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QElapsedTimer, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.gui.graph.floating.overlay import CardFrame
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_BASE
from app.session.language import tr

VEIL_MS: Final = 150
"""Most layouts are faster: nothing flickers for those."""
HINT_MS: Final = 500
_TICK_MS: Final = 1000


class WaitingCard(CardFrame):
    """Says what takes long, and ends it; or asks before it begins."""

    accepted = Signal()
    cancelled = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setObjectName("waitingCard")
        self._words = QLabel(self)
        self._words.setFont(ui_font(FONT_BASE))
        self._accept = QToolButton(self)
        self._accept.setObjectName("acceptLayout")
        self._accept.setText(tr("Unfold"))
        self._accept.clicked.connect(self.accepted)
        self._cancel = QToolButton(self)
        self._cancel.setObjectName("cancelLayout")
        self._cancel.setText(tr("Cancel"))
        self._cancel.setToolTip(tr("Cancel this layout (Esc)"))
        self._cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(self._words)
        row.addWidget(self._accept)
        row.addWidget(self._cancel)
        self.hide()
        self.set_theme(theme)

    @property
    def words(self) -> str:
        return self._words.text()

    @property
    def is_asking(self) -> bool:
        return self.isVisible() and not self._accept.isHidden()

    def ask(self, words: str, room: QRectF) -> None:
        """Ask in the middle of `room` whether to begin."""
        self._show(words, room, asking=True)
        self._cancel.setFocus()

    def say(self, words: str, room: QRectF) -> None:
        """Show these words in the middle of `room`."""
        self._show(words, room, asking=False)

    def _show(self, words: str, room: QRectF, *, asking: bool) -> None:
        self._accept.setVisible(asking)
        self._words.setText(words)
        self.setAccessibleName(words)
        self.adjustSize()
        corner = room.center() - QRectF(self.rect()).center()
        self.move(corner.toPoint())
        self.raise_()
        self.show()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._words.setStyleSheet(f"color: {theme.colors.text.name()}; background: transparent;")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)


class Waiting(QObject):
    changed = Signal()
    """Another state is to be painted."""
    late = Signal()
    """It has taken so long that words are in place; again each second, as they count them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.is_veiled = False
        self.nodes = 0
        self._veil_timer = self._timer(VEIL_MS, self._veil)
        self._hint_timer = self._timer(HINT_MS, self._hint)
        self._since = QElapsedTimer()

    def _timer(self, milliseconds: int, then: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(then)
        return timer

    def start(self, nodes: int) -> None:
        """So many nodes are being laid out; a newer graph does not start the wait again."""
        self.nodes = nodes
        if not self.is_veiled and not self._veil_timer.isActive():
            self._veil_timer.start()
            self._hint_timer.start(HINT_MS)
            self._since.start()

    @property
    def seconds(self) -> int:
        """How long it has taken so far."""
        return self._since.elapsed() // 1000

    def _hint(self) -> None:
        self.late.emit()
        self._hint_timer.start(_TICK_MS)

    def stop(self) -> None:
        self._veil_timer.stop()
        self._hint_timer.stop()
        self.is_veiled = False

    def _veil(self) -> None:
        self.is_veiled = True
        self.changed.emit()
