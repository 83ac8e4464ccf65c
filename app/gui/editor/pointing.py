"""Emits the line under the mouse, so that its operations can be highlighted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QMouseEvent

if TYPE_CHECKING:
    from app.gui.editor.code_editor import CodeEditor


class LinePointing(QObject):
    """Watches the text and the gutter of one editor."""

    moved = Signal(int)
    """The line under the mouse, 1-based; 0 for none."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._line = 0
        for part in (editor.viewport(), editor.gutter):
            part.setMouseTracking(True)
            part.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            line = self._editor.line_at(event.position().y())
            self._tell(line.number if line is not None else 0)
        elif event.type() == QEvent.Type.Leave:
            self._tell(0)
        return super().eventFilter(watched, event)

    def _tell(self, line: int) -> None:
        if line != self._line:
            self._line = line
            self.moved.emit(line)
