"""The status bar: how the last run ended, the cursor's position, the number of operations."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStatusBar, QToolButton, QWidget

from app.gui.controls.shortened import shortened
from app.gui.panels.chip import GlyphLabel
from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.gui.theme.metrics import SPACE, SPACE_MEDIUM, STATUS_BAR_HEIGHT
from app.session.language import tr


class StatusBar(QStatusBar):
    findingsClicked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.setFixedHeight(STATUS_BAR_HEIGHT + 1)
        self._glyph = GlyphLabel(theme, "check", "recorded", 14)
        self._glyph.hide()
        self._run = QLabel(tr("Ready"))
        self._environment = QLabel()
        self._cursor = QLabel(tr("Line 1, column 1"))
        self._operations = QLabel()
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(SPACE, 0, SPACE, 0)
        row.setSpacing(SPACE_MEDIUM)
        run = QHBoxLayout()
        row.addLayout(run)
        run.setSpacing(6)
        run.addWidget(self._glyph)
        run.addWidget(self._run)
        self._stop = QToolButton()
        self._stop.hide()
        run.addWidget(self._stop)
        row.addWidget(self._environment)
        self._findings = QToolButton()
        self._findings.setProperty("flat", True)
        self._findings.clicked.connect(self.findingsClicked)
        self._findings.setAccessibleName(tr("Findings"))
        self._findings.hide()
        self._severity = GlyphLabel(theme, "info", None, 14)
        self._severity.hide()
        found = QHBoxLayout()
        row.addLayout(found)
        found.setSpacing(0)
        found.addWidget(self._severity)
        found.addWidget(self._findings)
        row.addStretch(1)
        self._difference = QLabel()
        row.addWidget(self._difference)
        self._nudges = QLabel()
        row.addWidget(self._nudges)
        self._keys = QLabel()
        row.addWidget(self._keys)
        row.addWidget(self._cursor)
        row.addWidget(self._operations)
        self.addWidget(content, 1)

    def set_theme(self, theme: Theme) -> None:
        self._glyph.set_theme(theme)
        self._severity.set_theme(theme)

    def set_findings(self, text: str, glyph: Glyph = "info", tone: ToneKey | None = None) -> None:
        """Show the number of findings; "" hides it."""
        self._severity.set_glyph(glyph, tone)
        self._severity.setVisible(bool(text))
        self._findings.setText(text)
        self._findings.setAccessibleName(text or tr("Findings"))
        self._findings.setVisible(bool(text))

    @property
    def findings_text(self) -> str:
        return self._findings.text()

    def set_run(self, text: str, glyph: Glyph | None = None, tone: ToneKey | None = None) -> None:
        self._run.setText(shortened(text))
        self._glyph.setVisible(glyph is not None)
        if glyph is not None:
            self._glyph.set_glyph(glyph, tone)

    def set_stop(self, action: QAction) -> None:
        """Set the Stop action, whose button is shown during a run."""
        self._stop.setToolTip(action.toolTip())
        self._stop.setText(tr("Stop"))
        self._stop.setAccessibleName(tr("Stop the run"))
        self._stop.clicked.connect(action.trigger)

    def show_stop(self, shown: bool) -> None:
        self._stop.setVisible(shown)

    def set_environment(self, text: str) -> None:
        self._environment.setText(text)

    @property
    def environment_text(self) -> str:
        return self._environment.text()

    @property
    def cursor_text(self) -> str:
        return self._cursor.text()

    def set_cursor(self, line: int, column: int, cell: int | None = None) -> None:
        """Show where the cursor is: `line` counts in the cell with that number, if there is one."""
        text = tr("Line {line}, column {column}")
        if cell is not None:
            text = tr("Cell {cell}, line {line}, column {column}")
        self._cursor.setText(text.format(line=line, column=column, cell=cell))

    def set_difference(self, text: str) -> None:
        """Say which difference of two runs is chosen; "" says nothing."""
        self._difference.setText(shortened(text))

    def set_keys(self, text: str) -> None:
        """Say what the keys do now, in place of the cursor and the operations; "" shows those."""
        self._keys.setText(text)
        for label in (self._cursor, self._operations):
            label.setVisible(not text)

    @property
    def difference_text(self) -> str:
        return self._difference.text()

    def set_nudges(self, text: str) -> None:
        """Say how many runs nudging took; "" says nothing."""
        self._nudges.setText(text)

    @property
    def nudges_text(self) -> str:
        return self._nudges.text()

    def set_operations(self, text: str) -> None:
        self._operations.setText(text)

    @property
    def operations_text(self) -> str:
        return self._operations.text()

    @property
    def run_text(self) -> str:
        return self._run.text()
