"""One tracing process for all tests of a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.contract.records import Trace
from app.process.client import Tracer
from tests.tools.tracing import trace_with


@pytest.fixture(scope="module")
def trace() -> Iterator[Callable[[str], Trace]]:
    """Traces a text in the real child process."""
    tracer = Tracer()
    tracer.start()
    try:
        yield lambda text: trace_with(tracer, text)
    finally:
        tracer.close()
