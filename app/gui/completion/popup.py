"""The list of completions, with a card that describes the current one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QStringListModel, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QVBoxLayout,
    QWidget,
)

from app.gui.controls.corners import round_corners
from app.gui.theme.metrics import SPACE
from app.session.language import tr

_ROWS, _ROW_HEIGHT = 10, 24
_LEAST_WIDTH, _MOST_WIDTH, _CARD_WIDTH = 160, 300, 380
_GAP = 2


class Popup(QFrame):
    """Never takes the focus: the editor passes its keys on."""

    chosen = Signal(str)
    """A name was clicked."""
    pointed = Signal(str)
    """The name that is current now."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("completionPopup")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("popup", True)
        self._model = QStringListModel(self)
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setAccessibleName(tr("Completions"))
        self.list.setProperty("code", True)
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._card = self._make_card()
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        row.addWidget(self.list)
        row.addWidget(self._card)
        self._anchor = QRect()
        round_corners(self)
        self.list.clicked.connect(lambda index: self.chosen.emit(index.data()))
        self.list.selectionModel().currentChanged.connect(self._on_current)

    def _make_card(self) -> QFrame:
        card = QFrame()
        card.setProperty("popupCard", True)
        card.setFixedWidth(_CARD_WIDTH)
        self._title, self._text = QLabel(), QLabel()
        self._title.setProperty("code", True)
        self._text.setProperty("secondary", True)
        column = QVBoxLayout(card)
        column.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        for label in (self._title, self._text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            column.addWidget(label)
        column.addStretch(1)
        card.hide()
        return card

    @property
    def names(self) -> list[str]:
        return self._model.stringList()

    @property
    def current(self) -> str:
        found = self.list.currentIndex().data()
        return found if isinstance(found, str) else ""

    @property
    def description(self) -> str:
        """The text of the card; empty while there is none."""
        return "" if self._card.isHidden() else f"{self._title.text()}\n{self._text.text()}"

    def show_names(self, names: Sequence[str], anchor: QRect) -> None:
        """Show names below or above `anchor`, the word's start on the screen, one line high."""
        before = self.current
        self._anchor = anchor
        if names != self.names:
            self._model.setStringList(list(names))
        place = names.index(before) if before in names else 0
        self.list.setCurrentIndex(self._model.index(place))
        self._fit()
        self.show()

    def show_description(self, name: str, title: str, text: str) -> None:
        if name == self.current and (title or text):
            self._title.setText(title)
            self._title.setVisible(bool(title))
            self._text.setText(text)
            self._text.setVisible(bool(text))
            self._card.show()
            self._fit()

    def step(self, by: int) -> None:
        """Move down by so many names; a single step wraps around."""
        count, place = len(self.names), self.list.currentIndex().row() + by
        place = place % count if abs(by) == 1 else max(0, min(count - 1, place))
        self.list.setCurrentIndex(self._model.index(place))

    @property
    def page(self) -> int:
        return _ROWS - 1

    def _on_current(self) -> None:
        self._card.hide()
        self._fit()
        if self.current:
            self.pointed.emit(self.current)

    def _fit(self) -> None:
        widest = max((len(name) for name in self.names), default=0)
        letter = self.list.fontMetrics().horizontalAdvance("m")
        width = max(_LEAST_WIDTH, min(_MOST_WIDTH, widest * letter + 40))
        height = min(_ROWS, max(1, len(self.names))) * _ROW_HEIGHT + 2
        self.list.setFixedSize(width, height)
        if not self._card.isHidden():
            width += _CARD_WIDTH
            height = max(height, min(_ROWS * _ROW_HEIGHT, self._card.heightForWidth(_CARD_WIDTH)))
        self.resize(width + 2, height + 2)
        self._card.setMaximumHeight(height)
        self.move(_beside(self._anchor, self.size().width(), self.size().height()))


class Hint(QLabel):
    """One line above the cursor: the call that is being written."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("signatureHint")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setProperty("popupHint", True)
        self.setTextFormat(Qt.TextFormat.RichText)
        round_corners(self)

    def show_at(self, html: str, plain: str, anchor: QRect) -> None:
        """Show the hint above `anchor`, or below it if there is no room."""
        self.setText(html)
        self.setAccessibleName(plain)
        most = _screen_at(anchor.center()).width() - 16
        self.setWordWrap(False)
        if self.sizeHint().width() > min(most, 720):
            self.setWordWrap(True)
            self.setFixedWidth(min(most, 720))
        else:
            self.setMinimumWidth(0)
            self.setMaximumWidth(16_777_215)
        self.adjustSize()
        screen = _screen_at(anchor.center())
        top = anchor.top() - self.height() - _GAP
        if top < screen.top():
            top = anchor.bottom() + _GAP
        left = max(screen.left(), min(anchor.left(), screen.right() - self.width()))
        self.move(left, top)
        self.show()


def _beside(anchor: QRect, width: int, height: int) -> QPoint:
    screen = _screen_at(anchor.center())
    top = anchor.bottom() + _GAP
    if top + height > screen.bottom():
        top = anchor.top() - height - _GAP
    left = max(screen.left(), min(anchor.left(), screen.right() - width))
    return QPoint(left, top)


def _screen_at(place: QPoint) -> QRect:
    screen = QGuiApplication.screenAt(place) or QGuiApplication.primaryScreen()
    return screen.availableGeometry()
