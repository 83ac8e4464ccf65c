"""The choice of a Python: what is found on this machine with its torch, and any other by path."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QPushButton, QWidget

from app.gui.panels.arrow_box import ArrowBox
from app.process.interpreters import Interpreter, candidates, check
from app.session.language import tr
from app.session.run_settings import interpreter_name


class InterpreterFinder(QObject):
    """Looks for Pythons in a thread and remembers them."""

    found = Signal(object)
    """An `Interpreter`, each once for a file."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._known: dict[str, Interpreter] = {}
        self._stopped = threading.Event()

    def look(self, near: Path | None) -> None:
        """`found` follows for each that is on this machine, those near this file among them.

        Until `stop` is called.
        """
        self._stopped.clear()
        threading.Thread(target=self._look, args=(near,), name="interpreters", daemon=True).start()

    def stop(self) -> None:
        """Stop looking: the list is no longer shown."""
        self._stopped.set()

    def look_at(self, path: str) -> None:
        """Check one interpreter; `found` follows."""
        threading.Thread(target=self._tell, args=([path],), name="interpreters").start()

    def _look(self, near: Path | None) -> None:
        self._tell(takewhile(lambda _: not self._stopped.is_set(), candidates(near)))

    def _tell(self, paths: Iterable[str]) -> None:
        with suppress(RuntimeError):  # the window is gone
            for path in paths:
                known = self._known.get(path) or check(path)
                self._known[path] = known
                self.found.emit(known)


class InterpreterBox(QWidget):
    """A list that is filled while it is open.  Pythons that cannot trace are disabled, with why."""

    def __init__(self, finder: InterpreterFinder, chosen: str, default: str) -> None:
        super().__init__()
        self._finder = finder
        self._wanted = chosen
        self.box = ArrowBox()
        self.box.setObjectName("interpreterChoice")
        self.box.setAccessibleName(tr("Python"))
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.box.addItem(default, "")
        if chosen:
            self._add(chosen, chosen)
            self.box.setCurrentIndex(1)
            finder.look_at(chosen)
        browse = QPushButton(tr("Browse…"))
        browse.setAccessibleName(tr("Choose a Python by its path"))
        browse.clicked.connect(self._browse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.box, 1)
        row.addWidget(browse)
        self.setFocusProxy(self.box)
        finder.found.connect(self._show)

    @property
    def value(self) -> str:
        """The path; empty for the default."""
        return str(self.box.currentData())

    def set_value(self, path: str) -> None:
        self.box.setCurrentIndex(max(0, self.box.findData(path)))

    def _add(self, path: str, text: str) -> int:
        self.box.addItem(text, path)
        place = self.box.count() - 1
        self.box.setItemData(place, path, Qt.ItemDataRole.ToolTipRole)
        return place

    def _show(self, interpreter: Interpreter) -> None:
        place = self.box.findData(interpreter.path)
        if place < 0:
            place = self._add(interpreter.path, interpreter.path)
        self.box.setItemText(place, _words(interpreter))
        model = self.box.model()
        assert isinstance(model, QStandardItemModel)
        model.item(place).setEnabled(interpreter.problem is None)
        if interpreter.path == self._wanted and interpreter.problem is None:
            self.box.setCurrentIndex(place)

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Choose a Python that has torch"))
        if path:
            self._wanted = path
            self._finder.look_at(path)


def _words(interpreter: Interpreter) -> str:
    name = interpreter_name(interpreter.path)
    if interpreter.problem is not None:
        return f"{name} — {interpreter.problem}"
    return f"{name} — torch {interpreter.torch}, Python {interpreter.python}"
