"""Which call into torch raised what: told only of the error that ended the run."""

from __future__ import annotations

from typing import NamedTuple

from app.contract.messages import FailedCallRow
from app.tracer.stream import Stream


class _Failure(NamedTuple):
    """An exception is known by its `id()`, type and message: to keep it would keep its frames, and
    with them the snippet's tensors."""

    error: int
    kind: type[BaseException]
    message: str
    row: FailedCallRow


class Failures:
    """Keeps the last one: what ends a run was the last to be raised."""

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
    ) -> None:
        """A call raised `error`; `inputs` are the numbers of the tensors that went in."""
        if type(error).__module__.partition(".")[0] not in ("builtins", "torch"):
            return  # one of the snippet's, come through torch: its `str()` would be too
        event = self._stream.next_event()
        row = FailedCallRow(
            "failed_call", name, qualified_name, inputs, grad_mode, inference, event, backward
        )
        self._last = _Failure(id(error), type(error), str(error), row)

    def tell(self, error: BaseException) -> None:
        """`error` ends the run: sends the call that raised it, if it was one."""
        last = self._last
        if last is not None and last[:3] == (id(error), type(error), str(error)):
            self._stream.put(last.row)
