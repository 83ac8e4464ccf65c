"""What the layout process and its client write to each other: JSON, one column to a line.

A long column takes several lines.  Reading or writing a line stops all threads of a process, so
that one line for all of a large graph would freeze a window for a second.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import IO, Any, Final

_AT_ONCE: Final = 1000
"""The number of values per line."""
END: Final = b"\n"
"""The line after the last one of a message."""


def write(stream: IO[bytes], message: Mapping[str, Any]) -> None:
    """Write a message.  Raises OSError if nothing reads it any more."""
    for name, value in message.items():
        parts = [value]
        if isinstance(value, list) and len(value) > _AT_ONCE:
            parts = [value[at : at + _AT_ONCE] for at in range(0, len(value), _AT_ONCE)]
        for part in parts:
            stream.write(json.dumps([name, part], separators=(",", ":")).encode() + b"\n")
    stream.write(END)
    stream.flush()


def read(lines: Iterable[bytes]) -> dict[str, Any] | None:
    """Return the next message, or None if the lines end before it is complete."""
    message: dict[str, Any] = {}
    for line in lines:
        if line == END:
            return message
        if not line.endswith(b"\n"):
            return None
        name, part = json.loads(line)
        if name in message:
            message[name].extend(part)
        else:
            message[name] = part
    return None
