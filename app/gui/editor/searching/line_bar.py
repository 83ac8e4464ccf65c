"""The bar below the text for going to a line."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt

from app.gui.controls.go_to_bar import GoToBar
from app.gui.editor.code_editor import CodeEditor
from app.gui.theme.metrics import SPACE
from app.session.language import number, tr

_PLACE = re.compile(r"\s*(\d+)\s*(?:[:,]\s*(\d+))?\s*")


class LineBar(GoToBar):
    """Accepts "12" and "12:5" (line and column, both from 1); the text scrolls while typing."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__(tr("Go to line"), tr("Line to go to"), 96)
        self.setObjectName("lineBar")
        self.setProperty("editorBar", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.row.setContentsMargins(SPACE, 6, SPACE, 6)
        self.row.addStretch(1)
        self._editor = editor
        self._before = 0
        self.typed.connect(self._follow)
        self.left.connect(self._leave)

    def open(self) -> None:
        cursor = self._editor.textCursor()
        self._before = cursor.position()
        note = tr("of {line_count}").format(line_count=number(self._editor.line_count))
        self.ask(cursor.blockNumber() + 1, note)

    def _follow(self, text: str) -> None:
        if (found := _PLACE.fullmatch(text)) is None:
            return
        line = min(max(1, int(found[1])), self._editor.blockCount())
        column = max(0, int(found[2]) - 1) if found[2] else 0
        self._editor.show_place(line, column)

    def _leave(self, stays: bool) -> None:
        if not stays:
            self._editor.select(self._before, self._before)
        self._editor.setFocus()
