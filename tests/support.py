"""Real traces for tests: real snippets, run by a real child process."""

from __future__ import annotations

from textwrap import dedent
from typing import Protocol

from app.contract.records import Gradient, Mode, Trace


class TraceText(Protocol):
    """The fixture `trace`: the trace of a text, as the window would have it.

    The same text in the same mode is traced once in a test session: do not change its trace.
    """

    def __call__(self, text: str, mode: Mode = "as-written") -> Trace: ...


PREFIX = "import torch\nfrom torch import nn\n"


def snippet(text: str) -> str:
    """`text` without its indentation, below the two usual imports: its first line is line 3."""
    return PREFIX + dedent(text).lstrip("\n")


def gradients_of(trace: Trace) -> dict[str, Gradient]:
    """The rows of the table by name."""
    return {gradient.name: gradient for gradient in trace.gradients}
