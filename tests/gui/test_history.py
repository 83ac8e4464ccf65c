from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.gui.history import Visits


def test_back_and_forward() -> None:
    history: Visits[str] = Visits()
    assert (history.back(), history.forward()) == (None, None)
    for place in "abc":
        history.visit(place)
    assert [history.back(), history.back(), history.back()] == ["b", "a", None]
    assert history.forward() == "b"
    history.visit("d")
    assert not history.can_go_forward
    assert history.back() == "b"
    history.replace("B")
    assert [history.back(), history.forward()] == ["a", "B"]
    history.clear()
    assert not history.can_go_back


@given(places=st.lists(st.integers(), min_size=1, max_size=400), steps=st.integers(0, 300))
def test_forward_undoes_back(places: list[int], steps: int) -> None:
    history: Visits[int] = Visits()
    for place in places:
        history.visit(place)
    taken = sum(history.back() is not None for _ in range(steps))
    for _ in range(taken):
        last = history.forward()
    assert not taken or last == places[-1]
    assert not history.can_go_forward
