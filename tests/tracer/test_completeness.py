"""Completeness and faithfulness (TRACE_FORMAT, "What holds for every trace") on random programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import torch
from hypothesis import given, settings
from torch import Tensor

from tests.tracer.programs import MATRICES, VECTORS, programs
from tests.tracer.support import Recording, record, run_plainly

NUMBERS_END = 1 << 62


@dataclass
class Engine:
    """Calls backward for a program, and notes which autograd nodes ran, by number and name."""

    passes: list[list[tuple[int, str]]] = field(default_factory=list)
    reached: dict[int, str] = field(default_factory=dict)

    def backward(self, loss: Tensor) -> None:
        ran: list[tuple[int, str]] = []
        nodes = [node for node in _reachable(loss.grad_fn) if node._sequence_nr() < NUMBERS_END]
        self.reached |= {node._sequence_nr(): _name(node) for node in nodes}
        handles = [node.register_prehook(_noting(node, ran)) for node in nodes]
        try:
            torch.autograd.backward(loss, retain_graph=True)
            self.passes.append(ran)
        finally:
            for handle in handles:
                handle.remove()


def _noting(node: Any, ran: list[tuple[int, str]]) -> Any:
    entry = node._sequence_nr(), _name(node)

    def note(_: Any) -> None:
        ran.append(entry)

    return note


def _reachable(start: Any) -> set[Any]:
    found: set[Any] = set()
    stack = [start]
    while stack:
        node = stack.pop()
        if node is not None and node not in found:
            found.add(node)
            stack += [successor for successor, _ in node.next_functions]
    return found


def _name(node: Any) -> str:
    name: str = node.name()
    return name.removeprefix("torch::autograd::")


@settings(max_examples=300)
@given(programs)
def test_every_node_has_its_operation_and_nothing_changes(text: str) -> None:
    plain_engine, traced_engine = Engine(), Engine()
    plain = run_plainly(text, {"backward": plain_engine.backward})
    recording = record(text, variables={"backward": traced_engine.backward})
    assert recording.variables["errors"] == plain["errors"]
    _same_results(plain, recording.variables)
    assert [[name for _, name in ran] for ran in traced_engine.passes] == [
        [name for _, name in ran] for ran in plain_engine.passes
    ]
    _complete(traced_engine, recording)


def _same_results(plain: dict[str, Any], traced: dict[str, Any]) -> None:
    for name in MATRICES + VECTORS:
        one, other = plain[name], traced[name]
        assert _described(one) == _described(other), name
        assert _bits(one) == _bits(other), name
        assert _bits(_grad(one)) == _bits(_grad(other)), f"{name}.grad"


def _described(tensor: Tensor) -> tuple[Any, ...]:
    return tensor.requires_grad, tensor.is_inference(), tensor.shape, tensor.stride()


def _grad(tensor: Tensor) -> Tensor | None:
    is_own = tensor.retains_grad or (not tensor._is_view() and tensor.is_leaf)
    return tensor.grad if is_own else None


def _bits(tensor: Tensor | None) -> object:
    return None if tensor is None else tensor.detach().contiguous().view(torch.int32).tolist()


def _complete(engine: Engine, recording: Recording) -> None:
    """Each node that backward reached is named by one operation, and by no other."""
    owners: dict[int, int] = {}
    ok = [pass_ for pass_ in recording.passes if pass_.ok and pass_.row.call == "backward"]
    for pass_, ran in zip(ok, engine.passes, strict=True):
        steps = [step for step in pass_.steps if step.grad_fn != "AccumulateGrad"]
        assert [step.grad_fn for step in steps] == [name for _, name in ran]
        for step, (number, _) in zip(steps, ran, strict=True):
            if step.made_in is not None:
                continue  # a backward pass made it
            assert step.operation is not None, f"{step.grad_fn} belongs to no operation"
            assert owners.setdefault(number, step.operation) == step.operation
    for op in recording.ops:
        ran_of_op = [engine.reached[n] for n, owner in owners.items() if owner == op.id]
        surplus = Counter(ran_of_op) - Counter(op.grad_fn)
        assert not surplus, f"{op.name} on line {op.line} does not name {dict(surplus)}"
        if op.grad_fn and op.grad_fn[0] in ran_of_op and not op.children and len(op.outputs) == 1:
            unmade = Counter(op.grad_fn) - Counter(ran_of_op)
            assert not unmade, f"{op.name} on line {op.line} names {dict(unmade)} besides"
