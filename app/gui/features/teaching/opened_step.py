"""The chain rule with its numbers: the node of the backward step that is shown opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QWidget

from app.gui.actions import Actions
from app.gui.features.feature import Feature
from app.gui.graph.view import GraphView
from app.gui.panels.details.saved_table import SavedTable
from app.gui.running.background import IsWanted
from app.gui.running.steps_of_torch import as_traced, asked_of_torch
from app.session.chain_rule.model import StepPlace
from app.session.chain_rule.node import node_of_step
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.gui.running.run_controller import RunController
    from app.session.chain_rule.model import OpenedStep
    from app.session.timeline import Snapshot
    from app.session.workspace import Workspace


class _Answer(NamedTuple):
    place: StepPlace
    step: OpenedStep
    waits: bool
    """Whether torch is still to be asked."""


class ShowNumbers(Feature):
    """Opens one node at a time, and follows the steps.

    What the trace itself has is there at once; the rest comes from a hidden run, in which the node
    is asked.  Every other run stops that one, and only the step that is shown is waited for.
    """

    def __init__(
        self,
        workspace: Workspace[Prepared],
        controller: RunController,
        graph: GraphView,
        saved: SavedTable,
        buttons: tuple[QWidget, QWidget],
        go_to_line: Callable[[int], object],
        do: Actions,
    ) -> None:
        """The first of the `buttons` is shown in a backward pass, in place of the second."""
        super().__init__(graph)
        self._workspace, self._controller = workspace, controller
        self._graph, self._saved, self._buttons, self._actions = graph, saved, buttons, do
        self._known: dict[StepPlace, _Answer] = {}
        self._asked: StepPlace | None = None
        """The step that torch is asked about."""
        self._revealed: StepPlace | None = None
        """The step for which groups were unfolded."""
        self._latest = self.latest("numbers", self._on_answer)
        self._traced = self.latest("numbers of the trace", self._on_answer)  # waits for no run
        self.hear(workspace.changed, self._forget)
        for signal in (workspace.moment_changed, workspace.drawn_changed, do.compare.toggled):
            self.hear(signal, self._show)
        self.hear(controller.started, self._stop_asking)
        self.hear(controller.idle, self._show)
        self.hear(do.numbers.toggled, self._switch)
        self.on(do.stop, self._stop)
        self.hear(graph.numbersWanted, do.numbers.trigger)
        self.hear(graph.stepWanted, self._go_to)
        self.hear(saved.lineChosen, go_to_line)

    # ------------------------------------------------------------------------------ which step

    def _switch(self, on: bool) -> None:
        """Away from a backward pass, go to the step of what is selected, or to the first one."""
        shown, then = self._workspace.shown, self._workspace.moment
        if on and shown is not None and (then is None or then.backward is None):
            selected = self._workspace.selection.operations
            found = (shown.history.steps_of(one)[1] for one in selected)
            steps = next((some for some in found if some), None)
            passes = [one.steps for one in shown.run.trace.backward_passes if one.steps]
            if steps or passes:
                step = steps[-1] if steps else passes[0][0]
                self._workspace.go_to(shown.history.position_of(step.event))
                return
        self._show()

    def _go_to(self, operation: int) -> None:
        """Go to the step of an operation in the running pass, and open it."""
        then = self._workspace.moment
        if then is not None and then.backward is not None:
            steps = then.history.steps_through(operation, then.backward)
            self._workspace.go_to(then.history.position_of(steps[0].event))
            self._actions.numbers.setChecked(True)

    def _forget(self) -> None:
        self._known.clear()
        self._stop_asking()
        self._show()

    def _show(self) -> None:
        """Open the node of the step that is shown, if that is wanted, and close any other."""
        shown, then = self._workspace.shown, self._workspace.moment
        passes = [] if shown is None else shown.run.trace.backward_passes
        can_open = bool(passes) and not self._actions.compare.isChecked()
        is_inside = can_open and then is not None and then.backward is not None
        self._actions.numbers.setEnabled(can_open)
        of_numbers, of_setup = self._buttons
        of_numbers.setVisible(is_inside)
        of_setup.setVisible(not is_inside)
        if is_inside and then is not None and self._actions.numbers.isChecked():
            self._follow(then)
        else:
            self._close()

    def _close(self) -> None:
        self._stop_asking()
        self._revealed = None
        self._graph.close_node()
        self._saved.show_rows(())

    def _follow(self, then: Snapshot) -> None:
        if then.backward is None or then.moment is None:
            return
        place = StepPlace(then.backward.id, then.moment.step)
        if (known := self._known.get(place)) is not None:
            self._open(then, known)
        shown = self._workspace.shown
        if shown is None or place == self._asked or (known is not None and not known.waits):
            return
        self._stop_asking()
        run, job, controller = shown.run, shown.job, self._controller
        if known is None:
            self._traced.ask(lambda _: _Answer(place, as_traced(run, place), job is not None))
        elif job is not None and not controller.is_running:
            self._asked = place
            controller.use_interpreter(job.how.interpreter)

            def ask(is_wanted: IsWanted) -> _Answer | None:
                step = asked_of_torch(controller, self, job, run, place, is_wanted)
                return None if step is None else _Answer(place, step, False)

            self._latest.ask(ask)

    def _stop_asking(self) -> None:
        if self._asked is not None:
            self._asked = None
            self._controller.drop_hidden(self)
        self._latest.forget()
        self._traced.forget()

    def _stop(self) -> None:
        """Leave the step as the trace has it."""
        if self._asked is not None:
            problem = tr("Stopped. Run again to get the other numbers.")
            step = replace(self._known[self._asked].step, problem=problem)
            answer = _Answer(self._asked, step, False)
            self._stop_asking()
            self._on_answer(answer)

    def _on_answer(self, answer: _Answer | None) -> None:
        self._asked = None
        if answer is not None:
            self._known[answer.place] = answer
            self._show()

    # --------------------------------------------------------------------------------- opening

    def _open(self, then: Snapshot, answer: _Answer) -> None:
        """Open the node of a step; unfold the groups around it first."""
        if then.backward is None:
            return
        step = then.backward.steps[answer.place.step - 1]
        run, leaf = then.history.run, step.tensor
        users = () if leaf is None else run.users.get(leaf, ())
        inside = next((one.id for one in users), step.operation)
        self._saved.show_rows(answer.step.saved)
        nodes = ((key, node.item) for key, node in self._graph.scene.nodes.items())
        if (key := node_of_step(nodes, run, step)) is not None:
            self._graph.open_node(key, answer.step, waits=answer.waits)
        elif inside is not None and answer.place != self._revealed:
            self._revealed = answer.place  # once: the user may fold the group again
            self._workspace.reveal(inside)
        else:
            self._graph.close_node()
