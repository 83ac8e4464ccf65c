"""Records what a block of a running program does, in its own process and thread."""

from __future__ import annotations

import linecache
import os
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from torch import Tensor

from app.contract.messages import ErrorRow, Exited, FinishedRow, LostRow, Row
from app.contract.packing import Decoder
from app.contract.records import Snippet
from app.session.run import Run
from app.session.trace.assembly import TraceBuilder
from app.tracer.child.greeting import started
from app.tracer.child.outgoing import RowSender
from app.tracer.invisible import is_traced
from app.tracer.recorder import Recorder
from app.tracer.snippet.failure import bare_error_row, error_row, shortened
from app.tracer.snippet.frames import look_at_variables


class AlreadyTracedError(RuntimeError):
    """The block lies in another one, or Tapescope runs the program."""


class Recording:
    """One block, from `start` to `stop`.

    `frame` is that of the function with the block: its file is the program's text, its variables
    name modules and tensors.
    """

    def __init__(self, frame: FrameType, max_ops: int) -> None:
        code = frame.f_code
        self._frame: FrameType | None = frame
        self._filename = code.co_filename
        self._text = "".join(linecache.getlines(self._filename, frame.f_globals))
        self._rows: list[bytes] = []
        self._sender = RowSender(self._keep)
        self._variables: dict[str, Any] = {}
        self._look_at_variables(frame)
        self._recorder = Recorder(
            self._sender.send, self._filename, self._text, max_ops, self._variables
        )
        self._began = time.perf_counter()

    def _keep(self, unsent: bytearray) -> None:
        self._rows += [bytes(unsent)]
        del unsent[:]

    def start(self) -> None:
        """Raises AlreadyTracedError."""
        if is_traced():
            raise AlreadyTracedError(
                "tapescope.trace() inside a run that is traced already. Blocks cannot be nested; "
                "a program that Tapescope runs is recorded as a whole and needs none."
            )
        self._sender.send(started("cpu", None, [], begins_late=True))
        try:
            self._recorder.__enter__()
        except BaseException:
            self._recorder.__exit__(None, None, None)
            raise
        self._began = time.perf_counter()

    def stop(self, error: BaseException | None) -> Run:
        """Put torch back as it was, and return the run; `error` is what the block raised."""
        recorder, seconds = self._recorder, time.perf_counter() - self._began
        whole = True
        try:
            recorder.__exit__(None, None, None)
            if error is not None:
                recorder.left(error)
                recorder.failed(error)
            if self._frame is not None:
                self._look_at_variables(self._frame)
            recorder.finish()
        except Exception:  # the program's objects take part in it, and theirs may be any
            whole = False
        self._frame = None
        rows: list[Row] = [] if whole else [LostRow(1)]
        if error is not None:
            rows.append(shortened(self._error_row(error)))
        for row in (*rows, FinishedRow(seconds, recorder.truncated)):
            self._sender.send(row)
        return self._run(failed=error is not None)

    @property
    def identity_of(self) -> Callable[[Tensor], int | None]:
        """Returns the number that a tensor has in the run, None if it has none."""
        return self._recorder.identity_of

    def _look_at_variables(self, frame: FrameType) -> None:
        """Take the variables as they are now: those of the module, then those of the function."""
        self._variables.clear()
        self._variables.update(frame.f_globals)
        look_at_variables(frame, self._variables.update)

    def _error_row(self, error: BaseException) -> ErrorRow:
        try:
            return error_row(error, self._recorder.files)
        except Exception:  # the error's own code runs in it
            return bare_error_row(error)

    def _run(self, *, failed: bool) -> Run:
        path = self._filename if os.path.exists(self._filename) else None
        builder = TraceBuilder(Snippet(path, self._text))
        decoder = Decoder()
        for data in self._rows:
            builder.add_batch(decoder.feed(data))
        self._rows.clear()
        builder.add_exited(Exited(int(failed), None, None))
        return builder.finish()
