"""Unsaved text on disk, so that it is there again after a crash."""

from __future__ import annotations

import json
import os
import shutil
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import get_args

from PySide6.QtCore import QLockFile

from app.contract.records import Change, ChangeKind
from app.gui.files import snippet_file
from app.gui.files.snippet_file import FileProblem
from app.gui.running.background import Latest

_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Draft:
    """`text` has every character that would be saved.

    `path` is the file that the text is of, None for one that was never saved.
    """

    text: str
    path: str | None
    title: str
    what_if: tuple[Change, ...] = ()
    """The changes for its runs."""
    scenes: str = ""
    """The text of a file of its scenes, if those are not saved."""


class Drafts:
    """A folder of drafts for each window, locked while the window lives.

    Folders without a living window hold texts that were not saved.  Drafts are a safety net: a full
    disk or a read-only folder must not disturb the user, so nothing here raises; and as a slow disk
    must not hold the window, a thread writes.
    """

    def __init__(self, folder: Path) -> None:
        self._root = folder
        self._own: Path | None = None
        self._lock: QLockFile | None = None
        self._waiting: deque[tuple[int, Draft | None]] = deque()
        """With the numbers of their tabs; None for a draft that is to go."""
        self._writing = Lock()
        self._thread = Latest("drafts")

    def save(self, number: int, draft: Draft) -> None:
        """Write the draft of a tab, replacing the earlier one."""
        self._put(number, draft)

    def drop(self, number: int) -> None:
        """Delete the draft of a tab, whose text is saved or given up."""
        self._put(number, None)

    def _put(self, number: int, draft: Draft | None) -> None:
        self._waiting.append((number, draft))
        self._thread.ask(lambda _: self.flush())

    def flush(self) -> None:
        """Write what waits, after what is being written."""
        with self._writing:
            while self._waiting:
                with suppress(OSError, FileProblem):
                    self._write(*self._waiting.popleft())

    def _write(self, number: int, draft: Draft | None) -> None:
        if draft is not None:
            path = self._folder() / f"{number}.json"
            snippet_file.write_bytes(path, json.dumps(asdict(draft)).encode())
        elif self._own is not None:
            (self._own / f"{number}.json").unlink(missing_ok=True)

    def close(self) -> None:
        """Unlock the folder, so that the next window finds its drafts."""
        self._thread.close()
        self.flush()
        if self._lock is not None:
            self._lock.unlock()
        if self._own is not None and not _drafts_in(self._own):
            shutil.rmtree(self._own, ignore_errors=True)
        self._own = self._lock = None

    def left(self) -> list[Draft]:
        """Return the drafts that closed windows left, oldest first."""
        found = [path for folder in self._abandoned() for path in _drafts_in(folder)]
        found.sort(key=lambda path: path.stat().st_mtime)
        return [draft for path in found if (draft := _read(path)) is not None]

    def forget_left(self) -> None:
        """Delete the drafts that closed windows left, once the own ones are written."""
        self.flush()
        for folder in self._abandoned():
            shutil.rmtree(folder, ignore_errors=True)

    def _folder(self) -> Path:
        if self._own is None:
            self._root.mkdir(parents=True, exist_ok=True)
            number = 0
            while True:
                folder = self._root / f"{os.getpid()}-{number}"
                folder.mkdir(exist_ok=True)
                lock = QLockFile(str(folder / _LOCK))
                if not _drafts_in(folder) and lock.tryLock(0):
                    break
                number += 1
            self._own, self._lock = folder, lock
        return self._own

    def _abandoned(self) -> list[Path]:
        if not self._root.is_dir():
            return []
        others = [path for path in sorted(self._root.iterdir()) if path.is_dir()]
        return [path for path in others if path != self._own and _is_abandoned(path)]


def _is_abandoned(folder: Path) -> bool:
    lock = QLockFile(str(folder / _LOCK))
    if not lock.tryLock(0):  # it breaks the lock of a process that is gone
        return False
    lock.unlock()
    return True


def _drafts_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.json"))


def _read(path: Path) -> Draft | None:
    """Read a draft; None if it is damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        kinds, changes = get_args(ChangeKind), found.get("what_if", [])
        what_if = tuple(Change(kind, target) for kind, target in changes if kind in kinds)
        scenes = found.get("scenes", "")
        draft = Draft(found["text"], found["path"], found["title"], what_if, scenes)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    texts = draft.text, draft.title, draft.scenes
    is_whole = all(isinstance(text, str) for text in texts)
    is_whole = is_whole and all(isinstance(target, str) for _, target in what_if)
    return draft if is_whole and isinstance(draft.path, str | None) else None
