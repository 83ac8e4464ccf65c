"""What was so at each moment of a run: looked up, never replayed.

Everything in a trace has the event at which it happened, and events only grow.  So the state at a
moment is what had happened up to its event, and every question is a comparison or a binary search.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Literal

from app.contract.records import BackwardPass, BackwardStep, Fact, Operation, Tensor
from app.session.graph.payloads import StatusKey
from app.session.iterations.series import iterations_of
from app.session.run import Run
from app.session.summary.counts import Counts
from app.session.summary.progress import PassProgress, PassState
from app.session.timeline.contents import Contents
from app.session.timeline.grads import GradChange, GradHistories
from app.session.timeline.moments import Moment, moments_of
from app.session.trace.columns.columns import NONE


@dataclass(frozen=True, slots=True)
class Arrival:
    """The gradient of a value: has it `passed`, is it `next`, or does it still `wait`?"""

    state: Literal["passed", "next", "waits"]
    step: BackwardStep


class History:
    """Answers by position: 0 is before the first moment, n at the n-th, `end` after the last."""

    def __init__(self, run: Run, *, hide_setup: bool) -> None:
        self.run = run
        self.moments = moments_of(run, hide_setup=hide_setup)
        self.grads = GradHistories(run)
        self.contents = Contents(run)
        self.counts = Counts(run)
        self._nodes: dict[int, list[BackwardStep]] = defaultdict(list)
        """Every step through an operation's autograd nodes."""
        self._firsts: dict[int, list[BackwardStep]] = defaultdict(list)
        """Of these the first in each pass: the node of the operation's output."""
        self._into: dict[int, list[BackwardStep]] = defaultdict(list)
        """Every accumulation, by the identity of the variable..."""
        self._at_leaf: dict[int, list[BackwardStep]] = defaultdict(list)
        """...and by the value that it had then."""
        self._of_node: dict[int, list[BackwardStep]] = defaultdict(list)
        """Every step by the AutogradNode that ran."""
        self._fillings: dict[int, list[int]] = {}
        """By pass, the steps that add to a `.grad`."""
        self._through: dict[int, set[int]] = {}
        """By pass, the operations whose nodes it ran, of those that were asked for."""
        for backward in run.trace.backward_passes:
            self._take_in(backward)
        self._starts = [moment.event for moment in self.moments]
        passes = [] if iterations_of(run) else run.trace.backward_passes
        self.passes = {one.id: place for place, one in enumerate(passes, 1)}
        """The numbers, from 1, of backward passes that are not those of iterations."""

    def _take_in(self, backward: BackwardPass) -> None:
        fillings = self._fillings[backward.id] = []
        columns, places = self.run.steps(backward)
        for number, (place, step) in enumerate(zip(places, backward.steps, strict=True), 1):
            node, tensor = columns.nodes[place], columns.tensors[place]
            operation = columns.operations[place]
            if node != NONE:
                self._of_node[node].append(step)
            if tensor != NONE:
                fillings.append(number)
                self._into[self.run.identity(tensor)].append(step)
                self._at_leaf[tensor].append(step)
            elif operation != NONE:
                self._nodes[operation].append(step)
                firsts = self._firsts[operation]
                if not firsts or firsts[-1].event < backward.event:
                    firsts.append(step)

    def __len__(self) -> int:
        return len(self.moments)

    @property
    def end(self) -> int:
        return len(self.moments) + 1

    def at(self, position: int) -> Snapshot:
        """Return the state at a position; positions outside the run mean its ends."""
        position = max(0, min(position, self.end))
        moment = self.moments[position - 1] if 0 < position < self.end else None
        if moment is not None:
            return Snapshot(self, position, moment.last, moment)
        if position:
            return Snapshot(self, position, _NEVER, None)
        return Snapshot(self, position, self._starts[0] - 1 if self._starts else 0, None)

    def position_of(self, event: int) -> int:
        """Return the position of the last moment that had begun at `event`."""
        return bisect_right(self._starts, event)

    def positions_through(self, backward: BackwardPass) -> range:
        """Return the positions of a pass, from the one before its first step to its last step."""
        last = self.position_of(_last_event(backward))
        return range(self.position_of(backward.event), last + 1)

    def steps_at(self, tensor: Tensor) -> Sequence[BackwardStep]:
        """Return the steps that brought the gradient of a value, one for each pass."""
        if tensor.is_leaf:
            return self._at_leaf.get(tensor.id, ())
        maker = self.run.producers.get(tensor.id)
        return () if maker is None else self._firsts.get(maker.id, ())

    def steps_of_node(self, node: int) -> Sequence[BackwardStep]:
        """Return the steps in which an AutogradNode ran."""
        return self._of_node.get(node, ())

    def made_at(self, node: int) -> int:
        """Return the event at which a backward pass had made an AutogradNode; 0 if unknown."""
        makers = {step.made_in for step in self.steps_of_node(node)}
        passes = (one for one in self.run.trace.backward_passes if one.id in makers)
        return max((_last_event(one) for one in passes), default=0)

    def steps_of(self, operation: int) -> tuple[Sequence[BackwardStep], Sequence[BackwardStep]]:
        """Return all steps through an operation's nodes, and the first one of each pass."""
        return self._nodes.get(operation, ()), self._firsts.get(operation, ())

    def fillings(self, backward: BackwardPass) -> Sequence[int]:
        """The steps of a pass, counted from 1, that add to a `.grad`."""
        return self._fillings[backward.id]

    def steps_into(self, identity: int) -> Sequence[BackwardStep]:
        """Return the accumulations into the `.grad` of a variable."""
        return self._into.get(identity, ())

    def operations_through(self, backward: BackwardPass) -> Set[int]:
        """Return the operations whose autograd nodes a pass ran."""
        if backward.id not in self._through:
            columns, places = self.run.steps(backward)
            self._through[backward.id] = {
                columns.operations[place] for place in places if columns.tensors[place] == NONE
            }
        return self._through[backward.id]

    def steps_through(self, operation: int, backward: BackwardPass) -> Sequence[BackwardStep]:
        """Return the steps of a pass that ran autograd nodes of an operation."""
        steps = self._nodes.get(operation, [])
        start = bisect_right(steps, backward.event, key=_event)
        return steps[start : bisect_right(steps, _last_event(backward), key=_event)]


