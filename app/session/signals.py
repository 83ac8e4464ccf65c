"""Signals without Qt: whoever connects to one is called when it is sent."""

from __future__ import annotations

from collections.abc import Callable

Work = Callable[[], object]


class Signal:
    """Calls what is connected, in that order, in the thread that sends it.

    What is connected or disconnected meanwhile counts from the next time on.  An exception ends the
    sending, as in any call.

    >>> saved = Signal()
    >>> work = saved.connect(lambda: print("saved"))
    >>> saved.emit()
    saved
    >>> saved.disconnect(work)
    >>> saved.emit()
    """

    def __init__(self) -> None:
        self._connected: tuple[Work, ...] = ()

    def connect(self, work: Work, /) -> Work:
        """Call `work` from now on; return it."""
        self._connected = (*self._connected, work)
        return work

    def disconnect(self, work: Work, /) -> None:
        """Do not call `work` any more.  Raises ValueError if it is not connected."""
        place = self._connected.index(work)
        self._connected = self._connected[:place] + self._connected[place + 1 :]

    def emit(self) -> None:
        for work in self._connected:
            work()
