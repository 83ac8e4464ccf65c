"""What is covered of a run as its cards are turned over, and the items of its graph meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import pytest

from app.session.asking.covered import Covered
from app.session.asking.questions import questions_of
from app.session.asking.round import Round
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import fold_all
from app.session.graph.payloads import CutItem, GroupItem, OperationItem, TensorItem
from app.session.run import Run
from app.session.shown import show
from tests.session.asking.test_questions import CUT
from tests.support import TraceText, snippet

_OFF = CUT.replace("no_grad()", "set_grad_enabled(not off)").replace("x = ", "off = True\nx = ", 1)
TWO_ANSWERS = _OFF, _OFF.replace("off = True", "off = False")
"""The same lines twice, with other answers."""
LOOP = snippet("""
    x = torch.ones(2, requires_grad=True)
    y = x
    for _ in range(3):
        y = y * x
        y = y.relu()
    y.sum().backward()
""")


@pytest.fixture
def run(trace: TraceText) -> Run:
    return Run(trace(CUT))


def _after(run: Run, turned: int) -> Covered:
    asked = Round.of(questions_of(run))
    for _ in range(turned):
        asked = asked.turn_over()
    return Covered(run, asked)


def _items(run: Run, covered: Covered) -> Iterator[OperationItem | TensorItem]:
    graph: nx.MultiDiGraph[str] = show(run, GraphChoice()).graph
    for node in graph:
        item = graph.nodes[node]["item"]
        if isinstance(item, OperationItem):
            yield covered.operation(item)
        elif isinstance(item, TensorItem):
            yield covered.tensor(item)


def test_at_first_all_is_covered(run: Run) -> None:
    covered = _after(run, 0)
    operations = [one for one in _items(run, covered) if isinstance(one, OperationItem)]
    assert {one.status for one in operations} == {"covered"}
    assert {pill.state for one in operations for pill in one.pills} == {"covered"}
    assert covered.hidden_regions == ((7, 8),)


def test_a_turned_card_shows_its_line_and_nothing_else(run: Run) -> None:
    covered = _after(run, 1)
    operations = [one for one in _items(run, covered) if isinstance(one, OperationItem)]
    assert [one.status for one in operations].count("recorded") == 1
    assert {pill.state for one in operations for pill in one.pills} == {"covered"}


def test_a_region_shows_with_its_last_line(run: Run) -> None:
    assert _after(run, 1).hidden_regions
    assert not _after(run, 2).hidden_regions


def test_edges_stay_plain_until_everything_has_been_turned_over(run: Run) -> None:
    graph = show(run, GraphChoice()).graph
    items = [data["item"] for _, _, data in graph.edges(data=True)]
    assert {one.kind for one in items} == {"data", "gradient", "cut"}
    total = len(_after(run, 0).round.asked)
    before, after = _after(run, total - 1), _after(run, total)
    assert {before.edge(one).kind for one in items} == {"data"}
    assert all("grad" not in before.edge(one).detail for one in items)
    assert [after.edge(one) for one in items] == items
    assert any(isinstance(graph.nodes[node]["item"], CutItem) for node in graph)


def test_a_gradient_shows_in_all_values_of_its_tensor(run: Run) -> None:
    lines = sum(one.topic == "lines" for one in questions_of(run))
    covered = _after(run, lines + 1)
    opened = [row.name for row in run.trace.gradients if not covered.hides_grad(row.tensor)]
    assert opened == ["lin0.weight", "lin0.bias"]


def test_a_group_is_covered_until_all_of_its_lines_have_been_turned_over(trace: TraceText) -> None:
    run = Run(trace(LOOP))
    graph = show(run, GraphChoice(folds=fold_all())).graph
    (group,) = (data["item"] for _, data in graph.nodes(data=True)
                if isinstance(data["item"], GroupItem))  # fmt: skip
    asked, covered, statuses = Round.of(questions_of(run)), None, []
    for _ in range(3):
        covered = Covered(run, asked, covered)
        statuses.append(covered.group(group).status)
        asked = asked.turn_over()
    assert statuses[:2] == ["covered", "covered"]
    assert statuses[2] != "covered"
    back = Covered(run, asked.cover_again().cover_again(), covered)
    assert back.group(group).status == "covered"
