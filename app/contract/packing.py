"""Rows as records of bytes: how they travel from a run to whoever puts them together.

A record is its length and its form, then the row.  Of a class declared as `packed` the form has a
layout that follows from the types of its fields: numbers of fixed size, little-endian, then the
items of its lists, then what its values are made of.  A string is sent once and then named by
number.  All other rows are JSON.

A stream may break off anywhere, and nothing in it is trusted: what does not fit its layout becomes
a `LostRow`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, get_type_hints

from app.contract.framing import as_json, decode
from app.contract.kinds import KINDS, MESSAGES, PACKED, Long, Word, plain
from app.contract.messages import (
    ABOUT_THE_PROCESS,
    LostRow,
    Packed,
    PictureRow,
    Row,
    SummaryRow,
    Values,
)
from app.contract.records import PICTURE_BINS

_HEAD = struct.Struct("<IB")
"""Bytes that follow, form of the record."""
_JSON, _WORD, _FIRST = range(3)
_NUMBER = struct.Struct("<I")
LONGEST = 1 << 27
"""Bytes of a record that is still believed."""
_NOTHING = -1
"""In the place of None."""

_NO_VALUES, _ELEMENTS, _FIGURES, _TEXT = range(4)
"""What follows of a tensor's values: nothing, its elements, figures, a `SummaryRow` as JSON."""
_SUMMARY = struct.Struct("<Q5d3Q?H")
"""The figures of a `SummaryRow`; the rows of its picture, 0 if there is none."""
_PICTURE = struct.Struct("<H2d?")
"""Columns, ends, whether counts follow; then a byte for each level."""
_COUNTS = struct.Struct(f"<{PICTURE_BINS}Q")

_PLAIN = {int: "I", Long: "Q", bool: "?"}
_OPTIONAL = {int | None}
_WORDS = {Word, Word | None}
_LISTS = {list[int], list[int] | None}


class _Records(dict[int, struct.Struct]):
    """The structs of a class's records, by the number of items of its lists."""

    def __init__(self, numbers: str) -> None:
        self._numbers = numbers

    def __missing__(self, count: int) -> struct.Struct:
        record = self[count] = struct.Struct(f"<IB{self._numbers}{count}i")
        return record


