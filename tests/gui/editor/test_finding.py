from __future__ import annotations

import pytest

from app.gui.editor.searching.finding import MOST, Query, find, replacement


def places(query: Query, text: str) -> list[tuple[int, int]]:
    return [(hit.start, hit.end) for hit in find(query, text).hits]


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        (Query("x"), "x X ax", [(0, 1), (2, 3), (5, 6)]),
        (Query("x", case=True), "x X ax", [(0, 1), (5, 6)]),
        (Query("x", word=True), "x X ax", [(0, 1), (2, 3)]),
        (Query("a.c"), "abc a.c", [(4, 7)]),
        (Query("a.c", regex=True), "abc a.c", [(0, 3), (4, 7)]),
        (Query("^y", regex=True), "x\ny\n", [(2, 3)]),
        (Query("a|b", word=True, regex=True), "a b ab", [(0, 1), (2, 3)]),
        (Query("z*", regex=True), "azz", [(1, 3)]),
        (Query("é", case=True), "\N{GRINNING FACE} é", [(3, 4)]),  # positions as the editor counts
        (Query(""), "x", []),
    ],
)
def test_places(query: Query, text: str, found: list[tuple[int, int]]) -> None:
    assert places(query, text) == found


def test_what_is_no_expression_says_why() -> None:
    found = find(Query("(", regex=True), "(")
    assert found.hits == ()
    assert found.problem.startswith("Not a regular expression: ")
    assert places(Query("("), "(") == [(0, 1)]


def test_an_expression_that_never_ends_is_given_up() -> None:
    assert find(Query("(a+)+$", regex=True), "a" * 64 + "b").hits == ()


def test_no_more_than_can_be_shown_are_found() -> None:
    assert len(find(Query("a"), "a" * (MOST + 10)).hits) == MOST


@pytest.mark.parametrize(
    ("query", "text", "by", "new"),
    [
        (Query("a"), "a", r"\1", r"\1"),
        (Query("(a)(b)", regex=True), "ab", r"\2\1", "ba"),
        (Query("(a)", regex=True), "a", r"[\0]", "[a]"),
        (Query("(a)", regex=True), "a", r"\9", ""),
        (Query("a", regex=True), "a", r"\n\t\\", "\n\t\\"),
    ],
)
def test_what_takes_its_place(query: Query, text: str, by: str, new: str) -> None:
    assert replacement(query, find(query, text).hits[0], by) == new
