"""Real traces for the panels, made once by a real child process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from app.contract.records import Trace
from app.gui.settings import Settings
from app.process.client import Tracer
from app.session import resources
from tests.tools.tracing import trace_with

THREE_LAYERS = resources.read_text("examples", "01_three_linear_layers.py")


@pytest.fixture(scope="session")
def trace_of() -> Iterator[Callable[[str], Trace]]:
    """Traces a text; the same text once only."""
    tracer = Tracer()

    @cache
    def traced(text: str) -> Trace:
        return trace_with(tracer, text)

    traced(THREE_LAYERS)  # starts the process here, where no test has to account for it
    yield traced
    tracer.close()


@pytest.fixture
def three_layers(trace_of: Callable[[str], Trace]) -> Trace:
    return trace_of(THREE_LAYERS)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "config" / "tapescope.ini")
