"""What is said of the ranks of real runs: it follows from their traces."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.contract.records import Finding
from app.process.client import Tracer
from app.session.comparing.differences import differences
from app.session.comparing.sides import sides_of
from app.session.ranks.differing import ComparedProcesses
from app.session.ranks.lines import differing_lines, ending_lines
from app.session.ranks.sisters import Process, Processes, together
from app.session.run import Run
from app.session.trace.document import load
from tests.tools.ranks import TraceRanks
from tests.tools.tracing import trace_with


def compared(ranks: TraceRanks, *arguments: str) -> ComparedProcesses:
    first, second = (Process(path, load(path.read_bytes())) for path in ranks(*arguments).paths)
    return ComparedProcesses(together(first, {second.path: second.run}, frozenset()))


def said(of: ComparedProcesses, rank: int) -> list[Finding]:
    return of.findings(of.processes.all[rank].run)


@pytest.mark.parametrize("rank", [0, 1])
def test_a_layer_that_one_rank_does_not_call(ranks: TraceRanks, rank: int) -> None:
    both = compared(ranks, "--unused")
    uncalled, rest = said(both, rank)
    assert uncalled.title == "`model.module.aux` is called on rank 0 only"
    assert "Rank 0 runs `linear in model.module.aux` at `net.py:11`." in uncalled.text
    assert "On rank 1 no backward pass computes a gradient for" in uncalled.text
    assert "`model.module.aux.bias.grad` has norm 0.87 on rank 0 before that" in uncalled.text
    assert str(uncalled.spot) == "net.py:11"
    run = both.processes.all[rank].run
    assert [run.name(tensor) for tensor in uncalled.tensors] == [
        "model.module.aux.weight", "model.module.aux.bias"
    ]  # fmt: skip
    names = [run.operations[one].name for one in uncalled.operations]
    assert names == (["linear"] if rank == 0 else [])
    assert (rest.severity, rest.title) == (
        "info",
        "2 operations that run on rank 0 are missing on rank 1",
    )
    assert both.differing == [1]


def test_a_rank_that_raised_and_one_that_waited(ranks: TraceRanks) -> None:
    both = compared(ranks)
    ended, uncalled, *_ = said(both, 0)
    assert ended.severity == "error"
    assert ended.title == "Rank 1 raised RuntimeError"
    assert "after 1 iteration: Expected to have finished reduction" in ended.text
    assert "No operation uses `model.module.aux`" in ended.text
    assert str(ended.spot).startswith("train.py:")
    assert uncalled.text.endswith(
        "On rank 1 `model.module.aux.bias` and `model.module.aux.weight` get no gradient."
    )
    (other,) = [one for one in said(both, 1) if one.code == "process_ended"]
    assert other.title.startswith("Rank 0 ")
    assert other.severity == "info"
    assert "before the end of its first iteration" in other.text
    assert "Before that it only waited for the other ranks: " in other.text
    assert other.text.endswith(", at `train.py:25`.")
    assert "only waited" not in ended.text
    assert both.differing == [0, 1]
    for process in both.processes.all:
        lines = ending_lines(both, process.run)
        assert {at: [(one.sign, one.words) for one in found] for at, found in lines.items()} == {
            23: [("!", "rank 1 raised RuntimeError")], 25: [("…", "rank 0 waits")]
        }  # fmt: skip


def test_how_far_a_rank_got_is_not_a_difference(ranks: TraceRanks) -> None:
    both = compared(ranks)
    titles = [one.title for one in said(both, 0) if one.code == "operations_differ"]
    # the sum with `aux`, not what came later
    assert titles == ["1 operation that runs on rank 0 is missing on rank 1"]
    assert not [one for one in said(both, 0) if one.code == "weights_differ"]


def test_ranks_that_begin_with_other_weights(ranks: TraceRanks) -> None:
    both = compared(ranks, "--alone")
    (weights,) = [one for one in said(both, 1) if one.code == "weights_differ"]
    assert weights.title == "Weights on rank 1 differ from those on rank 0 in iteration 1"
    assert weights.text.startswith("`model.head.weight` has norm 0.61 on rank 0 and 0.42 on rank 1")
    assert "3 more differ. They differ before the first optimizer step." in weights.text
    assert weights.text.endswith("DistributedDataParallel, which keeps them equal, is not used.")
    assert len(weights.tensors) == 4


def test_weights_that_move_apart(ranks: TraceRanks) -> None:
    """In its first iteration rank 1 has the norms of rank 0, as if both had the same seed."""
    both = compared(ranks, "--alone")
    first, second = (process.run.trace.iterations[0] for process in both.processes.all)
    for one, other in zip(first.of, second.of, strict=True):
        other.value_norm = one.value_norm
    again = ComparedProcesses(both.processes)
    (weights,) = [one for one in said(again, 0) if one.code == "weights_differ"]
    assert weights.title.endswith("in iteration 2")
    assert "Before, the norms are equal." in weights.text
    norms = "`model.head.weight.grad` has norm 1.01 on rank 0 and 0.43 on rank 1"
    assert f"that the optimizers used in iteration 1 differ: {norms}" in weights.text


def test_a_parameter_without_a_gradient_on_one_rank(ranks: TraceRanks) -> None:
    """Where both call the module, as far as the trace of rank 1 is concerned."""
    both = compared(ranks, "--alone")
    module = next(one for one in both.processes.all[1].run.trace.modules if one.path == "model.aux")
    module.called = both.processes.all[1].run.trace.modules[0].called
    again = ComparedProcesses(both.processes)
    (reached,) = [one for one in said(again, 1) if one.code == "reached_on_some_ranks"]
    names = "`model.aux.bias` and `model.aux.weight`"
    assert reached.title == f"Backward reaches {names} on rank 0 only"
    assert reached.text.startswith(f"On rank 1 {names} get no gradient.")
    assert "no operation used" in reached.text


THREE = """import sys, torch
rank = int(sys.argv[1])
w = torch.ones(2, requires_grad=True)
with torch.set_grad_enabled(rank != 2):
    y = w * 2
