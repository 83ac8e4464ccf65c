"""Notices when another program writes, moves or deletes a file that is open here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

_SETTLE_MS = 100
"""Milliseconds to wait after a change: programs write files in several steps."""


class FileWatch(QObject):
    """Watches the files and their folders: most programs replace a file instead of writing it."""

    touched = Signal(object)
    """The path of a file that may have changed or been deleted."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._paths: frozenset[Path] = frozenset()
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._settle)
        self._watcher.directoryChanged.connect(self._settle)
        self._settling = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settling.timeout.connect(self._tell)

    def set_paths(self, paths: Iterable[Path]) -> None:
        self._paths = frozenset(paths)
        self._follow()

    def _follow(self) -> None:
        wanted = {str(path) for path in self._paths if path.exists()}
        wanted |= {str(path.parent) for path in self._paths if path.parent.is_dir()}
        watched = {*self._watcher.files(), *self._watcher.directories()}
        if gone := watched - wanted:
            self._watcher.removePaths(sorted(gone))
        if new := wanted - watched:
            self._watcher.addPaths(sorted(new))

    def _settle(self, _: str) -> None:
        self._settling.start()

    def _tell(self) -> None:
        self._follow()
        for path in sorted(self._paths):
            self.touched.emit(path)
