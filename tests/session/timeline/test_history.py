"""The state at a moment is the fold of what had happened up to it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.records import BackwardStep, Fact, Operation, Trace
from app.session.run import Run
from app.session.timeline import History

LOOP = """\
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.ones(3, 2)
w = torch.zeros(2, requires_grad=True)
seen = []
for step in range(3):
    opt.zero_grad(set_to_none=step != 1)
    with torch.no_grad():
        y = x * 2
    loss = (net(y) + (x * w).sum()).pow(2).mean()
    loss.backward()
    print("after backward", net.weight.grad.tolist(), w.grad.tolist())
    torch.nn.utils.clip_grad_norm_(net.parameters(), 0.1)
    print("after clipping", net.weight.grad.tolist(), w.grad.tolist())
    opt.step()
w.grad = torch.tensor([5.0, 6.0])
w.grad.mul_(2)
w.grad = None
"""
TWICE = """\
import torch
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor([3.0, 4.0], requires_grad=True)
c = a * 2
loss = (c * b).sum()
loss.backward(retain_graph=True)
c.sum().backward(retain_graph=True)
(g,) = torch.autograd.grad(loss, [a])
"""
BROKEN = """\
import torch
a = torch.ones(2, requires_grad=True)
class Fails(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1
    @staticmethod
    def backward(ctx, g):
        raise ValueError("no")
(Fails.apply(a * 2) * 3).sum().backward()
"""
AT_LEAVES = """\
import torch
a, b = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)
torch.autograd.backward([a, b])
"""
TEXTS = {
    "loop": LOOP,
    "twice": TWICE,
    "broken": BROKEN,
    "leaves": AT_LEAVES,
    "nothing": "import torch\n",
}


@pytest.fixture(scope="module")
def traces(trace: Callable[[str], Trace]) -> dict[str, Trace]:
    return {name: trace(text) for name, text in TEXTS.items()}


@pytest.fixture(scope="module")
def histories(traces: dict[str, Trace]) -> dict[str, History]:
    return {name: History(Run(t), hide_setup=True) for name, t in traces.items()}


def folded(history: History) -> list[dict[str, Any]]:
    """The state after each position, from replaying the moments one by one."""
    index = history.run
    state: dict[str, Any] = {"operations": set(), "passed": {}, "set": set(), "added": {}}
    states = [_copy(state)]
    for moment in history.moments:
        for record in moment.records:
            _apply(index, state, moment.kind, record)
        states.append(_copy(state))
    return states


def _apply(index: Any, state: dict[str, Any], kind: str, record: Any) -> None:
    if isinstance(record, Operation):
        state["operations"].add(record.id)
        if record.name in ("zero_", "_foreach_zero_") and kind == "change":
            for made in record.outputs:
                owner = next(
                    index.tensors[row.tensor].identity
                    for row in index.trace.gradients
                    if f"{row.name}.grad" == index.name(made)
                )
                state["added"][owner] = 0
    elif isinstance(record, BackwardStep) and record.tensor is not None:
        identity = index.tensors[record.tensor].identity
        state["set"].add(identity)
        state["added"][identity] = state["added"].get(identity, 0) + 1
    elif isinstance(record, BackwardStep) and record.operation is not None:
        state["passed"].setdefault(record.operation, record.event)
    elif isinstance(record, Fact):
        identity = index.tensors[record.tensor].identity
        state["added"][identity] = 0
        (state["set"].add if kind == "assign" else state["set"].discard)(identity)


def _copy(state: dict[str, Any]) -> dict[str, Any]:
    return {key: value.copy() for key, value in state.items()}


@given(data=st.data())
def test_the_state_is_the_fold_of_the_moments(histories: dict[str, History], data: Any) -> None:
    history = histories[data.draw(st.sampled_from(sorted(TEXTS)))]
    index = history.run
    position = data.draw(st.integers(0, len(history)))
    then, state = history.at(position), folded(history)[position]
    drawn = {op.id for moment in history.moments if (op := moment.operation)}
    assert {op for op in drawn if then.has_happened(op)} == state["operations"] & drawn
    for row in index.trace.gradients:
        identity = index.tensors[row.tensor].identity
        change = then.grad(identity)
        is_set = change is not None and change.kind != "cleared"
        assert is_set == (identity in state["set"])
        assert (change.added if change else 0) == state["added"].get(identity, 0)
    for tensor in index.trace.tensors:
        maker = index.producers.get(tensor.id)
        arrival = then.arrival(tensor)
        if maker is not None and not tensor.is_leaf and arrival and arrival.state == "passed":
            assert state["passed"][maker.id] <= then.now


def test_moments_are_in_order_and_do_not_overlap(histories: dict[str, History]) -> None:
    for history in histories.values():
        for before, after in pairwise(history.moments):
            assert before.event <= before.last < after.event
        for position, moment in enumerate(history.moments, 1):
            assert history.position_of(moment.event) == history.position_of(moment.last) == position


def test_what_one_call_does_to_many_is_one_moment(histories: dict[str, History]) -> None:
    kinds = [moment.kind for moment in histories["loop"].moments if moment.kind != "operation"]
    assert kinds.count("optimizer") == 3
    assert kinds.count("enter") == kinds.count("leave") == 3
    clear = [m for m in histories["loop"].moments if m.kind == "clear" and m.line == 11]
    assert [len(moment.records) for moment in clear] == [2]  # before the third; the first had none


def test_values_are_those_that_the_snippet_printed(
    traces: dict[str, Trace], histories: dict[str, History]
) -> None:
    history = histories["loop"]
    index = history.run
    rows = {row.name: index.tensors[row.tensor].identity for row in index.trace.gradients}
    moments = list(enumerate(history.moments, 1))
    passes = [p for p, m in moments if m.backward is not None and m.step == len(m.backward.steps)]
    clips = [p for p, m in moments if m.kind == "change" and m.line == 17]
    expected = []
    for ended, clipped in zip(passes, clips, strict=True):
        for word, position in (("backward", ended), ("clipping", clipped)):
            then = history.at(position)
            values = []
            for name in ("net.weight", "w"):
                change = then.grad(rows[name])
                assert change is not None
                assert change.grad is not None
                values.append(change.grad.values)
            expected.append(f"after {word} {values[0]} {values[1]}")
    assert traces["loop"].output.stdout.splitlines() == expected


def test_by_hand(histories: dict[str, History]) -> None:
    history = histories["loop"]
    index = history.run
    w = next(index.tensors[r.tensor].identity for r in index.trace.gradients if r.name == "w")
    told = [(c.kind, c.grad and c.grad.values) for c in history.grads.of(w)][-3:]
    assert told == [("assigned", [5.0, 6.0]), ("changed", [10.0, 12.0]), ("cleared", None)]


def test_where_a_gradient_is(histories: dict[str, History]) -> None:
    """Two passes over the same graph: what the first brought stays until the second comes by."""
    history = histories["twice"]
    index = history.run
    c = next(t for t in index.trace.tensors if t.name == "c")
    states = []
    for position in range(history.end + 1):
        arrival = history.at(position).arrival(c)
        states.append((arrival.state, arrival.step.event) if arrival else None)
    steps = [s.event for s in history.steps_at(c)]
    assert len(steps) == 3
    seen = [state for state in dict.fromkeys(states) if state is not None]
    assert [state for state in seen if state[0] == "passed"] == [("passed", e) for e in steps]
    assert ("waits", steps[0]) in seen
    assert seen.index(("next", steps[1])) < seen.index(("passed", steps[1]))


def test_due_is_the_step_that_fills(histories: dict[str, History]) -> None:
    history = histories["loop"]
    tensors = history.run.tensors
    for position in range(1, len(history) + 1):
        then = history.at(position)
        for row in history.run.trace.gradients:
            identity = tensors[row.tensor].identity
            due = then.due(identity)
            if due is not None:
                assert then.backward is not None
                assert then.moment is not None
                assert due > then.moment.step
                leaf = then.backward.steps[due - 1].tensor
                assert leaf is not None
                assert tensors[leaf].identity == identity


def test_nodes_wait_run_and_are_done(histories: dict[str, History]) -> None:
    history = histories["loop"]
    backward = history.run.trace.backward_passes[0]
    owner = next(s.operation for s in backward.steps if s.grad_fn == "AddmmBackward0")
    assert owner is not None
    states = [history.at(position).node(owner) for position in range(history.end + 1)]
    assert list(dict.fromkeys(state for state in states if state)) == [
        ("waiting", "AddmmBackward0"),
        ("running", "AddmmBackward0"),
        ("waiting", "TBackward0"),
        ("running", "TBackward0"),
        ("done", "AddmmBackward0"),
    ]


def test_a_pass_that_failed_stops_where_it_failed(histories: dict[str, History]) -> None:
    history = histories["broken"]
    kinds = [moment.kind for moment in history.moments]
    assert "step" in kinds
    assert "accumulate" not in kinds
    tensors = history.run.tensors
    for row in history.run.trace.gradients:
        assert history.at(history.end).grad(tensors[row.tensor].identity) is None


def test_an_empty_run(histories: dict[str, History]) -> None:
    history = histories["nothing"]
    assert len(history) == 0
    assert history.at(0).moment is None
    assert history.at(history.end).is_end


def test_a_pass_that_begins_at_leaves_counts_their_accumulations(traces: dict[str, Trace]) -> None:
    history = History(Run(traces["leaves"]), hide_setup=True)
    places = [n for n, one in enumerate(history.moments, 1) if one.kind == "accumulate"]
    assert [history.at(place).progress for place in places] == [(0, 1, 1), (1, 1, 0)]
