"""A workspace without any widget: what is shown, and what is chosen about it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import AT_FIRST, fold_all, unfold_all
from app.session.graph.part import Part
from app.session.graph.payloads import GroupItem
from app.session.run import Run
from app.session.shown import Shown, show
from app.session.workspace import Excerpt, RowFilter, SearchResults, Selection, Workspace
from tests.session.graph.texts import BLOCKS
from tests.support import TraceText, snippet

LAYERS = snippet("""
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    w = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        skipped = w * 2
    loss = net(torch.ones(4, 2)).sum() + (w * skipped).sum()
    loss.backward()
    """)
OTHER = snippet("y = (torch.ones(2, requires_grad=True) * 3).sum()\ny.backward()\n")


@pytest.fixture
def layers(trace: TraceText) -> Shown:
    return show(Run(trace(LAYERS)), GraphChoice())


@pytest.fixture
def other(trace: TraceText) -> Shown:
    return show(Run(trace(OTHER)), GraphChoice())


@pytest.fixture
def workspace(layers: Shown) -> Workspace[Shown]:
    workspace: Workspace[Shown] = Workspace()
    workspace.show(layers)
    return workspace


@pytest.fixture
def heard(workspace: Workspace[Shown]) -> Iterator[list[str]]:
    names: list[str] = []
    for name in (
        "changed", "redrawn", "drawn_changed", "choice_changed", "moment_changed",
        "selection_changed", "subject_changed", "rows_changed", "found_changed",
        "excerpt_changed",
    ):  # fmt: skip
        getattr(workspace, name).connect(lambda name=name: names.append(name))
    yield names
    assert names, "nothing was sent"


def operation(shown: Shown, name: str) -> int:
    return next(op.id for op in shown.run.units if op.name == name)


def tensor(shown: Shown, name: str) -> int:
    return next(one.id for one in shown.run.trace.tensors if one.name == name)


def position(workspace: Workspace[Shown]) -> int | None:
    """Of the moment; None at the end."""
    return None if workspace.moment is None else workspace.moment.position


def test_an_operation_is_selected_with_its_line_and_its_details(
    workspace: Workspace[Shown], layers: Shown, heard: list[str]
) -> None:
    workspace.select_operation(operation(layers, "relu"))
    assert workspace.selection == Selection((operation(layers, "relu"),), lines=frozenset({7}))
    assert workspace.details is not None
    assert workspace.details.title == "relu"
    assert heard == ["selection_changed", "subject_changed"]


def test_a_tensor_is_selected_in_all_its_values_and_marks_its_row(
    workspace: Workspace[Shown], layers: Shown
) -> None:
    workspace.select_tensor(tensor(layers, "w"), origin="graph")
    assert workspace.selection.row == tensor(layers, "w")
    assert workspace.selection.tensors == (tensor(layers, "w"),)
    assert workspace.selection.origin == "graph"
    assert workspace.details is not None
    assert workspace.details.title == "w"


def test_a_row_of_the_table_selects_what_its_reason_speaks_of(
    workspace: Workspace[Shown], layers: Shown
) -> None:
    row = next(row for row in layers.run.trace.gradients if row.name == "w")
    workspace.select_gradient(row.tensor)
    assert workspace.selection.operations == tuple(row.why.operations)
    assert workspace.selection.lines == frozenset(row.why.lines)
    path = [operation(layers, "mul"), operation(layers, "sum")]
    workspace.select_path(path)
    assert workspace.selection.operations == tuple(path)
    assert workspace.subject == ("tensor", row.tensor)


def test_a_line_selects_what_it_did_and_one_without_operations_nothing(
    workspace: Workspace[Shown], layers: Shown
) -> None:
    workspace.select_line(6)
    assert workspace.selection.operations == (operation(layers, "mul"),)
    workspace.select_line(1)
    assert workspace.selection == Selection(origin="text")
    assert workspace.details is None


def test_a_module_selects_what_ran_in_it_and_a_parameter_what_uses_it(
    workspace: Workspace[Shown], layers: Shown
) -> None:
    module = next(one for one in layers.run.trace.modules if one.path == "net.0")
    workspace.select_module(module.id)
    named = [layers.run.operations[id_].name for id_ in workspace.selection.operations]
    assert named == ["linear"]
    workspace.select_users(module.parameters)
    using = {layers.run.operations[id_].name for id_ in workspace.selection.operations}
    assert "linear" in using
    assert "relu" not in using


def test_leaving_the_end_selects_nothing_and_a_moment_has_its_own_details(
    workspace: Workspace[Shown], layers: Shown, heard: list[str]
) -> None:
    workspace.select_operation(operation(layers, "relu"))
    heard.clear()
    workspace.go_to(3)
    assert heard == ["moment_changed", "selection_changed", "subject_changed"]
    assert workspace.selection == Selection()
    assert position(workspace) == 3
    workspace.select_operation(operation(layers, "relu"))
    now = layers.details(("operation", operation(layers, "relu")), layers.history.at(3))
    assert workspace.details == now
    assert now != layers.details(("operation", operation(layers, "relu")), None)
    workspace.go_to(10_000)
    assert workspace.is_at_end
    assert position(workspace) is None
    assert workspace.subject is None


def test_folds_are_of_the_run_and_the_level_stays(
    workspace: Workspace[Shown], layers: Shown, other: Shown
) -> None:
    workspace.choose(level="modules", hide_setup=False)
    workspace.set_folds(fold_all())
    assert workspace.choice == GraphChoice("modules", False, "structure", fold_all())
    assert workspace.fresh_choice.folds == AT_FIRST
    workspace.show(other)
    assert workspace.choice == GraphChoice("modules", False)


def test_a_folded_group_is_toggled_and_what_lies_in_it_revealed(
    workspace: Workspace[Shown], layers: Shown
) -> None:
    workspace.set_folds(fold_all())
    inside = operation(layers, "relu")
    folded = layers.drawing.graph(workspace.choice.folds)
    workspace.reveal(inside)
    revealed = layers.drawing.graph(workspace.choice.folds)
    assert f"op:{inside}" in revealed
    assert f"op:{inside}" not in folded
    view = workspace.view
    assert view is not None
    net = view.around(inside)[0].key
    workspace.toggle(net)
    assert workspace.held == net
    assert f"op:{inside}" not in layers.drawing.graph(workspace.choice.folds)


def test_a_group_that_is_no_module_has_details_of_its_own(trace: TraceText) -> None:
    workspace: Workspace[Shown] = Workspace()
    blocks = show(Run(trace(BLOCKS)), GraphChoice())
    workspace.show(blocks)
    items = [blocks.graph.nodes[key]["item"] for key in blocks.graph]
    stack = next(item for item in items if isinstance(item, GroupItem) and item.count == 5)
    workspace.select_group(stack.group)
    details = workspace.details
    assert details is not None
    assert (details.title, details.words) == (stack.title, "×5")
    facts = {fact.label: fact.value for box in details.boxes for fact in box.facts}
    assert facts["Operations"] == str(len(stack.operations))
    assert facts["Kept for backward"] != "0 bytes"
    assert facts["20 not stepped"] == ""
    assert sum(value.endswith(" operations") for value in facts.values()) == 5
    other = show(blocks.run, GraphChoice("autograd"))
    workspace.show(other)
    workspace.select(workspace.selection, ("group", "module:nowhere"))
    assert workspace.details is None


def test_another_graph_of_the_run_keeps_moment_and_selection(
    workspace: Workspace[Shown], layers: Shown, heard: list[str]
) -> None:
    workspace.go_to(4)
    workspace.select_operation(operation(layers, "mul"))
    assert workspace.moment is not None
    now = workspace.moment.now
    workspace.choose(hide_setup=False)
    heard.clear()
    workspace.redraw(layers.redrawn(workspace.choice))
    assert heard == ["redrawn", "moment_changed"]
    assert workspace.shown is not layers
    assert workspace.moment.now == now
    assert workspace.selection.operations == (operation(layers, "mul"),)


def test_another_graph_of_the_same_steps_leaves_the_moment_alone(
    workspace: Workspace[Shown], layers: Shown, heard: list[str]
) -> None:
    workspace.go_to(2)
    workspace.choose(folds=unfold_all())
    heard.clear()
    workspace.redraw(layers.redrawn(workspace.choice))
    assert heard == ["redrawn"]
    assert position(workspace) == 2


def test_a_graph_of_a_run_that_is_gone_is_not_shown(
    workspace: Workspace[Shown], layers: Shown, other: Shown
) -> None:
    late = layers.redrawn(GraphChoice(folds=unfold_all()))
    workspace.show(other)
    workspace.redraw(late)
    assert workspace.shown is other


def test_a_picture_that_is_not_waited_for_is_taken_back(
    workspace: Workspace[Shown], layers: Shown
) -> None:
    workspace.note_drawn(is_there=True)
    workspace.choose(level="autograd")
    workspace.redraw(layers.redrawn(workspace.choice))
    assert workspace.drawn is layers
    workspace.take_back()
    assert workspace.shown is layers
    assert workspace.choice == layers.choice


def test_the_picture_of_the_run_before_is_not_of_this_one(
    workspace: Workspace[Shown], layers: Shown, other: Shown
) -> None:
    workspace.note_drawn(is_there=True)
    seen = [workspace.drawn]
    workspace.show(other)
    assert [*seen, workspace.drawn] == [layers, None]
    workspace.take_back()
    assert workspace.shown is other


def test_another_run_begins_at_its_end_with_nothing_chosen(
    workspace: Workspace[Shown], layers: Shown, other: Shown, heard: list[str]
) -> None:
    workspace.go_to(2)
    workspace.select_operation(operation(layers, "relu"))
    workspace.set_found(SearchResults("relu", (("operation", operation(layers, "relu")),)))
    workspace.set_excerpt(Excerpt(Part(frozenset({"op:1"})), "one"))
    workspace.filter_rows(RowFilter((tensor(layers, "w"),), "frozen"))
    assert heard[-1] == "rows_changed"
    heard.clear()
    seen: list[tuple[object, ...]] = []
    workspace.changed.connect(
        lambda: seen.append(
            (
                workspace.moment,
                workspace.selection,
                workspace.subject,
                workspace.excerpt,
                workspace.rows,
            )
        )
    )
    workspace.show(other)
    assert seen == [(None, Selection(), None, None, RowFilter())]
    assert heard == ["changed"]
    workspace.show(None)
    assert workspace.details is None
    assert workspace.end == workspace.position == 0


def test_two_workspaces_know_nothing_of_each_other(layers: Shown, other: Shown) -> None:
    one: Workspace[Shown] = Workspace()
    two: Workspace[Shown] = Workspace()
    one.show(layers)
    two.show(other)
    told: list[str] = []
    two.selection_changed.connect(lambda: told.append("selection"))
    two.moment_changed.connect(lambda: told.append("moment"))
    one.go_to(1)
    one.select_operation(operation(layers, "relu"))
    one.set_folds(fold_all())
    assert told == []
    assert two.is_at_end
    assert two.choice.folds == AT_FIRST
