"""The progress of a backward pass."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from app.session.language import translatable

PassState = Literal["done", "running", "waiting"]
"""How far a running pass is with a node."""
PASS_WORDS: Final[dict[PassState, str]] = {
    "done": translatable("done"),
    "running": translatable("running now"),
    "waiting": translatable("waiting"),
}
"""To be shown through `tr`."""


class PassProgress(NamedTuple):
    """Counts nodes of a running pass, without AccumulateGrad unless there are no others."""

    done: int
    running: int
    waiting: int
