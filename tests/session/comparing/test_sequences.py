"""The longest common subsequence, held against the textbook's table."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.session.comparing.sequences import common


def _longest(first: str, second: str) -> int:
    @cache
    def length(one: int, other: int) -> int:
        if one == len(first) or other == len(second):
            return 0
        if first[one] == second[other]:
            return 1 + length(one + 1, other + 1)
        return max(length(one + 1, other), length(one, other + 1))

    return length(0, 0)


@given(st.text("abcd", max_size=14), st.text("abcd", max_size=14))
def test_as_many_equal_items_are_paired_as_there_can_be(first: str, second: str) -> None:
    pairs = common(first, second)
    assert len(pairs) == _longest(first, second)
    assert all(first[one] == second[other] for one, other in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))


def test_sequences_that_differ_in_much_still_get_ascending_pairs() -> None:
    first = [number * 7 % 1009 for number in range(3000)]
    second = [number * 11 % 1013 for number in range(3000)]
    pairs = common(first, second)
    assert len(pairs) > 10
    assert all(first[one] == second[other] for one, other in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))
