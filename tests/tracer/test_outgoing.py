"""Rows leave in order, whoever sends them."""

from __future__ import annotations

import gc
import signal
import threading
from collections import Counter

import pytest

from app.contract.messages import NameRow, Row
from app.contract.packing import Decoder
from app.tracer.child.outgoing import RowSender
from app.tracer.child.ring import Ring


def row(number: int, name: str) -> NameRow:
    return NameRow(number, None, name, None)


def test_rows_of_what_interrupts_sending_follow() -> None:
    """A signal handler may run in the middle of a write, and may call torch."""
    decoder = Decoder()
    found: list[Row] = []
    interruptions = [row(1, "by a handler"), row(2, "by another")]

    def write(unsent: bytearray) -> None:
        while interruptions:
            sender.send(interruptions.pop(0))
        found.extend(decoder.feed(bytes(unsent)))
        unsent.clear()

    sender = RowSender(write)
    sender.send(row(0, "interrupted"))
    assert [one.name for one in found] == ["interrupted", "by a handler", "by another"]


@pytest.mark.parametrize("written", [0, 1], ids=["before a byte", "in the middle"])
def test_rows_whose_sending_ends_in_an_interrupt_leave_once_and_in_order(written: int) -> None:
    decoder = Decoder()
    found: list[Row] = []
    interrupts = [KeyboardInterrupt, TimeoutError]

    def write(unsent: bytearray) -> None:
        part = bytes(unsent)
        if interrupts:
            part = part[: written * len(part) // 2]
        found.extend(decoder.feed(part))
        del unsent[: len(part)]
        if interrupts:
            raise interrupts.pop()

    sender = RowSender(write)
    with pytest.raises(TimeoutError):
        sender.send(row(0, "a name"), row(1, "another"))
    with pytest.raises(KeyboardInterrupt):
        sender.send(row(2, "a name"))
    sender.send(row(3, "another"))
    assert [(one.tensor, one.name) for one in found] == [
        (0, "a name"), (1, "another"), (2, "a name"), (3, "another"),
    ]  # fmt: skip


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
def test_signals_at_any_moment_lose_no_row_and_send_none_twice() -> None:
    ring, decoder = Ring(), Decoder()
    sender = RowSender(ring.write)
    found: list[Row] = []
    interrupted: set[int] = set()

    is_sending = False

    def interrupt(*_: object) -> None:
        nonlocal is_sending
        if is_sending:
            is_sending = False  # once for each: two timers may be over while one row is sent
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    gc.disable()  # an exception in a callback of the collector's reaches nobody
    number = 0
    while len(interrupted) < 200:
        number += 1
        try:
            is_sending = True
            signal.setitimer(signal.ITIMER_REAL, 1e-6 * (1 + number % 60))
            sender.send(row(number, f"name {number}"), row(number, "the same"))
            is_sending = False
        except KeyboardInterrupt:
            interrupted.add(number)
        found += decoder.feed(ring.read())
    gc.enable()
    signal.signal(signal.SIGALRM, before)
    sender.send()
    found += decoder.feed(ring.read())
    ring.close()

    assert {type(one) for one in found} == {NameRow}
    numbers = [one.tensor for one in found]
    assert numbers == sorted(numbers)
    assert {one.name for one in found} <= {"the same", *(f"name {one}" for one in numbers)}
    times = Counter(numbers)
    begun = {one for one in interrupted if one not in times}  # before a row was taken
    assert times == dict.fromkeys(set(range(1, number + 1)) - begun, 2)


def test_threads_take_turns_and_none_sends_for_another() -> None:
    decoder = Decoder()
    found: list[Row] = []
    senders: set[tuple[int, str]] = set()

    def write(unsent: bytearray) -> None:
        rows = decoder.feed(bytes(unsent))
        unsent.clear()
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

    def write(unsent: bytearray) -> None:
        written.append(bytes(unsent))
        unsent.clear()

    sender = RowSender(write)
    rows = [row(number, "the same") for number in range(3)]
    sender.send(*rows)
    sender.send(*rows)
    assert [len(Decoder().feed(written[0])), len(written)] == [1, 3]
    decoder = Decoder()
    assert [one for data in written for one in decoder.feed(data)] == rows * 2
