"""Frames that are calling a module.

While they wait, nothing changes from there outwards, so it is looked up once for all that runs
inside.
"""

from __future__ import annotations

UNASKED = -1


class Calling:
    """What is known of a frame that is calling a module; `UNASKED` until something asked."""

    __slots__ = ("loops", "stack")

    def __init__(self) -> None:
        self.loops: int | None = UNASKED
        """The number of the pass that the frame is in; None outside loops."""
        self.stack: int | None = UNASKED
        """The number of the user's frames from it on; None where there are none."""


Calls = dict[int, Calling]
"""By the `id()` of the frame."""
