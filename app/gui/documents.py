"""The file behind the editor: opened, saved, guarded against being lost."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.gui import snippet_file
from app.gui.editor.code_editor import CodeEditor
from app.gui.settings import Settings
from app.gui.snippet_file import FileProblem, SnippetText

UNTITLED = "Untitled"
_PYTHON = "Python (*.py);;All files (*)"
_DRAFT_MS = 1000


class Documents(QObject):
    """One snippet at a time.  What was typed is lost only if the user says so.

    Unsaved text is written to a draft a second after the last key, so that it is there again
    after a crash.
    """

    changed = Signal()
    """The path, or whether there is something to save."""
    opened = Signal()
    """Another text is in the editor."""
    failed = Signal(str)
    """A file could not be read or written; a sentence."""

    def __init__(self, editor: CodeEditor, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._editor, self._settings, self._window = editor, settings, window
        self.path: Path | None = None
        self._title = UNTITLED
        self._newline = "\n"
        self._drafter = QTimer(self, singleShot=True, interval=_DRAFT_MS)
        self._drafter.timeout.connect(self.save_draft)
        editor.document().modificationChanged.connect(lambda _: self.changed.emit())
        editor.document().contentsChanged.connect(self._drafter.start)

    @property
    def name(self) -> str:
        return self.path.name if self.path else self._title

    @property
    def is_modified(self) -> bool:
        return self._editor.document().isModified()

    # ---------------------------------------------------------------------------- opening

    def show_text(self, text: str, *, title: str = UNTITLED, path: Path | None = None) -> None:
        """Put a text into the editor, without asking about the one that is there."""
        self.path, self._title, self._newline = path, title, "\n"
        self._editor.replace_text(text)
        self.drop_draft()
        self.opened.emit()
        self.changed.emit()

    def new(self) -> None:
        if self.may_leave():
            self.show_text("")

    def open_example(self, path: Path) -> None:
        """As a text without a file: examples stay as they are."""
        if not self.may_leave():
            return
        try:
            self.show_text(snippet_file.read(path).text, title=path.name)
        except FileProblem as problem:
            self.failed.emit(str(problem))

    def choose_and_open(self) -> None:
        folder = str(self.path.parent) if self.path else ""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open a snippet", folder, _PYTHON)
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> bool:
        """Show a file.  Where it cannot be read, the text that is there stays."""
        try:
            found = snippet_file.read(path)
        except FileProblem as problem:
            self.failed.emit(str(problem))
            return False
        if not self.may_leave():
            return False
        self.show_text(found.text, path=path.resolve())
        self._newline = found.newline
        self._settings.add_recent(path.resolve())
        return True

    # ----------------------------------------------------------------------------- saving

    def save(self) -> bool:
        """Whether the text is on disk now."""
        return self._write(self.path) if self.path else self.save_as()

    def save_as(self) -> bool:
        suggestion = str(
            self.path or (self._title if self._title.endswith(".py") else "snippet.py")
        )
        name, _ = QFileDialog.getSaveFileName(self._window, "Save the snippet", suggestion, _PYTHON)
        return bool(name) and self._write(Path(name).resolve())

    def _write(self, path: Path) -> bool:
        text = SnippetText(self._editor.toPlainText(), self._newline)
        try:
            snippet_file.write(path, text)
        except FileProblem as problem:
            self.failed.emit(str(problem))
            return False
        self.path = path
        self._settings.add_recent(path)
        self._editor.document().setModified(False)
        self.drop_draft()
        self.changed.emit()
        return True

    def may_leave(self) -> bool:
        """Whether the text in the editor may go: saved, or given up by the user."""
        if not self.is_modified:
            return True
        button = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window,
            "Save the changes?",
            f"{self.name} has changes that are not saved.",
            button.Save | button.Discard | button.Cancel,
            button.Save,
        )
        if answer == button.Save:
            return self.save()
        if answer == button.Discard:
            self.drop_draft()
            return True
        return False

    # ----------------------------------------------------------------------------- drafts

    def save_draft(self) -> None:
        if not self.is_modified:
            return
        draft = {
            "text": self._editor.toPlainText(),
            "path": str(self.path) if self.path else None,
            "title": self._title,
        }
        path = self._settings.draft_path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            snippet_file.write(path, SnippetText(json.dumps(draft), "\n"))
        except (OSError, FileProblem):
            return  # a draft is a second net: a full disk must not disturb the writing

    def drop_draft(self) -> None:
        self._drafter.stop()
        self._settings.draft_path.unlink(missing_ok=True)

    def recover_draft(self) -> bool:
        """Show the text that the last window had no time to save, if there is one."""
        try:
            draft = json.loads(self._settings.draft_path.read_text(encoding="utf-8"))
            text, path, title = draft["text"], draft["path"], draft["title"]
        except (OSError, ValueError, LookupError, TypeError):
            return False
        if not isinstance(text, str):
            return False
        self.path = Path(path) if isinstance(path, str) else None
        self._title = title if isinstance(title, str) else UNTITLED
        self._editor.replace_text(text)
        self._editor.document().setModified(True)
        self.opened.emit()
        self.changed.emit()
        return True
