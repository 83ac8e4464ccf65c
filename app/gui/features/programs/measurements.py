"""Measures the text in the editor, or lines of it, and keeps the last measurements."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QElapsedTimer, QTimer, Signal
from PySide6.QtWidgets import QMainWindow

from app.gui.actions import Actions
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.appearance import Appearance
from app.gui.features.feature import Feature
from app.gui.features.programs.runs import Runs
from app.gui.files.documents import Documents
from app.gui.panels.measuring.panel import MeasurePanel
from app.gui.panels.status_bar import StatusBar
from app.gui.running.background import IsWanted
from app.gui.running.run_controller import Job, RunController
from app.gui.settings import Settings
from app.gui.toolbar import Toolbar
from app.process.client import TracerUnavailableError
from app.session import internal_errors
from app.session.language import ngettext, number, tr
from app.session.measuring.kept import KeptMeasurement, from_text, to_text, with_newest
from app.session.measuring.lines import MeasuringScope, effect_of, scope_of
from app.session.measuring.results import Measurement
from app.session.measuring.words import failure_of
from app.session.run_settings import RunSettingsError
from app.session.source.effects import Effect

if TYPE_CHECKING:
    from app.gui.editor.sheet import Sheet

_PAUSE_MS = 80
"""After the cursor has moved, until the lines are looked for."""
Lines = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class _Place:
    """What the user has selected: lines, which are one if there is only a cursor."""

    first: int
    last: int
    cell: Lines

    def scope(self, text: str) -> MeasuringScope:
        return scope_of(text, self.first, self.last, self.cell)


class Measurements(Feature):
    """Measures in a thread, and yields to every run: what was measured by then is shown."""

    _went_on = Signal(int)
    """How many rounds were measured; comes from the thread."""

    def __init__(
        self,
        window: QMainWindow,
        controller: RunController,
        runs: Runs,
        documents: Documents,
        editor: CodeEditor,
        status: StatusBar,
        toolbar: Toolbar,
        appearance: Appearance,
        settings: Settings,
        do: Actions,
    ) -> None:
        super().__init__(window)
        self._window, self._controller, self._runs = window, controller, runs
        self._documents, self._editor, self._status = documents, editor, status
        self._toolbar, self._settings, self._actions = toolbar, settings, do
        self._appearance = appearance
        self.panel = MeasurePanel(appearance.theme)
        self._kept = from_text(settings.measurements)
        self._is_measuring = self._is_stopped = False
        self._agreed: set[int] = set()
        """The numbers of the tabs whose effects the user allows again and again."""
        self._refused: tuple[str, Lines, str] | None = None
        """A text, the lines of it that cannot be measured alone, and why."""
        self._clock = QElapsedTimer()
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._scopes = self.latest("lines to measure", self._on_scope)
        self._measurements = self.latest("measuring", self._on_answer)
        self._connect()
        self.panel.show_measurement(None, self._kept)

    def _connect(self) -> None:
        editor, panel, do = self._editor, self.panel, self._actions
        appearance = self._appearance
        self.hear(appearance.changed, lambda: panel.set_theme(appearance.theme))
        self.on(do.stop, self._stop)
        self.hear(panel.measureWanted, self._measure_chosen)
        self.hear(panel.stopWanted, self._stop)
        self.hear(panel.pastChosen, self._show_kept)
        self.hear(self._went_on, self._show_progress)
        self.hear(self._pause.timeout, self.look)
        for signal in (editor.cursorPositionChanged, editor.edited, editor.sheetChanged):
            self.hear(signal, self._look_soon)

    def close(self) -> None:
        self._measurements.forget()
        self._controller.drop_hidden(self)
        super().close()

    # --------------------------------------------------------------------------- what to measure

    def _look_soon(self) -> None:
        if self._actions.measuring.isChecked():
            self._pause.start()

    @property
    def _sheet(self) -> Sheet:
        return self._documents.program.sheet

    def _place(self) -> _Place | None:
        """Return where the user is in the program; None in another file of it."""
        if self._documents.current is not self._documents.program:
            return None
        cursor, document = self._editor.textCursor(), self._editor.document()
        first = document.findBlock(cursor.selectionStart())
        last = document.findBlock(cursor.selectionEnd())
        if first != last and cursor.selectionEnd() == last.position():
            last = last.previous()
        cell = self._sheet.cell_at(first.blockNumber() + 1)
        lines = None if cell is None else (cell.line, cell.end_line)
        return _Place(first.blockNumber() + 1, last.blockNumber() + 1, lines)

    def look(self) -> None:
        """Offer the lines where the cursor is."""
        place, text = self._place(), self._sheet.text
        if place is None:
            self._scopes.forget()
            self.panel.set_scope(
                MeasuringScope(None, tr("Only lines of the program can be measured."))
            )
        else:
            self._scopes.ask(lambda _: (text, place.scope(text)))

    def _on_scope(self, found: tuple[str, MeasuringScope]) -> None:
        text, scope = found
        if self._refused is not None and self._refused[:2] == (text, scope.lines):
            scope = MeasuringScope(None, self._refused[2])
        self.panel.set_scope(scope)

    # --------------------------------------------------------------------------------- measuring

    def measure_here(self) -> None:
        """Measure the lines where the cursor is, or the whole text if there are none."""
        place, text = self._place(), self._sheet.text
        self._begin(lambda: None if place is None else place.scope(text).lines)

    def _measure_chosen(self) -> None:
        lines = self.panel.chosen_lines
        self._begin(lambda: lines)

    def _begin(self, choose: Callable[[], Lines]) -> None:
        """Start to measure the lines that `choose` returns in the thread; None: the whole text."""
        controller, program = self._controller, self._documents.program
        if self._is_measuring or controller.is_running:
            return
        self._is_measuring = True
        self._clock.start()
        job = self._runs.job(program.sheet.text)
        controller.use_interpreter(job.how.interpreter)
        self._actions.stop.setEnabled(True)
        self.panel.show_progress(0)
        self._status.set_run(tr("Measuring…"), "waiting", "gradient")
        new = partial(_new, program.name, self._toolbar.device.currentText())
        asks = program.number not in self._agreed
        hear = self._went_on.emit
        measure = partial(_measured, controller, self, job, choose, new, hear, asks=asks)
        self._is_stopped = False
        self._measurements.ask(lambda wanted: measure(lambda: wanted() and not self._is_stopped))

    def _stop(self) -> None:
        if self._is_measuring:
            self._is_stopped = True  # the thread may not have asked for the run yet
            self._controller.drop_hidden(self)

    def _show_progress(self, rounds: int) -> None:
        if self._is_measuring:
            self.panel.show_progress(rounds)

    def _on_answer(self, answer: KeptMeasurement | Effect | str) -> None:
        self._is_measuring = False
        self._actions.stop.setEnabled(self._controller.is_running)
        if isinstance(answer, KeptMeasurement):
            self._take(answer)
        elif isinstance(answer, Effect):
            self.panel.show_measurement(None, self._kept)
            self._ask_about(answer)
        else:
            failed = Measurement(failure=answer)
            self._take(_new(self._documents.program.name, "", None, failed))

    def _ask_about(self, effect: Effect) -> None:
        from app.gui.dialogs.notice import ask  # seldom shown

        self._status.set_run(tr("Not measured"))
        text = tr(
            "Line {line} calls {call}, and measuring runs the text about 100 times. The files it "
            "writes are written, and the programs it starts are started, each time."
        ).format(line=effect.line, call=effect.call)
        measure = tr("Measure")
        title = tr("Run this again and again?")
        if ask(self._window, title, text, (tr("Cancel"), measure)) == measure:
            self._agreed.add(self._documents.program.number)
            self._measure_chosen()

    # --------------------------------------------------------------------------------- the result

    def _take(self, newest: KeptMeasurement) -> None:
        """Show a measurement; keep it if anything was measured."""
        found = newest.found
        if found.rounds:
            self._kept = with_newest(self._kept, newest)
            self._settings.measurements = to_text(self._kept)
        elif newest.lines is not None and (why := failure_of(found)) is not None:
            self._refused = self._sheet.text, newest.lines, why
            self.look()
        has_answer = bool(found.rounds) or (newest.lines is None and found.failure)
        self.panel.show_measurement(newest if has_answer else None, self._kept)
        if self._controller.is_running:  # and says so
            return
        runs = sum(len(one.seconds) for one in found.modes.values())
        text = ngettext(
            "{count} run measured in {seconds} s", "{count} runs measured in {seconds} s", runs
        ).format(count=number(runs), seconds=number(round(self._clock.elapsed() / 1000)))
        if not found.rounds:
            self._status.set_run(tr("Not measured"), "warning", "cut")
        elif found.was_busy:
            busy = tr("{measured}; other programs were busy, so the spread is wide")
            self._status.set_run(busy.format(measured=text), "warning", "cut")
        else:
            self._status.set_run(text, "check", "recorded")

    def _show_kept(self, place: int) -> None:
        if not self._is_measuring:
            self.panel.show_measurement(self._kept[place], self._kept)


def _new(name: str, device: str, lines: Lines, found: Measurement) -> KeptMeasurement:
    return KeptMeasurement(name, lines, device, datetime.now(), found)


def _measured(
    controller: RunController,
    asker: object,
    job: Job,
    choose: Callable[[], Lines],
    new: Callable[[Lines, Measurement], KeptMeasurement],
    hear: Callable[[int], object],
    is_wanted: IsWanted,
    *,
    asks: bool,
) -> KeptMeasurement | Effect | str:
    """Measure in the thread; return what was measured, what to ask about, or what went wrong."""
    if not job.text.strip():
        return tr("there is nothing to run")
    lines = choose()
    if asks and (effect := effect_of(job.text, lines or ())) is not None:
        return effect
    found = Measurement()

    def take(batch: list[list[Any]]) -> None:
        before = found.rounds
        found.add(batch)
        if found.rounds != before:
            hear(found.rounds)

    try:
        controller.measure(asker, job, lines, take, is_wanted)
    except (TracerUnavailableError, RunSettingsError) as problem:
        return str(problem)
    except Exception:  # the button must not say Stop for good
        sys.excepthook(*sys.exc_info())
        text = tr("Tapescope hit an internal error. {details}")
        return text.format(details=internal_errors.details())
    return new(lines, found)
