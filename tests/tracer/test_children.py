"""Processes that the program starts are counted, by what is known of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.contract.records import Trace
from app.process.client import Tracer
from app.session.run import Run
from app.session.summary.in_words import in_words
from tests.tools.tracing import trace_with

PROGRAM = """import multiprocessing, os, sys
def work():
    import torch
    torch.ones(2)
def nothing():
    pass
if __name__ == "__main__":
    import torch
    {start}
"""
PROCESS = "p = multiprocessing.get_context('{how}').Process(target={what}); p.start(); p.join()"
FORK = "if os.fork() == 0: work(); os._exit(0)\n    os.wait()"
LOADER = (
    "from torch.utils.data import DataLoader\n"
    "    print(len(list(DataLoader(torch.ones(4), batch_size=2, num_workers=2))))"
)
UNKNOWN = "1 spawned process was not traced; whether torch was called there is not known."


def traced(tracer: Tracer, tmp_path: Path, *starts: str, max_ops: int = 1000) -> Trace:
    path = tmp_path / "start.py"
    path.write_text(PROGRAM.format(start="\n    ".join(starts)))
    return trace_with(tracer, path.read_text(), path=str(path), max_ops=max_ops)


def told(trace: Trace) -> list[str]:
    assert trace.error is None, trace.error
    return [note.text for note in trace.notes if note.code == "children"]


FORKED = PROCESS.format(how="fork", what="work")


@pytest.mark.parametrize(
    ("starts", "words"),
    [
        ([FORK, FORKED], ["2 child processes called torch and were not traced."]),
        ([LOADER], ["2 child processes called torch and were not traced."]),
        ([PROCESS.format(how="fork", what="nothing")], []),
        (["import subprocess", "subprocess.run(['true'], preexec_fn=os.getpid)"], []),
        ([PROCESS.format(how="spawn", what="nothing")], [UNKNOWN]),
    ],
)
def test_what_is_known_of_children_is_a_note(
    tracer: Tracer, tmp_path: Path, starts: list[str], words: list[str]
) -> None:
    trace = traced(tracer, tmp_path, *starts)
    assert told(trace) == words
    assert [one.text for one in in_words(Run(trace)) if "traced" in one.text] == words


def test_after_the_end_of_the_record_children_are_not_said_to_have_called_torch(
    tracer: Tracer, tmp_path: Path
) -> None:
    starts = "x = torch.ones(2); y = x + x", PROCESS.format(how="fork", what="nothing")
    trace = traced(tracer, tmp_path, *starts, max_ops=1)
    assert told(trace) == ["1 child process started and was not traced."]
