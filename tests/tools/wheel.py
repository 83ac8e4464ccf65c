"""Builds the sdist and the wheel, and tries the wheel in an empty environment: `make wheel`.

    python -m tests.tools.wheel

Both are left in `dist`.  What is tried is what an editable install cannot show: that everything the
program reads at run time is in the wheel, and that its scripts, module and plugin are found.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[2]
_DIST: Final = _ROOT / "dist"
_BLOCK: Final = """
import tapescope, torch
w = torch.ones(2, requires_grad=True)
with tapescope.trace() as run:
    (w * 3).sum().backward()
assert [one.status for one in run.operations] == ["recorded", "recorded"]
assert "w" in [row.name for row in run.gradients]
assert run._repr_html_()
"""
_TEST: Final = """
import torch


def test_gradient(autograd_trace):
    w = torch.ones(2, requires_grad=True)
    with autograd_trace() as run:
        (w * 3).sum().backward()
    assert len(run.operations) == 2
"""
_PROGRAM: Final = """
import torch

(torch.ones(2, requires_grad=True) * 3).sum().backward()
"""


def main() -> int:
    """Build and try; return 1 and say why if anything is missing."""
    for old in _DIST.glob("tapescope-*"):
        old.unlink()
    _run(sys.executable, "-m", "build", "--outdir", str(_DIST), str(_ROOT))
    (wheel,) = _DIST.glob("tapescope-*.whl")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        venv.create(home / "env", with_pip=True)
        python = next(home.glob("env/bin/python"), home / "env/Scripts/python.exe")
        constraints = str(_ROOT / "constraints.txt")
        _run(
            python, "-m", "pip", "install", "-q", "-c", constraints, str(wheel), "pytest", cwd=home
        )
        for what, problem in _tried(python, home):
            print(f"{'FAILED' if problem else 'ok':6} {what}{problem}", flush=True)
            if problem:
                return 1
    print(f"Built and tried: {wheel.name}")
    return 0


def _tried(python: Path, home: Path) -> Iterator[tuple[str, str]]:
    """Yield what was tried, and what went wrong with it or ""."""
    script = python.with_name("tapescope")
    (home / "block.py").write_text(_BLOCK)
    (home / "test_it.py").write_text(_TEST)
    (home / "program.py").write_text(_PROGRAM)
    commands: tuple[tuple[str | Path, ...], ...] = (
        (script, "--version"),
        (script, "self-test"),
        (script, "trace", "program.py", "-o", "page.html"),
        (python, "block.py"),
        (python, "-m", "pytest", "-q", "test_it.py"),
    )
    for command in commands:
        done = _done(*command, cwd=home)
        words = " ".join(Path(part).name for part in map(str, command))
        yield words, f"\n{done.stdout}{done.stderr}" if done.returncode else ""
    for path in ("share/applications/tapescope.desktop", "share/icons/hicolor/scalable/apps"):
        found = (python.parents[1] / path).exists()
        yield path, "" if found else ": is not installed"


def _done(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def _run(*command: str | Path, cwd: Path = _ROOT) -> None:
    subprocess.run(list(map(str, command)), cwd=cwd, check=True)


if __name__ == "__main__":
    sys.exit(main())
