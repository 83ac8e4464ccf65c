"""Plays the timeline, step by step, until the end or until it is stopped."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

PACE_MS = 700
"""Milliseconds between two steps of a short run: enough to read what happens."""
_LONGEST_MS = 60_000
"""Milliseconds for a whole long run, about."""
_LEAST_MS = 40


def pace(steps: int) -> tuple[int, int]:
    """Return the milliseconds between two ticks and the steps of a tick, for a run of `steps`.

    >>> pace(15), pace(600), pace(100_000)
    ((700, 1), (100, 1), (40, 67))
    """
    wait = max(_LEAST_MS, min(PACE_MS, _LONGEST_MS // max(1, steps)))
    return wait, max(1, round(steps * wait / _LONGEST_MS))


class Player(QObject):
    stepped = Signal(int)
    """The number of steps to go on."""
    changed = Signal(bool)
    """Whether it plays now."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._by = 1
        self._timer.timeout.connect(lambda: self.stepped.emit(self._by))

    @property
    def is_playing(self) -> bool:
        return self._timer.isActive()

    @property
    def is_fast(self) -> bool:
        """Whether playback skips steps."""
        return self.is_playing and self._by > 1

    def play(self, steps: int) -> None:
        """Step at once, then at a steady pace that suits a run of `steps`."""
        wait, self._by = pace(steps)
        self._timer.start(wait)
        self.changed.emit(True)
        self.stepped.emit(self._by)

    def stop(self) -> None:
        if self.is_playing:
            self._timer.stop()
            self.changed.emit(False)