if rank == 0:
    print(y.sum())
loss = (y + w).sum()
if rank == 1:
    sys.exit(3)
loss.backward()
"""


@pytest.fixture(scope="module")
def three(tracer: Tracer) -> ComparedProcesses:
    """A program as three ranks, which do not speak with each other."""
    found = []
    for rank in range(3):
        run = Run(trace_with(tracer, THREE, argv=[str(rank)]))
        run.trace.run.rank, run.trace.run.world = rank, 3
        found.append(Process(Path(f"run.rank{rank}.json"), run))
    return ComparedProcesses(Processes(found, ()))


def test_each_of_three_ranks_is_compared_with_the_first(three: ComparedProcesses) -> None:
    found = {one.title: one for one in said(three, 0)}
    skipped = found["1 operation recorded on rank 0 is skipped on rank 2"]
    assert skipped.severity == "warning"
    assert skipped.text == "`w * 2` on line 5 ran under `torch.set_grad_enabled(False)` (line 4)."
    assert skipped.spot == 5
    alone = found["1 operation that runs on rank 0 is missing on rank 1 and on rank 2"]
    assert alone.text == "`y.sum()` on line 7."
    assert three.differing == [1, 2]


def test_a_finding_names_what_the_shown_rank_has(three: ComparedProcesses) -> None:
    for rank in (0, 2):
        run = three.processes.all[rank].run
        (skipped,) = [one for one in said(three, rank) if one.severity == "warning"
                      and one.code == "operations_differ"]  # fmt: skip
        assert [run.operations[one].name for one in skipped.operations] == ["mul"]
        (alone,) = [one for one in said(three, rank) if one.severity == "info"]
        assert len(alone.operations) == (1 if rank == 0 else 0)


def test_a_rank_that_ended_early_is_not_said_to_lack_what_came_later(
    three: ComparedProcesses,
) -> None:
    (ended,) = [one for one in said(three, 0) if one.code == "process_ended"]
    assert ended.title.startswith("Rank 1 raised ")
    assert "before the end of its first iteration" in ended.text
    assert not [one for one in said(three, 0) if one.code == "reached_on_some_ranks"]


def _words_at_lines(of: ComparedProcesses, one: int, other: int) -> dict[str, str]:
    first, second = (of.processes.all[rank].run for rank in (one, other))
    sides = sides_of(first.trace.run, second.trace.run)
    lines = differing_lines(first, second, differences(first, second), sides)
    return {str(at): change.words for at, (change,) in lines.items()}


def test_lines_that_only_one_rank_runs(three: ComparedProcesses) -> None:
    assert _words_at_lines(three, 0, 2) == {"7": "rank 0 only"}
    assert _words_at_lines(three, 2, 0) == {"7": "rank 0 only"}


def test_lines_that_do_more_on_one_rank(ranks: TraceRanks) -> None:
    both = compared(ranks, "--unused")
    assert _words_at_lines(both, 0, 1) == {"net.py:11": "does more on rank 0"}


def test_lines_that_a_rank_did_not_get_to_are_not_marked(ranks: TraceRanks) -> None:
    assert _words_at_lines(compared(ranks), 0, 1) == {"net.py:11": "does more on rank 0"}
