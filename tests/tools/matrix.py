"""Runs the tests with each Python and each torch of the range that can be had: `make matrix`.

    python -m tests.tools.matrix [PYTEST ARGUMENTS]

Takes the Pythons that are found, and of torch the oldest and the newest of the range in pyproject.
A torch that has no wheel for a Python is named and left out.  Environments are kept in `.matrix`.
Set PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu for builds without CUDA.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

_ROOT: Final = Path(__file__).parents[2]
_KEPT: Final = _ROOT / ".matrix"
_PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
_LAST_LINE: Final = re.compile(r"\d+ (?:passed|failed|error).*")

Outcome = Literal["passed", "failed", "not available"]


def main(*arguments: str) -> int:
    """Print a line for each pair; return 1 if the tests failed with one of them."""
    failed = False
    for python, path in found():
        for torch in ends_of_range((_ROOT / "pyproject.toml").read_text()):
            outcome, words = tried(python, path, torch, arguments)
            failed |= outcome == "failed"
            print(f"Python {python}, torch {torch:<5} {outcome:14} {words}", flush=True)
    return int(failed)


def found() -> Iterator[tuple[str, str]]:
    """Yield version and path of each Python that starts here, from the PATH or pyenv."""
    kept = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for version in _PYTHONS:
        name = f"python{version}"
        paths = [shutil.which(name), *map(str, kept.glob(f"versions/{version}.*/bin/{name}"))]
        for path in filter(None, paths):
            if not subprocess.run([path, "-c", ""], capture_output=True).returncode:
                yield version, path
                break


def ends_of_range(pyproject: str) -> tuple[str, str]:
    """Return the oldest and the newest minor version of torch that a project allows.

    >>> ends_of_range('"torch>=2.4,<2.14",')
    ('2.4', '2.13')
    """
    found = re.search(r'"torch>=2\.(\d+),<2\.(\d+)"', pyproject)
    if found is None:
        raise ValueError("pyproject.toml has no range of torch of the form torch>=2.A,<2.B.")
    return f"2.{found[1]}", f"2.{int(found[2]) - 1}"


def tried(python: str, path: str, torch: str, arguments: tuple[str, ...]) -> tuple[Outcome, str]:
    """Return how the tests went with this Python and this torch, and pytest's last line."""
    place = _KEPT / f"python{python}-torch{torch}"
    run = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not run.exists():
        subprocess.run([path, "-m", "venv", str(place)], check=True)
    wanted = f"torch=={torch}.*"
    asked = [str(run), "-m", "pip", "install", "-q", wanted, "-e", ".[dev]"]
    made = subprocess.run(asked, cwd=_ROOT, capture_output=True, text=True, check=False)
    if made.returncode:
        return "not available", made.stderr.strip().rpartition("\n")[2]
    asked = [str(run), "-m", "pytest", "-q", "-n", "auto", "--dist", "loadscope", *arguments]
    done = subprocess.run(asked, cwd=_ROOT, capture_output=True, text=True, check=False)
    (place / "log").write_text(done.stdout + done.stderr)
    said = _LAST_LINE.findall(done.stdout)
    words = said[-1] if said else f"see {place / 'log'}"
    return ("failed" if done.returncode else "passed"), words


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
