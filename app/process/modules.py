"""Finding the file of a module as `python -m` would, without running anything of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from app.session.language import tr, translatable

_SCRIPT = Path(__file__).resolve().parent.parent / "tracer" / "find_module.py"


_PROBLEMS = {
    "missing": translatable(
        "-m {name}: there is no module {part} in {folder} or among the packages of {python}"
    ),
    "no package": translatable("-m {name}: {part} is not a package, nothing is inside it"),
    "no main": translatable("-m {name}: the package {part} has no __main__; name a module in it"),
    "no source": translatable("-m {name}: {part} has no Python source to trace"),
}


class ModuleUnavailableError(Exception):
    """There is no such module to run; the message is a sentence."""


def find_module(
    name: str, interpreter: str, folder: str, environment: Mapping[str, str]
) -> tuple[str, str]:
    """Return the full name and the path of the module that `python -m name` runs in a folder.

    Of a package that is its `__main__`.  An empty interpreter is this one, an empty folder the
    working folder.  Raises ModuleUnavailableError.
    """
    python = interpreter or sys.executable
    try:
        done = subprocess.run(
            [python, str(_SCRIPT), name],
            cwd=folder or None,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except (OSError, ValueError) as error:
        text = tr("{python} cannot be started: {error}. Choose another interpreter.")
        reason = getattr(error, "strerror", None) or error
        raise ModuleUnavailableError(text.format(python=python, error=reason)) from None
    try:
        found, detail = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        said = done.stderr.decode(errors="replace").strip().splitlines()
        text = tr("{python} could not look for {name}: {reason}")
        reason = said[-1] if said else tr("no reason was given")
        raise ModuleUnavailableError(text.format(python=python, name=name, reason=reason)) from None
    if found == "module":
        return detail[0], detail[1]
    raise ModuleUnavailableError(
        tr(_PROBLEMS[found]).format(
            name=name, part=detail, folder=folder or os.getcwd(), python=python
        )
    )
