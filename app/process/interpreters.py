"""Pythons on this machine that could run a snippet, and which torch each has.

Known limitation: an interpreter reports what is installed and does not import it.  Whether an
installed torch is broken shows at the first run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.session.language import tr

_PATIENCE_SECONDS = 10.0
_MOST_PARENTS = 6
_ON_WINDOWS = sys.platform == "win32"
_IN_FOLDER = ("Scripts/python.exe", "python.exe") if _ON_WINDOWS else ("bin/python", "bin/python3")
_COMMANDS = ("python3", "python", *(f"python3.{minor}" for minor in range(10, 16)))
_SHIMS = "shims"
"""pyenv's scripts that choose one of its versions; the versions themselves are listed instead."""
_CONDA_FOLDERS = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba")

_QUESTION = """
import json, sys
try:
    from importlib.metadata import version
    torch = version("torch")
except Exception:
    torch = None
print(json.dumps(["%d.%d.%d" % sys.version_info[:3], torch]))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """`problem` is a sentence that says why it cannot trace, or None if it can."""

    path: str
    python: str
    torch: str | None
    problem: str | None


def candidates(
    near: Path | None = None, environment: Mapping[str, str] = os.environ, home: Path | None = None
) -> list[str]:
    """Paths of interpreters, each once: this program's, those near a file, then the system's.

    `near` is a file; virtual environments in its folder and in those above are looked for.
    """
    home = home or Path.home()
    found: dict[Path, str] = {}
    places = (
        iter([Path(sys.executable)]),
        _virtual_environments(near),
        _active(environment),
        _on_path(environment),
        _conda(environment, home),
        _pyenv(environment, home),
    )
    for place in places:
        for path in place:
            with suppress(OSError):
                found.setdefault(_identity(path), str(path))
    return list(found.values())


def check(path: str) -> Interpreter:
    """Ask an interpreter for its versions.  Takes about 50 ms, at most ten seconds."""
    try:
        done = subprocess.run(
            [path, "-I", "-c", _QUESTION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        python, torch = json.loads(done.stdout)
    except FileNotFoundError:
        return Interpreter(path, "", None, tr("There is no such file."))
    except subprocess.TimeoutExpired:
        return Interpreter(path, "", None, tr("It did not answer in ten seconds."))
    except (OSError, ValueError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        problem = f"{reason}." if reason else tr("It did not answer like Python 3.")
        return Interpreter(path, "", None, problem)
    return Interpreter(path, python, torch, _problem(python, torch))


def _problem(python: str, torch: str | None) -> str | None:
    if _numbers(python) < (3, 10):
        text = tr("Python {version} is too old: 3.10 or newer is needed.")
        return text.format(version=python)
    if torch is None:
        return tr("PyTorch is not installed there.")
    if _numbers(torch) < (2, 4):
        return tr("torch {version} is too old: 2.4 or newer is needed.").format(version=torch)
    return None


def _numbers(version: str) -> tuple[int, ...]:
    """The first two numbers of a version; (0,) where it has none.

    >>> _numbers("2.13.0+cpu"), _numbers("?")
    ((2, 13), (0,))
    """
    try:
        return tuple(int(part) for part in version.split(".")[:2])
    except ValueError:
        return (0,)


def _identity(path: Path) -> Path:
    """Return a path that is equal for two names of one interpreter.

    A virtual environment's Python is a link to the one that it was made with, and is another one.
    """
    folder = path.parent.parent
    if (folder / "pyvenv.cfg").exists():
        return folder.resolve()
    return path.resolve(strict=True)


def _in(folder: Path) -> Iterator[Path]:
    """Yield the interpreter of an environment's folder, if it has one."""
    for name in _IN_FOLDER:
        if (path := folder / name).is_file():
            yield path
            return


def _virtual_environments(near: Path | None) -> Iterator[Path]:
    if near is None:
        return
    folder = near.resolve().parent
    for parent in [folder, *folder.parents][:_MOST_PARENTS]:
        with suppress(OSError):
            for config in sorted((*parent.glob("*/pyvenv.cfg"), *parent.glob(".*/pyvenv.cfg"))):
                yield from _in(config.parent)


def _active(environment: Mapping[str, str]) -> Iterator[Path]:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if folder := environment.get(name):
            yield from _in(Path(folder))


def _on_path(environment: Mapping[str, str]) -> Iterator[Path]:
    suffix = ".exe" if _ON_WINDOWS else ""
    for folder in environment.get("PATH", "").split(os.pathsep):
        for command in _COMMANDS:
            path = Path(folder, command + suffix)
            if Path(folder).name not in ("", _SHIMS) and os.access(path, os.X_OK):
                yield path


def _conda(environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    with suppress(OSError):  # conda's own list of every environment that it made
        for line in (home / ".conda" / "environments.txt").read_text().splitlines():
            if line.strip():
                yield from _in(Path(line.strip()))
    roots = [home / name for name in _CONDA_FOLDERS]
    if command := environment.get("CONDA_EXE"):
        roots.insert(0, Path(command).parent.parent)
    for root in roots:
        yield from _in(root)
        for folder in sorted(root.glob("envs/*")):
            yield from _in(folder)


def _pyenv(environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    root = Path(environment.get("PYENV_ROOT") or home / ".pyenv")
    for folder in sorted(root.glob("versions/*"), reverse=True):
        yield from _in(folder)
