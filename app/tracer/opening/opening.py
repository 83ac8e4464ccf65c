"""Watches one backward pass for the step that is opened, and sends what torch says of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from app.contract.messages import NotOpenedRow, OpenedRow, OpenedValueRow, Row
from app.tracer.autograd.nodes import is_leaf_node, saved_by_name, saves_tensors
from app.tracer.opening import asking
from app.tracer.tensors.kinds import PLAIN
from app.tracer.tensors.table import node_name
from app.tracer.tensors.values import every_value
from app.tracer.unseen import unseen


class _Watched(Protocol):
    """The pass, as `app.tracer.autograd.backward` has it."""

    id: int
    event: int
    nodes: list[Any]


class _Path(NamedTuple):
    """A gradient that a step, 0 for the call of backward, passed on into a slot."""

    step: int
    slot: int
    grad: Tensor


class Opening:
    """Answers for the step `step` (from 1) of the backward pass `pass_number`.

    `done` ends the process: what the program does afterwards is of no interest.  What is called
    within the pass is called one time more than in the program; hooks of saved tensors would be
    called, too, so nodes whose saved tensors pass through such hooks are not asked.
    """

    def __init__(
        self, send: Callable[[Row], None], pass_number: int, step: int, done: Callable[[], None]
    ) -> None:
        self.pass_number = pass_number
        self._send, self._step, self._done = send, step, done
        self._count = self._event = 0
        self._paths: dict[Any, list[_Path]] = defaultdict(list)
        """By node: what the steps before have passed on to it."""
        self._steps: dict[Any, int] = {}
        self._may_ask: Callable[[Any], bool] = callable

    def watch(
        self,
        pass_: _Watched,
        begins: Sequence[tuple[Any, int, Tensor | None]],
        may_ask: Callable[[Any], bool],
    ) -> None:
        """Watch the nodes of a pass, whose own hooks are there already.

        `begins` are the nodes that the pass begins with, their slots and their gradients; a node
        that `may_ask` refuses is not called.
        """
        self._may_ask = may_ask
        for node, slot, grad in begins:
            if grad is not None:
                self._paths[node].append(_Path(0, slot, grad))
        for node in pass_.nodes:
            _Node(self, pass_, node)

    def begins(self, pass_: _Watched, node: Any) -> bool:
        """Note that a node runs; return whether it is the one that is opened."""
        if pass_.event == self._event:  # a step that is not recorded
            return False
        self._event = pass_.event
        self._count += 1
        self._steps[node] = self._count
        return self._count == self._step

    def passes_on(self, node: Any, going: Sequence[Tensor | None]) -> None:
        """Note what a node passes on, and forget what arrived at it."""
        self._paths.pop(node, None)
        if node not in self._steps:
            return
        for (after, slot), grad in zip(node.next_functions, going, strict=False):
            if after is not None and grad is not None:
                self._paths[after].append(_Path(self._steps[node], slot, _copy(grad)))

    def ask(self, node: Any, arrived: Sequence[Tensor | None]) -> _Asked:
        """Ask a node before it runs."""
        asked = _Asked([None if grad is None else _copy(grad) for grad in arrived])
        if is_leaf_node(node):
            grad = node.variable.grad
            asked.before = None if grad is None else _copy(grad)
        elif hasattr(node, "saved_tensors"):
            asked.limit = "custom"
        elif saves_tensors(node) and not self._may_ask(node):
            asked.settings, asked.limit = asking.settings_of(node), "hooks"
        else:
            try:
                asked.settings = asking.settings_of(node)
                asked.saved = [(name, _copy(one)) for name, one in saved_by_name(node)]
                asked.answers = asking.unit_answers(node, asked.arrived)
                asked.at_once = asking.all_at_once(node, asked.arrived)
            except Exception as error:  # torch refuses: in and out are measured all the same
                asked.limit = f"{type(error).__name__}: {error}"
        return asked

    def end(self, node: Any, asked: _Asked, going: Sequence[Tensor | None]) -> None:
        """Send what was found, and end the process."""
        try:
            self._answer(node, asked, going)
        except Exception as error:  # a layout or a class of tensors that has no such values
            self._send(NotOpenedRow(f"{type(error).__name__}: {error}"))
        self._done()

    def _answer(self, node: Any, asked: _Asked, going: Sequence[Tensor | None]) -> None:
        paths = self._paths.get(node, [])
        for number, path in enumerate(paths):
            self._value("path", number, path.slot, path.grad)
        for slot, grad in enumerate(asked.arrived):
            if grad is not None:
                self._value("arrived", slot, slot, grad)
        for slot, grad in enumerate(going):
            if grad is not None:
                self._value("going", slot, slot, grad)
        for number, (name, tensor) in enumerate(asked.saved):
            self._value("saved", number, 0, tensor, name)
        for one in self._derivatives(asked, going):
            self._value("derivative", one.slot, 0, one.values, one.kind)
        if is_leaf_node(node):
            if asked.before is not None:
                self._value("before", 0, 0, asked.before)
            if node.variable.grad is not None:
                self._value("after", 0, 0, node.variable.grad)
        steps, slots = [path.step for path in paths], [path.slot for path in paths]
        edges = [-1 if after is None else slot for after, slot in node.next_functions]
        self._send(OpenedRow(node_name(node), edges, steps, slots, asked.settings, asked.limit))

    @staticmethod
    def _derivatives(asked: _Asked, going: Sequence[Tensor | None]) -> Iterator[asking.Derivative]:
        arrived = next((grad for grad in asked.arrived if grad is not None), None)
        if arrived is not None and asked.answers:
            yield from asking.derivatives(asked.answers, arrived, going)
        if arrived is not None and asked.at_once:
            yield from asking.at_once(asked.at_once, arrived, going)

    def _value(self, role: str, number: int, slot: int, tensor: Tensor, name: str = "") -> None:
        values = every_value(tensor, asking.MOST_VALUES)
        self._send(OpenedValueRow(number, slot, role, name, list(tensor.shape), values))

    def missed(self) -> None:
        """Send that the program ended without this step."""
        self._send(NotOpenedRow("not_reached"))


class _Asked:
    """What a node answered before it ran."""

    def __init__(self, arrived: list[Tensor | None]) -> None:
        self.arrived = arrived
        self.before: Tensor | None = None
        """For a leaf, its `.grad` before the step."""
        self.settings: dict[str, Any] = {}
        self.saved: list[tuple[str, Tensor]] = []
        self.answers: list[Sequence[Tensor | None]] = []
        self.at_once: Sequence[Tensor | None] = ()
        self.limit = ""


class _Node:
    """The hooks of one node in the pass that is watched."""

    def __init__(self, opening: Opening, pass_: _Watched, node: Any) -> None:
        self._opening, self._pass, self._node = opening, pass_, node
        self._asked: _Asked | None = None
        node.register_prehook(self._before)
        node.register_hook(self._after)

    def _before(self, arrived: Sequence[Tensor | None]) -> None:
        with unseen():
            if self._opening.begins(self._pass, self._node):
                self._asked = self._opening.ask(self._node, arrived)

    def _after(self, going: Sequence[Tensor | None], _: Any) -> None:
        with unseen():
            if self._asked is not None:
                self._opening.end(self._node, self._asked, going)
            else:
                self._opening.passes_on(self._node, going)


def _copy(tensor: Tensor) -> Tensor:
    """Return the values as they are now: torch and the program may change them in place."""
    if type(tensor) not in PLAIN:
        return tensor
    copied: Tensor = tensor.detach().clone()
    return copied.resolve_neg() if tensor.dtype is not torch.bfloat16 else copied
