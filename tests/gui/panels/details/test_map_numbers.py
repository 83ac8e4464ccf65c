"""A number in a cell is never cut into another number."""

from __future__ import annotations

import pytest

from app.gui.panels.details.map_numbers import map_numbers


def test_two_decimals_where_there_is_room() -> None:
    assert map_numbers([[2.0, -0.35], [0.0, 11.5]], 5) == [["2.00", "−0.35"], ["0.00", "11.50"]]


def test_one_decimal_where_it_says_as_much() -> None:
    assert map_numbers([[2.0, 3.04]], 3) == [["2.0", "3.0"]]


@pytest.mark.parametrize("value", [0.04, -0.56, 1.2e-05, -3.5e20, 123.0])
def test_none_where_one_of_them_would_be_cut_or_be_another_number(value: float) -> None:
    assert map_numbers([[2.0, value]], 3) is None
