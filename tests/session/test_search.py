"""Finding things of a real trace by everything that is known of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.records import Trace
from app.session.run import Run
from app.session.search import QueryError, SearchIndex

SNIPPET = """\
import torch
from torch import nn

x = torch.randn(2, 3)
first, second = nn.Linear(3, 4), nn.Linear(4, 1)
hidden = first(x).relu()
with torch.no_grad():
    peak = hidden.max()
loss = second(hidden).sum()
loss.backward()
for step in range(12):
    loss = loss * 2
"""


@pytest.fixture(scope="module")
def run(trace: Callable[[str], Trace]) -> Run:
    return Run(trace(SNIPPET))


@pytest.fixture(scope="module")
def search(run: Run) -> SearchIndex:
    return SearchIndex(run)


def names(run: Run, search: SearchIndex, query: str) -> list[str]:
    hits = search.matching(query)
    operations = [run.operations[id_].name for id_ in hits.operations]
    return operations + [run.name(id_) or "" for id_ in hits.tensors]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("relu", ["relu"]),
        ("RELU", ["relu"]),
        ("hidden", ["relu", "max", "linear"]),
        ("line 6", ["linear", "relu"]),
        (":8", ["max"]),
        ("line 1", []),  # not line 12
        ("no_grad", ["max"]),
        ("skipped", ["max"]),
        ("ReluBackward0", ["relu"]),
        ("first.weight", ["linear", "first.weight"]),
        ("[4,1]", []),
        ("[ 2,1 ]", ["linear", "sum"]),
        ("[1, 4]", ["linear", "second.weight"]),
        ("linear line 9", ["linear"]),
        ("line 9 linear", ["linear"]),
        ('"skipped — no"', ["max"]),
        ("/^(relu|max)$/", ["relu", "max"]),
        ("/^second\\.", ["linear", "second.weight", "second.bias"]),
        ("randn", ["randn"]),
        ("nowhere", []),
        ("", []),
        ("/", []),
    ],
)
def test_queries(run: Run, search: SearchIndex, query: str, found: list[str]) -> None:
    assert names(run, search, query) == found


@pytest.mark.parametrize("query", ["/(/", "/[a/", "/*"])
def test_what_is_no_regular_expression_is_said_to_be_none(search: SearchIndex, query: str) -> None:
    with pytest.raises(QueryError, match="not a regular expression"):
        search.matching(query)


def test_a_regular_expression_that_never_ends_is_given_up(search: SearchIndex) -> None:
    with pytest.raises(QueryError, match="too long"):
        search.matching("/(.|\\n|\\w)+[;!]/")


def test_a_search_that_nobody_waits_for_ends(search: SearchIndex) -> None:
    assert len(search.matching("linear", lambda: False)) == 0


@given(query=st.text(alphabet='relu.[]2,3: "line/n0_', max_size=12))
def test_no_query_breaks_it_and_each_word_only_narrows(search: SearchIndex, query: str) -> None:
    try:
        found = search.matching(query)
        fewer = search.matching(f"{query} relu")
    except QueryError:
        return
    if query.strip() and not query.strip().startswith("/") and query.count('"') % 2 == 0:
        assert set(fewer.operations) <= set(found.operations)


def test_none_finds_the_leaves_whose_gradient_never_came(trace: Callable[[str], Trace]) -> None:
    text = SNIPPET.replace("loss.backward()", "unused = torch.ones(2, requires_grad=True)")
    found = Run(trace(text))
    whole = [*(f"first.{name}" for name in ("weight", "bias")), "second.weight", "second.bias"]
    assert names(found, SearchIndex(found), "None") == [*whole, "unused"]
