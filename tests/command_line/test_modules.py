"""`-m PACKAGE.MODULE`: as `python -m` runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main
from app.process.modules import ModuleUnavailableError, find_module
from app.session.trace.document import load

pytestmark = pytest.mark.usefixtures("one_tracer")

TRAIN = """import sys
import torch
from .. import first
from .steps import STEPS
x = torch.ones(STEPS, requires_grad=True)
x.sum().backward()
print(first, sys.argv, __name__, __package__, __spec__.name, __file__, sys.path[0])
print(sys.modules["__main__"].__dict__ is globals(), __spec__.cached == __cached__, __loader__)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "proj/__init__.py": "import sys\nfirst = sys.argv[0]\nprint('imported once')\n",
        "proj/sub/steps.py": "STEPS = 3\n",
        "proj/sub/train.py": TRAIN,
        "proj/__main__.py": "print('the package itself', __spec__.name)\n",
        "proj/empty/__init__.py": "",
        "outer/inner/deep.py": "print('in namespace packages', __package__)\n",
        "broken/__init__.py": "1 / 0\n",
        "broken/train.py": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plain(module: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("module", ["proj.sub.train", "proj", "outer.inner.deep"])
def test_a_module_finds_what_python_m_gives_it(project: Path, module: str) -> None:
    out = project / "run.json"
    assert main(["trace", "-m", module, "-o", str(out), "--", "--lr", "0.1"]) == 0
    printed = load(out.read_bytes()).trace.output.stdout

    def without_address(text: str) -> str:
        return text.partition("object at")[0]

    assert without_address(printed) == without_address(plain(module, "--lr", "0.1"))


def test_its_own_lines_are_traced_and_fixes_are_tried_as_the_module(project: Path) -> None:
    out, train = project / "run.json", project / "proj" / "sub" / "train.py"
    train.write_text(TRAIN + "w = torch.ones(3, requires_grad=True)\n"
                     "(x * (w * 2).detach()).sum().backward()\n")  # fmt: skip
    assert main(["trace", "-m", "proj.sub.train", "-o", str(out)]) == 0
    trace = load(out.read_bytes()).trace
    assert trace.snippet.path == str(train)
    assert [operation.line for operation in trace.operations][:2] == [5, 6]
    fixes = {finding.code: finding.fix for finding in trace.findings}
    fix = fixes["cut_by_detach"]
    assert fix is not None
    assert fix.effect is not None
    assert "`w` gets a gradient" in fix.effect


def test_it_is_looked_for_in_the_folder_where_it_runs(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    assert main(["trace", "-m", "proj", "--cwd", str(project)]) == 0


def test_a_package_that_fails_is_an_error_of_the_run(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "-m", "broken.train"]) == 1
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_looking_for_a_module_runs_nothing(project: Path) -> None:
    path = str(project / "broken" / "train.py")
    assert find_module("broken.train", "", "", {}) == ("broken.train", path)


MISSING = {
    "nope": "-m nope: there is no module nope in ",
    "proj.sub.tarin": "-m proj.sub.tarin: there is no module proj.sub.tarin in ",
    "proj.sub.train.main": "-m proj.sub.train.main: proj.sub.train is not a package",
    "proj.empty": "-m proj.empty: the package proj.empty has no __main__; name a module in it",
    "proj..sub": "there is no module proj..sub in ",
    "sys": "-m sys: sys has no Python source to trace",
}


@pytest.mark.parametrize("module", MISSING)
def test_a_module_that_cannot_be_run_is_one_line(
    project: Path, capsys: pytest.CaptureFixture[str], module: str
) -> None:
    assert main(["trace", "-m", module]) == 2
    err = capsys.readouterr().err
    assert err.startswith("tapescope: ")
    assert MISSING[module] in err
    assert err.count("\n") == 1


def test_a_python_that_cannot_be_started_is_named(project: Path) -> None:
    with pytest.raises(ModuleUnavailableError, match="gone cannot be started: No such file"):
        find_module("proj", "./gone", "", {})


def test_a_python_that_fails_says_why(project: Path) -> None:
    with pytest.raises(ModuleUnavailableError, match="could not look for proj: no reason"):
        find_module("proj", "/bin/true", "", {})
