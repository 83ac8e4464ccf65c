"""Programs of several processes: each rank under torchrun writes its own trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.__main__ import main
from app.contract.records import Trace
from app.session.trace.document import load
from tests.tools.ranks import TraceRanks


def traces_of(paths: list[Path]) -> list[Trace]:
    return [load(path.read_bytes()).trace for path in paths]


def test_a_rank_that_fails_and_one_that_waits_for_it_have_traces(ranks: TraceRanks) -> None:
    code, said, paths = ranks()
    traces = traces_of(paths)
    assert code == 1
    assert "tapescope: Rank 1 (of 2): RuntimeError at train.py:" in said
    assert [(trace.run.rank, trace.run.world) for trace in traces] == [(0, 2), (1, 2)]
    assert traces[1].run.status == "raised"
    assert traces[0].run.status in ("raised", "stopped")  # the other one's end, or torchrun's word


def test_the_indices_of_ddp_are_names(ranks: TraceRanks) -> None:
    trace = traces_of(ranks().paths)[1]
    error = trace.error
    assert error is not None
    assert "did not receive grad for rank 1: 2 3" in error.message
    (found,) = [one for one in trace.findings if one.code == "unused_in_ddp"]
    assert "No operation uses `model.module.aux`" in found.text
    assert found.fix is not None
    assert found.fix.untried == "the other ranks would have to run again too"


def test_a_parameter_that_only_the_other_rank_used_trains(
    ranks: TraceRanks, capfd: pytest.CaptureFixture[str]
) -> None:
    code, _, paths = ranks("--unused")
    traces = traces_of(paths)
    assert code == 0
    for rank, trace in enumerate(traces):
        assert trace.run.status == "ok"
        assert trace.output.stdout == f"rank {rank}: []\n"
        assert {row.why.code for row in trace.gradients} == {"accumulated"}
        assert trace.training is not None
        assert trace.training.trained == 4
        assert not trace.findings
    calls = [[op.name for op in trace.operations].count("linear") for trace in traces]
    assert calls == [4, 2]
    assert main(["check", str(paths[1])]) == 0
    assert capfd.readouterr().err.startswith("tapescope: Rank 1 (of 2): The check passes.")
    assert main(["diff", *map(str, paths)]) == 1
    assert "only in A: linear in model.module.aux, net.py:11" in capfd.readouterr().out


def test_it_is_known_when_a_rank_waited_and_for_what(ranks: TraceRanks) -> None:
    for trace in traces_of(ranks("--unused").paths):
        clock = trace.clock
        assert clock is not None
        assert [(wait.what, str(wait.spot)) for wait in clock.waits] == [
            ("broadcast", "train.py:20"), ("backward", "train.py:25"), ("backward", "train.py:25"),
            ("barrier", "train.py:28"),
        ]  # fmt: skip
        assert clock.times == sorted(clock.times)
        times = [time.seconds for time in clock.times]
        assert times == sorted(times)
        for wait in clock.waits:
            assert wait.end_seconds is not None
            assert 0 < wait.seconds <= wait.end_seconds <= times[-1]
        for wait, backward in zip(clock.waits[1:3], trace.backward_passes, strict=True):
            assert wait.end_event is not None
            assert backward.end_event is not None
            last = backward.steps[-1].event
            assert last < wait.event < wait.end_event <= backward.end_event
