"""Which Pythons are found, and what is said of each."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from app.process.interpreters import candidates, check

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="lays out folders as on Unix")


def a_python(folder: Path, *, virtual: bool = False) -> Path:
    """A link to this Python, as environments have it, in `folder`."""
    path = folder / "bin" / "python"
    path.parent.mkdir(parents=True)
    path.symlink_to(sys.executable)
    if virtual:
        (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
    return path


def test_this_programs_own_comes_first(tmp_path: Path) -> None:
    assert candidates(None, {}, tmp_path) == [sys.executable]


def test_environments_near_the_file_are_found(tmp_path: Path) -> None:
    project = tmp_path / "project"
    near = a_python(project / ".venv", virtual=True)
    above = a_python(tmp_path / "shared", virtual=True)
    file = project / "src" / "train.py"
    file.parent.mkdir()
    assert candidates(file, {}, tmp_path / "home")[1:] == [str(near), str(above)]


def test_active_ones_the_path_conda_and_pyenv_are_found_each_once(tmp_path: Path) -> None:
    active = a_python(tmp_path / "active", virtual=True)
    listed = a_python(tmp_path / "listed", virtual=True)
    mini = a_python(tmp_path / "miniconda3" / "envs" / "vision", virtual=True)
    built = a_python(tmp_path / ".pyenv" / "versions" / "3.11.7", virtual=True)
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "environments.txt").write_text(f"{listed.parents[1]}\n/gone\n\n")
    path = os.pathsep.join([str(listed.parent), str(tmp_path / "shims"), "/no/such/folder"])
    environment = {"VIRTUAL_ENV": str(tmp_path / "active"), "PATH": path}
    assert candidates(None, environment, tmp_path)[1:] == [
        str(active), str(listed), str(mini), str(built),
    ]  # fmt: skip


def test_what_one_has_is_asked_of_it() -> None:
    found = check(sys.executable)
    assert found.problem is None
    assert found.python == ".".join(map(str, sys.version_info[:3]))
    assert found.torch is not None
    assert found.torch.startswith("2.")


def test_one_without_torch_says_so(tmp_path: Path) -> None:
    path = a_python(tmp_path / "empty", virtual=True)
    assert check(str(path)).problem == "PyTorch is not installed there."


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/no/such/python", "There is no such file."),
        ("/bin/true", "It did not answer like Python 3."),
        ("/etc/passwd", "Permission denied."),
    ],
)
def test_what_is_no_python_says_so(path: str, said: str) -> None:
    assert check(path).problem == said
