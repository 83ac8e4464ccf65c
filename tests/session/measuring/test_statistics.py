"""What counts as a difference between two series."""

from __future__ import annotations

from math import exp, log

import pytest

from app.session.measuring.statistics import compare, spread_of

NOISE = [0.3, -0.2, 0.1, -0.4, 0.25, -0.1, 0.35, -0.3, 0.05, -0.15]


def test_the_spread_is_the_median_and_the_middle_half() -> None:
    assert spread_of([4.0, 1.0, 3.0, 2.0, 5.0]) == (3.0, 2.0, 4.0)
    assert spread_of([2.0]) == (2.0, 2.0, 2.0)


def test_noise_alone_is_no_difference() -> None:
    found = compare([10 + one for one in NOISE], [10.0] * len(NOISE))
    assert found is not None
    assert not found.is_real
    assert found.low < 0 < found.high


def test_a_difference_beyond_the_noise_is_real_and_lies_in_its_interval() -> None:
    found = compare([10 + one for one in NOISE], [8.0] * len(NOISE))
    assert found is not None
    assert found.is_real
    assert found.low < found.middle < found.high
    assert 1.7 < found.low < 2 < found.high < 2.3


def test_a_sure_difference_of_less_than_two_percent_does_not_matter() -> None:
    found = compare([10.1] * 10, [10.0] * 10)
    assert found is not None
    assert found.low > 0
    assert found.is_sure
    assert not found.is_real


def test_five_rounds_say_nothing_and_six_on_one_side_do() -> None:
    """All ranks lie on one side by chance in 2 of 32 cases of five, and in 2 of 64 of six."""
    assert compare([10.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]) is None
    found = compare([10.0] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert found is not None
    assert found.is_real
    assert found.low == pytest.approx(4)
    assert found.high == pytest.approx(9)


def test_rounds_that_other_programs_spoil_do_not_make_it_save_more_than_there_is() -> None:
    """The middle of all differences would be 12 ms, of 0.27 ms."""
    spoilt = [25.0 if place % 2 else 0.27 for place in range(21)]
    found = compare(spoilt, [0.18] * 21)
    assert found is not None
    assert found.is_real
    assert 0 < found.low <= found.middle <= found.high < 0.27


def test_the_interval_leaves_out_what_the_table_of_the_test_says() -> None:
    """For ten pairs the test's critical value is 8, so eight of 55 means lie below the interval."""
    logs = [0.001 * 2**power for power in range(10)]
    means = sorted((one + another) / 2 for one in logs for another in logs if one <= another)
    found = compare([1.0] * 10, [exp(-one) for one in logs])
    assert found is not None
    assert [-log(1 - end) for end in (found.low, found.high)] == pytest.approx(
        [means[8], means[-9]]
    )
