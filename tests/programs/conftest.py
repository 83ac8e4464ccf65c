"""Programs of several files, each in a folder, traced once in a test session."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.contract.records import Trace
from app.process.client import Tracer
from tests.tools.tracing import trace_with

FOLDER = Path(__file__).parent
Program = Callable[..., Trace]


@pytest.fixture(scope="session")
def program(tracer: Tracer) -> Program:
    """Traces `train.py` in a folder as `tapescope trace` would; `changes` are to its request."""

    @cache
    def traced(name: str, **changes: Any) -> Trace:
        path = FOLDER / name / "train.py"
        changes = {"cwd": str(path.parent)} | changes
        return trace_with(tracer, path.read_text(), path=str(path), **changes)

    return traced
