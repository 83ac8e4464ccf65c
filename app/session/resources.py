"""The paths of the program's own files that are not code."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def _root() -> Path:
    """`app/resources` in an installed package, `resources` beside `app` in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "resources"


def path(*parts: str) -> Path:
    """A file or folder below `resources`: ``path("examples", "01_three_layers.py")``."""
    return _root().joinpath(*parts)


def read_text(*parts: str) -> str:
    """A resource's text.  Raises OSError where there is no such file."""
    return path(*parts).read_text(encoding="utf-8")
