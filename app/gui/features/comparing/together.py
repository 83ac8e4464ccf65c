"""What the user does to one of two graphs happens to both: moving, selecting, pointing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Signal

from app.gui.features.exploring.hover import Explanations
from app.gui.features.feature import Feature
from app.gui.graph import describe
from app.gui.graph.painting.ties import Ties
from app.gui.graph.view import GraphView
from app.gui.panels.comparing.spine import Mark, Spine
from app.session.graph.payloads import TensorItem
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.features.comparing.compared import Compared
    from app.gui.panels.sentence_list import Item
    from app.gui.panels.timeline.both import BothLanes
    from app.gui.running.prepared import Prepared
    from app.session.comparing.pairing import NodePair
    from app.session.timeline import History
    from app.session.workspace import Workspace


class Together(Feature):
    """The graph of now leads; the pinned one follows it, but for what is done to it itself."""

    placed = Signal()
    """Both pictures belong to the comparison."""
    currentChanged = Signal()
    """Another difference is the chosen one, or what is selected is another."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        graph: GraphView,
        pinned_workspace: Workspace[Prepared],
        pinned: GraphView,
        spine: Spine,
    ) -> None:
        super().__init__(pinned)
        self._workspace, self._graph = workspace, graph
        self._pinned_workspace, self._pinned, self._spine = pinned_workspace, pinned, spine
        self._compared: Compared | None = None
        self.lanes: BothLanes | None = None
        """The steps of both in the timeline."""
        self._step_of_both: int | None = None
        """The step in the timeline, which may be one of the pinned run alone."""
        self._is_swapped = False
        self._is_mirroring = False
        self.is_placed = False
        """Whether both pictures belong to the comparison."""
        self.differences: list[NodePair] = []
        """The nodes that differ, from the top of the picture to its end."""
        self._places: list[QRectF] = []
        self._mark_of: list[int] = []
        self.current: int | None = None
        """The place in `differences` of the chosen one."""
        self.hear(graph.moved, self._follow)
        self.hear(pinned.moved, self._lead)
        self.hear(graph.sceneChanged, self._on_scene)
        self.hear(pinned.sceneChanged, self._on_scene)
        self.hear(graph.selectionChanged, partial(self._mirror, from_pinned=False))
        self.hear(pinned.selectionChanged, partial(self._mirror, from_pinned=True))
        self.hear(pinned_workspace.selection_changed, self._select_partner)
        self.hear(graph.hovered, partial(self._point, from_pinned=False))
        self.hear(pinned.hovered, partial(self._point, from_pinned=True))
        self.hear(workspace.moment_changed, self._go_along)
        self.hear(pinned_workspace.moment_changed, self._explain)
        self.hear(spine.chosen, self._choose_mark)

    def close(self) -> None:
        super().close()
        self._graph.set_ties(None)

    def show(self, compared: Compared) -> None:
        """Both graphs are to be those of another comparison."""
        before, self._compared = self._compared, compared
        if before is None or _histories(before) != _histories(compared):
            self._step_of_both = None
        self._arrange_lanes()
        self.is_placed = False
        self.current = None
        self._explain()
        self._go_along()
        self._on_scene()

    def set_swapped(self, swapped: bool) -> None:
        """Note that the pinned graph is right of the other one, and its lanes are below."""
        self._is_swapped = swapped
        self._arrange_lanes()
        self._tie()

    def _arrange_lanes(self) -> None:
        lanes = None if self._compared is None else self._compared.lanes
        self.lanes = lanes.swapped() if lanes is not None and self._is_swapped else lanes

    # ------------------------------------------------------------------------------ the places

    def _on_scene(self) -> None:
        """Place marks and ties as soon as both pictures belong to the comparison."""
        compared = self._compared
        self.current = None
        self.is_placed = (
            compared is not None
            and self._graph.graph is compared.now.graph
            and self._pinned.graph is compared.pinned.graph
        )
        if compared is None or not self.is_placed:
            self.differences, self._places = [], []
            self._spine.set_marks((), self._words_of_mark)
            self._tie()
            return
        placed = [(self._place(pair), pair) for pair in compared.pairing.nodes]
        placed.sort(key=lambda one: (one[0].center().y(), one[0].x()))
        self._set_marks(placed)
        self._follow()
        self._mirror(from_pinned=False)
        self.placed.emit()

    def _place(self, pair: NodePair) -> QRectF:
        if pair.second is not None:
            return self._graph.node_rect(pair.second)
        assert pair.first is not None
        return self._pinned.node_rect(pair.first)

    def _set_marks(self, placed: list[tuple[QRectF, NodePair]]) -> None:
        """Make one mark of the nodes in a row, which differs if one of them does."""
        marks: list[Mark] = []
        self.differences, self._places, self._mark_of = [], [], []
        for place, pair in placed:
            y, is_equal = place.center().y(), pair.is_equal
            if marks and round(marks[-1].y) == round(y):
                is_equal &= marks.pop().is_equal
            marks.append(Mark(y, is_equal))
            if not pair.is_equal:
                self.differences.append(pair)
                self._places.append(place)
                self._mark_of.append(len(marks) - 1)
        self._spine.set_marks(marks, self._words_of_mark)
        self._tie()

    def _words_of_mark(self, mark: int) -> str:
        first, end = bisect_left(self._mark_of, mark), bisect_right(self._mark_of, mark)
        return "\n".join(map(self.words, self.differences[first:end]))

    def words(self, pair: NodePair) -> str:
        """Say how a node differs: "linear lin1: skipped — no_grad in pinned, recorded now"."""
        first = self._pinned.scene.nodes[pair.first].item if pair.first else None
        second = self._graph.scene.nodes[pair.second].item if pair.second else None
        item, compared = second or first, self._compared
        assert item is not None
        assert compared is not None
        sides = compared.runs.sides
        name = describe.node_card(item).title
        if first is None:
            return tr("{name}: only {where}").format(name=name, where=sides.second.where)
        if second is None:
            return tr("{name}: only {where}").format(name=name, where=sides.first.where)
        if mode := compared.pairing.second.modes.get(pair.second or ""):
            return f"{name}: {mode}"
        before, after = _apart(describe.node_card(first).words, describe.node_card(second).words)
        if before == after:
            is_result = isinstance(second, TensorItem) and second.role == "result"
            text = tr("{name}: another value") if is_result else tr("{name}: another .grad")
            return text.format(name=name)
        text = tr("{name}: {before} {first}, {after} {second}")
        return text.format(
            name=name, before=before, first=sides.first.where, after=after,
            second=sides.second.where,
        )  # fmt: skip

    def _tie(self) -> None:
        current = None if self.current is None else self._places[self.current]
        self._spine.set_current(None if self.current is None else self._mark_of[self.current])
        for view, to_right in ((self._pinned, True), (self._graph, False)):
            view.set_ties(Ties(to_right != self._is_swapped, tuple(self._places), current))

    # ------------------------------------------------------------------------- the differences

    def step(self, by: int) -> None:
        """Choose the next difference, or the one before; from the last on comes the first."""
        if self.differences:
            start = -1 if self.current is None and by > 0 else self.current or 0
            self.choose((start + by) % len(self.differences))

    def _choose_mark(self, mark: int) -> None:
        self.choose(self._mark_of.index(mark))

    def choose(self, number: int) -> None:
        """Choose a difference: its nodes are ringed in both graphs."""
        pair = self.differences[number]
        view, key = (self._graph, pair.second) if pair.second else (self._pinned, pair.first)
        assert key is not None
        view.ring((key,))  # and `_mirror` follows
        if self.current != number:
            self._set_current(number)
        self._select(pair)

    def _select(self, pair: NodePair) -> None:
        """Select what the pair's node shows in the present run; the node is ringed already."""
        if pair.second is None:
            self._workspace.clear_selection("graph")
            return
        node = self._graph.scene.nodes[pair.second]
        if node.tensor is not None:
            self._workspace.select_tensor(node.tensor, "graph")
        elif node.operations:
            self._workspace.select_operation(node.operations[0], "graph")

    def _set_current(self, number: int | None) -> None:
        self.current = number
        self._tie()
        self.currentChanged.emit()

    # ---------------------------------------------------------------------------- the selection

    def _mirror(self, *, from_pinned: bool) -> None:
        """Ring in the other graph what is ringed in this one."""
        compared = self._compared
        if self._is_mirroring or compared is None or not self.is_placed:
            return
        pairs = [pair for pair in compared.pairing.nodes if pair.first and pair.second]
        source, target = self._graph, self._pinned
        nodes = {pair.second: pair.first for pair in pairs}
        tensors: Mapping[int, int] = compared.tensors_pinned
        if from_pinned:
            source, target = target, source
            nodes = {pair.first: pair.second for pair in pairs}
            tensors = compared.tensors_now
        self._is_mirroring = True
        target.ring(
            [other for key in source.selected_nodes if (other := nodes.get(key)) is not None],
            [tensors[one] for one in source.selected_tensors if one in tensors],
        )
        self._is_mirroring = False
        self._note_selected(source.selected_nodes, from_pinned)

    def _note_selected(self, keys: frozenset[str], from_pinned: bool) -> None:
        """The chosen difference is the one of the selected node."""
        found = (
            number
            for number, pair in enumerate(self.differences)
            if (pair.first if from_pinned else pair.second) in keys
        )
        self._set_current(next(found, None))

    def _select_partner(self) -> None:
        """What is selected in the pinned run is selected in the run of now, for the panels."""
        compared, selection = self._compared, self._pinned_workspace.selection
        if compared is None or selection.origin != "graph":
            return
        operations = [compared.to_now.get(one) for one in selection.operations]
        tensors = [compared.tensors_now.get(one) for one in selection.tensors]
        if operations and operations[0] is not None:
            self._workspace.select_operation(operations[0], "graph")
        elif tensors and tensors[0] is not None:
            self._workspace.select_tensor(tensors[0], "graph")
        else:
            self._workspace.clear_selection("graph")

    def _point(self, operations: Iterable[int], *, from_pinned: bool) -> None:
        """Lift the partner of the node under the mouse."""
        if self._compared is not None:
            partners = self._compared.to_now if from_pinned else self._compared.to_pinned
            target = self._graph if from_pinned else self._pinned
            target.point_at([partners[one] for one in operations if one in partners])

    # ------------------------------------------------------------------- the camera, the moment

    def _follow(self) -> None:
        if self.is_placed:
            self._pinned.look_through(self._graph.camera)
        self._spine.set_camera(self._graph.camera)

    def _lead(self) -> None:
        """Move the graph of now as the user moved the pinned one."""
        compared = self._compared
        if self.is_placed and compared and self._pinned.graph is compared.pinned.graph:
            self._graph.look_through(self._pinned.camera)

    @property
    def sentences(self) -> Sequence[Item]:
        """What differs."""
        assert self._compared is not None
        return self._compared.runs.words

    @property
    def position(self) -> int:
        """The step of both runs that is shown; positions are those of `lanes`."""
        assert self._compared is not None
        chosen, now = self._step_of_both, self._compared.lanes.steps.second
        if chosen is not None and now.position(chosen) == self._workspace.position:
            return chosen
        return now.row(self._workspace.position)

    @property
    def end(self) -> int:
        assert self._compared is not None
        return self._compared.lanes.end

    def go_to(self, position: int) -> None:
        """Show both runs at a step of either of them."""
        assert self._compared is not None
        self._step_of_both = max(0, min(position, self.end))
        reached = self._compared.lanes.steps.second.position(self._step_of_both)
        if reached == self._workspace.position:
            self._go_along()
        else:
            self._workspace.go_to(reached)

    def _go_along(self) -> None:
        """Show the pinned run at the step that is shown."""
        if self._compared is not None and self._workspace.shown is not None:
            self._step_of_both = self.position
            self._pinned_workspace.go_to(self._compared.lanes.steps.first.position(self.position))

    def _explain(self) -> None:
        shown, moment = self._pinned_workspace.shown, self._pinned_workspace.moment
        if shown is not None:
            self._pinned.pointing.explainer = Explanations(shown, moment)


def _apart(before: str, after: str) -> tuple[str, str]:
    """Return what two nodes say, without the parts that both say: "leaf   .grad None"."""
    ours, theirs = (words.split("   ") for words in (before, after))
    parts = (
        [part for part in own if part not in other]
        for own, other in ((ours, theirs), (theirs, ours))
    )
    first, second = map(", ".join, parts)
    return (first, second) if first and second else (before, after)


def _histories(compared: Compared) -> tuple[History, History]:
    return compared.pinned.history, compared.now.history
