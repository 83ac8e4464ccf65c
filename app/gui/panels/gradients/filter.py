"""The filter line above the table of gradients."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from app.gui.theme.metrics import SPACE, SPACE_TINY
from app.session.language import tr


class GradientsFilter(QWidget):
    changed = Signal(str, bool)
    """The text, and whether only rows without a `.grad` are wanted."""
    left = Signal()
    """Escape, Enter or Down was pressed: the focus goes to the table."""

    def __init__(self) -> None:
        super().__init__()
        self.only_none = QToolButton()
        self.only_none.setText(tr("Only None"))
        self.only_none.setCheckable(True)
        self.only_none.setToolTip(tr("Show only rows whose .grad is None"))
        self.only_none.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.group = QToolButton()
        self.group.setProperty("chip", True)
        self.group.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.group.setToolTip(tr("Show all parameters again"))
        self.group.setAccessibleName(tr("Show all parameters again"))
        self.group.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.group.hide()
        self.field = _Field()
        self.field.setObjectName("gradientFilter")
        self.field.setPlaceholderText(tr("Filter by name or reason"))
        self.field.setAccessibleName(tr("Filter gradients by name or reason"))
        self.field.setClearButtonEnabled(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, SPACE_TINY, SPACE, SPACE_TINY)
        row.addWidget(self.group)
        row.addWidget(self.field, 1)
        self.field.textChanged.connect(self._tell)
        self.only_none.toggled.connect(self._tell)
        self.field.left.connect(self.left)

    def _tell(self) -> None:
        self.changed.emit(self.field.text(), self.only_none.isChecked())

    def show_group(self, words: str) -> None:
        """Show the name of the group that is shown; empty if all rows are."""
        self.group.setText(words)
        self.group.setVisible(bool(words))

    @property
    def group_text(self) -> str:
        """The name of the group that is shown, or empty."""
        return self.group.text()

    def clear(self) -> None:
        self.field.clear()
        self.only_none.setChecked(False)

    @property
    def is_on(self) -> bool:
        return bool(self.field.text().strip() or self.group_text) or self.only_none.isChecked()


class _Field(QLineEdit):
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.left.emit()
        else:
            super().keyPressEvent(event)
