"""What was going on at a moment, held against a look at everything."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from app.session.trace.enclosing import Enclosing


@dataclass
class Thing:
    id: int
    event: int
    end_event: int | None


@st.composite
def things(draw: st.DrawFn) -> list[Thing]:
    events = draw(st.permutations(range(1, 13)))
    pairs = zip(events[::2], events[1::2], strict=True)
    begun = sorted(sorted(pair) for pair in pairs)
    open_ended = draw(st.sets(st.integers(0, 5)))
    return [
        Thing(number, first, None if number in open_ended else last)
        for number, (first, last) in enumerate(begun)
    ]


@given(things(), st.integers(0, 14))
def test_the_one_that_began_last_of_those_that_go_on(some: list[Thing], event: int) -> None:
    going_on = [
        t for t in some if t.event < event and (t.end_event is None or event <= t.end_event)
    ]
    expected = max(going_on, key=lambda t: t.event).id if going_on else None
    assert Enclosing(some).around(event) == expected
