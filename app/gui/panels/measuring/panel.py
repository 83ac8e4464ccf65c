"""The Measure tab: what to measure, time and memory of each mode, and what they show."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.contract.messages import ROUNDS
from app.gui.controls.elided_label import ElidedLabel
from app.gui.controls.icon_button import IconButton
from app.gui.panels.measuring.dot_plot import DotPlot
from app.gui.panels.measuring.memory_bars import MemoryBars
from app.gui.panels.measuring.past_row import PastRow
from app.gui.panels.measuring.verdict_cards import VerdictCards
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.language import ngettext, number, tr, translatable
from app.session.measuring.kept import MOST_KEPT, KeptMeasurement, lines_words
from app.session.measuring.lines import MeasuringScope
from app.session.measuring.words import machine_words, verdicts

EMPTY = translatable(
    "Measure runs the text again and again without tracing: as written, and under grad, no_grad "
    "and inference_mode in turn. It takes up to 30 seconds."
)


class MeasurePanel(QWidget):
    measureWanted = Signal()
    stopWanted = Signal()
    pastChosen = Signal(int)
    """The number of the kept measurement that the user chose."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("measurePanel")
        self._wants_whole = False
        self._lines: tuple[int, int] | None = None
        self._is_running = False
        self.lines = _segment("first", tr("Lines"))
        self.whole = _segment("last", tr("Whole snippet"))
        self._choice = QButtonGroup(self)
        self.button = IconButton()
        self.why = QLabel(wordWrap=True)
        self.progress = QLabel(wordWrap=True)
        self.time = _Heading(tr("Time"))
        self.plot = DotPlot(theme)
        self.time_cards = VerdictCards(theme)
        self.memory = _Heading(tr("Peak memory"))
        self.bars = MemoryBars(theme)
        self.memory_cards = VerdictCards(theme)
        self.failure_cards = VerdictCards(theme)
        self.machine = QLabel(wordWrap=True)
        self._past_heading = _Heading(tr("Measured before"))
        self.past = [PastRow(theme) for _ in range(MOST_KEPT)]
        self._cards = self.failure_cards, self.time_cards, self.memory_cards
        self._build()
        self.set_theme(theme)
        self.set_scope(MeasuringScope(None, ""))
        self.show_measurement(None, ())

    def _build(self) -> None:
        for button in (self.lines, self.whole):
            self._choice.addButton(button)
        self.whole.setChecked(True)
        self.whole.clicked.connect(lambda: self._choose(whole=True))
        self.lines.clicked.connect(lambda: self._choose(whole=False))
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(self._press)
        for label in (self.why, self.progress, self.machine):
            label.setProperty("secondary", True)
        scroll = QScrollArea()
        scroll.setAccessibleName(tr("Measurement"))
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._body())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)

    def _controls(self) -> QWidget:
        controls = QWidget()
        controls.setObjectName("measureControls")
        row = QHBoxLayout(controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.lines)
        row.addWidget(self.whole)
        row.addSpacing(SPACE_SMALL)
        row.addStretch(1)
        row.addWidget(self.button)
        return controls

    def _body(self) -> QWidget:
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(SPACE, SPACE_SMALL, SPACE, SPACE)
        rows.setSpacing(SPACE_SMALL)
        results: tuple[QWidget, ...] = (
            self._controls(), self.why, self.progress, self.failure_cards, self.time, self.plot,
            self.time_cards, self.memory, self.bars, self.memory_cards, self.machine,
            self._past_heading,
        )  # fmt: skip
        for part in results:
            rows.addWidget(part)
        past = QVBoxLayout()
        rows.addLayout(past)
        past.setSpacing(0)
        for place, row in enumerate(self.past):
            row.clicked.connect(lambda _=False, place=place: self.pastChosen.emit(place))
            past.addWidget(row)
        rows.addStretch(1)
        return body

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plot.set_theme(theme)
        self.bars.set_theme(theme)
        for cards in self._cards:
            cards.set_theme(theme)
        for row in self.past:
            row.set_theme(theme)
        self._show_button()

    # --------------------------------------------------------------------------- what to measure

    @property
    def chosen_lines(self) -> tuple[int, int] | None:
        """The lines to measure, None for the whole text."""
        return self._lines if self.lines.isChecked() else None

    def set_scope(self, scope: MeasuringScope) -> None:
        """Offer lines, or say why there are none."""
        self._lines = scope.lines
        self.lines.setText(tr("Lines") if scope.lines is None else lines_words(scope.lines))
        self.lines.setEnabled(scope.lines is not None)
        self.lines.setToolTip(scope.why)
        self.why.setText(scope.why[:1].upper() + scope.why[1:])
        self.why.setVisible(bool(scope.why))
        is_whole = self._wants_whole or scope.lines is None
        (self.whole if is_whole else self.lines).setChecked(True)
        self._show_button()

    def _choose(self, *, whole: bool) -> None:
        self._wants_whole = whole

    def _press(self) -> None:
        (self.stopWanted if self._is_running else self.measureWanted).emit()

    # ------------------------------------------------------------------------------- while it runs

    def show_progress(self, rounds: int | None) -> None:
        """Show how many rounds were measured; None where nothing is being measured."""
        self._is_running = rounds is not None
        text = tr("Warming up…")
        if rounds:
            text = tr("Round {count} of {total}").format(count=number(rounds), total=ROUNDS)
        self.progress.setText(text)
        self.progress.setVisible(self._is_running)
        if self._is_running:
            self._show_parts(None)
        self._show_button()

    def _show_button(self) -> None:
        if self._is_running:
            text, name = tr("Stop"), tr("Stop measuring")
        else:
            text = name = tr("Measure") if self.time.isHidden() else tr("Measure again")
        self.button.setText(f" {text}")
        self.button.setAccessibleName(name)
        self.button.setToolTip(name)
        ink = self._theme.colors.text
        self.button.setIcon(self._theme.icon("stop" if self._is_running else "clock", ink, 14))
        room = self.width() - 2 * SPACE - SPACE_SMALL
        wanted = (self.lines, self.whole, self.button)
        if sum(widget.sizeHint().width() for widget in wanted) > room:
            style = Qt.ToolButtonStyle.ToolButtonIconOnly
        else:
            style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        self.button.setToolButtonStyle(style)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_button()

    # --------------------------------------------------------------------------------- the result

    def show_measurement(
        self, shown: KeptMeasurement | None, kept: Sequence[KeptMeasurement]
    ) -> None:
        """Show one of the kept measurements, and a row for each."""
        self._show_parts(shown)
        for place, row in enumerate(self.past):
            row.setVisible(place < len(kept))
            if place < len(kept):
                one = kept[place]
                answer = next((said.answer for said in verdicts(one.found)), "")
                row.show_words(one.title, answer, shown=one is shown)
        self._past_heading.setVisible(bool(kept))
        self.show_progress(None)
        if shown is None:
            self.progress.setText(tr(EMPTY))
            self.progress.show()

    def _show_parts(self, shown: KeptMeasurement | None) -> None:
        found = None if shown is None else shown.found
        said = [] if found is None else list(verdicts(found))
        self.plot.show_measurement(found)
        self.bars.show_measurement(found)
        for about, part in zip(("failure", "time", "memory"), self._cards, strict=True):
            part.show_verdicts([one for one in said if one.about == about])
        has_time = found is not None and bool(found.rounds)
        self.time.setVisible(has_time)
        self.plot.setVisible(has_time)
        self.memory.setVisible(not self.bars.is_empty)
        self.bars.setVisible(not self.bars.is_empty)
        self.memory.set_note(tr("filled: held at the end"))
        if found is not None:
            text = ngettext(
                "{count} round, box: middle half",
                "median of {count} rounds, box: middle half",
                found.rounds,
            )
            self.time.set_note(text.format(count=number(found.rounds)))
        self.machine.setText("" if shown is None else _where(shown))
        self.machine.setVisible(bool(self.machine.text()))


class _Heading(QWidget):
    """The title of a part, and a note at the right."""

    def __init__(self, title: str) -> None:
        super().__init__()
        heading = QLabel(title)
        heading.setProperty("heading", True)
        self._note = ElidedLabel()
        self._note.setProperty("secondary", True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, SPACE_SMALL, 0, 0)
        row.addWidget(heading)
        row.addWidget(self._note, 1)

    def set_note(self, text: str) -> None:
        self._note.setText(text)
        self._note.setToolTip(text)


def _segment(place: str, text: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setCheckable(True)
    button.setProperty("segment", place)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _where(shown: KeptMeasurement) -> str:
    """Return what was measured, and on which machine."""
    said = [shown.title]
    if shown.found.machine is not None:
        said.append(machine_words(shown.found.machine, shown.device))
    if shown.found.was_busy:
        said.append(tr("other programs were busy, so the spread is wide"))
    return "; ".join(said) + "."
