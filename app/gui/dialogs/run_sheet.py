"""The Run settings dialog of a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.controls.form import fill_form
from app.gui.controls.interpreter_box import InterpreterBox, InterpreterFinder
from app.gui.controls.limit_box import LimitBox, limit_words
from app.gui.controls.room import Scrolled, fit_into_screen
from app.gui.theme.metrics import SPACE_MEDIUM, SPACE_SMALL
from app.session.language import tr
from app.session.run_settings import (
    RunSettings,
    RunSettingsError,
    environment_text,
    module_of,
    parse_environment,
)

_WIDTH = 600
_TEXT_HEIGHT = 64
_DEFAULT = -1
"""The value of a limit that means "as in the settings"."""


class RunSheet(QDialog):
    chosen = Signal(object, bool)
    """The `RunSettings`, and whether to run at once."""

    def __init__(
        self,
        parent: QWidget,
        settings: RunSettings,
        usual: RunSettings,
        path: Path | None,
        finder: InterpreterFinder,
    ) -> None:
        """`usual` has the defaults of limits and Python."""
        super().__init__(parent)
        self.setObjectName("runSheet")
        self.setWindowTitle(tr("Run settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._path = path
        self.arguments = _line(settings.arguments, tr("--lr 0.1 --epochs 3"))
        self.folder = _line(settings.folder, tr("The file's own folder"))
        name = module_of(path) if path else tr("package.module")
        self.module = _line(settings.module, tr("{name}, as python -m does").format(name=name))
        self.interpreter = InterpreterBox(finder, settings.interpreter, tr("Default Python"))
        self.environment = _text(
            environment_text(settings.environment), tr("NAME=value, one per line")
        )
        self.stdin = _text(settings.stdin, tr("What input() and sys.stdin read"))
        seconds = None if settings.seconds is None else round(settings.seconds)
        self.seconds = _limit(seconds, round(usual.seconds or 0), "s", 10)
        self.memory = _limit(settings.memory_mib, usual.memory_mib or 0, "MiB", 512)
        self.iterations = LimitBox(settings.iterations or 0, tr("iterations"), 1, {0: tr("never")})
        self.iterations.setToolTip(tr("After how many optimizer steps the run ends"))
        self.follow = _line(settings.follow, tr("Installed packages, as transformers.models"))
        self.no_follow = _line(settings.no_follow, tr("Packages of your own"))
        self._problem = QLabel(wordWrap=True)
        self._problem.setObjectName("runSheetProblem")
        self._problem.setProperty("problem", True)
        self._problem.hide()
        self._build()
        fit_into_screen(self, QSize(_WIDTH, self.sizeHint().height()))
        self.finished.connect(lambda _: finder.stop())
        finder.look(path)

    @property
    def problem(self) -> str:
        """Why the last choice was refused; empty if it was accepted."""
        return "" if self._problem.isHidden() else self._problem.text()

    def _build(self) -> None:
        title = QLabel(
            tr("How to run {name}").format(name=self._path.name)
            if self._path
            else tr("How to run this unsaved snippet")
        )
        title.setProperty("sheetTitle", True)
        form = QFormLayout()
        fill_form(
            form,
            (
                (tr("&Arguments"), self.arguments),
                (tr("Working &folder"), self._with_browse()),
                (tr("Run as modu&le"), self.module),
                (tr("&Python"), self.interpreter),
                (tr("&Environment"), self.environment),
                (tr("&Input"), self.stdin),
                (tr("&Time limit"), self.seconds),
                (tr("&Memory limit"), self.memory),
                (tr("&Stop after"), self.iterations),
                (tr("Follo&w packages"), self.follow),
                (tr("&Do not follow"), self.no_follow),
            ),
        )
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM)
        column.setSpacing(SPACE_MEDIUM)
        column.addWidget(title)
        column.addWidget(Scrolled(form), 1)
        column.addWidget(self._problem)
        buttons = QHBoxLayout()
        column.addLayout(buttons)
        self._add_buttons(buttons)

    def _with_browse(self) -> QWidget:
        browse = QPushButton(tr("Browse…"))
        browse.setAccessibleName(tr("Choose the working folder"))
        browse.clicked.connect(self._browse)
        field = QWidget()
        row = QHBoxLayout(field)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.folder, 1)
        row.addWidget(browse)
        field.setFocusProxy(self.folder)
        return field

    def _add_buttons(self, row: QHBoxLayout) -> None:
        reset, cancel = QPushButton(tr("Reset")), QPushButton(tr("Cancel"))
        reset.setToolTip(tr("Use the settings of a new file"))
        save, run = QPushButton(tr("Save")), QPushButton(tr("Save and run"))
        run.setToolTip(tr("Ctrl+Enter"))
        run.setDefault(True)
        run.setProperty("primary", True)
        for button in (reset, cancel, save):
            button.setAutoDefault(False)
        reset.clicked.connect(self._reset)
        cancel.clicked.connect(self.reject)
        save.clicked.connect(lambda: self._choose(run=False))
        run.clicked.connect(lambda: self._choose(run=True))
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, lambda: self._choose(run=True))
        row.setSpacing(SPACE_SMALL)
        row.addWidget(reset)
        row.addStretch(1)
        for button in (cancel, save, run):
            row.addWidget(button)

    def _browse(self) -> None:
        start = str(self._path.parent) if self._path else ""
        folder = QFileDialog.getExistingDirectory(self, tr("Choose the working folder"), start)
        if folder:
            self.folder.setText(folder)

    def _reset(self) -> None:
        for field in (
            self.arguments, self.folder, self.module, self.environment, self.stdin, self.follow,
            self.no_follow,
        ):  # fmt: skip
            field.clear()
        self.interpreter.set_value("")
        self.seconds.setValue(_DEFAULT)
        self.memory.setValue(_DEFAULT)
        self.iterations.setValue(0)

    def _choose(self, *, run: bool) -> None:
        try:
            settings = self._settings()
        except RunSettingsError as problem:
            self._problem.setText(str(problem))
            self._problem.show()
            return
        self.accept()
        self.chosen.emit(settings, run)

    def _settings(self) -> RunSettings:
        """Raises RunSettingsError."""
        seconds, memory = self.seconds.value(), self.memory.value()
        settings = RunSettings(
            arguments=self.arguments.text().strip(),
            folder=self.folder.text().strip(),
            module=self.module.text().strip(),
            interpreter=self.interpreter.value,
            stdin=self.stdin.toPlainText(),
            seconds=None if seconds == _DEFAULT else float(seconds),
            memory_mib=None if memory == _DEFAULT else memory,
            iterations=self.iterations.value() or None,
            follow=self.follow.text().strip(),
            no_follow=self.no_follow.text().strip(),
        )
        settings.argument_list()
        settings.working_folder(str(self._path) if self._path else None)
        return replace(settings, environment=parse_environment(self.environment.toPlainText()))


def _limit(value: int | None, usual: int, unit: str, step: int) -> LimitBox:
    words = {
        _DEFAULT: tr("Default ({value})").format(value=limit_words(usual, unit)),
        0: tr("no limit"),
    }
    return LimitBox(_DEFAULT if value is None else value, unit, step, words)


def _line(text: str, placeholder: str) -> QLineEdit:
    field = QLineEdit(text)
    field.setPlaceholderText(placeholder)
    field.setProperty("code", True)
    return field


def _text(text: str, placeholder: str) -> QPlainTextEdit:
    field = QPlainTextEdit(text)
    field.setPlaceholderText(placeholder)
    field.setProperty("code", True)
    field.setFixedHeight(_TEXT_HEIGHT)
    field.setTabChangesFocus(True)
    field.setProperty("framed", True)
    return field
