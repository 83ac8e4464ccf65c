"""What-if runs: the snippet as if grad mode or inference mode were the same everywhere in it.

The mode that is asked for stands around the whole run, in every thread, and regions of the
snippet's own that would switch to the contrary are without effect: their blocks and decorators
run, and switch nothing.  What torch, optimizers and other libraries switch is left as it is, and
so is what torch switches around a custom Function: without that, much would not work at all
(`Optimizer.step` updates leaves in place), and none of it is what the snippet says.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

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

    def undoes(self, cause: str, grad_mode: bool) -> bool:
        """Return whether a region that would set this grad mode has no effect."""
        return cause in OF_THE_SNIPPET and grad_mode != self.grad_mode

    @contextmanager
    def around(self) -> Iterator[None]:
        """Set the mode in this thread for a block, before the recorder watches it."""
        modes = torch.inference_mode() if self.inference else torch.set_grad_enabled(self.grad_mode)
        with modes:
            yield


_MODES = {
    "grad": RequestedMode("grad", True, False),
    "no-grad": RequestedMode("no_grad", False, False),
    "inference": RequestedMode("inference_mode", False, True),
}


def what_if(mode: str) -> RequestedMode | None:
    """Return the what-if of a `--mode`; None for a run as written."""
    return _MODES.get(mode)


def switch_nothing(context: object) -> None:
    """Enter torch's context manager without effect.

    Leaving it then puts back what was on when it was entered.
    """
    if isinstance(context, torch.inference_mode):
        context._inference_mode_context = nullcontext()  # type: ignore[assignment]
    elif isinstance(context, (torch.no_grad, torch.enable_grad)):
        context.prev = torch.is_grad_enabled()
