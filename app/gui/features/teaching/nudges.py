"""Runs the shown program again with a value of a leaf moved, while the user drags it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from operator import lt
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMainWindow

from app.contract.messages import Nudge
from app.gui.actions import Actions
from app.gui.features.appearance import Appearance
from app.gui.features.feature import Feature
from app.gui.panels.nudging.panel import NudgePanel
from app.gui.panels.status_bar import StatusBar
from app.gui.running.background import IsWanted
from app.gui.running.run_controller import Job, RunController
from app.process.client import TracerUnavailableError
from app.session import internal_errors
from app.session.language import number, tr
from app.session.nudging.results import REFERENCE_STEPS, Nudging
from app.session.nudging.target import Target, target_of
from app.session.nudging.words import counted, slow_words
from app.session.run_settings import RunSettingsError
from app.session.source.effects import Effect, first_effect

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.run import Run
    from app.session.workspace import Workspace

_WHILE_DRAGGED = 0.3
"""A program whose run takes longer runs once the drag is over."""
_ON_RELEASE = 2.0
"""One that takes longer still runs when the user presses Enter."""
_LONG_TRACE = 4.0
"""So many seconds traced may be two without: nothing runs unasked."""


class _Looked(NamedTuple):
    target: Target | str
    effect: Effect | None


class Nudges(Feature):
    """Runs in a thread, and yields to every other run: it goes on when that is over."""

    closeWanted = Signal()
    _came = Signal(object, object)
    """Rows of a `Nudging`; they come from the thread."""

    def __init__(
        self,
        window: QMainWindow,
        workspace: Workspace[Prepared],
        controller: RunController,
        status: StatusBar,
        appearance: Appearance,
        do: Actions,
    ) -> None:
        super().__init__(window)
        self._window, self._workspace, self._controller = window, workspace, controller
        self._status, self._actions = status, do
        self.panel = NudgePanel(appearance.theme)
        self._nudging: Nudging | None = None
        self._wanted = self._shown = 0.0
        """The value that the user wants, and the last one that has run."""
        self._name = ""
        self._element: tuple[int, ...] = ()
        self._job: Job | None = None
        self._is_busy = self._is_asked_to_run = self._is_stopped = self._may_ask = False
        self._series_runs = False
        self._agreed: set[int] = set()
        """The numbers of the texts whose effects the user allows again and again."""
        self._targets = self.latest("nudging", self._on_target)
        self._runs = self.latest("nudge runs", self._on_answer)
        panel, grid = self.panel, self.panel.grid
        self.hear(self._came, self._take)
        self.hear(grid.valueWanted, self._want)
        self.hear(grid.backWanted, self._go_back)
        self.hear(panel.runWanted, self._run_once)
        self.hear(panel.elementWanted, self._choose)
        self.hear(panel.closeWanted, self.closeWanted.emit)
        self.hear(controller.idle, self._go_on)
        self.hear(appearance.changed, lambda: panel.set_theme(appearance.theme))
        self.on(do.stop, self._stop)

    def close(self) -> None:
        self.leave()
        super().close()

    @property
    def is_running(self) -> bool:
        """Whether a run is going on or about to begin."""
        return self._is_busy

    # ----------------------------------------------------------------------------- what to nudge

    def open(self, tensor: int) -> None:
        """Offer the values of the leaf that a tensor of the shown run is."""
        self._may_ask = True
        self._open(tensor)

    def _open(self, tensor: int) -> None:
        shown = self._workspace.shown
        if shown is None:
            return
        self.leave()
        run, job = shown.run, shown.job
        self._name = run.tensors[tensor].name or ""
        if job is None:
            text = tr("This run was read from a file. Run its text, then nudge a value.")
            self.panel.show_message(text, self._name)
            return
        self._job = job
        self.panel.show_message(tr("Looking for {name}…").format(name=self._name), self._name)
        self._targets.ask(lambda _: _looked(run, tensor, job))

    def follow(self) -> None:
        """Offer the leaf of the same name in the run that is shown now, without a question."""
        shown = self._workspace.shown
        rows = [] if shown is None else shown.run.trace.gradients
        found = next((row.tensor for row in rows if row.name == self._name), None)
        if found is not None:
            self._may_ask = False
            self._open(found)
        elif self._name:
            self.leave()
            text = tr("{name} is not in this run.") if rows else tr("Nothing is traced yet.")
            self.panel.show_message(text.format(name=self._name), self._name)

    def leave(self) -> None:
        """End what runs, and forget the leaf."""
        self._targets.forget()
        self._drop()
        self._nudging = None
        self._status.set_nudges("")

    def _drop(self) -> None:
        """End what runs, and do not wait for it."""
        self._runs.forget()
        if self._is_busy:
            self._controller.drop_hidden(self)
            self._actions.stop.setEnabled(self._controller.is_running)
        self._is_busy = self._series_runs = False

    def _on_target(self, looked: _Looked) -> None:
        if isinstance(looked.target, str):
            self.panel.show_message(looked.target, self._name)
            return
        assert self._job is not None
        if looked.effect is not None and self._job.owner not in self._agreed:
            self._ask_about(looked.effect, looked.target)
        else:
            self._begin(looked.target)

    def _ask_about(self, effect: Effect, target: Target) -> None:
        from app.gui.dialogs.notice import ask  # seldom shown

        text = tr(
            "Line {line} calls {call}, and nudging runs the text about 20 times, and again for "
            "each value. The files it writes are written, and the programs it starts are started, "
            "each time."
        ).format(line=effect.line, call=effect.call)
        nudge, title = tr("Nudge"), tr("Run this again and again?")
        if not self._may_ask or ask(self._window, title, text, (tr("Cancel"), nudge)) != nudge:
            text = tr("Not nudged: line {line} calls {call}.")
            text = text.format(line=effect.line, call=effect.call)
            self.panel.show_message(text, self._name)
            return
        assert self._job is not None
        self._agreed.add(self._job.owner)
        self._begin(target)

    def _begin(self, target: Target) -> None:
        """Look for the element in a leaf: the one of the leaf before, if this one has it."""
        shape, before = target.shape, self._element
        fits = len(before) == len(shape) and all(map(lt, before, shape))
        self._element = before if fits else (0,) * len(shape)
        self._nudging = Nudging(target, self._element)
        shown = self._workspace.shown
        seconds = 0.0 if shown is None else shown.run.trace.run.seconds
        self._is_asked_to_run, self._is_stopped = False, seconds > _LONG_TRACE
        if self._is_stopped:
            text = tr("The traced run took {seconds} s: press Enter to run twice without tracing.")
            text = text.format(seconds=number(round(seconds)))
            self.panel.show_message(text, self._nudging.name, offers_run=True)
        else:
            self._go_on()

    def _choose(self, element: tuple[int, ...]) -> None:
        if (nudging := self._nudging) is not None:
            self._drop()
            self._element = element
            self._nudging = nudging.at(element)
            self._show()
            self._go_on()

    # ---------------------------------------------------------------------------------- the runs

    def _want(self, value: float, is_over: bool) -> None:
        nudging = self._nudging
        if nudging is None or nudging.place is None:
            return
        self._wanted, self._is_asked_to_run, self._is_stopped = value, False, False
        if self._series_runs:
            self._controller.drop_hidden(self)
        self._show()
        if nudging.seconds <= _WHILE_DRAGGED or is_over:
            self._go_on()

    def _go_back(self) -> None:
        if self._nudging is not None:
            self._want(self._nudging.value, True)

    def _run_once(self) -> None:
        self._is_asked_to_run, self._is_stopped = True, False
        self._go_on()

    def _values(self, nudging: Nudging) -> list[float]:
        """Return what is to run now: the value that the user wants first."""
        if nudging.seconds > _ON_RELEASE and not self._is_asked_to_run:
            return []
        wanted = [nudging.value, self._wanted] if nudging.value not in nudging.runs else []
        if self._wanted not in nudging.runs:
            return [*dict.fromkeys(wanted or [self._wanted])]
        if nudging.seconds > _ON_RELEASE:
            return []
        series = nudging.series()
        if nudging.seconds > _WHILE_DRAGGED:
            few = {nudging.value, *map(nudging.moved_by, REFERENCE_STEPS)}
            return [value for value in series if value in few]
        return series

    def _go_on(self) -> None:
        nudging, job, controller = self._nudging, self._job, self._controller
        if nudging is None or job is None or self._is_busy or controller.is_running:
            return
        if nudging.failure is not None or self._is_stopped:
            return
        values: Sequence[float] = ()
        if nudging.place is not None:
            values = self._values(nudging)
            if not values or (self.panel.grid.is_dragged and values[0] != self._wanted):
                return
        self._is_busy = True
        self._series_runs = nudging.place is not None and values[0] != self._wanted
        if nudging.place is None or nudging.seconds > _WHILE_DRAGGED:
            self._actions.stop.setEnabled(True)
            if nudging.place is None and not nudging.cells:
                self.panel.show_message(tr("Running without tracing…"), nudging.name)
        controller.use_interpreter(job.how.interpreter)
        ask = nudging.target.nudge(nudging.element, values, nudging.place)
        take = partial(self._came.emit, nudging)
        self._runs.ask(lambda is_wanted: _ran(controller, self, job, ask, take, is_wanted))

    def _stop(self) -> None:
        if self._is_busy:
            self._is_stopped = True
            self._controller.drop_hidden(self)

    def _take(self, nudging: Nudging, rows: list[list[Any]]) -> None:
        if nudging is not self._nudging:
            return
        was_found = nudging.place is not None
        nudging.add(rows)
        if nudging.place is None:
            return
        if not was_found:
            self._wanted = self._shown = nudging.value
        self._status.set_nudges(counted(nudging))
        self._show()

    def _on_answer(self, problem: str) -> None:
        self._is_busy = self._series_runs = False
        self._actions.stop.setEnabled(self._controller.is_running)
        nudging = self._nudging
        if nudging is None:
            return
        if problem and nudging.failure is None:
            nudging.failure = problem
        self._show()
        self._go_on()

    def _show(self) -> None:
        nudging = self._nudging
        if nudging is None:
            return
        if nudging.failure is not None:
            self.panel.show_message(nudging.failure, nudging.name)
            return
        if nudging.place is None:
            if self._is_stopped:
                self.panel.show_message(tr("Stopped."), nudging.name, offers_run=True)
            elif nudging.cells:
                value = nudging.value
                self.panel.show_nudging(nudging, value, value, tr("Running without tracing…"))
            return
        if self._wanted in nudging.runs:
            self._shown = self._wanted
        words = tr("Drag a cell, or type a value.")
        if nudging.seconds > _ON_RELEASE and self._wanted not in nudging.runs:
            words = slow_words(nudging.seconds)
        self.panel.show_nudging(nudging, self._wanted, self._shown, words)


def _looked(run: Run, tensor: int, job: Job) -> _Looked:
    return _Looked(target_of(run, tensor), first_effect(job.text))


def _ran(
    controller: RunController,
    asker: object,
    job: Job,
    nudge: Nudge,
    take: Any,
    is_wanted: IsWanted,
) -> str:
    """Run in the thread; return what went wrong, if anything did."""
    try:
        exited = controller.nudge(asker, job, nudge, take, is_wanted)
    except (TracerUnavailableError, RunSettingsError) as problem:
        return str(problem)
    except Exception:  # the panel must not wait for good
        sys.excepthook(*sys.exc_info())
        text = tr("Tapescope hit an internal error. {details}")
        return text.format(details=internal_errors.details())
    if exited is not None and exited.stop == "timeout":
        return tr("The runs took longer than the time limit. Raise it in Run settings.")
    if exited is not None and exited.stop is None and exited.code != 0:
        return tr("The process of the runs ended early. It may have needed too much memory.")
    return ""
