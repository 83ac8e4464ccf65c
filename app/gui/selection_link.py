"""One selection in four places: graph, editor, gradient table and details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.gui.editor.code_editor import CodeEditor
from app.gui.graph.view import GraphView
from app.gui.panels.details_panel import DetailsPanel
from app.gui.panels.gradients_panel import GradientsPanel
from app.gui.panels.timeline import Timeline

if TYPE_CHECKING:
    from app.gui.prepared import Prepared


class SelectionLink(QObject):
    """Lines of a trace are those of the text that ran; the editor's may have moved since."""

    def __init__(
        self,
        editor: CodeEditor,
        graph: GraphView,
        gradients: GradientsPanel,
        details: DetailsPanel,
        timeline: Timeline,
    ) -> None:
        super().__init__()
        self._editor, self._graph = editor, graph
        self._gradients, self._details = gradients, details
        self._shown: Prepared | None = None
        self._hits: list[int] = []
        self._hit = -1
        graph.operationSelected.connect(self.select_operation)
        graph.tensorSelected.connect(self.select_tensor)
        graph.selectionCleared.connect(self.clear)
        editor.lineClicked.connect(self.select_line)
        gradients.tensorChosen.connect(self.select_gradient)
        details.tensorChosen.connect(self.select_tensor)
        timeline.operationChosen.connect(self._choose_operation)

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
        found = self._shown.index.operations[operation]
        self._details.show_details(self._shown.operation_details(operation))
        self._gradients.select_tensors([])
        self._mark_lines([] if found.line is None else [found.line])

    def _choose_operation(self, operation: int) -> None:
        self._graph.select_operations([operation])
        self.select_operation(operation)

    def select_tensor(self, tensor: int) -> None:
        if self._shown is None:
            return
        found = self._shown.index.tensors[tensor]
        self._details.show_details(self._shown.tensor_details(tensor))
        self._gradients.select_tensors([tensor])
        self._mark_lines([] if found.line is None else [found.line])

    def select_gradient(self, tensor: int) -> None:
        """A row of the table: everything that its reason speaks of."""
        if self._shown is None:
            return
        why = next(row.gradient.why for row in self._shown.rows if row.gradient.tensor == tensor)
        self._details.show_details(self._shown.tensor_details(tensor))
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
            self._details.show_details(self._shown.operation_details(found[0]))
        else:
            self._details.clear()

    def search(self, text: str) -> int | None:
        """Ring what matches everywhere; how many operations and tensors do, None without text."""
        self._gradients.set_search(text)
        self._hits, self._hit = [], -1
        if self._shown is None or not text:
            self._graph.set_search_hits(())
            return None
        self._hits, tensors = self._shown.search.matching(text)
        keys = [f"op:{id_}" for id_ in self._hits] + [f"tensor:{id_}" for id_ in tensors]
        self._graph.set_search_hits(keys)
        named = {self._shown.index.name(id_) for id_ in tensors}
        return len(self._hits) + len(named)

    def step(self, by: int) -> None:
        """Select the next (+1) or the previous (−1) operation that the search found."""
        if self._hits:
            self._hit = (self._hit + by) % len(self._hits) if self._hit >= 0 else 0
            self._choose_operation(self._hits[self._hit])

    def _mark_lines(self, then: list[int]) -> None:
        now = (self._editor.line_now(line) for line in then)
        self._editor.set_selected_lines(frozenset(line for line in now if line is not None))
