"""What is covered of a run while a room is asked about it; items of its graph without answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from app.contract.records import GradModeSpan
from app.session.asking.questions import questions_of
from app.session.asking.round import Round
from app.session.graph.flows import shape_words
from app.session.graph.held import summary_words
from app.session.graph.items import leaf_words
from app.session.graph.payloads import (
    CutItem,
    EdgeItem,
    FrameItem,
    GroupItem,
    GuessState,
    OperationItem,
    Pill,
    TensorItem,
)
from app.session.language import ngettext, number, tr
from app.session.look.measure import NodeItem
from app.session.run import Run
from app.session.source.lines import regions


class Covered:
    """Immutable, like its round.

    A line and what it did are covered until its question has been turned over, and so is a `.grad`.
    A region is covered as long as a line in it is.  Backward, cuts and everything else that follows
    from several answers stay covered until the last question has been turned over.
    """

    def __init__(self, run: Run, asked: Round, before: Covered | None = None) -> None:
        """`before` is the same run at another step of its round."""
        self.run, self.round = run, asked
        left = (
            []
            if asked.is_over
            else [n for n in range(len(asked.questions)) if n not in asked.turned]
        )
        self._by_spot = {
            one.spot: n for n, one in enumerate(asked.questions) if one.spot is not None
        }
        self.spots = frozenset(spot for spot, n in self._by_spot.items() if n in left)
        """The lines that are covered, as spots."""
        questions = asked.questions
        self._open = frozenset(
            run.identity(tensor)
            for n, one in enumerate(questions)
            if n in asked.turned
            for tensor in one.tensors
        )
        self._spots_in: dict[tuple[int, int], frozenset[int | None]] = (
            {} if before is None else before._spots_in
        )
        """The lines of each group, by its first and its last operation."""

    @classmethod
    def whole(cls, run: Run) -> Covered:
        """Return a run with every answer still covered."""
        return cls(run, Round.of(questions_of(run)))

    @property
    def is_over(self) -> bool:
        """Whether everything has been turned over."""
        return self.round.is_over

    def guess_at(self, spot: int | None) -> GuessState:
        """Return the state of the guess at a line; empty without a guess."""
        found = None if spot is None else self._by_spot.get(spot)
        return "" if found is None else self.round.guess_state(found)

    def question_at(self, spot: int) -> int | None:
        """Return the question about a line, by its number, or None."""
        return self._by_spot.get(spot)

    def hides_grad(self, tensor: int) -> bool:
        """Return whether the `.grad` of a tensor is covered, in whichever of its values."""
        return not self.is_over and self.run.identity(tensor) not in self._open

    def hides_any(self, operations: Iterable[int]) -> bool:
        """Return whether the line of one of these operations is covered."""
        return bool(self.spots) and not self.spots.isdisjoint(self._spots_of(operations))

    def _spots_of(self, operations: Iterable[int]) -> frozenset[int | None]:
        made = self.run.operation_columns
        places = made.places.of(one for one in operations if one in made.places)
        forms = set(map(made.form.__getitem__, places))
        return frozenset(made.forms.values[form].spot for form in forms)

    def _hides_group(self, operations: Sequence[int]) -> bool:
        key = operations[0], operations[-1]
        if key not in self._spots_in:
            self._spots_in[key] = self._spots_of(operations)
        return not self.spots.isdisjoint(self._spots_in[key])

    def hides_region(self, first: int, last: int) -> bool:
        """Return whether a region from one spot to another is covered."""
        return not self.is_over and any(first <= spot <= last for spot in self.spots)

    @cached_property
    def hidden_regions(self) -> tuple[tuple[int, int], ...]:
        """First and last spot of the written regions that are covered."""
        found = ((one.first, one.last) for one in regions(self.run))
        return tuple(one for one in found if self.hides_region(*one))

    def hides_span(self, span: GradModeSpan) -> bool:
        """Return whether a grad mode's region is covered."""
        if self.is_over or span.spot is None:
            return not self.is_over
        return (span.spot, span.end_spot) in self._hidden_modes

    @cached_property
    def _hidden_modes(self) -> frozenset[tuple[int, int | None]]:
        """First and last spot of the covered lines that set a grad mode, on or off."""
        modes = {(one.spot, one.end_spot) for one in self.run.trace.grad_modes if one.spot}
        return frozenset(
            (spot, end)
            for spot, end in modes
            if self.hides_region(spot, end or spot)
            or any(first <= spot <= last for first, last in self.hidden_regions)
        )

    def hides_mode_at(self, spot: int) -> bool:
        """Return whether a line sets a grad mode whose region is covered."""
        return any(spot == first for first, _ in self._hidden_modes)

    # --------------------------------------------------------------------- the items of the graph

    def hides_cut(self, item: NodeItem) -> bool:
        """Return whether a node is a cut that is covered: it is not drawn at all."""
        return isinstance(item, CutItem) and not self.is_over

    def node(self, item: NodeItem) -> NodeItem:
        match item:
            case TensorItem():
                return self.tensor(item)
            case GroupItem():
                return self.group(item)
            case OperationItem():
                return self.operation(item)
            case CutItem():
                return item

    def operation(self, item: OperationItem) -> OperationItem:
        if self.is_over:
            return replace(item, guess=self._guess(item))
        pills = tuple(self.pill(one) for one in item.pills)
        item = replace(item, pills=pills, tiles=(), kept=None, guess=self._guess(item))
        own = () if item.operation is None else (item.operation,)
        if self.hides_any((*own, *item.operations)) or item.line in self.spots:
            return replace(item, status="covered", words=tr("recorded?"), summary="")
        return item

    def _guess(self, item: OperationItem) -> GuessState:
        return "" if item.operations else self.guess_at(item.line)

    def group(self, item: GroupItem) -> GroupItem:
        if self.is_over:
            return item
        plain = replace(item, missing=(), tiles=(), kept=None)
        if self._hides_group(item.operations):
            cells = tuple(one._replace(status="covered") for one in item.members)
            plain = replace(plain, parts=(), members=cells)
            return replace(plain, status="covered", summary=tr("recorded?"))
        return replace(plain, summary=summary_words(self.run, item.operations))

    def frame(self, item: FrameItem) -> FrameItem | None:
        """Return a frame, or None for a region that is covered."""
        if self.is_over:
            return item
        if item.span is not None and self.hides_span(self.run.spans[item.span]):
            return None
        return replace(item, summary="", tiles=(), switch=None)

    def edge(self, item: EdgeItem) -> EdgeItem:
        if self.is_over:
            return item
        tensor = self.run.tensors.get(item.tensor)
        detail = "" if tensor is None else shape_words(tensor.shape)
        if (many := len(item.tensors)) > 1:
            detail = ngettext("{count} value", "{count} values", many).format(count=number(many))
        return replace(item, kind="data", detail=detail)

    def tensor(self, item: TensorItem) -> TensorItem:
        if item.role == "result" or self.is_over:
            return item
        if item.role == "cut":
            return replace(item, role="result")
        if self.hides_grad(item.tensor):
            return replace(item, role="leaf", detail=leaf_words("?"))
        return item

    def pill(self, item: Pill) -> Pill:
        if item.state == "input" or not self.hides_grad(item.tensor):
            return item
        return replace(item, state="covered", summary=None)
