"""What a scene keeps, field by field, to be edited."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.gui.controls.elided_label import ElidedLabel
from app.gui.controls.form import fill_form
from app.gui.panels.arrow_box import ArrowBox
from app.gui.theme.metrics import SPACE, SPACE_MEDIUM, SPACE_SMALL, SPACE_TINY
from app.gui.toolbar import LevelSwitch
from app.session.language import tr

if TYPE_CHECKING:
    from app.session.asking.questions import RoomQuestion
    from app.session.scenes.records import Scene

_HEIGHT, _LINES = 28, 54
"""The heights of fields with one line and with several, in pixels."""


class SceneView(NamedTuple):
    """A scene as it is shown for editing.

    `position` is that of its moment in the run, of `end`; None where no run is known.
    """

    scene: Scene
    place: int
    total: int
    position: int | None
    end: int
    missing: str
    questions: Sequence[RoomQuestion] = ()
    """What a room may be asked about the run, where the scene is covered."""
    asked: int | None = None
    """The one of these that is asked first; None asks in the usual order."""


class SceneInspector(QScrollArea):
    edited = Signal(str, dict)
    """The name of a scene, and its fields that are others now."""
    positionChosen = Signal(int)
    """The scene is to show this position of the run."""
    questionChosen = Signal(object)
    """The question that the scene is to ask first, by its place; None asks in the usual order."""
    takeWanted = Signal()
    showWanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Scene"))
        self._scene: Scene | None = None
        self._heading, self._missing = QLabel(), QLabel(wordWrap=True)
        self._heading.setProperty("heading", True)
        self._missing.setProperty("problem", True)
        self.name = QLineEdit()
        self.step, self.zoom = _Step(), QSpinBox()
        for field in (self.step, self.zoom):
            field.setFixedHeight(_HEIGHT)
            field.lineEdit().setTextMargins(SPACE_SMALL, 0, 0, 0)
        self.zoom.setRange(0, 800)
        self.zoom.setSingleStep(10)
        self.zoom.setSuffix(tr(" %"))
        self.zoom.setSpecialValueText(tr("Whole graph"))
        self.selection = ElidedLabel()
        self.clear = QPushButton(tr("Clear"))
        self.beside, self.alone = ElidedLabel(), QPushButton(tr("Clear"))
        self.level = LevelSwitch()
        self.spotlight = QCheckBox(tr("Spotlight"))
        self.numbers = QCheckBox(tr("Numbers"))
        self.covered = QCheckBox(tr("Ask the room"))
        self.question, self.choices = ArrowBox(), QLabel(wordWrap=True)
        self.question.setSizeAdjustPolicy(
            ArrowBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.choices.setProperty("secondary", True)
        self.sentence, self.notes = self._lines(), self._lines()
        self.take = QPushButton(tr("Take from the window"))
        self.show_it = QPushButton(tr("Show"))
        self._place()
        self._connect()

    def _lines(self) -> QPlainTextEdit:
        field = QPlainTextEdit()
        field.setProperty("framed", True)
        field.setTabChangesFocus(True)
        field.setFixedHeight(_LINES)
        field.installEventFilter(self)
        return field

    def _place(self) -> None:
        selected, checks, level = QWidget(), QWidget(), QWidget()
        compared = QWidget()
        row = QHBoxLayout(compared)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.beside, 1)
        row.addWidget(self.alone)
        compared.setFocusProxy(self.alone)
        row = QHBoxLayout(level)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.level)
        row.addStretch(1)
        level.setFocusProxy(self.level)
        row = QHBoxLayout(selected)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.selection, 1)
        row.addWidget(self.clear)
        selected.setFocusProxy(self.clear)
        column = QVBoxLayout(checks)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for check in (self.spotlight, self.numbers, self.covered):
            column.addWidget(check)
        checks.setFocusProxy(self.spotlight)
        asked = QWidget()
        column = QVBoxLayout(asked)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.question)
        column.addWidget(self.choices)
        asked.setFocusProxy(self.question)
        body = QWidget()
        outer = QVBoxLayout(body)
        outer.setContentsMargins(SPACE_MEDIUM, SPACE, SPACE_MEDIUM, SPACE)
        outer.setSpacing(SPACE_SMALL)
        for part in (self._heading, self._missing):
            outer.addWidget(part)
        form, buttons = QFormLayout(), QHBoxLayout()
        self._form = form
        outer.addLayout(form)
        outer.addLayout(buttons)
        outer.addStretch(1)
        fill_form(
            form,
            (
                (tr("Name"), self.name), (tr("Step"), self.step), (tr("Zoom"), self.zoom),
                (tr("Selection"), selected), (tr("Beside"), compared), (tr("Level"), level),
                (tr("Show"), checks), (tr("Question"), asked),
                (tr("Sentence"), self.sentence), (tr("Notes"), self.notes),
            ),
        )  # fmt: skip
        form.setVerticalSpacing(SPACE_TINY)
        self._asked = asked
        for check in (self.spotlight, self.numbers, self.covered):
            check.setAccessibleName(check.text())
        self._compared = compared
        self.alone.setAccessibleName(tr("Show the scene without the run beside it"))
        self.clear.setAccessibleName(tr("Clear the selection of the scene"))
        for button in (self.take, self.show_it):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.setWidget(body)

    def _connect(self) -> None:
        self.name.editingFinished.connect(lambda: self._edit(name=self.name.text().strip()))
        self.step.valueChanged.connect(self.positionChosen)
        self.zoom.valueChanged.connect(lambda zoom: self._edit(zoom=zoom / 100 if zoom else None))
        self.clear.clicked.connect(lambda: self._edit(selection=()))
        self.alone.clicked.connect(lambda: self._edit(beside=None))
        self.level.changed.connect(lambda level: self._edit(level=level))
        self.spotlight.toggled.connect(lambda _: self._edit(spotlight=None, part=None))
        self.numbers.toggled.connect(lambda on: self._edit(numbers=on))
        self.covered.toggled.connect(lambda on: self._edit(covered=on))
        self.question.activated.connect(
            lambda place: self.questionChosen.emit(place - 1 if place else None)
        )
        self.take.clicked.connect(self.takeWanted)
        self.show_it.clicked.connect(self.showWanted)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.keep_words()
        return super().eventFilter(watched, event)

    def keep_words(self) -> None:
        """Take over what is written in the fields of several lines."""
        self._edit(**self._words())

    def _words(self) -> dict[str, str]:
        fields = {"sentence": self.sentence, "notes": self.notes}
        return {name: " ".join(field.toPlainText().split()) for name, field in fields.items()}

    def _edit(self, **fields: object) -> None:
        if self._scene is not None:
            self._tell(self._scene, fields)

    def _tell(self, scene: Scene, fields: Mapping[str, object]) -> None:
        changed = {key: value for key, value in fields.items() if getattr(scene, key) != value}
        if changed:
            self.edited.emit(scene.name, changed)

    def show_scene(self, view: SceneView) -> None:
        """Show the fields of a scene; what was written for the one before is kept."""
        before, words = self._scene, self._words()
        scene = self._scene = view.scene
        is_other = before is None or before.name != scene.name
        self._show(view, is_other=is_other)
        if before is not None and is_other:
            self._tell(before, words)

    def _show(self, view: SceneView, *, is_other: bool) -> None:
        scene = view.scene
        text = tr("Scene {place} of {count}")
        self._heading.setText(text.format(place=view.place + 1, count=view.total))
        self._missing.setText(tr("⚠ {missing}. Take the scene from the window again.").format(
            missing=view.missing))  # fmt: skip
        self._missing.setVisible(bool(view.missing))
        fields = (self.name, self.step, self.zoom, self.spotlight, self.numbers, self.covered)
        blocked = [QSignalBlocker(field) for field in fields]
        self.name.setText(scene.name)
        self.step.setEnabled(view.position is not None)
        self.step.setRange(0, view.end)
        self.step.setValue(view.end if view.position is None else view.position)
        self.zoom.setValue(0 if scene.zoom is None else round(scene.zoom * 100))
        self.zoom.setEnabled(bool(scene.things))
        self.selection.setText(_words_of(scene))
        self.clear.setEnabled(bool(scene.selection))
        self._form.setRowVisible(self._compared, scene.beside is not None)
        if scene.beside is not None:
            from app.session.scenes.beside import words_of  # loads msgspec

            self.beside.setText(words_of(scene.beside))
        self.level.show_value(scene.level)
        has_spotlight = scene.spotlight is not None or scene.part is not None
        self.spotlight.setChecked(has_spotlight)
        self.spotlight.setEnabled(has_spotlight)
        self.numbers.setChecked(scene.numbers)
        self.covered.setChecked(scene.covered)
        self._show_questions(view)
        for field, words in ((self.sentence, scene.sentence), (self.notes, scene.notes)):
            if is_other or not field.hasFocus():
                field.setPlainText(words)
        blocked.clear()

    def _show_questions(self, view: SceneView) -> None:
        """Offer the questions about the run, and say what there is to choose from."""
        self._form.setRowVisible(self._asked, bool(view.questions))
        words = [_plain(one.words) for one in view.questions]
        offered = [tr("In the usual order"), *words]
        if offered != [self.question.itemText(n) for n in range(self.question.count())]:
            self.question.clear()
            self.question.addItems(offered)
        self.question.setCurrentIndex(0 if view.asked is None else view.asked + 1)
        self.question.setToolTip(self.question.currentText())
        options = () if view.asked is None else view.questions[view.asked].options
        self.choices.setText("  ·  ".join(_plain(one.words) for one in options))
        self.choices.setVisible(bool(options))


class _Step(QSpinBox):
    """A position of the run; the last one is the end, where the whole run is shown."""

    def textFromValue(self, value: int) -> str:
        if value == self.maximum():
            return tr("end of the run")
        return tr("step {step} of {count}").format(step=value, count=self.maximum() - 1)

    def valueFromText(self, text: str) -> int:
        number = re.search(r"\d+", text)
        return self.maximum() if number is None else int(number[0])

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, place


def _plain(words: str) -> str:
    return words.replace("`", "")


def _words_of(scene: Scene) -> str:
    """Return what is selected in a scene, in words."""
    names = (one.code or one.name.rpartition(":")[2] for one in scene.selection)
    return ", ".join(names) or tr("nothing")
