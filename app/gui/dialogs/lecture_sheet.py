"""What the page of a lecture shows: its ground, and which parts."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QWidget,
)

from app.gui.theme.metrics import SPACE, SPACE_MEDIUM
from app.page.lectures.page import Ground, PageOptions
from app.session.language import tr


class LectureSheet(QDialog):
    """Asks for `options` before a lecture is exported."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setWindowTitle(tr("Export the lecture"))
        self._grounds = QButtonGroup(self)
        self._parts = [
            QCheckBox(words) for words in (tr("&Questions"), tr("&Code"), tr("&Gradients"))
        ]
        for part in self._parts:
            part.setChecked(True)
        names = (tr("The &reader's theme"), tr("&White"), tr("&Dark"))
        buttons = [QRadioButton(words) for words in names]
        for place, button in enumerate(buttons):
            self._grounds.addButton(button, place)
        buttons[0].setChecked(True)
        form = QFormLayout(self)
        form.setContentsMargins(SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM)
        form.setSpacing(SPACE)
        form.addRow(tr("Ground"), _row(buttons))
        form.addRow(tr("With"), _row(self._parts))
        said = QLabel(tr("One file, works without a network. Programs that were not run are run."))
        said.setProperty("secondary", True)
        form.addRow(said)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        export = box.addButton(tr("Export page…"), QDialogButtonBox.ButtonRole.AcceptRole)
        export.setProperty("primary", True)
        export.setDefault(True)
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        form.addRow(box)

    @property
    def options(self) -> PageOptions:
        grounds: tuple[Ground, ...] = ("reader", "white", "dark")
        return PageOptions(
            grounds[self._grounds.checkedId()], *(box.isChecked() for box in self._parts)
        )


def _row(widgets: list[QRadioButton] | list[QCheckBox]) -> QWidget:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(SPACE_MEDIUM)
    for widget in widgets:
        line.addWidget(widget)
    line.addStretch(1)
    return row
