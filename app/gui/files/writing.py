"""Writing files in a thread, because making their content may take seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.gui.files.snippet_file import FileProblem, write_bytes
from app.gui.running.background import IsWanted, Latest, NotWantedError
from app.session.language import tr

Content = Callable[[IsWanted], bytes]
"""Returns the bytes of a file; raises `NotWantedError` when it is no longer wanted."""
Contents = Callable[[IsWanted], Mapping[Path, bytes]]
"""The same for several files."""


class Writer(QObject):
    written = Signal(str)
    """The path, or the first of several and the name of the last."""
    failed = Signal(str)
    """A sentence: the file that it names was not written; if it exists, it is unchanged."""

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self._thread = Latest(name, self)
        self._thread.answered.connect(self._tell)

    def write(self, path: Path, content: Content) -> None:
        """Write `content` to `path`; emit `written` or `failed` unless it is cancelled.

        The text of a `FileProblem` that `content` raises goes to `failed`.
        """
        self.write_files(lambda is_wanted: {path: content(is_wanted)})

    def write_files(self, contents: Contents) -> None:
        """Do the same with several files; they are written only when all are made."""

        def work(is_wanted: IsWanted) -> tuple[str, str]:
            try:
                files = contents(is_wanted)
                for path, data in files.items():
                    if is_wanted():
                        write_bytes(path, data)
            except NotWantedError:
                return "", ""  # nobody waits for it
            except FileProblem as problem:
                return "", str(problem)
            first, *others = files
            if not others:
                return str(first), ""
            return tr("{first} to {last}").format(first=first, last=others[-1].name), ""

        self._thread.ask(work)

    def cancel(self) -> None:
        """Do not write a file that is not yet written."""
        self._thread.forget()

    def close(self) -> None:
        """End the thread and wait for it."""
        self._thread.close()

    def _tell(self, _: int, answer: tuple[str, str]) -> None:
        written, problem = answer
        if problem:
            self.failed.emit(problem)
        else:
            self.written.emit(written)
