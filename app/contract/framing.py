"""A batch of messages as one line of JSON, and back.

A line is an array of messages; a message is an array whose first item is its kind.  Lines are
UTF-8 without a newline inside, so a reader can cut the stream at newlines without parsing it, and
a stream that breaks off loses no more than its last line.

Rows come in lines of their own: `OF_ROWS` and, in base 64, bytes of `app.contract.packing`, cut
anywhere.  The snippet can write into the memory that they come from, so nothing about the process
is taken from such a line.
"""

from __future__ import annotations

import json
import json.encoder
import math
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from app.contract.kinds import plain

OF_ROWS = b"~"
"""Before a line that came from the recorder."""

CHUNK = 1 << 16
LONGEST_LINE = 1 << 27
"""Bytes of a line that is still kept: the nodes of a backward pass over a million operations."""


def _encoder() -> Callable[[Any, int], Iterable[str]]:
    """JSON without blanks, in parts.

    The encoder in C is made once: `JSONEncoder.encode` makes it again at every call, which takes
    longer than encoding an operation.
    """
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # an interpreter other than CPython
        encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
        return lambda value, _: (encode(value),)
    escape = json.encoder.encode_basestring_ascii
    parts: Callable[[Any, int], Iterable[str]] = make(
        None, None, escape, None, ":", ",", False, False, False
    )
    return parts


_encode = _encoder()


def as_json(value: Any) -> bytes:
    """Return plain data as JSON in ASCII.

    JSON has no NaN and no infinities: they become the strings "nan", "inf" and "-inf".
    """
    try:
        parts = _encode(value, 0)
    except ValueError:  # rare, so nobody looks for them ahead
        parts = _encode(_in_words(value), 0)
    return "".join(parts).encode("ascii")


def decode(data: bytes) -> Any:
    """Return plain data from JSON.  Raises ValueError if it is none."""
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("no message is nested as deeply as this") from None


def encode_batch(messages: Sequence[Any]) -> bytes:
    """Return one line with these messages, newline included."""
    return as_json([plain(message) for message in messages]) + b"\n"


def _in_words(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_in_words(item) for item in value]
    if isinstance(value, dict):
        return {key: _in_words(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def rows_line(data: bytes) -> bytes:
    """Return bytes of rows as one line."""
    return OF_ROWS + b2a_base64(data)


def rows_in(line: bytes) -> bytes:
    """Return the bytes of rows in a line that begins with `OF_ROWS`."""
    return a2b_base64(line[len(OF_ROWS) :])


def decode_line(line: bytes) -> list[list[Any]]:
    """Return the messages of a line as untyped lists.

    Raises ValueError if the line is not an array of messages: then the recorder did not write it.
    """
    batch = decode(line)
    if not isinstance(batch, list) or not all(map(_is_message, batch)):
        raise ValueError("a line of the trace protocol is an array of messages")
    return batch


def _is_message(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], str)


class LineReader:
    """Cuts a stream of bytes into lines, and keeps the beginning of the next one.

    A line longer than `longest` bytes is dropped; `dropped` counts them.
    """

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._rest = bytearray()
        self._skipping = False
        self.dropped = 0

    def feed(self, data: bytes) -> bytes:
        """Return the lines that `data` completes, newlines included; empty if there is none."""
        if self._skipping:
            end = data.find(b"\n") + 1
            if not end:
                return b""
            self._skipping = False
            data = data[end:]
        end = data.rfind(b"\n") + 1
        complete = bytes(self._rest) + data[:end] if end else b""
        if end:
            self._rest = bytearray(data[end:])
        else:
            self._rest += data
        if len(self._rest) > self._longest:
            self._rest.clear()
            self._skipping = True
            self.dropped += 1
        return complete
