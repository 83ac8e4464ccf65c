"""The lines of two texts that differ."""

from __future__ import annotations

from app.session.comparing.texts import changed_lines, counted

SKIPPED = "x = f(w)\nwith torch.no_grad():\n    y = g(x)\nz = h(y)"
RECORDED = "x = f(w)\ny = g(x)\nz = h(y)"


def test_a_line_taken_away_and_one_that_was_indented() -> None:
    found = changed_lines(SKIPPED, RECORDED)
    assert [(one.sign, one.first, one.second, one.words) for one in found] == [
        ("−", 2, 2, "only in pinned"),
        ("~", 3, 2, "was indented"),
    ]
    assert counted(found) == "1 line removed, 1 line indented"


def test_the_other_way_round() -> None:
    found = changed_lines(RECORDED, SKIPPED)
    assert [(one.sign, one.first, one.second, one.words) for one in found] == [
        ("+", None, 2, "only now"),
        ("~", 2, 3, "is indented now"),
    ]


def test_another_line_in_its_place_is_one_removed_and_one_added() -> None:
    found = changed_lines("a\nb\nc", "a\nB\nc")
    assert [(one.sign, one.second, one.text) for one in found] == [("−", 2, "b"), ("+", 2, "B")]


def test_empty_lines_do_not_count() -> None:
    assert changed_lines("a\n\nb", "a\nb\n") == []
    assert counted([]) == "the same text"
