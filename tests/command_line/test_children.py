"""`--children`: each forked process has a document of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.__main__ import main
from app.contract.records import Trace
from app.session.trace.document import load

PROGRAM = """import multiprocessing, os, signal, sys, torch
from torch.utils.data import DataLoader
layer = torch.nn.Linear(2, 1)
def work(x):
    layer(x).sum().backward()
    print("worked", flush=True)
def start(what, *given):
    p = multiprocessing.get_context("fork").Process(target=what, args=given)
    p.start()
    p.join()
def nested(x):
    work(x)
    start(work, x)
def quiet():
    pass
def fail(x):
    work(x)
    sys.exit(3)
def killed(x):
    work(x)
    os.kill(os.getpid(), signal.SIGKILL)
x = torch.ones(3, 2)
start(nested, x)
start(quiet)
start(fail, x)
start(killed, x)
if os.fork() == 0:
    work(x)
    raise ValueError("in a child")
os.wait()
print(len(list(DataLoader(torch.ones(4, 2), batch_size=2, num_workers=2))), layer.weight.grad)
"""


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trace]:
    folder = tmp_path_factory.mktemp("children")
    (folder / "program.py").write_text(PROGRAM)
    arguments = ["trace", str(folder / "program.py"), "--children"]
    assert main([*arguments, "-o", str(folder / "run.json")]) == 0
    return {path.name: load(path.read_bytes()).trace for path in folder.glob("run*.json")}


def test_each_process_that_called_torch_has_a_document(traces: dict[str, Trace]) -> None:
    assert sorted(traces) == ["run.1.json", *(f"run.{n}.json" for n in range(2, 8)), "run.json"]
    children = {name: trace.run.child for name, trace in traces.items()}
    assert children == {"run.json": None} | {f"run.{n}.json": n for n in range(1, 8)}
    assert "incomplete" not in {note.code for one in traces.values() for note in one.notes}
    assert {one.run.partial.because for one in traces.values() if one.run.partial is not None} == {
        "crashed", "raised"
    }  # fmt: skip


def test_the_process_itself_is_as_without(traces: dict[str, Trace]) -> None:
    trace = traces["run.json"]
    assert trace.run.status == "ok"
    assert not trace.notes
    assert "2 None\n" in trace.output.stdout
    assert {row.why.code for row in trace.gradients} == {"no_backward"}


def test_a_forked_process_has_what_it_inherited_and_what_it_did(traces: dict[str, Trace]) -> None:
    first, nested = traces["run.1.json"], traces["run.2.json"]
    assert [op.name for op in first.operations][-2:] == ["linear", "sum"]
    assert [op.name for op in nested.operations][-4:] == ["linear", "sum"] * 2
    for trace, passes in ((first, 1), (nested, 2)):
        assert trace.run.status == "ok"
        assert len(trace.backward_passes) == passes
        weight = next(row for row in trace.gradients if row.name == "layer.weight")
        assert weight.grad is not None
        assert weight.grad.max == 3.0 * passes


def test_how_a_forked_process_ended_is_told(traces: dict[str, Trace]) -> None:
    errors = [traces[f"run.{n}.json"].error for n in (3, 4, 5)]
    assert [error.message.split(" after")[0] for error in errors if error is not None] == [
        "The process exited with code 3",
        "The process ended for an unknown reason",
        "in a child",
    ]


def test_workers_of_a_loader_have_documents(traces: dict[str, Trace]) -> None:
    for number in (6, 7):
        assert "stack" in [op.name for op in traces[f"run.{number}.json"].operations]
        assert traces[f"run.{number}.json"].run.status == "ok"


RAISING = """import sys, torch
import torch.multiprocessing as mp
layer = torch.nn.Linear(2, 1)
def work(*given):
    layer(torch.ones(3, 2)).sum().backward()
    layer(torch.ones(3))
def leave():
    try:
        work()
    except RuntimeError:
        sys.exit(3)
for what in (work, leave):
    p = mp.get_context("fork").Process(target=what)
    p.start()
    p.join()
try:
    mp.start_processes(work, nprocs=1, start_method="fork")
except mp.ProcessRaisedException as error:
    print(error)
"""


def test_the_error_of_a_child_is_its_own_and_is_printed_as_without(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "program.py").write_text(RAISING)
    program, document = str(tmp_path / "program.py"), tmp_path / "run.json"
    assert main(["trace", program, "--children", "-o", str(document)]) == 0
    printed = capfd.readouterr().err
    assert printed.count("RuntimeError: mat1 and mat2") == 2
    assert "app/tracer" not in printed
    traces = [load((tmp_path / f"run.{n}.json").read_bytes()).trace for n in (1, 2, 3)]
    errors = [trace.error for trace in traces]
    assert [error and (error.type, error.line) for error in errors] == [
        ("RuntimeError", 6), ("Crashed", None), ("RuntimeError", 6)
    ]  # fmt: skip
    assert [[one.code for one in trace.findings] for trace in traces] == [
        ["shape_mismatch"], [], ["shape_mismatch"]
    ]  # fmt: skip


SPAWNING = """import torch
import torch.multiprocessing as mp
def work(rank, factor):
    layer = torch.nn.Linear(2, 1)
    layer(torch.ones(3, 2)).mul(factor).sum().backward()
    print(f"worked {rank} {__name__}\\n", end="", flush=True)  # in one piece
if __name__ == "__main__":
    mp.spawn(work, args=(2.0,), nprocs=2)
"""


def test_spawned_processes_are_traced_from_where_their_work_begins(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(SPAWNING)
    assert main(["trace", str(path), "--children", "-o", str(tmp_path / "run.json")]) == 0
    whole, *children = (
        load((tmp_path / name).read_bytes()).trace
        for name in ("run.json", "run.1.json", "run.2.json")
    )
    assert not whole.notes
    assert "worked 1 __mp_main__\n" in whole.output.stdout
    for trace in children:
        assert trace.run.status == "ok"
        assert trace.run.begins_late
        made = [(op.name, op.line, op.module is None) for op in trace.operations if op.line == 5]
        assert made == [("ones", 5, True), ("linear", 5, False), ("mul", 5, True), ("sum", 5, True)]
        assert [len(one.accumulated_into) for one in trace.backward_passes] == [2]


def test_children_do_not_fit_on_standard_output(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps({}))
    assert main(["trace", "program.py", "--children", "-o", "-"]) == 2
    assert "--children writes a file for each process" in capfd.readouterr().err
    assert main(["trace", str(path), "--children"]) == 2
    assert "--children has no effect" in capfd.readouterr().err