class _Layout:
    """The layout of a class: plain numbers, then optional ones, words, lists, values.

    `pack(row, words)` returns the record of a row; it raises struct.error, TypeError or ValueError
    where a field does not fit.
    """

    def __init__(self, cls: type, form: int) -> None:
        hints = get_type_hints(cls, include_extras=True)
        types = list(hints.values())
        self._class = cls
        groups = (_PLAIN, _OPTIONAL, _WORDS, _LISTS, {Values})
        ends, at = [], 0
        for group in groups:
            while at < len(types) and types[at] in group:
                at += 1
            ends.append(at)
        assert at == len(types), f"{cls.__name__}: {types[at]} is out of order"
        self._plain, self._optional, self._words, self._lists, _ = ends
        self._has_values = ends[4] > ends[3]
        self._refused = {n for n, one in enumerate(types) if one in (Word, list[int])}
        numbers = "".join(_PLAIN[one] for one in types[: self._plain])
        numbers += "i" * (self._lists - self._plain) + "Bi" * self._has_values
        self._fixed = struct.Struct(f"<{numbers}")
        self.pack = self._packer(list(hints), form, _Records(numbers))

    def _packer(
        self, names: list[str], form: int, records: _Records
    ) -> Callable[[Row, _Words], bytes]:
        """Compile the function that packs: no loop over the fields, so half the time."""
        plain, optional = names[: self._plain], names[self._plain : self._optional]
        named, lists = names[self._optional : self._words], names[self._words : self._lists]
        numbers = [str(form), *plain]
        numbers += [f"{_NOTHING} if {name} is None else {name}" for name in optional]
        numbers += [f"words[{name}]" for name in named]
        lines, counts, items = [f"{', '.join(names)} = row"], [], ""
        for place, name in enumerate(lists, self._words):
            known = place in self._refused  # None is refused: nobody sends it
            lines += [f"n{place} = len({name}{'' if known else ' or ()'})"]
            counts += [f"n{place}"]
            numbers += [f"n{place}" if known else f"{_NOTHING} if {name} is None else n{place}"]
            items += f", *{name}" if known else f", *({name} or ())"
        fields = ", ".join(numbers)
        lines += [f"count = {' + '.join(counts) or '0'}", "record = records[count]"]
        size = f"{self._fixed.size} + 4 * count"
        if self._has_values:
            lines += [
                f"if type({names[-1]}) is Packed:",
                f"    tag, word, data = {_ELEMENTS}, words[{names[-1]}[0]], {names[-1]}[1]",
                f"else: tag, word, data = described({names[-1]}, words)",
                f"return record.pack({size} + len(data), {fields}, tag, word{items}) + data",
            ]
        else:
            lines += [f"return record.pack({size}, {fields}{items})"]
        source = "def pack(row, words):\n" + "".join(f"    {line}\n" for line in lines)
        made: dict[str, Any] = {"records": records, "described": _described, "Packed": Packed}
        exec(source, made)
        pack: Callable[[Row, _Words], bytes] = made["pack"]
        return pack

    def unpack(self, record: bytes, words: Sequence[str]) -> Row:
        """Return the row of a record.

        Raises ValueError, IndexError or struct.error if it is none.
        """
        fields: list[Any] = list(self._fixed.unpack_from(record))
        for place in range(self._plain, self._words):
            number = fields[place]
            if number < 0:
                self._refuse(place, number)
                fields[place] = None
            elif place >= self._optional:
                fields[place] = words[number]
        at = self._fixed.size
        for place in range(self._words, self._lists):
            count = fields[place]
            if count < 0:
                self._refuse(place, count)
                fields[place] = None
                continue
            if count > (len(record) - at) // 4:
                raise ValueError("a list ends after its record")
            fields[place] = list(struct.unpack_from(f"<{count}i", record, at))
            at += 4 * count
        if self._has_values:
            tag, word = fields[self._lists :]
            fields[self._lists :] = [_values(tag, word, record[at:], words)]
        elif at != len(record):
            raise ValueError("a record goes on after its row")
        row: Row = tuple.__new__(self._class, fields)
        return row

    def _refuse(self, place: int, number: int) -> None:
        """Raise ValueError if the field at this place cannot be None, or this is not None."""
        if number != _NOTHING or place in self._refused:
            raise ValueError(f"{number} is out of range")


def _described(values: SummaryRow | None, words: _Words) -> tuple[int, int, bytes]:
    """Return the tag of values, the number of the word that goes with it, and what follows."""
    if values is None:
        return _NO_VALUES, _NOTHING, b""
    if values.norm is None or values.mean is None:  # not known, or not all
        return _TEXT, _NOTHING, as_json(values)
    return _FIGURES, _NOTHING, _figures(values)


def _figures(summary: SummaryRow) -> bytes:
    numel, _, low, high, mean, std, norm, nan, inf, zeros, sampled, picture = summary
    rows = 0 if picture is None else picture.rows
    known = _SUMMARY.pack(numel, low, high, mean, std, norm, nan, inf, zeros, sampled, rows)
    if picture is None:
        return known
    _, columns, low, high, levels, counts = picture
    known += _PICTURE.pack(columns, low, high, counts is not None) + levels
    return known if counts is None else known + _COUNTS.pack(*counts)


def _summary(data: bytes) -> SummaryRow:
    """Return the figures.  Raises ValueError or struct.error if `data` is too long or short."""
    numel, low, high, mean, std, norm, nan, inf, zeros, sampled, rows = _SUMMARY.unpack_from(data)
    at, picture = _SUMMARY.size, None
    if rows:
        columns, least, greatest, is_counted = _PICTURE.unpack_from(data, at)
        begin = at + _PICTURE.size
        at = begin + rows * columns
        counts = list(_COUNTS.unpack_from(data, at)) if is_counted else None
        picture = PictureRow(rows, columns, least, greatest, data[begin:at], counts)
        at += _COUNTS.size * is_counted
    if at != len(data):
        raise ValueError("figures end before or after their record")
    return SummaryRow(numel, None, low, high, mean, std, norm, nan, inf, zeros, sampled, picture)


