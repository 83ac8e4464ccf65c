"""Which lines of a program ran: reported by the real child, as it ran them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.process.client import Tracer
from tests.process.running import Run, run, warm_tracers
from tests.tracer import lines_programs
from tests.tracer.lines_programs import PROGRAMS, parse

tracer = pytest.fixture(scope="module")(warm_tracers())


def states(done: Run) -> str:
    """What the one row says, without blank lines at the end."""
    ((_, found, _),) = done.of("lines")
    return str(found).rstrip()


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_line_says_whether_it_ran(tracer: Tracer, name: str) -> None:
    text, expected = parse(PROGRAMS[name])
    assert states(run(tracer, text)) == expected.rstrip()


def other_pythons() -> list[Path]:
    """Those of this machine that are not the one that runs the tests."""
    found: dict[int, Path] = {}
    for minor in {*range(10, 16)} - {sys.version_info.minor}:
        name = f"python3.{minor}"
        kept = sorted((Path.home() / ".pyenv" / "versions").glob(f"3.{minor}.*/bin/{name}"))
        on_path = shutil.which(name)
        if on_path and "shims" not in on_path:
            kept.append(Path(on_path))
        if kept:
            found[minor] = kept[-1]
    return list(found.values())


@pytest.mark.parametrize("python", other_pythons(), ids=lambda path: path.name)
def test_every_python_says_the_same(python: Path) -> None:
    done = subprocess.run(
        [python, lines_programs.__file__], capture_output=True, text=True, check=True
    )
    found = {name: found.rstrip() for name, found in json.loads(done.stdout).items()}
    assert found == {name: parse(text)[1].rstrip() for name, text in PROGRAMS.items()}


def test_a_run_up_to_a_line_leaves_the_rest(tracer: Tracer) -> None:
    text = "# %%\nx = 1\n# %%\nprint(x)\n# %%\nx = 2\nif x:\n    print(x)\n"
    done = run(tracer, text, last_line=4, cells=[2, 4, 6])
    assert (done.stdout, states(done)) == ("1\n", " + + ---")
    assert [line for _, line, _ in done.of("cell")] == [2, 4]


def test_what_is_not_to_run_need_not_be_python(tracer: Tracer) -> None:
    done = run(tracer, "print(1)\nx = (\n", last_line=1)
    assert (done.stdout, done.error) == ("1\n", None)


def test_an_error_that_nobody_caught(tracer: Tracer) -> None:
    text = "import torch\ntorch.ones(2) @ (\n    torch.ones(3))\nprint(1)\n"
    assert states(run(tracer, text)) == "++.-"


@pytest.mark.parametrize(
    "end", ["os._exit(3)", "os.kill(os.getpid(), 9)", "ctypes.string_at(0)", "os.abort()"]
)
def test_what_ran_is_known_when_the_process_is_gone(tracer: Tracer, end: str) -> None:
    text = f"import ctypes, os\ndef f():\n    {end}\n    return 1\nf()\nprint(1)\n"
    assert states(run(tracer, text)) == "+++-+-"


def test_without_a_server_the_end_of_the_run_tells() -> None:
    """A run that does not end reports no lines: it would say that the last ones did not run."""
    with closing(Tracer(once=True)) as tracer:
        assert states(run(tracer, "x = 1\nif not x:\n    x = 2\n")) == "++-"
        assert not run(tracer, "import os\nos._exit(1)\nx = 1\n").of("lines")


def test_lines_that_run_in_a_forked_process_ran(tracer: Tracer) -> None:
    text = """
        from torch.utils.data import DataLoader, Dataset
        class Numbers(Dataset):
            def __len__(self):
                return 2
            def __getitem__(self, index):
                return index
            def unused(self):
                return 1
        for batch in DataLoader(Numbers(), num_workers=1, multiprocessing_context="fork"):
            pass
        """
    assert states(run(tracer, text)) == " +++++++-++"


def test_lines_that_may_have_run_in_a_process_started_anew_are_unknown(
    tracer: Tracer, tmp_path: Path
) -> None:
    text = """
        import multiprocessing
        def work():
            print("worked")
        if __name__ == "__main__":
            process = multiprocessing.get_context("spawn").Process(target=work)
            process.start()
            process.join()
        """
    path = tmp_path / "spawns.py"
    path.write_text(text)
    assert not run(tracer, text, path=str(path)).of("lines")


@pytest.mark.parametrize(
    "text",
    ["import dis\ndis.dis(print)", "print((lambda: 1).__code__.co_consts)", "# numba\nx = 1"],
)
def test_bytecode_that_is_looked_at_is_left_alone(tracer: Tracer, text: str) -> None:
    assert not run(tracer, text).of("lines")


def test_functions_that_torch_script_runs_are_unknown(tracer: Tracer) -> None:
    text = """
        import torch
        @torch.jit.script
        def scripted(x):
            return x * 2
        scripted(torch.ones(2))
        def other(x):
            return x
        """
    assert states(run(tracer, text)) == " ++. ++-"


def test_lines_that_run_at_the_very_end_ran(tracer: Tracer) -> None:
    text = """
        import atexit
        def late():
            print("late")
        atexit.register(late)
        class Last:
            def __del__(self):
                print("gone")
        last = Last()
        """
    assert states(run(tracer, text)) == " ++++++++"


def test_what_is_no_python_has_no_lines(tracer: Tracer) -> None:
    assert not run(tracer, "if x\n    pass\n").of("lines")


def test_a_text_too_deep_for_a_syntax_tree_runs_without(tracer: Tracer) -> None:
    text = f"x = 1\ny = {'+'.join(['x'] * 2000)}\nprint(y)\n"
    done = run(tracer, text)
    assert done.stdout == "2000\n"
    assert len(done.of("lines")) == (sys.version_info >= (3, 13))


def test_lines_end_as_python_ends_them(tracer: Tracer) -> None:
    """A form feed and a line separator end none; a carriage return does."""
    text = 'a = "\u2028"\n\x0cb = 1\r\nif not b:\r    c = 1\n'
    assert states(run(tracer, text)) == "+++-"
