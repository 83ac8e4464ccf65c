"""How far a backward pass is."""

from __future__ import annotations

from typing import NamedTuple


class Progress(NamedTuple):
    """Of the autograd nodes of a running pass, AccumulateGrad aside, unless there are no others."""

    done: int
    running: int
    waiting: int
