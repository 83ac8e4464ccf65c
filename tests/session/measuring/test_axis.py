"""The axis of the times: its range, ticks and unit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.session.measuring.axis import time_axis

TIMES = st.lists(st.floats(1e-7, 1e4), min_size=1, max_size=30)


def test_round_ticks_in_the_unit_of_the_largest() -> None:
    axis = time_axis([[0.42, 0.48, 0.55], [0.41, 0.45]], 5)
    assert axis is not None
    assert [axis.label(tick) for tick in axis.ticks] == ["400", "450", "500", "550"]
    assert (axis.unit, axis.low, axis.beyond) == ("ms", 0.4, 0)
    assert axis.share(0.475) == pytest.approx(0.5)


def test_a_round_far_off_is_counted_and_does_not_stretch_the_axis() -> None:
    axis = time_axis([[1.0, 1.1, 1.2, 1.3, 1.4, 30.0]], 5)
    assert axis is not None
    assert axis.high == 1.4
    assert axis.beyond == 1
    assert axis.share(30.0) == 1.0


def test_no_time_has_no_axis() -> None:
    assert time_axis([[], []], 5) is None


@given(st.lists(TIMES, min_size=1, max_size=4), st.integers(1, 12))
def test_every_median_is_on_the_axis_and_ticks_are_few(
    series: list[list[float]], most: int
) -> None:
    axis = time_axis(series, most)
    assert axis is not None
    assert axis.low < axis.high
    assert 0 < len(axis.ticks) <= most + 2
    assert list(axis.ticks) == sorted(set(axis.ticks))
