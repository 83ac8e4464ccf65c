"""Real traces for tests: real snippets, run by a real child process."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

from app.contract.records import Gradient, Trace

TraceText = Callable[[str], Trace]
"""The fixture `trace`: the trace of a text, as the window would have it."""

PREFIX = "import torch\nfrom torch import nn\n"


def snippet(text: str) -> str:
    """`text` without its indentation, below the two usual imports: its first line is line 3."""
    return PREFIX + dedent(text).lstrip("\n")


def gradients_of(trace: Trace) -> dict[str, Gradient]:
    """The rows of the table by name."""
    return {gradient.name: gradient for gradient in trace.gradients}
