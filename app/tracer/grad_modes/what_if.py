"""What-if runs in which regions of the snippet's own switch nothing.

Their blocks and decorators run, and so does what else is on their lines.  A mode that is asked for
applies to the whole run, in every thread, and regions that would switch to the contrary are without
effect; or regions on some lines are.  What torch, optimizers and other libraries switch is left as
it is, and so is what torch switches around a custom Function: without that, much would not work at
all (`Optimizer.step` updates leaves in place), and the snippet does not ask for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import NamedTuple, Protocol

import torch

OF_THE_SNIPPET = ("with", "decorator", "call")
"""The kinds of cause whose effect a what-if can remove."""


class RequestedMode(NamedTuple):
    """The requested mode: grad mode on (and inference mode off), grad mode off, inference mode on.

    `name` is the mode as users choose it.
    """

    name: str
    grad_mode: bool
    inference: bool

    @contextmanager
    def around(self) -> Iterator[None]:
        """Set the mode in this thread for a block, before the recorder watches it."""
        modes = torch.inference_mode() if self.inference else torch.set_grad_enabled(self.grad_mode)
        with modes:
            yield


class OffLines(Protocol):
    """The lines of the program whose regions have no effect."""

    def take(self, line: int | None, text: str) -> bool:
        """Return whether the region `text`, entered on a line (a spot), has no effect."""


class Unswitched(NamedTuple):
    """The regions of the program that have no effect: by a mode for the whole run, by lines."""

    mode: RequestedMode | None
    lines: OffLines | None = None

    def undoes(self, cause: str, line: int | None, text: str, grad_mode: bool) -> bool:
        """Return whether a region has no effect that would set this grad mode.

        `cause`, `line` and `text` say what entered it.
        """
        if cause not in OF_THE_SNIPPET:
            return False
        by_mode = self.mode is not None and grad_mode != self.mode.grad_mode
        return (self.lines is not None and self.lines.take(line, text)) or by_mode


_MODES = {
    "grad": RequestedMode("grad", True, False),
    "no-grad": RequestedMode("no_grad", False, False),
    "inference": RequestedMode("inference_mode", False, True),
}


def requested_mode(mode: str) -> RequestedMode | None:
    """Return the mode of a kind of change; None for other kinds, and as written."""
    return _MODES.get(mode)


def switch_nothing(context: object) -> None:
    """Enter torch's context manager without effect.

    Leaving it then puts back what was on when it was entered.
    """
    if isinstance(context, torch.inference_mode):
        context._inference_mode_context = nullcontext()  # type: ignore[assignment]
    elif isinstance(context, (torch.no_grad, torch.enable_grad)):
        context.prev = torch.is_grad_enabled()
