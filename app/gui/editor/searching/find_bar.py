"""The bar below the text for finding and replacing."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from app.gui.editor.code_editor import CodeEditor
from app.gui.editor.searching.finding import MOST, Matches, Query, find, replacement
from app.gui.editor.text.line_endings import insert
from app.gui.editor.text.stand_ins import from_document, to_document
from app.gui.theme import Theme
from app.gui.theme.glyphs import Glyph
from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.language import ngettext, number, tr

_LONGEST_SELECTION = 200


class FindBar(QWidget):
    """Finds while the user types; Enter and F3 find the next, with Shift the previous."""

    def __init__(self, theme: Theme, editor: CodeEditor) -> None:
        super().__init__()
        self.setObjectName("findBar")
        self.setProperty("editorBar", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._editor = editor
        self._theme = theme
        self._found = Matches()
        self._icons: dict[QToolButton, Glyph] = {}
        self.what = self._field(tr("Find in the text"))
        self.instead = self._field(tr("Replace with"))
        self._count = QLabel()
        self._count.setProperty("secondary", True)
        self.case = self._toggle("Aa", tr("Match case (Alt+C)"), "Alt+C")
        self.word = self._toggle("W", tr("Whole words (Alt+W)"), "Alt+W")
        self.regex = self._toggle(".*", tr("Regular expression (Alt+R)"), "Alt+R")
        self._replace_buttons = [
            self._button(tr("Replace"), tr("Replace this match (Enter)"), self.replace_one),
            self._button(tr("Replace all"), tr("Replace all matches (Alt+A)"), self.replace_all),
        ]
        self._replace_buttons[1].setShortcut("Alt+A")
        self._place()
        self.what.textChanged.connect(self._on_query)
        for toggle in (self.case, self.word, self.regex):
            toggle.toggled.connect(self._on_query)
        editor.edited.connect(self._on_edit)
        editor.cursorPositionChanged.connect(self._show_count)
        editor.installEventFilter(self)
        self.set_theme(theme)
        self.hide()

    def _place(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE, 6, SPACE_SMALL, 6)
        grid.setHorizontalSpacing(SPACE_SMALL)
        grid.setVerticalSpacing(6)
        grid.addWidget(self.what, 0, 0)
        grid.addWidget(self._count, 0, 1)
        tools = QHBoxLayout()
        grid.addLayout(tools, 0, 2)
        tools.setSpacing(2)
        for widget in (
            self.case, self.word, self.regex,
            self._tool(
                "chevron_up", tr("Previous (Shift+Enter, Shift+F3)"), lambda: self.step(-1)
            ),
            self._tool("chevron_down", tr("Next (Enter, F3)"), lambda: self.step(1)),
            self._tool("close", tr("Close (Escape)"), self.leave),
        ):  # fmt: skip
            tools.addWidget(widget)
        grid.addWidget(self.instead, 1, 0)
        replacing = QHBoxLayout()
        grid.addLayout(replacing, 1, 1, 1, 2)
        replacing.setSpacing(SPACE_SMALL)
        for button in self._replace_buttons:
            replacing.addWidget(button)
        replacing.addStretch(1)
        grid.setColumnStretch(0, 1)

    def _field(self, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(name)
        field.setAccessibleName(name)
        field.setProperty("code", True)
        field.installEventFilter(self)
        return field

    def _toggle(self, text: str, tip: str, key: str) -> QToolButton:
        button = self._flat(tip)
        button.setText(text)
        button.setCheckable(True)
        button.setProperty("toggle", True)
        button.setShortcut(key)
        return button

    def _tool(self, glyph: Glyph, tip: str, work: object) -> QToolButton:
        button = self._flat(tip)
        button.clicked.connect(work)
        self._icons[button] = glyph
        return button

    def _button(self, text: str, tip: str, work: object) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.clicked.connect(work)
        return button

    def _flat(self, tip: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("flat", True)
        button.setProperty("small", True)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for button, glyph in self._icons.items():
            button.setIcon(theme.icon(glyph, size=14))

    # ------------------------------------------------------------------------------ opening

    def open(self, *, replacing: bool) -> None:
        """Show the bar with the selected text, if it is within a line, and focus it."""
        for widget in (self.instead, *self._replace_buttons):
            widget.setVisible(replacing)
        selected = self._editor.textCursor().selectedText()
        self.show()
        if selected and len(selected) <= _LONGEST_SELECTION and "\u2029" not in selected:
            self.what.setText(from_document(selected))
        self._search()
        self.what.setFocus()
        self.what.selectAll()

    def leave(self) -> None:
        """Close the bar and focus the text."""
        self.hide()
        self._editor.set_hits(())
        self._editor.setFocus()

    @property
    def query(self) -> Query:
        return Query(
            self.what.text(), self.case.isChecked(), self.word.isChecked(), self.regex.isChecked()
        )

    @property
    def count(self) -> str:
        """The text about the number of matches."""
        return self._count.text()

    # ------------------------------------------------------------------------------ finding

    def step(self, by: int) -> None:
        """Select the next match (+1) or the previous (−1), wrapping around."""
        cursor = self._editor.textCursor()
        if by > 0:
            self._select(self._found.at_or_after(cursor.selectionEnd()))
        else:
            self._select(self._found.before(cursor.selectionStart()))

    def _on_query(self) -> None:
        """Select the first match after the cursor while the user types."""
        self._search()
        self._select(self._found.at_or_after(self._editor.textCursor().selectionStart()))

    def _on_edit(self) -> None:
        if self.isVisible():
            self._search()

    def _search(self) -> None:
        self._found = find(self.query, self._editor.sheet.text)
        self._editor.set_hits(tuple((hit.start, hit.end) for hit in self._found.hits))
        self._show_count()

    def _select(self, number: int | None) -> None:
        if number is not None:
            hit = self._found.hits[number]
            self._editor.select(hit.start, hit.end)
        self._show_count()

    def _selected(self) -> int | None:
        """Return the number of the selected match, or None."""
        cursor, hits = self._editor.textCursor(), self._found.hits
        place = bisect_right(hits, cursor.selectionStart(), key=lambda hit: hit.start) - 1
        if place >= 0:
            hit = hits[place]
            if (hit.start, hit.end) == (cursor.selectionStart(), cursor.selectionEnd()):
                return place
        return None

    def _show_count(self) -> None:
        if not self.isVisible():
            return
        found, total = self._found, len(self._found.hits)
        place = self._selected()
        text = f"{number(total)}+" if total == MOST else number(total)
        if place is not None:
            text = tr("{place} of {total}").format(place=number(place + 1), total=text)
        if not total:
            text = "" if not self.what.text() else tr("No match")
        self._count.setText(tr("Invalid expression") if found.problem else text)
        self._count.setToolTip(found.problem)

    # ---------------------------------------------------------------------------- replacing

    def replace_one(self) -> None:
        """Replace the selected match and select the next; without one, only select the next."""
        place = self._selected()
        if place is None or self._editor.isReadOnly():
            self.step(1)
            return
        new = replacement(self.query, self._found.hits[place], self.instead.text())
        insert(self._editor.textCursor(), to_document(new))
        self.step(1)

    def replace_all(self) -> None:
        """Replace all matches in one undo step; keep the selection."""
        query, hits = self.query, self._found.hits
        if self._editor.isReadOnly():
            return
        cursor = QTextCursor(self._editor.document())
        cursor.beginEditBlock()
        for hit in reversed(hits):  # from the end, so that the places before stay right
            cursor.setPosition(hit.start)
            cursor.setPosition(hit.end, QTextCursor.MoveMode.KeepAnchor)
            insert(cursor, to_document(replacement(query, hit, self.instead.text())))
        cursor.endEditBlock()
        text = ngettext("{count} place replaced", "{count} places replaced", len(hits))
        text = text.format(count=number(len(hits)))
        self._count.setText(text if hits else tr("No match"))

    # --------------------------------------------------------------------------------- keys

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or not self.isVisible():
            return False
        if watched is self._editor and event.key() != Qt.Key.Key_F3:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F3):
                event.accept()  # not Stop, and not the graph's search
                return True
        elif event.type() == QEvent.Type.KeyPress:
            return self._on_key(watched, event)
        return False

    def _on_key(self, watched: object, event: QKeyEvent) -> bool:
        key = event.key()
        back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key == Qt.Key.Key_Escape:
            self.leave()
        elif key == Qt.Key.Key_F3:
            self.step(-1 if back else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not (
            event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            if watched is self.instead:
                self.replace_one()
            else:
                self.step(-1 if back else 1)
        else:
            return False
        return True
