"""Highlights the line of the node under the mouse and the reverse; fills the cards."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.gui.editor.cards import card_at
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.feature import Feature
from app.gui.graph.pointing import More
from app.gui.graph.view import GraphView
from app.session.decision import steps
from app.session.language import paragraph, tr
from app.session.lookup import tensor_name
from app.session.numbers import shape, short, spread_text, values_counted
from app.session.timeline.grad_status import grad_then

if TYPE_CHECKING:
    from app.contract.records import Tensor
    from app.gui.running.prepared import Prepared
    from app.session.timeline import Snapshot
    from app.session.workspace import Workspace

_MOST_RESULTS = 3


class Hover(Feature):
    def __init__(
        self, workspace: Workspace[Prepared], graph: GraphView, editor: CodeEditor
    ) -> None:
        super().__init__(graph)
        self._workspace, self._graph, self._editor = workspace, graph, editor
        self.hear(graph.hovered, self._light_line)
        self.hear(editor.pointing.moved, self._light_nodes)
        self.hear(workspace.changed, self._explain)
        self.hear(workspace.redrawn, self._explain)
        self.hear(workspace.covered_changed, self._explain)
        self.hear(workspace.moment_changed, self._explain)

    def _explain(self) -> None:
        """Make cards describe the current moment of the run; of a covered one they say no more."""
        shown, moment = self._workspace.shown, self._workspace.moment
        if shown is None or shown.covered is not None:
            self._graph.pointing.explainer = self._editor.explainer = None
        else:
            self._graph.pointing.explainer = Explanations(shown, moment)
            self._editor.explainer = partial(card_at, shown.variables, moment)

    def _light_line(self, operations: tuple[int, ...]) -> None:
        shown, editor = self._workspace.shown, self._editor
        found = shown.run.operations if shown is not None else {}
        lines = {found[id_].spot for id_ in operations if id_ in found}
        now = (editor.line_now(line) for line in lines if line is not None)
        editor.set_pointed_lines(frozenset(line for line in now if line is not None))

    def _light_nodes(self, line: int) -> None:
        """Highlight the nodes of the line under the mouse; 0 for none."""
        shown = self._workspace.shown
        then = self._editor.line_then(line) if line else None
        operations = shown.lines.get(then, []) if shown is not None and then else []
        self._graph.point_at(operations)


class Explanations:
    """Explains the things of a trace for the graph's cards, at a moment or at the end."""

    def __init__(self, prepared: Prepared, then: Snapshot | None) -> None:
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
        why = paragraph(f"{s.question} {s.answer}. {s.detail}." for s in decided)
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
    """Return a number, or the range of the numbers."""
    summary = tensor.summary
    if summary.numel == 1 and summary.values is not None:
        values = summary.values
        while isinstance(values, list):
            values = values[0]
        return str(values) if isinstance(values, bool | int) else short(values)
    if summary.min is None:
        return values_counted(summary.numel)
    return spread_text(summary)
