"""The rows of a run that are being sent to the server: a ring of bytes in shared memory.

The run writes and the server reads, each without waking the other; what the run had written when
it crashed is still there.  The run waits only where the ring is full.
"""

from __future__ import annotations

import mmap
import os
import time

_SIZE = 1 << 19
_AT = _SIZE - 1
"""Masks a count of bytes to a place in the ring."""
_WRITTEN, _READ, _LOST = range(3)
"""Counts of bytes since the beginning, and of rows that were not written."""
_COUNTS = 3 * 8
_PAUSE_SECONDS = 0.0005

_sleep, _parent = time.sleep, os.getppid
"""The snippet may put something else in the place of each."""


class Ring:
    """One process writes, one reads; either may end at any moment."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SIZE + _COUNTS)
        whole = memoryview(self._memory)
        self._bytes = whole[:_SIZE]
        # Of native size: one store each, so that the other side never reads half a count.
        self._counts = whole[_SIZE:].cast("Q")

    # ------------------------------------------------------------------------------ the run's side

    def write(self, unsent: bytearray) -> None:
        """Take the bytes; if there is room, the reader sees all of them or nothing.

        Waits for room; gives up, and counts a lost row, when the reader is gone.  Whatever
        interrupts this, `unsent` has what the reader will not see: Python handles signals at calls
        and jumps, and there are none between counting bytes and removing them.
        """
        counts = self._counts
        end = counts[_WRITTEN]
        until = end + len(unsent)
        if until - counts[_READ] > _SIZE:
            self._write_in_parts(unsent)
            return
        self._put(end & _AT, unsent)
        counts[_WRITTEN] = until
        del unsent[:]

    def _put(self, at: int, data: bytearray) -> None:
        last = at + len(data)
        if last <= _SIZE:
            self._bytes[at:last] = data
        else:
            first = _SIZE - at
            self._bytes[at:] = data[:first]
            self._bytes[: len(data) - first] = data[first:]

    def _write_in_parts(self, unsent: bytearray) -> None:
        """Write what there is room for, again and again."""
        reader, counts = _parent(), self._counts
        while unsent:
            end = counts[_WRITTEN]
            room = _SIZE - end + counts[_READ]
            if room >= min(len(unsent), _SIZE):
                part = unsent[:room]
                self._put(end & _AT, part)
                until = end + len(part)
                counts[_WRITTEN] = until
                del unsent[:room]
            elif _parent() == reader:
                _sleep(_PAUSE_SECONDS)
            else:
                self.lose(1)
                unsent.clear()

    def lose(self, rows: int) -> None:
        """Count rows that could not be written."""
        self._counts[_LOST] += rows

    # --------------------------------------------------------------------------- the server's side

    def read(self) -> bytes:
        """Take everything that was written since."""
        begin, end = self._counts[_READ], self._counts[_WRITTEN]
        at, until = begin & _AT, end & _AT
        if not 0 < end - begin <= _SIZE:  # the snippet's memory is its own: it may be anything
            return b""
        if at < until:
            data = bytes(self._bytes[at:until])
        else:
            data = bytes(self._bytes[at:]) + bytes(self._bytes[:until])
        self._counts[_READ] = end
        return data

    @property
    def lost(self) -> int:
        """The number of lost rows."""
        return self._counts[_LOST]

    def close(self) -> None:
        self._bytes.release()
        self._counts.release()
        self._memory.close()
