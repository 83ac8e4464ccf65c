"""When things happened in a rank of a distributed run, and when it waited for the others."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from app.contract.messages import ClockBeganRow, ClockRow, WaitEndRow, WaitRow
from app.tracer.patches import Patches
from app.tracer.private import WAITING, queue_after_backward
from app.tracer.stream import Send, Stream

if TYPE_CHECKING:
    from app.tracer.mishaps import Mishaps
    from app.tracer.shared import Shared
    from app.tracer.threads import Threads

_now = time.perf_counter_ns
_RESOLUTION = 200_000
"""Nanoseconds between two times that are sent."""
_COLLECTIVES = "torch.distributed.distributed_c10d"
_REFUSED = "Expected to have finished reduction"
"""How the reducer refuses a forward pass, before it waits."""
_NAMES = {"_broadcast_coalesced": "broadcast", "_rebuild_buckets": "broadcast"}


class ClockedStream(Stream):
    """A stream that also sends when its events were: the first, and those 0.2 ms after another."""

    def __init__(self, send: Send) -> None:
        super().__init__(send)
        self._began = _now()
        self.put(ClockBeganRow(time.time()))
        self._sent = -_RESOLUTION
        self._waits = 0

    def next_event(self) -> int:
        event = super().next_event()
        now = self.now()
        if now - self._sent >= _RESOLUTION:
            self._sent = now
            self.later(ClockRow(event, now))
        return event

    def now(self) -> int:
        """Return the nanoseconds since the run began."""
        return _now() - self._began

    def waits(self, what: str, line: int | None) -> int:
        """Say that the program begins to wait; return the number of the wait."""
        number = self._waits
        self._waits += 1
        self.put(WaitRow(number, what, line, super().next_event(), self.now()))
        return number

    def waited(self, number: int, *, happened: bool = True) -> None:
        now = self.now()
        self.put(WaitEndRow(number, super().next_event(), now, happened))


def watch_waiting(
    patches: Patches, threads: Threads, shared: Shared, stream: ClockedStream
) -> None:
    """Note when a collective of `torch.distributed` keeps the program waiting."""

    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        def wait(*args: Any, **kwargs: Any) -> Any:
            if threads.here() is None or shared.truncated:
                return original(*args, **kwargs)
            frame = sys._getframe(1)
            number = None
            with shared.mishaps.around("Waiting for other ranks", frame):
                _, user = shared.sites.find(frame)
                what = _collective(frame, user) or _NAMES.get(original.__name__, "")
                number = stream.waits(what, shared.sites.line(frame))
            happened = True
            try:
                result = original(*args, **kwargs)
                happened = result is not False
                return result
            except RuntimeError as error:
                happened = _REFUSED not in str(error)
                raise
            finally:
                if number is not None:
                    with shared.mishaps.around("Waiting for other ranks", frame):
                        stream.waited(number, happened=happened)

        return wait

    patches.wrap(WAITING, wrapper)


def _collective(frame: FrameType | None, user: FrameType | None) -> str:
    """Return the outermost collective below the user's frame, "" if there is none."""
    found = ""
    while frame is not None and frame is not user:
        if frame.f_globals.get("__name__") == _COLLECTIVES:
            found = frame.f_code.co_name
        frame = frame.f_back
    return found


class WaitOfPass:
    """Waiting at the end of a backward pass of DistributedDataParallel.

    Its reducer sums gradients while the pass runs, and waits for the last of them in a callback of
    the engine, after all nodes.  One of ours that is queued when the first node runs comes before.
    """

    def __init__(
        self, stream: ClockedStream, mishaps: Mishaps, frame: FrameType, line: int | None
    ) -> None:
        self._stream, self._mishaps, self._frame, self._line = stream, mishaps, frame, line
        self._is_queued = False
        self._number: int | None = None

    def node_runs(self) -> None:
        if not self._is_queued:
            self._is_queued = True
            with self._mishaps.around("Waiting for other ranks", self._frame):
                queue_after_backward(self._begin)

    def _begin(self) -> None:
        with self._mishaps.around("Waiting for other ranks", self._frame):
            self._number = self._stream.waits("backward", self._line)

    def end(self) -> None:
        """The engine has returned, or raised."""
        if self._number is not None:
            self._stream.waited(self._number)
