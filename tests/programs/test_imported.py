"""Imported files are marked as the snippet is, and the program sees nothing of it."""

from __future__ import annotations

import py_compile
import subprocess
import sys
from pathlib import Path

import pytest

from app.contract.records import Trace
from app.process.client import Tracer
from app.session.run import Run
from app.session.source.lines import marks
from app.session.source.not_run import not_run
from app.session.graph.grouping.chains import tree_of
from tests.tools.tracing import trace_with

HELPER = '''\
"""A module."""

import torch


def halves(x, times):
    for turn in range(times):
        x = x / 2
        if turn > 5:
            x = x - 1
    return x


def never(x):
    return x.backward()


class Looking:
    """A class."""

    def again(self, x):
        while x.sum() > 1:
            x = halves(x, 1)
        return x.neg()
'''
ENDS = ["os._exit(3)", "os.kill(os.getpid(), 9)"]


@pytest.mark.parametrize("end", ENDS)
def test_what_ran_in_a_file_is_known_when_the_process_is_gone(
    tracer: Tracer, tmp_path: Path, end: str
) -> None:
    (tmp_path / "ending.py").write_text(
        f"import os\nimport torch\ndef end(x):\n    {end}\n    return x\n"
    )
    text = "import ending\nimport torch\nending.end(torch.ones(1))\nprint(1)\n"
    path = str(tmp_path / "main.py")
    for _ in range(2):  # the second run takes the same part of the memory
        trace = trace_with(tracer, text, path=path, cwd=str(tmp_path))
        assert trace.lines is not None
        assert trace.lines.not_run == [(4, 4)]
        lines = trace.files[1].lines
        assert lines is not None
        assert (lines.ran, lines.not_run) == ([(1, 4)], [(5, 5)])


def test_more_files_than_the_memory_has_parts_for_are_known_at_the_end(
    tracer: Tracer, tmp_path: Path
) -> None:
    names = [f"part{number}" for number in range(160)]
    for name in names:
        (tmp_path / f"{name}.py").write_text("x = 1\nif not x:\n    x = 2\n")
    text = "".join(f"import {name}\n" for name in names)
    path = str(tmp_path / "main.py")
    trace = trace_with(tracer, text, path=path, cwd=str(tmp_path))
    found = [file.lines.not_run for file in trace.files[1:] if file.lines is not None]
    assert found == [[(3, 3)]] * len(names)


LOOKS = """\
import importlib, inspect, io, os, pickle, sys, traceback, warnings
import torch
import helper

print(helper.__file__ == os.path.abspath("helper.py"), helper.__cached__ == helper.__spec__.cached)
print(os.path.exists(helper.__cached__), type(helper.__loader__).__name__, helper.__spec__.origin)
print(helper.__loader__ is helper.__spec__.loader, sorted(vars(helper.__spec__)))
print(inspect.getsource(helper.halves), inspect.getdoc(helper.Looking))
print(helper.halves.__code__.co_firstlineno, helper.halves.__code__.co_varnames)
code = helper.__loader__.get_code("helper")
print(code.co_name, code.co_filename == helper.__file__)
print(pickle.loads(pickle.dumps(helper.halves)) is helper.halves)
for name in ("broken", "raising", "missing"):
    try:
        importlib.import_module(name)
    except Exception:
        traceback.print_exc(file=sys.stdout)
print(importlib.reload(helper) is helper)
print(helper.halves(torch.ones(2), 2))
try:
    helper.halves(None, 1)
except TypeError:
    traceback.print_exc(file=sys.stdout)
with warnings.catch_warnings(record=True) as found:
    warnings.simplefilter("always")
    import warns
print([str(one.message) for one in found])
"""
FILES = {
    "helper.py": HELPER,
    "looks.py": LOOKS,
    "broken.py": "def f(:\n    pass\n",
    "raising.py": "for i in range(2):\n    1 / (1 - i)\n",
    "warns.py": 'x = 1\ny = "\\d"\nz = x is 1\n',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def _traced(tracer: Tracer, folder: Path, text: str) -> Trace:
    path = folder / "main.py"
    path.write_text(text)
    return trace_with(tracer, text, path=str(path), cwd=str(folder))


@pytest.mark.parametrize("compiled", [False, True])
def test_the_program_sees_what_it_sees_in_a_plain_run(
    tracer: Tracer, folder: Path, compiled: bool
) -> None:
    if compiled:
        for name in ("helper.py", "raising.py", "warns.py"):
            py_compile.compile(str(folder / name))
    before = set(folder.glob("__pycache__/*"))
    trace = _traced(tracer, folder, LOOKS)
    for cached in set(folder.glob("__pycache__/*")) - before:
        cached.unlink()  # or the plain run would compile less than the traced one
    plain = subprocess.run(
        [sys.executable, "main.py"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert trace.error is None, trace.error
    assert trace.output.stdout.replace(str(folder), "") == plain.stdout.replace(str(folder), "")
    assert trace.output.stderr == plain.stderr == ""


def test_what_was_compiled_before_is_marked_too(tracer: Tracer, folder: Path) -> None:
    text = "import torch, helper\nhelper.halves(torch.ones(1), 3)\n"
    for compiled in (False, True):
        if compiled:
            py_compile.compile(str(folder / "helper.py"))
        trace = _traced(tracer, folder, text)
        loops = [op.loops[-1] for op in trace.operations if op.name == "div"]
        assert [(one.file, one.line, one.passed) for one in loops] == [(1, 7, n) for n in range(3)]


def test_loops_of_other_files_are_groups_of_their_own(tracer: Tracer, folder: Path) -> None:
    text = (
        "import torch, helper\n"
        "for turn in range(2):\n"
        "    helper.Looking().again(torch.full((2,), 4.0))\n"
    )
    run = Run(_traced(tracer, folder, text))
    *_, last, after = run.trace.operations
    assert [(one.file, one.line) for one in last.loops] == [(0, 2), (1, 22)]
    assert [(one.file, one.line) for one in after.loops] == [(0, 2)]
    titles = {group.step.title for group in tree_of(run, run.units).groups.values()}
    assert {"for turn in range(2)", "while x.sum() > 1", "Looking.again()"} <= titles


def test_lines_of_other_files_ran_or_did_not(tracer: Tracer, folder: Path) -> None:
    trace = _traced(tracer, folder, "import torch, helper\nhelper.halves(torch.ones(1), 3)\n")
    (helper,) = trace.files[1:]
    assert helper.lines is not None
    assert [tuple(one) for one in helper.lines.not_run] == [(10, 10), (15, 15), (22, 24)]
    texts = {str(one.lines[0]): one.text for one in not_run(trace)}
    assert texts["helper.py:10"] == (
        "helper.py:10 did not run. The `if` at helper.py:9 was never true."
    )
    assert texts["helper.py:15"].endswith("`never()`, defined at helper.py:14, was never called.")
    found = marks(Run(trace))
    assert {found[one.lines[0]].key for one in not_run(trace)} == {"not_run"}


def test_files_are_marked_where_warnings_are_errors(tracer: Tracer, folder: Path) -> None:
    head = "import torch, warnings\nwarnings.simplefilter('error')\n"
    trace = _traced(tracer, folder, f"{head}import helper\nhelper.halves(torch.ones(1), 1)\n")
    (helper,) = trace.files[1:]
    assert helper.lines is not None
    (halved,) = (op for op in trace.operations if op.name == "div")
    assert [(one.file, one.line) for one in halved.loops] == [(1, 7)]
