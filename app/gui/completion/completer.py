"""When the editor asks for completions, and what the keys do while the list is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QTextCursor

from app.gui.completion.popup import Hint, Popup
from app.gui.completion.process import CompletionProcess
from app.gui.editor.code_editor import CodeEditor
from app.gui.editor.text.units import column_of, units
from app.session.language import number, tr

_WARM_AFTER_MS = 2500
"""Milliseconds from the first key to the start of the process."""
_ADDRESS = re.compile(r"(?<=\(scene:)[\w.-]*$")
_WORD = re.compile(r"[^\W\d]?\w*$")
_AFTER_WORD = re.compile(r"\w*")
_AFTER_ADDRESS = re.compile(r"[\w.-]*")
_AFTER_NO_NAME = re.compile(r"(^|[^\w.])[0-9][\w.]*\.$|\.\.$")
"""Dots of numbers and of relative imports, after which names are not completed."""


class Completer(QObject):
    """A dot and Ctrl+Space ask for names, an opening bracket for the call's parameters.

    `path` and `tensors` say where the text lies and which of its names a run showed to be
    tensors.  What is typed on narrows the list without asking again.  In the text of a lecture the
    names are its `scenes`.
    """

    def __init__(
        self,
        editor: CodeEditor,
        path: Callable[[], str | None],
        tensors: Callable[[], Iterable[str]],
        scenes: Callable[[], Iterable[str]],
    ) -> None:
        super().__init__(editor)
        self._editor, self._path, self._tensors = editor, path, tensors
        self._scenes = scenes
        self.process = CompletionProcess(self)
        self.popup = Popup(editor)
        self.hint = Hint(editor)
        self._names: list[str] = []
        self._start = 0
        """The position at which the completed word begins."""
        self._is_asked = False
        self._call: tuple[int, int] | None = None
        """The line of the call whose hint is shown, and the position of the question."""
        self._warm = QTimer(self, singleShot=True, interval=_WARM_AFTER_MS)
        self._warm.timeout.connect(self.process.warm)
        self.process.answered.connect(self._on_answer)
        self.popup.chosen.connect(self._insert)
        self.popup.pointed.connect(self._describe)
        editor.installEventFilter(self)
        editor.typed.connect(self._on_typed)
        editor.cursorPositionChanged.connect(self._follow)
        editor.edited.connect(self._follow)
        editor.sheetChanged.connect(self.hide)
        editor.verticalScrollBar().valueChanged.connect(self.hide)
        editor.horizontalScrollBar().valueChanged.connect(self.hide)

    def close(self) -> None:
        self._warm.stop()
        self.hide()
        self.process.close()

    def hide(self) -> None:
        self._hide_names()
        self._hide_hint()

    # ------------------------------------------------------------------------------- asking

    def complete(self) -> None:
        """Ask for names at the cursor; the list appears when the answer arrives."""
        if self._editor.isReadOnly():
            return
        cursor = self._editor.textCursor()
        before = cursor.block().text()[: column_of(cursor)]
        word = (_ADDRESS if self._is_text else _WORD).search(before)
        if self._is_text and word is None:
            return
        start = units(before, word.start() if word else len(before))
        self._start = cursor.block().position() + start
        self._is_asked = True
        if self._is_text:
            self._names = [*self._scenes()]
            self._show_names()
        else:
            self.process.ask("complete", **self._place(), tensors=list(self._tensors()))

    @property
    def _is_text(self) -> bool:
        return self._editor.sheet.language == "markdown"

    def _describe(self, name: str) -> None:
        if not self._is_text:
            self.process.ask("describe", name=name)

    def _ask_signature(self) -> None:
        self.process.ask("signature", **self._place())

    def _place(self) -> dict[str, Any]:
        cursor = self._editor.textCursor()
        return {
            "text": self._editor.sheet.text,
            "line": cursor.blockNumber() + 1,
            "column": column_of(cursor),
            "path": self._path(),
        }

    def _on_answer(self, answer: dict[str, Any]) -> None:
        match answer["kind"]:
            case "complete":
                self._names = [str(name) for name in answer.get("names", ())]
                self._show_names()
            case "describe":
                title = "\n".join(answer.get("signatures", ())) or answer.get("type", "")
                self.popup.show_description(answer.get("name", ""), title, answer.get("text", ""))
            case "signature":
                self._show_hint(answer)

    # ------------------------------------------------------------------------------- the list

    def _typed(self) -> str | None:
        """Return the typed part of the word; None if the cursor has left it."""
        cursor = self._editor.textCursor()
        start = QTextCursor(cursor)
        start.setPosition(min(self._start, self._editor.document().characterCount() - 1))
        if cursor.position() < self._start or start.block() != cursor.block():
            return None
        typed = cursor.block().text()[column_of(start) : column_of(cursor)]
        is_name = _ADDRESS.search(f"(scene:{typed}") if self._is_text else typed.isidentifier()
        return typed if not typed or is_name else None

    def _show_names(self) -> None:
        typed = self._typed() if self._is_asked else None
        names = [] if typed is None else _fitting(self._names, typed)
        if not names or names == [typed] or not self._editor.hasFocus():
            self._hide_names()
        else:
            self.popup.show_names(names, self._rect_at(self._start))

    def _hide_names(self) -> None:
        self._is_asked = False
        self.popup.hide()
        self.process.forget("complete")
        self.process.forget("describe")

    def _follow(self) -> None:
        """Update list and hint after the cursor or the text changed."""
        if self._is_asked:
            if self._typed() is None:
                self._hide_names()
            elif self.popup.isVisible():
                self._show_names()
        if self._call is not None:
            cursor = self._editor.textCursor()
            if abs(cursor.blockNumber() - self._call[0]) > 20 or cursor.position() < self._call[1]:
                self._hide_hint()
            else:
                self._ask_signature()

    def _insert(self, name: str) -> None:
        """Replace the word by the name."""
        self._hide_names()
        cursor = self._editor.textCursor()
        text = cursor.block().text()
        after = (_AFTER_ADDRESS if self._is_text else _AFTER_WORD).match(text, column_of(cursor))
        end = cursor.block().position() + units(text, after.end()) if after else cursor.position()
        cursor.setPosition(self._start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(name)
        self._editor.setTextCursor(cursor)

    def _rect_at(self, position: int) -> QRect:
        """Return the rectangle of a position on the screen, one line high."""
        cursor = QTextCursor(self._editor.document())
        cursor.setPosition(position)
        rect = self._editor.cursorRect(cursor)
        port = self._editor.viewport()
        return QRect(port.mapToGlobal(rect.topLeft()), rect.size())

    # ------------------------------------------------------------------------------- the hint

    def _show_hint(self, answer: dict[str, Any]) -> None:
        if "name" not in answer or self._call is None or not self._editor.hasFocus():
            self._hide_hint()
            return
        name, parameters = str(answer["name"]), [str(one) for one in answer["parameters"]]
        due, more = answer["index"], int(answer["more"])
        marked = [
            f"<b><u>{escape(one)}</u></b>" if place == due else escape(one)
            for place, one in enumerate(parameters)
        ]
        others = tr("and {count} more").format(count=number(more))
        others = f" &nbsp;<i>{escape(others)}</i>" if more else ""
        html = f"{escape(name)}({', '.join(marked)}){others}"
        plain = f"{name}({', '.join(parameters)})"
        self.hint.show_at(html, plain, self._rect_at(self._editor.textCursor().position()))

    def _hide_hint(self) -> None:
        self._call = None
        self.hint.hide()
        self.process.forget("signature")

    # ---------------------------------------------------------------------------------- keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QKeyEvent):
            if kind == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                if self.popup.isVisible() or self.hint.isVisible():
                    event.accept()  # not Stop
                    return True
            elif kind == QEvent.Type.KeyPress:
                return self._on_key(event)
        elif kind in (QEvent.Type.FocusOut, QEvent.Type.Hide):
            self.hide()
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape and (self.popup.isVisible() or self.hint.isVisible()):
            if self.popup.isVisible():
                self._hide_names()
            else:
                self._hide_hint()
            return True
        return self.popup.isVisible() and self._on_list_key(event)

    def _on_list_key(self, event: QKeyEvent) -> bool:
        steps = {
            Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: self.popup.page, Qt.Key.Key_PageUp: -self.popup.page,
        }  # fmt: skip
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        takes = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
        by = steps.get(Qt.Key(event.key()))
        if held != Qt.KeyboardModifier.NoModifier or (by is None and not takes):
            return False
        if by is not None:
            self.popup.step(by)
        else:
            self._insert(self.popup.current)
        return True

    def _on_typed(self, text: str) -> None:
        """React to a text that a key has inserted."""
        if self._is_text:
            if text == ":":
                self.complete()
            return
        if not self._warm.isActive():
            self._warm.start()
        cursor = self._editor.textCursor()
        if text not in (".", "(") or self._editor.is_quoted(cursor):
            return
        if text == ".":
            before = cursor.block().text()[: column_of(cursor)]
            if not _AFTER_NO_NAME.search(before):
                self.complete()
        elif text == "(":
            self._call = cursor.blockNumber(), cursor.position()
            self._ask_signature()


def _fitting(names: list[str], typed: str) -> list[str]:
    """Return names that begin with the typed text, then those that contain it; dunders last."""
    low = typed.lower()
    begin = [name for name in names if name.lower().startswith(low)]
    inside = [name for name in names if low in name.lower()[1:] and name not in set(begin)]
    if not typed.startswith("_"):
        begin.sort(key=lambda name: name.startswith("_"))
    begin.sort(key=lambda name: not name.startswith(typed))
    return begin + (inside if len(typed) > 1 else [])
