"""What to do after the first example, below its text: open a file, the first lesson, examples."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.language import number, tr
from app.session.lectures.shipped import lessons


class NextSteps(QWidget):
    """A row of buttons; hidden until it is shown."""

    fileWanted = Signal()
    lessonWanted = Signal()
    examplesWanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("nextSteps")
        self.setProperty("lineFoot", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, SPACE_SMALL, SPACE, SPACE_SMALL)
        row.setSpacing(SPACE_SMALL)
        lesson = tr("Lesson 1 of {count}")
        for words, wanted in (
            (tr("Open a file"), self.fileWanted),
            (lesson.format(count=number(len(lessons().pages))), self.lessonWanted),
            (tr("More examples"), self.examplesWanted),
        ):
            button = QPushButton(words)
            button.clicked.connect(wanted)
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self._key(), 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def _key(self) -> QLabel:
        keys = QKeySequence(QKeySequence.StandardKey.Open)
        label = QLabel(keys.toString(QKeySequence.SequenceFormat.NativeText).replace("+", " "))
        label.setProperty("keycap", True)
        label.setToolTip(tr("Open a file"))
        return label