def _values(tag: int, word: int, data: bytes, words: Sequence[str]) -> Values:
    if tag == _ELEMENTS and word >= 0:
        return Packed(words[word], data)
    if tag == _FIGURES and word == _NOTHING:
        return _summary(data)
    if tag == _TEXT and word == _NOTHING:
        return SummaryRow(*decode(data))
    if tag == _NO_VALUES and not data and word == _NOTHING:
        return None
    raise ValueError(f"unknown kind of values: {tag}")


_LAYOUTS = [_Layout(cls, form) for form, cls in enumerate(PACKED, _FIRST)]
_PACKERS = {cls: layout.pack for cls, layout in zip(PACKED, _LAYOUTS, strict=True)}


class _Words(dict[str | None, int]):
    """The numbers of the strings that rows name; `fresh` are those that were not sent yet."""

    def __init__(self) -> None:
        self[None] = _NOTHING
        self.fresh: dict[str, int] = {}

    def __missing__(self, word: str) -> int:
        return self.fresh.setdefault(word, len(self) - 1 + len(self.fresh))

    def records(self) -> bytes:
        """Return the records of the fresh ones."""
        records = []
        for word, number in self.fresh.items():
            text = str.encode(word, "utf-8", "surrogatepass")
            records.append(
                _HEAD.pack(_NUMBER.size + len(text), _WORD) + _NUMBER.pack(number) + text
            )
        return b"".join(records)


class Encoder:
    """Makes the records of one run's rows; call `sent` once what `encode` returned is being sent.

    A string counts as sent only then, so that what is interrupted in between does no harm.
    """

    def __init__(self) -> None:
        self.words = _Words()

    def encode(self, row: Row) -> bytes:
        """Return the record of a row, after those of the strings that it is the first to name.

        A row that holds what cannot be sent becomes a `LostRow`.
        """
        words = self.words
        try:
            record = _PACKERS.get(type(row), _json_record)(row, words)
            return words.records() + record if words.fresh else record
        except (struct.error, TypeError, ValueError):  # its data is damaged
            words.fresh = {}
            return _json_record(LostRow(1), words)

    def sent(self) -> None:
        """Note that the last records are being sent.

        Where this is interrupted, the strings are not known as sent, and are sent again.
        """
        words = self.words
        fresh, words.fresh = words.fresh, {}
        words.update(fresh)


def _json_record(row: Row, _: _Words) -> bytes:
    data = as_json(plain(row))
    return _HEAD.pack(len(data), _JSON) + data


class Decoder:
    """Reads the records of one run in the order in which they were made."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._words: list[str] = []
        self._is_broken = False

    def feed(self, data: bytes) -> list[Row]:
        """Return the rows that `data` completes: those of packed kinds, and others as plain lists.

        A record that is none is a `LostRow`.  After a length that cannot be, nothing more is read.
        """
        rows: list[Row] = []
        if self._is_broken:
            return rows
        rest = self._rest
        rest += data
        at, end = 0, len(rest)
        while end - at >= _HEAD.size:
            length, form = _HEAD.unpack_from(rest, at)
            if length > LONGEST:
                self._is_broken = True
                rest.clear()
                return [*rows, LostRow(1)]
            begin, at = at + _HEAD.size, at + _HEAD.size + length
            if at > end:
                at = begin - _HEAD.size
                break
            self._read(form, bytes(rest[begin:at]), rows)
        del rest[:at]
        return rows

    def _read(self, form: int, record: bytes, rows: list[Row]) -> None:
        try:
            if form >= _FIRST:
                rows.append(_LAYOUTS[form - _FIRST].unpack(record, self._words))
            elif form == _WORD:
                self._add_word(record)
            else:
                rows.append(_message(record))
        except (ValueError, IndexError, TypeError, struct.error):
            rows.append(LostRow(1))

    def _add_word(self, record: bytes) -> None:
        (number,) = _NUMBER.unpack_from(record)
        text = record[_NUMBER.size :].decode("utf-8", "surrogatepass")
        self._words[number : number + 1] = [text]
        if self._words[number] is not text:
            raise IndexError(number)


_OF_RUNS = MESSAGES.keys() - ABOUT_THE_PROCESS - {KINDS[cls] for cls in PACKED}


def _message(record: bytes) -> list[Any]:
    message = decode(record)
    if not isinstance(message, list) or not message or message[0] not in _OF_RUNS:
        raise ValueError("not a message about a run")
    return message
