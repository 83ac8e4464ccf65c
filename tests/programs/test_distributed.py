"""Programs of several processes: each rank under torchrun writes its own trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main
from app.contract.records import Trace
from app.session.trace.document import load
from tests.programs.conftest import FOLDER

ROOT = FOLDER.parents[1]


def ranks(out: Path, *arguments: str) -> tuple[int, str, list[Trace]]:
    """Trace the program as two ranks; return torchrun's exit code and output, and the traces."""
    launcher = ["torch.distributed.run", "--standalone", "--no-python", "--nproc-per-node", "2"]
    command = [sys.executable, "-m", "app", "trace", "train.py", "-o", str(out / "run.json.gz")]
    done = subprocess.run(
        [sys.executable, "-m", *launcher, *command, "--", *arguments],
        cwd=FOLDER / "distributed",
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert sorted(path.name for path in out.iterdir()) == [
        "run.rank0.json.gz", "run.rank1.json.gz"
    ], done.stdout  # fmt: skip
    paths = [out / f"run.rank{rank}.json.gz" for rank in range(2)]
    return done.returncode, done.stdout, [load(path.read_bytes()).trace for path in paths]


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, list[Trace]]:
    return ranks(tmp_path_factory.mktemp("failed"))


def test_a_rank_that_fails_and_one_that_waits_for_it_have_traces(
    failed: tuple[int, str, list[Trace]],
) -> None:
    code, said, traces = failed
    assert code == 1
    assert "tapescope: Rank 1 (of 2): RuntimeError at train.py:" in said
    assert [(trace.run.rank, trace.run.world) for trace in traces] == [(0, 2), (1, 2)]
    assert traces[1].run.status == "raised"
    assert traces[0].run.status in ("raised", "stopped")  # the other one's end, or torchrun's word


def test_the_indices_of_ddp_are_names(failed: tuple[int, str, list[Trace]]) -> None:
    error = failed[2][1].error
    assert error is not None
    assert "did not receive grad for rank 1: 2 3" in error.message
    (found,) = [one for one in failed[2][1].findings if one.code == "unused_in_ddp"]
    assert "No operation uses `model.module.aux`" in found.text
    assert found.fix is not None
    assert found.fix.untried == "the other ranks would have to run again too"


def test_a_parameter_that_only_the_other_rank_used_trains(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, _, traces = ranks(tmp_path, "--unused")
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
    assert main(["diff", *map(str, sorted(tmp_path.iterdir()))]) == 1
    assert "only in A: linear in model.module.aux, net.py:11" in capfd.readouterr().out
