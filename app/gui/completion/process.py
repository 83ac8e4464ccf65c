"""The client of the completing process: asks it, restarts it, ends it."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, Signal

_LAUNCH = Path(__file__).resolve().parents[2] / "completion" / "launch.py"
_MOST_STARTS = 5
"""The number of starts after which a process that dies is not started again."""
_END_MS = 2000


def _kill(process: QProcess) -> None:
    """Kill the process and, where there are process groups, jedi's own process."""
    number = process.processId()  # 0 once it is gone, which would be our own group
    if hasattr(os, "killpg") and number > 0:
        with suppress(ProcessLookupError, PermissionError):  # it has no group yet, or is gone
            os.killpg(number, signal.SIGKILL)
    process.kill()


class CompletionProcess(QObject):
    """Starts at the first question or `warm`.  Only `close` waits."""

    answered = Signal(object)
    """A dict: the answer to the newest question of its `kind`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._interpreter = sys.executable
        self._process: QProcess | None = None
        self._starts = 0
        self._number = 0
        self._newest: dict[str, int] = {}
        self._closed = False

    def use(self, interpreter: str) -> None:
        """Complete with the packages of this Python from now on; the program's own if empty."""
        interpreter = interpreter or sys.executable
        if interpreter != self._interpreter:
            self._interpreter = interpreter
            self._starts = 0
            was_running = self._process is not None
            self._end()
            if was_running:
                self.warm()

    def warm(self) -> None:
        """Start the process and have it read common packages."""
        if self._process is None and not self._closed and self._starts < _MOST_STARTS:
            self._starts += 1
            process = QProcess(self)
            process.setStandardErrorFile(QProcess.nullDevice())
            process.readyReadStandardOutput.connect(self._read)
            process.finished.connect(self._on_finished)
            self._process = process
            process.start(sys.executable, [str(_LAUNCH), self._interpreter])

    def ask(self, kind: str, **question: Any) -> None:
        """Ask a question; the answer to an older one of this kind is dropped."""
        self.warm()
        if self._process is not None:
            self._number += 1
            self._newest[kind] = self._number
            line = json.dumps({"id": self._number, "kind": kind, **question}) + "\n"
            self._process.write(line.encode())

    def forget(self, kind: str) -> None:
        """Drop the answer to the last question of this kind."""
        self._newest.pop(kind, None)

    def close(self) -> None:
        self._closed = True
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        self._newest.clear()
        if process is not None:
            process.readyReadStandardOutput.disconnect(self._read)
            process.finished.disconnect(self._on_finished)
            _kill(process)
            process.waitForFinished(_END_MS)
            process.deleteLater()

    def _on_finished(self) -> None:
        self._process = None
        self._newest.clear()

    def _read(self) -> None:
        while self._process is not None and self._process.canReadLine():
            try:
                answer = json.loads(bytes(self._process.readLine().data()))
                is_newest = self._newest.get(answer["kind"]) == answer["id"]
            except (ValueError, LookupError, TypeError):
                continue
            if is_newest:
                self.answered.emit(answer)