_NEVER = 1 << 62


def _event(step: BackwardStep) -> int:
    return step.event


def _last_event(backward: BackwardPass) -> int:
    return backward.steps[-1].event if backward.steps else backward.event


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a run at one position.  `now` is the last event that has happened."""

    history: History
    position: int
    now: int
    moment: Moment | None

    @property
    def is_end(self) -> bool:
        return self.position == self.history.end

    @property
    def backward(self) -> BackwardPass | None:
        """The running backward pass, or None."""
        return self.moment.backward if self.moment else None

    @property
    def has_begun_backward(self) -> bool:
        """Whether the first backward pass has begun."""
        passes = self.history.run.trace.backward_passes
        return bool(passes) and passes[0].event <= self.now

    def has_happened(self, operation: int) -> bool:
        return self.history.run.operations[operation].event <= self.now

    def exists(self, tensor: int) -> bool:
        """Return whether a value exists; one that nothing in the run made always does."""
        maker = self.history.run.producers.get(tensor)
        return maker is None or maker.event <= self.now

    @property
    def running(self) -> frozenset[int]:
        """The operations that the present moment is about."""
        if self.moment is None:
            return frozenset()
        found = set()
        for record in self.moment.records:
            if isinstance(record, Operation):
                found.add(record.id)
            elif isinstance(record, BackwardStep) and record.operation is not None:
                found.add(record.operation)
        return frozenset(found)

    @property
    def counts(self) -> dict[StatusKey, int]:
        """The counts of the operations so far, by status."""
        return self.history.counts.at(self.now)

    @property
    def progress(self) -> PassProgress | None:
        """The progress of the running pass, or None."""
        if self.backward is None or self.moment is None:
            return None
        fillings = self.history.fillings(self.backward)
        total = len(self.backward.steps) - len(fillings)
        if not total:  # it began at leaves: their AccumulateGrad is all that runs
            return PassProgress(self.moment.step - 1, 1, len(fillings) - self.moment.step)
        begun = self.moment.step - bisect_right(fillings, self.moment.step)
        running = int(self.moment.kind == "step")
        return PassProgress(begun - running, running, total - begun)

    @property
    def node_now(self) -> int | None:
        """The AutogradNode that the present moment is about."""
        record = self.moment.records[0] if self.moment is not None else None
        return record.node if isinstance(record, BackwardStep) else None

    @property
    def leaves(self) -> frozenset[int]:
        """The identities of the variables whose `.grad` the present moment is about."""
        if self.moment is None or self.moment.lane != "Accumulate":
            return frozenset()
        identity = self.history.run.identity
        found: set[int] = set()
        for record in self.moment.records:
            if isinstance(record, Operation):
                found.update(self.history.grads.changed_at(record.event))
            elif isinstance(record, BackwardStep | Fact) and record.tensor is not None:
                found.add(identity(record.tensor))
        return frozenset(found)

    def arrival(self, tensor: Tensor) -> Arrival | None:
        """Return where the gradient of a value is; None before the pass that brings it."""
        return self._arrival(self.history.steps_at(tensor))

    def arrival_at(self, node: int) -> Arrival | None:
        """Return where the gradient of an AutogradNode is, or None."""
        return self._arrival(self.history.steps_of_node(node))

    def _arrival(self, steps: Sequence[BackwardStep]) -> Arrival | None:
        place = bisect_right(steps, self.now, key=_event)
        if self.backward is not None and place < len(steps):
            step = steps[place]
            if step.event <= _last_event(self.backward):
                return Arrival("next" if step == self.ahead else "waits", step)
        return Arrival("passed", steps[place - 1]) if place else None

    @property
    def ahead(self) -> BackwardStep | None:
        """The next step of the running pass that runs a node of an operation, or None."""
        if self.moment is None or self.backward is None:
            return None
        steps = self.backward.steps
        following = range(self.moment.step, len(steps))
        return next((steps[place] for place in following if steps[place].tensor is None), None)

    def node(self, operation: int) -> tuple[PassState, str] | None:
        """Return the progress of an operation in the running pass, and its node; or None."""
        if self.backward is None or self.moment is None:
            return None
        steps = self.history.steps_through(operation, self.backward)
        if not steps:
            return None
        if self.moment.kind == "step":
            record = self.moment.records[0]
            if isinstance(record, BackwardStep) and record.operation == operation:
                return "running", record.grad_fn
        if steps[-1].event <= self.now:
            return "done", steps[0].grad_fn
        return "waiting", next(s for s in steps if s.event > self.now).grad_fn

    def autograd_node(self, node: int) -> PassState | None:
        """Return the progress of an AutogradNode in the running pass; None if it is not in it."""
        if self.backward is None:
            return None
        last = _last_event(self.backward)
        for step in self.history.steps_of_node(node):
            if self.backward.event < step.event <= last:
                if step.event > self.now:
                    return "waiting"
                return "running" if self.node_now == node else "done"
        return None

    def last_steps(self, operation: int) -> Sequence[BackwardStep]:
        """Return the steps so far through an operation's nodes, in the last pass through it."""
        steps, firsts = self.history.steps_of(operation)
        place = bisect_right(firsts, self.now, key=_event)
        if not place:
            return ()
        start = bisect_right(steps, firsts[place - 1].event - 1, key=_event)
        return steps[start : bisect_right(steps, self.now, key=_event)]

    def grad(self, identity: int) -> GradChange | None:
        """Return the last change of a `.grad`, or None."""
        return self.history.grads.at(identity, self.now)

    def due(self, identity: int) -> int | None:
        """Return the step of the running pass that will add to a `.grad`, or None."""
        if self.backward is None:
            return None
        steps = self.history.steps_into(identity)
        place = bisect_right(steps, self.now, key=_event)
        if place == len(steps) or steps[place].event > _last_event(self.backward):
            return None
        return bisect_right(self.backward.steps, steps[place].event, key=_event)
