"""Which lines can be measured alone."""

from __future__ import annotations

import pytest

from app.session.measuring.lines import scope_of

TEXT = """\
import torch

def f(x):
    return x

with torch.no_grad():
    y = f(1)
    z = f(2)
for i in range(3):
    y = i
# a comment
w = 1; v = 2
"""


@pytest.mark.parametrize(
    ("first", "last", "lines"),
    [
        (6, 6, (6, 8)),
        (8, 8, (6, 8)),
        (10, 10, (9, 10)),
        (7, 9, (6, 10)),
        (1, 7, (6, 8)),
        (11, 12, (12, 12)),
        (12, 12, (12, 12)),
    ],
)
def test_lines_are_extended_to_whole_statements(
    first: int, last: int, lines: tuple[int, int]
) -> None:
    assert scope_of(TEXT, first, last) == (lines, "")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (1, "Line 1 only defines or imports something: choose lines that use it."),
        (4, "Line 4 only defines or imports something: choose lines that use it."),
        (2, "There is no statement on line 2."),
        (11, "There is no statement on line 11."),
    ],
)
def test_where_there_is_nothing_to_measure_it_says_why(line: int, why: str) -> None:
    assert scope_of(TEXT, line, line) == (None, why)


def test_a_text_that_is_not_python_has_no_lines() -> None:
    assert scope_of("x = (\n", 1, 1).why == "The text is not valid Python yet."


def test_a_cell_is_offered_unless_the_cursor_is_in_a_with_block() -> None:
    assert scope_of(TEXT, 12, 12, (9, 12)).lines == (9, 12)
    assert scope_of(TEXT, 7, 7, (6, 12)).lines == (6, 8)
    assert scope_of(TEXT, 12, 12, (1, 12)).lines == (6, 12)
