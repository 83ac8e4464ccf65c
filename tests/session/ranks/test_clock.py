"""What ranks did when, on one clock: of real ranks, and of a trace with a clock of its own."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from pathlib import Path

import pytest

from app.contract.records import Clock, TimeAt, Trace, Wait
from app.session.ranks.clock import RankClock, RankLane, Span, SpanKind, rank_clock
from app.session.ranks.sisters import Process
from app.session.run import Run
from app.session.trace.document import load
from tests.support import TraceText
from tests.tools.ranks import TraceRanks


def clock_of(ranks: TraceRanks, *arguments: str) -> RankClock:
    found = rank_clock([Process(path, load(path.read_bytes())) for path in ranks(*arguments).paths])
    assert found is not None
    return found


def spans(lane: RankLane, kind: SpanKind) -> list[Span]:
    return [span for span in lane.spans if span.kind == kind]


def test_ranks_wait_for_each_other_on_one_clock(ranks: TraceRanks) -> None:
    clock = clock_of(ranks, "--unused")
    assert clock.has_one_machine
    assert [lane.name.title for lane in clock.lanes] == ["Rank 0", "Rank 1"]
    for lane in clock.lanes:
        kinds = [span.kind for span in lane.spans]
        assert kinds.count("wait") == 4
        assert kinds.count("optimizer") == kinds.count("forward") == 2
        assert all(one.end <= other.begin + 1e-9 for one, other in pairwise(lane.spans))
        assert lane.spans[-1].end <= lane.end <= clock.seconds
        assert 0 < lane.waited < clock.seconds
    assert min(lane.spans[0].begin for lane in clock.lanes) == pytest.approx(0, abs=1e-5)
    one, other = clock.lanes
    for own, theirs in ((one, other), (other, one)):
        for wait, begun in zip(spans(own, "wait")[1:3], spans(theirs, "forward"), strict=True):
            assert wait.text.startswith("waits for gradients: ")
            words = f"{own.name.title} waits for the gradients of the other ranks at train.py:25"
            assert wait.words == words
            assert wait.end > begun.end  # nothing is summed before the other one has computed it


def test_a_rank_waits_for_one_that_raised(ranks: TraceRanks) -> None:
    waiting, raised = clock_of(ranks).lanes
    (error,) = spans(raised, "error")
    assert error.words == "Rank 1 raised RuntimeError at train.py:23"
    assert spans(waiting, "wait")[-1].end > error.begin
    assert error.begin >= max(span.end for span in raised.spans if span is not error)


@pytest.mark.parametrize("host", ["", "elsewhere"])
def test_clocks_of_several_machines_are_told_apart(ranks: TraceRanks, host: str) -> None:
    processes = [Process(path, load(path.read_bytes())) for path in ranks("--unused").paths]
    processes[1].run.trace.run.host += host
    clock = rank_clock(processes)
    assert clock is not None
    assert clock.has_one_machine is not bool(host)
    processes[1].run.trace.clock = None
    assert rank_clock(processes) is None


def test_ranks_in_which_no_time_passed_have_no_clock(trace: TraceText) -> None:
    processes = []
    for rank in (0, 1):
        made = deepcopy(trace("import torch\n"))
        made.clock, made.run.rank, made.run.world = Clock(9.0, [TimeAt(1, 0.0)]), rank, 2
        processes.append(Process(Path(), Run(made)))
    assert rank_clock(processes) is None


TEXT = """import torch
w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([w])
y = w * 2
y.retain_grad()
y.sum().backward()
optimizer.step()
w.sin()
"""


def lane_of(trace: Trace, *waits: Wait, status: str = "ok") -> RankLane:
    """Return the lane of a rank whose n-th event was after n seconds, and its record after 99."""
    trace = deepcopy(trace)
    last = max(op.event for op in trace.operations) + 1
    times = [TimeAt(event, event) for event in range(1, last)]
    trace.clock = Clock(1000.0, [*times, TimeAt(last, 99)], list(waits))
    trace.run.rank, trace.run.world = 0, 2
    if status == "stopped":
        trace.run.status, trace.run.seconds = "stopped", 120
    other = deepcopy(trace)
    other.run.rank = 1
    clock = rank_clock([Process(Path(), Run(one)) for one in (trace, other)])
    assert clock is not None
    return clock.lanes[0]


def _at(trace: Trace, name: str) -> int:
    return next(op.event for op in trace.operations if op.name == name)


def test_times_are_those_of_the_record(trace: TraceText) -> None:
    found = trace(TEXT)
    (backward,), (step,) = found.backward_passes, found.optimizer_steps
    lane = lane_of(found)
    begin = lane.time_of(_at(found, "mul"))
    known = [(span.kind, round(span.begin - begin), round(span.end - begin)) for span in lane.spans]
    mul, total, sin = (_at(found, name) for name in ("mul", "sum", "sin"))
    assert backward.end_event is not None
    assert step.end_event is not None
    assert known == [
        ("forward", 0, total - mul),
        ("backward", backward.event - mul, backward.end_event - mul),
        ("optimizer", step.event - mul, step.end_event - mul),
        ("forward", sin - mul, sin - mul),
    ]
    assert lane.end - begin == pytest.approx(99 - mul, abs=0.1)
    at = lane.at(lane.time_of(backward.event) + 0.1)
    assert at is not None
    assert at.words == "Rank 0 runs the backward pass on line 6"
    assert lane.at(lane.end - 1) is None


def test_nothing_is_known_between_a_wait_and_the_next_call(trace: TraceText) -> None:
    found = trace(TEXT)
    between = next(fact.event for fact in found.facts if fact.kind == "retain_grad")
    wait = Wait("all_reduce", 5, between, between - 0.9, between, between - 0.5)
    lane = lane_of(found, wait)
    kinds = [span.kind for span in lane.spans]
    assert kinds == ["forward", "wait", "forward", "backward", "optimizer", "forward"]
    assert lane.spans[1].words == "Rank 0 waits in all_reduce on line 5"
    assert lane.spans[1].text == "waits in all_reduce: 0.40 s"
    assert lane.at(lane.spans[1].end + 0.1) is None
    assert lane.waited == pytest.approx(0.4)


def test_a_rank_that_was_ended_while_it_waited(trace: TraceText) -> None:
    found = trace(TEXT)
    (backward,) = found.backward_passes
    assert backward.end_event is not None
    backward = deepcopy(backward)
    last = backward.end_event or 0
    lane = lane_of(found, Wait("backward", 6, last, last - 0.5), status="stopped")
    wait = next(span for span in lane.spans if span.kind == "wait")
    assert wait.end == lane.end
    assert lane.end - lane.offset == 120
