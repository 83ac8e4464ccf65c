"""The progress of a backward pass."""

from __future__ import annotations

from typing import NamedTuple


class Progress(NamedTuple):
    """Counts nodes of a running pass, without AccumulateGrad unless there are no others."""

    done: int
    running: int
    waiting: int
