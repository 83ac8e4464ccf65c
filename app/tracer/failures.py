"""Finds the call into torch that raised the error which ended the run."""

from __future__ import annotations

from typing import NamedTuple

import torch

from app.contract.records import FailedCall
from app.tracer.snippet.files import Files
from app.tracer.snippet.iterators import Given, optimizer_without_parameters
from app.tracer.stream import Stream


class _Failure(NamedTuple):
    """A failed call.

    The exception is known by its `id()`, type and message: keeping it would keep its frames, and
    with them the snippet's tensors.
    """

    error: int
    kind: type[BaseException]
    message: str
    row: FailedCall


class Failures:
    """Keeps the last failed call: the error that ended a run was raised last."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._last: _Failure | None = None

    def note(
        self,
        error: BaseException,
        name: str,
        qualified_name: str,
        inputs: list[int],
        grad_mode: bool,
        inference: bool,
        backward: int | None = None,
        module: int | None = None,
        attribute: str | None = None,
    ) -> None:
        """Remember that a call raised `error`.

        Args:
            inputs: the numbers of the tensors that went in.
            backward: the backward pass that failed.
            module: the module in whose forward the call was made.
            attribute: for a deep copy, the attribute that holds the tensor.
        """
        if not _is_torchs(error):
            return  # one of the snippet's, come through torch: its `str()` would be too
        event = self._stream.next_event()
        row = FailedCall(
            name, qualified_name, inputs, grad_mode, inference, event, backward,
            module, attribute,
        )  # fmt: skip
        self._last = _Failure(id(error), type(error), str(error), row)

    def is_python(self, error: BaseException) -> bool:
        """Return whether torch's own Python code raised `error`, and not a noted call inside it.

        This is how `F.binary_cross_entropy`, `nn.LSTM` and optimizers refuse what they are given.
        """
        return _raised_in_torch(error) and not self._is_last(error)

    def _is_last(self, error: BaseException) -> bool:
        last = self._last
        if last is None or last[:2] != (id(error), type(error)):
            return False
        return last.message == str(error)

    def tell(self, error: BaseException, files: Files) -> None:
        """Send the call that raised `error`, which ended the run, if there is one."""
        if self._last is not None and self._is_last(error):
            self._stream.put(self._last.row)
        elif (given := optimizer_without_parameters(error, files)) is not None:
            self._stream.put(self._without_parameters(given))

    def _without_parameters(self, given: Given) -> FailedCall:
        """Return the call of an optimizer without parameters, which makes no call into torch."""
        return FailedCall(
            "Optimizer", "torch.optim.Optimizer", [], torch.is_grad_enabled(),
            torch.is_inference_mode_enabled(), self._stream.next_event(), None,
            attribute=given.variable, iterator=given.iterator,
        )  # fmt: skip


def _is_torchs(error: BaseException) -> bool:
    """Return whether its class is Python's or torch's, so that reading it runs no snippet code."""
    module = vars(type(error)).get("__module__", "builtins")
    return isinstance(module, str) and module.partition(".")[0] in ("builtins", "torch")


def _raised_in_torch(error: BaseException) -> bool:
    """Return whether the innermost frame of the traceback belongs to torch."""
    if not _is_torchs(error):
        return False
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None:
        return False
    name = step.tb_frame.f_globals.get("__name__")
    return isinstance(name, str) and name.partition(".")[0] == "torch"
