"""Asking torch something without it counting: no mode sees it, nothing is recorded."""

from __future__ import annotations

from typing import Any

import torch

quiet = torch._C.DisableTorchFunction
"""Inside `with quiet():` no function mode and no `__torch_function__` sees what is asked."""
loud = torch._C._EnableTorchFunction
"""Undoes `quiet` for the time of a call."""


def _as_it_is(value: Any) -> Any:
    return value


class aside:  # noqa: N801 - reads as a statement: `with aside():`
    """Modes of the snippet off (function and dispatch), grad mode off; as they were afterwards.

    With `recording` grad mode is on and inference mode off instead, for a question about what
    torch would record; saved tensors then pass none of the snippet's hooks.  torch's own context
    managers are not used: during a run they are watched.
    """

    __slots__ = ("_before", "_dispatch", "_inference", "_quiet", "_recording")

    def __init__(self, recording: bool = False) -> None:
        self._recording = recording
        self._quiet: Any = None
        self._dispatch: Any = None
        self._inference: Any = None
        self._before = True

    def __enter__(self) -> None:
        self._quiet = torch._C.DisableTorchFunction()
        self._quiet.__enter__()
        if torch._C._len_torch_dispatch_stack():
            self._dispatch = torch._C._DisableTorchDispatch()
            self._dispatch.__enter__()
        if self._recording:
            torch._C._autograd._push_saved_tensors_default_hooks(_as_it_is, _as_it_is)
            self._inference = torch._C._InferenceMode(False)
            self._inference.__enter__()
        self._before = torch.is_grad_enabled()
        torch._C._set_grad_enabled(self._recording)

    def __exit__(self, *error: object) -> None:
        torch._C._set_grad_enabled(self._before)
        if self._inference is not None:
            self._inference.__exit__(*error)
            torch._C._autograd._pop_saved_tensors_default_hooks()
        if self._dispatch is not None:
            self._dispatch.__exit__(*error)
        self._quiet.__exit__(*error)
