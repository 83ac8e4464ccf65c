"""One selection in four places: graph, editor, gradient table and details."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from PySide6.QtCore import QObject

from app.gui.editor.code_editor import CodeEditor
from app.gui.graph.view import GraphView
from app.gui.panels.details_panel import DetailsPanel
from app.gui.panels.gradients_panel import GradientsPanel

if TYPE_CHECKING:
    from app.gui.prepared import Prepared
    from app.session.details.facts import Link
    from app.session.timeline import Then


class SelectionLink(QObject):
    """Lines of a trace are those of the text that ran; the editor's may have moved since."""

    def __init__(
        self,
        editor: CodeEditor,
        graph: GraphView,
        gradients: GradientsPanel,
        details: DetailsPanel,
    ) -> None:
        super().__init__()
        self._editor, self._graph = editor, graph
        self._gradients, self._details = gradients, details
        self._shown: Prepared | None = None
        self.then: Then | None = None
        """The moment of the run that is shown, None where that is its end."""
        graph.operationSelected.connect(self.select_operation)
        graph.autogradNodeSelected.connect(self.select_autograd_node)
        graph.tensorSelected.connect(self.select_tensor)
        graph.selectionCleared.connect(self.clear)
        editor.lineClicked.connect(self.select_line)
        gradients.tensorChosen.connect(self.select_gradient)
        details.linkChosen.connect(self.follow)

    def show(self, prepared: Prepared | None) -> None:
        """Another trace: nothing of the old one stays selected."""
        self._shown = prepared
        self.clear()

    def clear(self) -> None:
        self._details.clear()
        self._gradients.select_tensors([])
        self._editor.set_selected_lines(frozenset())

    def select_operation(self, operation: int) -> None:
        """The graph's selection moved to an operation."""
        if self._shown is None:
            return
        found = self._shown.run.operations[operation]
        self._details.show_details(self._shown.operation_details(operation, self.then))
        self._gradients.select_tensors([])
        self._mark_lines([] if found.line is None else [found.line])

    def select_autograd_node(self, node: int) -> None:
        """The graph's selection moved to an autograd node that a backward pass made."""
        if self._shown is not None:
            details, line = self._shown.autograd_node_details(node, self.then)
            self._details.show_details(details)
            self._gradients.select_tensors([])
            self._mark_lines([] if line is None else [line])

    def choose_operation(self, operation: int) -> None:
        """Select an operation from outside the graph."""
        self._graph.select_operations([operation])
        self.select_operation(operation)

    def select_tensor(self, tensor: int) -> None:
        if self._shown is None:
            return
        found = self._shown.run.tensors[tensor]
        self._details.show_details(self._shown.tensor_details(tensor, self.then))
        self._gradients.select_tensors([tensor])
        self._mark_lines([] if found.line is None else [found.line])

    def choose_tensor(self, tensor: int) -> None:
        """Select a tensor from outside the graph, in all its values."""
        if self._shown is not None:
            run = self._shown.run
            values = run.values[run.tensors[tensor].identity]
            self._graph.select_tensors([value.id for value in values])
            self.select_tensor(tensor)

    def follow(self, link: Link) -> None:
        """A row of the details that leads elsewhere."""
        if self._shown is None:
            return
        match link.kind:
            case "tensor":
                self.choose_tensor(link.id)
            case "operation":
                self.choose_operation(link.id)
            case "module":
                self.choose_module(link.id)
            case "line":
                if (line := self._editor.line_now(link.id)) is not None:
                    self._editor.go_to(line)
                    self.select_line(line)
            case _:
                assert_never(link.kind)

    def choose_module(self, module: int) -> None:
        """Select what ran in a module."""
        if self._shown is not None:
            ran = [op for op in self._shown.run.trace.operations if op.module == module]
            self._graph.select_operations([op.id for op in ran])
            self._mark_lines([op.line for op in ran if op.line is not None])
            self._details.show_details(self._shown.module_details(module, self.then))

    def select_parameters(self, tensors: list[int]) -> None:
        """Select the operations that use parameters, from outside the graph."""
        if self._shown is None:
            return
        run = self._shown.run
        values = {
            value.id for tensor in tensors for value in run.values[run.tensors[tensor].identity]
        }
        users = [
            operation.id
            for operation in self._shown.run.trace.operations
            if operation.phase == "forward" and not values.isdisjoint(operation.inputs)
        ]
        self._details.clear()
        self._editor.set_selected_lines(frozenset())
        self._gradients.select_tensors([])
        self._graph.select_operations(users)

    def select_gradient(self, tensor: int) -> None:
        """A row of the table: everything that its reason speaks of."""
        if self._shown is None:
            return
        why = next(row.why for row in self._shown.run.trace.gradients if row.tensor == tensor)
        self._details.show_details(self._shown.tensor_details(tensor, self.then))
        self._graph.select_operations(why.operations)
        self._mark_lines(why.lines)

    def select_line(self, line: int) -> None:
        """A line of the editor was clicked: mark what it did."""
        then = self._editor.line_then(line)
        if self._shown is None or then is None:
            return
        found = self._shown.lines.get(then, [])
        self._graph.select_operations(found)
        self._gradients.select_tensors([])
        self._editor.set_selected_lines(frozenset({line} if found else ()), reveal=False)
        if found:
            self._details.show_details(self._shown.operation_details(found[0], self.then))
        else:
            self._details.clear()

    def mark_line(self, then: int) -> None:
        """Mark a line of the text that ran, whatever lines the selection comes from."""
        self._mark_lines([then])

    def _mark_lines(self, then: list[int]) -> None:
        now = (self._editor.line_now(line) for line in then)
        self._editor.set_selected_lines(frozenset(line for line in now if line is not None))
