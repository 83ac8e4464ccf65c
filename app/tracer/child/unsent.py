"""Rows that are described and not yet sent, kept where they outlive the process.

Sending every row at once would wake two processes for each operation; keeping rows in this
process would lose them when it crashes.  So they wait in memory shared with the server, which
finds there, when the run is gone, what it did not come to send.
"""

from __future__ import annotations

import mmap
import struct

_SIZE = 1 << 18
_COUNT = struct.Struct("<Q")
_LOST_AT = _COUNT.size
_HEADER = 2 * _COUNT.size


class Unsent:
    """Whole lines in shared memory: how many bytes, how many rows were lost, then the bytes."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SIZE)
        self._end = _HEADER
        self._has_lost = False

    def put(self, line: bytes) -> bool:
        """Add a line; return False, and add nothing, if there is no room.

        After a loss nothing more is added, so that what is kept has no gap.
        """
        end = self._end + len(line)
        if end > _SIZE or self._has_lost:
            return False
        self._memory[self._end : end] = line
        # Counted only once it is whole: a crash in between leaves the lines before it.
        _COUNT.pack_into(self._memory, 0, end)
        self._end = end
        return True

    def lose(self, rows: int) -> None:
        """Count rows that could be neither sent nor kept."""
        self._has_lost = True
        _COUNT.pack_into(self._memory, _LOST_AT, self.lost + rows)

    @property
    def lost(self) -> int:
        """Return the number of lost rows, in all processes."""
        count: int = _COUNT.unpack_from(self._memory, _LOST_AT)[0]
        return count

    def lines(self) -> bytes:
        """Return everything put since `clear`, in all processes."""
        (end,) = _COUNT.unpack_from(self._memory)
        return self._memory[_HEADER : min(end, _SIZE)] if end > _HEADER else b""

    def clear(self) -> None:
        self._end = _HEADER
        _COUNT.pack_into(self._memory, 0, _HEADER)

    def close(self) -> None:
        self._memory.close()
