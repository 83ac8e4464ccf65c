"""What is under the mouse lights up elsewhere, node and line; cards say what the trace knows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.gui.editor.cards import card_at
from app.gui.graph.pointing import More
from app.session.decision import steps
from app.session.language import tr
from app.session.lookup import tensor_name
from app.session.numbers import shape, short, spread_text, values_counted
from app.session.timeline.grad_status import grad_then

if TYPE_CHECKING:
    from app.contract.records import Tensor
    from app.gui.main_window import MainWindow
    from app.gui.prepared import Prepared
    from app.session.timeline import Then

_MOST_RESULTS = 3


class Hover(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.graph.hovered.connect(self._light_line)
        window.editor.pointing.moved.connect(self._light_nodes)
        window.display.changed.connect(self._on_trace)

    def _on_trace(self, prepared: Prepared | None) -> None:
        self.show_moment(None)

    def show_moment(self, then: Then | None) -> None:
        """Cards tell of this moment of the run; None is its end."""
        prepared, window = self._window.display.prepared, self._window
        if prepared is None:
            window.graph.pointing.explainer = window.editor.explainer = None
        else:
            window.graph.pointing.explainer = Explanations(prepared, then)
            window.editor.explainer = partial(card_at, prepared.variables, then)

    def _light_line(self, operations: tuple[int, ...]) -> None:
        prepared, editor = self._window.display.prepared, self._window.editor
        found = prepared.run.operations if prepared is not None else {}
        lines = {found[id_].line for id_ in operations if id_ in found}
        now = (editor.line_now(line) for line in lines if line is not None)
        editor.set_pointed_lines(frozenset(line for line in now if line is not None))

    def _light_nodes(self, line: int) -> None:
        """The line under the mouse, or 0."""
        prepared = self._window.display.prepared
        then = self._window.editor.line_then(line) if line else None
        operations = prepared.lines.get(then, []) if prepared is not None and then else []
        self._window.graph.point_at(operations)


class Explanations:
    """Of the things of one trace, as an `Explainer` of the graph, at a moment or at its end."""

    def __init__(self, prepared: Prepared, then: Then | None) -> None:
        self._run, self._then = prepared.run, then
        self._comparison = prepared.comparison

    def of_operation(self, operation: int) -> More:
        run = self._run
        found = run.operations.get(operation)
        if found is None:
            return More()
        if self._then is not None and not self._then.has_happened(operation):
            return More(why=tr("It has not run yet at this step."))
        facts = [
            (tensor_name(run, id_), _value(run.tensors[id_]))
            for id_ in found.outputs[:_MOST_RESULTS]
            if id_ in run.tensors
        ]
        if self._comparison and (change := self._comparison.operations.get(operation)):
            facts.append((tr("as written"), change.as_written))
        if found.grad_fn:
            facts.append(("autograd", ", ".join(found.grad_fn)))
        if found.status == "source":
            return More(tuple(facts))
        decided = [s for s in steps(run, found) if s.state == "decided"]
        why = " ".join(f"{s.question} {s.answer}. {s.detail}." for s in decided)
        return More(tuple(facts), why)

    def of_tensor(self, tensor: int) -> More:
        found = self._run.tensors.get(tensor)
        if found is None:
            return More()
        if self._then is not None and not self._then.exists(tensor):
            return More(why=tr("It does not exist yet at this step."))
        facts = ((f"{shape(found.shape)} {found.dtype}", _value(found)),)
        return More(facts, self._why(found))

    def _why(self, tensor: Tensor) -> str:
        row = self._run.gradient_of.get(tensor.identity)
        if row is None:
            return ""
        if self._then is not None and (words := grad_then(self._then, row).words):
            return tr(".grad at this step: {state}.").format(state=words)
        return row.why.text


def _value(tensor: Tensor) -> str:
    """A number, or where the numbers lie."""
    summary = tensor.summary
    if summary.numel == 1 and summary.values is not None:
        values = summary.values
        while isinstance(values, list):
            values = values[0]
        return str(values) if isinstance(values, bool | int) else short(values)
    if summary.min is None:
        return values_counted(summary.numel)
    return spread_text(summary)
