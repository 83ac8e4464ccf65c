"""Fixes change the file that a finding is in, and are tried with its edited text."""

from __future__ import annotations

import py_compile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.contract.records import Finding, Fix, Trace
from app.process.client import Tracer
from app.session.findings.edits import edited_texts
from app.session.findings.trials import try_fixes
from app.session.run import Run
from tests.session.findings.cases import V, W
from tests.support import snippet
from tests.tools.tracing import trace_with

CUT = snippet(W + V + "y = (w * 2).detach()\n(y * v).sum().backward()\n")
UNCUT = CUT.replace("(w * 2).detach()", "w * 2")
Runs = Callable[..., Trace]


@pytest.fixture(name="run")
def run_of_two_files(tracer: Tracer, tmp_path: Path) -> Runs:
    """Traces a main file beside `fit.py`; `changes` are to the request."""

    def run(fit: str, text: str = "import fit\n", **changes: Any) -> Trace:
        (tmp_path / "fit.py").write_text(fit)
        path = str(tmp_path / "main.py")
        return trace_with(tracer, text, path=path, cwd=str(tmp_path), **changes)

    return run


def cut_of(trace: Trace) -> Finding:
    (found,) = (one for one in trace.findings if one.code == "cut_by_detach")
    return found


def tried(run: Runs, fit: str, text: str = "import fit\n") -> Fix | None:
    """The fix of the cut in `fit.py`, tried with its edited text."""
    trace = run(fit, text)
    tried = try_fixes(
        Run(trace), lambda text, files, *_: Run(run(fit, text, edited=files))
    )
    assert tried is not None
    tried.put_into(trace)
    return cut_of(trace).fix


def test_the_edits_are_of_the_file_and_are_tried_there(run: Runs) -> None:
    trace = run(CUT)
    fix = cut_of(trace).fix
    assert fix is not None
    assert edited_texts(trace, fix.edits) == {1: UNCUT}
    fix = tried(run, CUT)
    assert fix is not None
    assert fix.effect == "`w` gets a gradient, no error"


def test_one_that_fails_there_is_withheld(run: Runs) -> None:
    assert tried(run, CUT + "assert w.grad is None\n") is None


def test_an_edited_text_runs_and_leaves_the_file_as_it_is(run: Runs, tmp_path: Path) -> None:
    (tmp_path / "fit.py").write_text(CUT)
    py_compile.compile(str(tmp_path / "fit.py"))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.py*")}
    assert any(path.suffix == ".pyc" for path in before)
    trace = run(CUT, edited={str(tmp_path / "fit.py"): UNCUT + "print(1 / 0)\n"})
    assert trace.files[1].text == UNCUT + "print(1 / 0)\n"
    assert trace.files[1].lines is not None
    assert trace.error is not None
    assert "print(1 / 0)" in trace.error.traceback
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.py*")} == before
    assert run(CUT).error is None


def test_what_acts_outside_in_that_file_is_not_run_again(run: Runs) -> None:
    fix = tried(run, CUT + "def log():\n    open('log', 'w')\n")
    assert fix is not None
    assert fix.untried == "fit.py:8 calls `open()`, which acts outside the program"


def test_a_file_that_is_not_imported_is_not_tried(run: Runs, tmp_path: Path) -> None:
    fix = tried(run, CUT, f"import runpy\nrunpy.run_path({str(tmp_path / 'fit.py')!r})\n")
    assert fix is not None
    assert fix.untried == "the program does not import fit.py"


def test_files_of_a_library_are_not_edited(run: Runs) -> None:
    fix = cut_of(run(CUT, follow=["fit"])).fix
    assert fix is not None
    assert fix.description
    assert fix.edits == []
