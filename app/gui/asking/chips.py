"""The options of a question in its line of the editor, as chips that can be clicked."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.gui.editor.code_editor import CodeEditor, VisibleLine
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_SMALL
from app.session.asking.round import Round

_HEIGHT, _GAP, _INSET = 18, 4, 12
_AROUND, _ALONE = 32, 28
"""The width of a chip beside its word, and without it."""


class GuessChips(QWidget):
    """It stays at the right end of its line, over the end of code that is longer."""

    guessed = Signal(int)

    def __init__(self, theme: Theme, editor: CodeEditor) -> None:
        super().__init__(editor.viewport())
        self._theme, self._editor = theme, editor
        self.setProperty("plain", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # no code between the chips
        self._line: int | None = None
        self.chips: list[QToolButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(_GAP, 0, _INSET, 0)
        self._row.setSpacing(_GAP)
        self.hide()
        editor.updateRequest.connect(self._place)
        editor.viewport().installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme

    def show_round(self, asked: Round | None, line: int | None) -> None:
        """Show the options of the question about a line of the shown text; None hides them."""
        self._line = line
        question = None if asked is None else asked.question
        for chip in self.chips:
            self._row.removeWidget(chip)
            chip.deleteLater()
        self.chips = []
        if asked is None or question is None or line is None:
            self.hide()
            return
        guess = asked.guesses.get(asked.now or 0)
        for number, option in enumerate(question.options):
            chip = QToolButton()
            chip.setProperty("guess", True)
            chip.setCheckable(True)
            chip.setChecked(number == guess)
            chip.setText(option.short)
            tone = None if option.tone is None else self._theme.tone(option.tone).graphic
            chip.setIcon(self._theme.icon(option.glyph, tone, 12))
            chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            chip.setAccessibleName(option.words)
            chip.setToolTip(f"{option.words} ({number + 1})")
            chip.clicked.connect(lambda _=False, number=number: self.guessed.emit(number))
            self._row.addWidget(chip)
            self.chips.append(chip)
        self._place()

    def _place(self) -> None:
        if self._line is None:
            return
        line = next((one for one in self._editor.visible_lines() if one.number == self._line), None)
        self.setVisible(line is not None)
        if line is not None:
            width = self._fit(line)
            left = self._editor.viewport().width() - width
            self.setGeometry(left, round(line.top), width, round(line.height))

    def _fit(self, line: VisibleLine) -> int:
        """Show the words where the code leaves room for them, else the glyphs alone.

        Return the width of all, which the row does not know before its new chips are shown.
        """
        text = line.block.layout().lineAt(0)
        end = self._editor.contentOffset().x() + text.x() + text.naturalTextWidth()
        room = self._editor.viewport().width() - _INSET - end
        metrics, scale = QFontMetrics(ui_font(FONT_SMALL, bold=True)), self._editor.scale
        wide = [metrics.horizontalAdvance(chip.text()) + _AROUND for chip in self.chips]
        has_words = sum(wide) + _GAP * len(wide) <= room
        style = Qt.ToolButtonStyle
        if not has_words:
            wide = [_ALONE] * len(wide)
        for chip, width in zip(self.chips, wide, strict=True):
            chip.setToolButtonStyle(
                style.ToolButtonTextBesideIcon if has_words else style.ToolButtonIconOnly
            )
            chip.setFixedSize(width, round(_HEIGHT * min(scale, 1.2)))
        return sum(wide) + _GAP * len(wide) + _INSET

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)
