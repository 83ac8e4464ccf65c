"""Rows leave in order, whoever sends them."""

from __future__ import annotations

import threading

from app.contract.messages import NameRow, Row
from app.contract.packing import Decoder
from app.tracer.child.outgoing import RowSender


def row(number: int, name: str) -> NameRow:
    return NameRow(number, None, name, None)


def test_rows_of_what_interrupts_sending_follow() -> None:
    """A signal handler may run in the middle of a write, and may call torch."""
    decoder = Decoder()
    found: list[Row] = []
    interruptions = [row(1, "by a handler"), row(2, "by another")]

    def write(data: bytes) -> None:
        while interruptions:
            sender.send(interruptions.pop(0))
        found.extend(decoder.feed(data))

    sender = RowSender(write)
    sender.send(row(0, "interrupted"))
    assert [one.name for one in found] == ["interrupted", "by a handler", "by another"]


def test_threads_take_turns_and_none_sends_for_another() -> None:
    decoder = Decoder()
    found: list[Row] = []
    senders: set[tuple[int, str]] = set()

    def write(data: bytes) -> None:
        rows = decoder.feed(data)
        found.extend(rows)
        senders.update((threading.get_ident(), one.name) for one in rows)

    sender = RowSender(write)
    start = threading.Barrier(3)

    def work(name: str) -> None:
        start.wait()
        for number in range(2000):
            sender.send(row(number, name))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(senders) == 3
    for name in "abc":
        assert [one.tensor for one in found if one.name == name] == list(range(2000))


def test_rows_sent_together_are_written_together_once_their_strings_are_known() -> None:
    written: list[bytes] = []
    sender = RowSender(written.append)
    rows = [row(number, "the same") for number in range(3)]
    sender.send(*rows)
    sender.send(*rows)
    assert [len(Decoder().feed(written[0])), len(written)] == [1, 3]
    decoder = Decoder()
    assert [one for data in written for one in decoder.feed(data)] == rows * 2
