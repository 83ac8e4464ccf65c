"""Rows as bytes: every row comes back, and bytes that are not a row do no harm."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.framing import as_json
from app.contract.kinds import MESSAGES, PACKED, plain
from app.contract.messages import (
    ABOUT_THE_PROCESS,
    GradRow,
    LinesRow,
    LostRow,
    NameRow,
    NodeRow,
    OperationRow,
    Packed,
    PictureRow,
    Row,
    StepRow,
    SummaryRow,
    TensorRow,
    ValueRow,
)
from app.contract.packing import LONGEST, Decoder, Encoder
from app.contract.records import Note

FIGURES = SummaryRow(99, None, 0.5, 2.0, 1.0, 0.25, 4.0, 0, 1, 2, True)
PICTURE = PictureRow(2, 3, -1.0, 2.5, bytes(range(6)), None)
ROWS: list[Row] = [
    OperationRow(3, 0, 7, 12, 1 << 40, None, 2, [1, 2], [3], [], [5]),
    OperationRow(4, 0, 0, 13, 0, 3, None, [], [], list(range(300)), []),
    TensorRow(0, 0, 0, 0, None, None, None, None),
    TensorRow(1, 2, 3, 4, 0, 5, "w\u00e9", Packed("f|2", bytes(8))),
    TensorRow(2, 2, 3, 4, 0, 5, "w\u00e9", FIGURES),
    ValueRow(2, FIGURES._replace(picture=PICTURE)),
    ValueRow(2, FIGURES._replace(picture=PICTURE._replace(counts=list(range(24))))),
    ValueRow(2, SummaryRow(2, [0.5, "nan"], None, None, None, None, None, 0, 0, 0, False)),
    ValueRow(2, SummaryRow(7, None, None, None, None, None, 4.0, 0, 0, 0, False)),
    NameRow(1, None, "\ud800", "leaf"),
    GradRow(1, True, 9, False, None, None),
    GradRow(1, True, 9, True, [], Packed("d|", bytes(8))),
    NodeRow(0, (1 << 64) - 1, None, 1, "AccumulateGrad", [], [0, -1]),
    StepRow(0, 5, 3, None, None, 0, "MulBackward0", [2, 3], None),
    LinesRow("-+. "),
    Note("compiled", 3, "text", 4),
]


def sent(*rows: Row) -> bytes:
    encoder = Encoder()
    data = b""
    for row in rows:
        data += encoder.encode(row)
        encoder.sent()
    return data


def as_sent(row: Row) -> Row:
    return row if type(row) in PACKED else plain(row)


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_every_row_comes_back_however_its_bytes_are_cut(size: int) -> None:
    data, decoder = sent(*ROWS), Decoder()
    found = [row for at in range(0, len(data), size) for row in decoder.feed(data[at : at + size])]
    assert found == [as_sent(row) for row in ROWS]
    assert [type(row) for row in found] == [type(as_sent(row)) for row in ROWS]


def test_a_string_is_sent_once() -> None:
    rows = [NameRow(number, 3, "a_rather_long_name", None) for number in range(100)]
    assert sent(*rows).count(b"a_rather_long_name") == 1


def test_a_string_whose_record_was_not_sent_is_sent_again() -> None:
    encoder, decoder = Encoder(), Decoder()
    encoder.encode(NameRow(1, 3, "interrupted", None))  # and `sent` is never called
    rows = decoder.feed(encoder.encode(NameRow(2, 3, "other", None)))
    encoder.sent()
    rows += decoder.feed(encoder.encode(NameRow(3, 3, "interrupted", None)))
    assert [row.name for row in rows] == ["other", "interrupted"]


@pytest.mark.parametrize(
    "row",
    [
        OperationRow(1 << 40, 0, 0, 0, 0, None, None, [], [], [], []),
        GradRow(0, True, -1, False, None, None),
        NameRow("x", None, "n", None),  # type: ignore[arg-type]
        NameRow(1, None, 7, None),  # type: ignore[arg-type]
        Note("compiled", object(), "", 0),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_sent_is_counted(row: Row) -> None:
    kept = NameRow(1, None, "n", None)
    assert Decoder().feed(sent(row, kept)) == [plain(LostRow(1)), kept]


@pytest.mark.parametrize("kind", sorted(ABOUT_THE_PROCESS))
def test_nothing_about_the_process_comes_this_way(kind: str) -> None:
    assert kind in MESSAGES
    forged = as_json([kind, 0, None, None])
    data = struct.pack("<IB", len(forged), 0) + forged
    assert Decoder().feed(data + sent(ROWS[0])) == [LostRow(1), ROWS[0]]


def test_after_a_length_that_cannot_be_nothing_is_read_and_nothing_kept() -> None:
    decoder = Decoder()
    assert decoder.feed(struct.pack("<IB", LONGEST + 1, 0) + bytes(100)) == [LostRow(1)]
    assert decoder.feed(sent(*ROWS)) == []


FORMS = range(2 + len(PACKED))


def _damaged(form: int, data: bytes) -> bytes:
    return struct.pack("<IB", len(data), form) + data


@given(st.lists(st.tuples(st.sampled_from(FORMS), st.binary(max_size=90)), max_size=6))
def test_bytes_that_are_no_rows_are_lost_one_by_one(records: list[tuple[int, bytes]]) -> None:
    """What was decoded is of the types of the contract; a good record after them is read."""
    data = b"".join(_damaged(*record) for record in records)
    found = Decoder().feed(data + sent(LinesRow("+")))
    assert found[-1] == ["lines", "+", 0]
    for row in found[:-1]:
        if not isinstance(row, (list, LostRow)):
            assert Decoder().feed(sent(row)) == [row]


@given(st.integers(0, 200), st.integers(0, 255), st.sampled_from(ROWS))
def test_a_changed_byte_ends_nothing(at: int, byte: int, row: Row) -> None:
    data = bytearray(sent(row))
    data[at % len(data)] = byte
    decoder = Decoder()
    found: list[Any] = decoder.feed(bytes(data))
    assert all(isinstance(one, (list, tuple)) for one in found)
