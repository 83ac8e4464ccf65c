"""The rows of a real trace."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.records import Trace
from app.session.graph.building import Drawing
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.groups import ROOT
from app.session.graph.outline import Filtered, Outline, Thing
from app.session.run import Run
from tests.session.graph.texts import TRAINING_AND_EVALUATION


@pytest.fixture(scope="module")
def run(trace: Callable[[str], Trace]) -> Trace:
    return trace(TRAINING_AND_EVALUATION)


@pytest.fixture(scope="module")
def outline(run: Trace) -> Outline:
    return outline_of(run)


def outline_of(trace: Trace) -> Outline:
    return Outline(Run(trace), Drawing(Run(trace), GraphChoice()).tree)


def everything(outline: Outline, key: str = ROOT) -> list[Thing]:
    """Every row, from top to bottom."""
    rows: list[Thing] = []
    for thing in outline.contents(key):
        rows.append(thing)
        if isinstance(thing, str):
            rows += everything(outline, thing)
    return rows


def test_every_operation_has_one_row_in_the_order_of_the_run(outline: Outline) -> None:
    places = [thing for thing in everything(outline) if isinstance(thing, int)]
    assert places == list(range(len(outline.tree.order)))


def test_rows_say_what_the_picture_says(outline: Outline) -> None:
    loop = next(t for t in everything(outline) if isinstance(t, str) and t.startswith("loop"))
    row = outline.row(loop)
    assert row.title == "for epoch in range(3)"
    assert row.line == 7
    assert "recorded" in row.words
    final = next(
        row for thing in everything(outline) if (row := outline.row(thing)).detail == "→ final"
    )
    assert (final.title, final.status, final.words) == ("mean", "no_grad", "skipped — no_grad")
    assert final.spoken == "mean → final, skipped — no_grad, line 13"


def test_a_group_counts_what_is_inside(outline: Outline) -> None:
    for thing in everything(outline):
        if isinstance(thing, str):
            inside = [outline.row(t) for t in everything(outline, thing) if isinstance(t, int)]
            recorded = sum(row.status == "recorded" for row in inside)
            assert outline.row(thing).words.startswith(f"{recorded} recorded") or not recorded


def test_a_row_knows_what_lies_around_it(outline: Outline) -> None:
    for thing in everything(outline):
        assert thing in outline.contents(outline.parent(thing))
        assert outline.place(outline.operation(thing)) is not None


@given(chosen=st.sets(st.integers(0, 60), max_size=12))
def test_a_filter_leaves_what_was_found_and_what_leads_there(
    outline: Outline, chosen: set[int]
) -> None:
    order = outline.tree.order
    wanted = {place for place in chosen if place < len(order)}
    filtered = Filtered(outline, [order[place] for place in wanted])

    def shown(key: str) -> list[int]:
        found: list[int] = []
        for thing in filtered.contents(key):
            inside = shown(thing) if isinstance(thing, str) else [thing]
            assert inside, "a group with nothing in it leads nowhere"
            found += inside
        return found

    assert shown(ROOT) == sorted(wanted)
    assert filtered.count(ROOT) == len(wanted)


def test_a_composite_call_is_found_as_its_group(run: Trace, outline: Outline) -> None:
    parents = {op.parent for op in run.operations if op.parent is not None}
    calls = [op.id for op in run.operations if op.id in parents and op.name == "mse_loss"]
    assert len(calls) == 3
    filtered = Filtered(outline, calls)
    assert filtered.count(ROOT) == 3
    assert all(isinstance(outline.place(call), str) for call in calls)


LONG = """\
import torch

x = torch.ones(2, requires_grad=True)
for i in range(700):
    x = x * 2
    x = x.exp()
"""


def test_what_nobody_reads_side_by_side_is_told_in_sections(
    trace: Callable[[str], Trace],
) -> None:
    outline = outline_of(trace(LONG))
    (loop,) = [thing for thing in everything(outline) if isinstance(thing, str)][:1]
    sections = outline.contents(loop)
    assert 1 < len(sections) < 20
    first = sections[0]
    assert isinstance(first, str)
    assert outline.row(first).title == "iteration 1 … iteration 100"
    assert outline.row(first).words == "200 recorded"
    assert [t for t in everything(outline) if isinstance(t, int)] == list(range(1400))
    for thing in everything(outline):
        assert thing in outline.contents(outline.parent(thing))
    filtered = Filtered(outline, [outline.tree.order[1000]])
    assert [filtered.count(str(key)) for key in filtered.contents(loop)] == [1]
