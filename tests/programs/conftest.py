"""Programs of several files, each in a folder, traced once in a test session."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.contract.records import Trace
from app.process.client import Tracer
from app.session.cells.notebook import read
from tests.tools.tracing import trace_with

FOLDER = Path(__file__).parent
Program = Callable[..., Trace]


@pytest.fixture(scope="session")
def program(tracer: Tracer) -> Program:
    """Traces the program in a folder as `tapescope trace` would: `train.py`, or the notebook.

    `changes` are to its request.
    """

    @cache
    def traced(name: str, **changes: Any) -> Trace:
        (path,) = (FOLDER / name).glob("train.*")
        changes = {"cwd": str(path.parent)} | changes
        is_notebook = path.suffix == ".ipynb"
        text = read(path.read_bytes(), path.name).text if is_notebook else path.read_text()
        return trace_with(tracer, text, path=str(path), **changes)

    return traced
