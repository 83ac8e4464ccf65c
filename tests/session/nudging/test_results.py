"""What the runs with a moved value come to, from rows as the child sends them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from app.session.nudging.axes import loss_axis, tangent, value_axis
from app.session.nudging.results import Nudging
from app.session.nudging.target import Target
from app.session.nudging.words import sentence

FOUND: list[Any] = ["nudge_found", [0, 0], -1.0, [[1.0, 2.0], [3.0, -1.0]], [2.5, 2.5], 0.5, 0.02]


def nudging(*rows: list[Any], loss: float = 2.5) -> Nudging:
    target = Target(1, "w", (2, 2), 0, (0,), loss, "loss", 5, 1)
    found = Nudging(target, (1, 1))
    found.add(rows)
    return found


def run(asked: float, loss: float | str | None, error: str | None = None) -> list[Any]:
    return ["nudged", asked, asked, loss, 0.03, error]


def test_the_run_with_nothing_moved_has_the_traced_loss() -> None:
    found = nudging(FOUND, run(-1.0, 2.5))
    assert (found.place, found.failure, [*found.runs]) == ((0, 0), None, [-1.0])
    assert nudging(FOUND, run(-1.0, 2.52)).failure == "Two equal runs differ by 0.02: fix the seed."
    assert nudging(FOUND, loss=2.4).failure == "Two equal runs differ by 0.1: fix the seed."
    assert nudging(FOUND, run(-1.0, None, "it ended")).failure == ("w cannot be nudged: it ended.")


def test_a_loss_without_a_number_is_no_ring_and_no_line_of_the_table() -> None:
    found = nudging(FOUND, run(-0.5, "nan"), run(-0.6, "inf"), run(-0.7, None, "ValueError: no"))
    assert found.rings() == []
    assert found.row(-0.5) is None
    assert math.isinf(found.runs[-0.6].loss)
    assert sentence(found, -0.7) == "w[1, 1] = −0.70: ValueError: no."


def test_rows_that_make_no_sense_are_ignored() -> None:
    found = nudging(FOUND, ["nudged", "x"], [], ["nudged", 1.0, 1.0, {}, 0.1, None], [7], [[]])
    found.add([[*FOUND[:5], "none", 0.02], ["nudged", 1.0, 1.0, "none", 0.1, None]])
    assert (found.runs, found.grad, found.failure) == ({}, 0.5, None)


def test_the_series_is_what_has_not_run_the_nearest_steps_first() -> None:
    found = nudging(FOUND)
    series = found.series()
    assert series[:4] == [-1.0, -0.9, -0.99, -1.1]
    assert sorted(series)[:2] == [-1.6, -1.5]
    assert len(series) == 13
    found.add([run(value, 2.5) for value in series])
    assert found.series() == []


def test_the_time_of_a_run_is_that_of_the_quickest() -> None:
    """Other programs may have been busy during the first ones."""
    slow = [*FOUND[:-1], 0.9]
    assert nudging(slow, run(-1.0, 2.5), run(-0.9, 2.6)).seconds == 0.03


def test_another_element_is_known_if_it_is_shown_already() -> None:
    found = nudging(FOUND)
    assert (found.at((0, 1)).value, found.at((0, 1)).place) == (2.0, None)
    target = Target(1, "w", (3, 6, 5), 0, (0,), 2.5, "loss", 5, 1)
    far = Nudging(target, (0, 0, 0), cells=[[1.0] * 4] * 4).at((0, 5, 4))
    assert far.corner == (4, 4)
    assert [len(line) for line in far.cells] == [1, 1]
    assert math.isnan(far.value)
    other_part = Nudging(target, (0, 0, 0), cells=[[1.0] * 4] * 4).at((1, 0, 0))
    assert math.isnan(other_part.value)


def test_the_axes_hold_the_shown_value_every_run_and_the_tangent() -> None:
    found = nudging(FOUND, run(-1.0, 2.5), run(1.5, 4.0))
    values = value_axis(found, 1.5, 6)
    assert values.low <= -1.65
    assert values.high == 1.6
    losses = loss_axis(found, found.rings(), 6)
    assert losses.low < 2.5 - 0.125 < 4.0 < losses.high
    ends = tangent(found, 1.5, values, losses)
    assert ends == pytest.approx((-1.25, values.high))


def test_a_flat_loss_has_an_axis_too() -> None:
    flat = [*FOUND[:5], 0.0, 0.02]
    found = nudging(flat, run(-1.0, 2.5), run(-0.9, 2.5))
    losses = loss_axis(found, found.rings(), 6)
    assert losses.low < 2.5 < losses.high
    assert losses.ticks
    assert tangent(found, -0.9, value_axis(found, -0.9, 6), losses) is not None


def test_the_tangent_of_a_grad_that_is_no_number_is_not_drawn() -> None:
    found = nudging([*FOUND[:5], "nan", 0.02])
    assert tangent(found, -1.0, value_axis(found, -1.0, 6), loss_axis(found, [], 6)) is None
