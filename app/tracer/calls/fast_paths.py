"""torch's own fast paths are taken as in a plain run.

`MultiheadAttention`, `TransformerEncoderLayer` and `TransformerEncoder` take a fused kernel in
evaluation, with other rounding, and not where a function mode is active.  Ours is not to count.
"""

from __future__ import annotations

import sys
from typing import Any

import torch

from app.tracer.calls.call_mode import CallMode
from app.tracer.patches import Patches
from app.tracer.private import active_modes, pop_mode, push_mode

_ASKING = ("torch.nn.modules.activation", "torch.nn.modules.transformer")
"""The modules that ask for modes and subclasses in order to choose a path."""


def keep_fast_paths(patches: Patches) -> None:
    """While `patches` stands, these modules are told of any mode but ours."""
    original = torch.overrides.has_torch_function

    def has_torch_function(relevant_args: Any) -> bool:
        modes = active_modes()
        ours_alone = len(modes) == 1 and isinstance(modes[0], CallMode)
        if not ours_alone or sys._getframe(1).f_globals.get("__name__") not in _ASKING:
            return original(relevant_args)
        ours = pop_mode()
        try:
            return original(relevant_args)
        finally:
            push_mode(ours)

    patches.set(torch.overrides, "has_torch_function", has_torch_function)
