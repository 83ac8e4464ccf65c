from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.gui.editor.marks import carry_over

lines = st.lists(st.sampled_from(["a", "b", "c", "d = 1", ""]), max_size=12)


def test_an_inserted_line_moves_what_is_below() -> None:
    assert carry_over(["a", "b", "c"], ["a", "x", "b", "c"]) == {0: 0, 2: 1, 3: 2}


def test_a_changed_line_is_carried_nowhere() -> None:
    assert carry_over(["a", "b", "c"], ["a", "B", "c"]) == {0: 0, 2: 2}


def test_two_places_changed_keep_what_lies_between() -> None:
    kept = carry_over(["a", "b", "c", "d", "e"], ["A", "b", "c", "new", "d", "E"])
    assert kept == {1: 1, 2: 2, 4: 3}


@given(lines, lines)
def test_only_equal_lines_are_matched_in_order_and_once(old: list[str], new: list[str]) -> None:
    kept = carry_over(old, new)
    assert all(new[line] == old[then] for line, then in kept.items())
    then = [kept[line] for line in sorted(kept)]
    assert then == sorted(set(then))


@given(lines)
def test_an_unchanged_text_keeps_every_line(text: list[str]) -> None:
    assert carry_over(text, text) == {line: line for line in range(len(text))}


def test_a_text_changed_at_both_ends_is_not_compared_for_ever() -> None:
    old = [f"line {n}" for n in range(5000)]
    assert carry_over(old, ["x", *old[1:-1], "y"]) == {}
