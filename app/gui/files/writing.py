"""Writing files in a thread, because making their content may take seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.gui.files.snippet_file import FileProblem, write_bytes
from app.gui.running.background import IsWanted, Latest, NotWantedError

Content = Callable[[IsWanted], bytes]
"""Returns the bytes of a file; raises `NotWantedError` when it is no longer wanted."""


class Writer(QObject):
    written = Signal(str)
    """The path."""
    failed = Signal(str)
    """A sentence: nothing was written, and an existing file is unchanged."""

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self._thread = Latest(name, self)
        self._thread.answered.connect(self._tell)

    def write(self, path: Path, content: Content) -> None:
        """Write `content` to `path`; emit `written` or `failed` unless it is cancelled.

        The text of a `FileProblem` that `content` raises goes to `failed`.
        """

        def work(is_wanted: IsWanted) -> tuple[Path, str]:
            try:
                data = content(is_wanted)
                if is_wanted():
                    write_bytes(path, data)
            except NotWantedError:
                pass  # nobody is told
            except FileProblem as problem:
                return path, str(problem)
            return path, ""

        self._thread.ask(work)

    def cancel(self) -> None:
        """Do not write a file that is not yet written."""
        self._thread.forget()

    def close(self) -> None:
        """End the thread and wait for it."""
        self._thread.close()

    def _tell(self, _: int, answer: tuple[Path, str]) -> None:
        path, problem = answer
        if problem:
            self.failed.emit(problem)
        else:
            self.written.emit(str(path))
