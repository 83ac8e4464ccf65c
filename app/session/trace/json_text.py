"""Reads a JSON object piece by piece, so that others get the interpreter lock in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from app.session.language import tr

PIECE = 1 << 16
"""Bytes that are decoded at once, where the text can be cut."""

_SPACE = rb"[ \t\n\r]*"
_NAMES = {
    mark: re.compile(_SPACE + mark + _SPACE + rb'("(?:[^"\\]|\\.)*")' + _SPACE + b":" + _SPACE)
    for mark in (b"{", b",")
}
_ENDS = {
    b"{": re.compile(_SPACE + b"{" + _SPACE + b"}" + _SPACE),
    b",": re.compile(_SPACE + b"}" + _SPACE),
}
_BETWEEN = re.compile(rb"(?s)(.*\})" + _SPACE + rb"," + _SPACE + rb"(?=\{)")
"""A text up to the last place between two objects."""
_AFTER = re.compile(r"trailing characters \(byte (\d+)\)")
_name = msgspec.json.Decoder(str)


class TraceFormatError(ValueError):
    """Not a trace document of this version; the message begins with the path of the error."""


class ObjectText:
    """The text of an object; its methods raise TraceFormatError."""

    def __init__(self, data: bytes, piece: int = PIECE) -> None:
        self._data = data
        self._piece = piece
        self._at = 0

    def names(self) -> Iterator[str]:
        """Yield the name of each field, whose value is to be read before the next."""
        mark = b"{"
        while (found := _NAMES[mark].match(self._data, self._at)) is not None:
            self._at = found.end()
            yield decode(_name, found[1])
            mark = b","
        if _ENDS[mark].fullmatch(self._data, self._at) is None:
            raise TraceFormatError(tr("$: not JSON: {error}").format(error=self._at))

    def value(self, decoder: msgspec.json.Decoder[Any], path: str) -> Any:
        """Return the next value."""
        end = self._end_of(self._at)
        raw, self._at = self._data[self._at : end], end
        return decode(decoder, raw, path)

    def pieces(
        self, decoder: msgspec.json.Decoder[list[Any]], path: str
    ) -> Iterator[tuple[int, list[Any]]]:
        """Yield the items of the next value, a list, some at once with the index of the first.

        `decoder` is one of such lists.

        It is cut between two objects.  What was cut elsewhere, in a string or in a list within the
        list, does not parse with a "]" after it, and is tried again with more of the text.
        """
        data, first, begin, size = self._data, 0, self._at + 1, self._piece
        if not data.startswith(b"[", self._at):
            self.value(decoder, path)  # raises: it is not a list
        while (cut := _BETWEEN.match(data, begin, begin + size)) is not None:
            try:
                items = decode(decoder, b"[" + cut[1] + b"]")
            except TraceFormatError as error:
                if _AFTER.search(str(error)) or begin + size >= len(data):
                    break  # the list ends before
                size *= 2
            else:
                yield first, items
                first += len(items)
                begin, size = cut.end(), self._piece
        self._at = self._end_of(begin, b"[")
        yield first, decode(decoder, b"[" + data[begin : self._at], path, first)

    def _end_of(self, begin: int, opening: bytes = b"") -> int:
        """Return where the value ends that `opening` and the text from here on begin."""
        size = self._piece
        while True:
            is_all = begin + size >= len(self._data)
            try:
                decode(_raw, opening + self._data[begin : begin + size])
            except TraceFormatError as error:
                if (after := _AFTER.search(str(error))) is not None:
                    return begin - len(opening) + int(after[1]) - 1
                if is_all:
                    raise
            if is_all:
                return len(self._data)  # and the object around it does not end
            size *= 2


_raw = msgspec.json.Decoder(msgspec.Raw)


def decode(decoder: msgspec.json.Decoder[Any], data: bytes, path: str = "$", first: int = 0) -> Any:
    """Decode the value at `path`, or, of a list there, the items from `first` on."""
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        raise TraceFormatError(_message(str(error), path, first)) from None
    except msgspec.DecodeError as error:
        raise TraceFormatError(tr("$: not JSON: {error}").format(error=error)) from None
    except RecursionError:
        raise TraceFormatError(tr("$: nested too deeply for a trace")) from None


_AT = re.compile(r"(?s)(.*?)(?: - at `(.*)`)?")
_MISSING = re.compile(r"Object missing required field `(.*)`")
_INDEX = re.compile(r"\A\$\[(\d+)\]")


def _message(text: str, start: str, first: int) -> str:
    """msgspec's message with the path in front: "$.run.seed: expected int | null, got str"."""
    match = _AT.fullmatch(text)
    problem, path = (match[1], match[2] or "$") if match else (text, "$")
    path = _INDEX.sub(lambda index: f"$[{int(index[1]) + first}]", path)
    path = start + path.removeprefix("$")
    missing = _MISSING.fullmatch(problem)
    if missing:
        return tr("{path}: missing").format(path=f"{path}.{missing[1]}")
    problem = problem.replace("`", "").replace("Invalid enum value", "expected a known value, got")
    return f"{path}: {problem[:1].lower()}{problem[1:]}"
