"""Scenes: kept from a workspace, written, read strictly, and found again after an edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import fold_all
from app.session.run import Run
from app.session.scenes.document import ScenesError, dump, load
from app.session.scenes.matching import Index
from app.session.scenes.records import Asked, Centre, Scene, SceneMoment, Thing
from app.session.scenes.taking import show as show_scene
from app.session.scenes.taking import take
from app.session.shown import Shown, show
from app.session.workspace import Selection, Workspace
from tests.support import TraceText, snippet

LAYERS = snippet("""
    x = torch.randn(2, 2)
    lin0 = nn.Linear(2, 2)
    lin1 = nn.Linear(2, 2)
    lin2 = nn.Linear(2, 2)
    x1 = lin0(x)
    with torch.no_grad():
        x2 = lin1(x1)
    x3 = lin2(x2)
    loss = x3.sum()
    loss.backward()
    """)
NOTED = LAYERS.replace("x = torch", "# from a lecture\n\nx = torch")
WITHOUT_REGION = LAYERS.replace("with torch.no_grad():\n    x2", "x2")
WITHOUT_LIN1 = LAYERS.replace("with torch.no_grad():\n    x2 = lin1(x1)\n", "x2 = x1\n")
TWICE = LAYERS.replace("x3 = lin2(x2)\n", "x3 = lin2(x2)\nx3 = lin0(x3)\n")


def workspace_of(shown: Shown) -> Workspace[Shown]:
    workspace: Workspace[Shown] = Workspace()
    workspace.show(shown)
    return workspace


@pytest.fixture
def layers(trace: TraceText) -> Workspace[Shown]:
    return workspace_of(show(Run(trace(LAYERS)), GraphChoice()))


def shown_of(workspace: Workspace[Shown]) -> Shown:
    assert workspace.shown is not None
    return workspace.shown


def index_of(workspace: Workspace[Shown]) -> Index:
    return Index(shown_of(workspace).run)


def index_of_text(trace: TraceText, text: str) -> Index:
    return Index(Run(trace(text)))


def position_of(workspace: Workspace[Shown], kind: str, code: str, nth: int = 0) -> int:
    """The nth moment of a kind that is about a line; steps are about the recording line."""
    index, shown = index_of(workspace), shown_of(workspace)
    found = [
        place
        for place, moment in enumerate(shown.history.moments, 1)
        if (kept := index.moment(moment)).kind == kind and kept.code == code
    ]
    return found[nth]


def again(workspace: Workspace[Shown], text: str, trace: TraceText) -> Workspace[Shown]:
    return workspace_of(show(Run(trace(text)), GraphChoice()))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("operation", "x2 = lin1(x1)"),
        ("enter", "with torch.no_grad():"),
        ("leave", "with torch.no_grad():"),
        ("step", "x3 = lin2(x2)"),
        ("accumulate", "loss.backward()"),
    ],
)
@pytest.mark.parametrize("text", [LAYERS, NOTED])
def test_a_moment_is_found_again_after_lines_were_added(
    layers: Workspace[Shown], trace: TraceText, kind: str, code: str, text: str
) -> None:
    layers.go_to(position_of(layers, kind, code))
    scene = take(layers, index_of(layers), "one")
    other = again(layers, text, trace)
    index = index_of(other)
    assert not index.missing(scene)
    show_scene(other, index, scene)
    assert other.position == position_of(other, kind, code)


def test_a_step_of_backward_keeps_to_its_line_when_another_node_runs_before_it(
    layers: Workspace[Shown], trace: TraceText
) -> None:
    layers.go_to(position_of(layers, "step", "x3 = lin2(x2)"))
    scene = take(layers, index_of(layers), "lin2")
    other = again(layers, TWICE, trace)
    show_scene(other, index_of(other), scene)
    assert other.moment is not None
    assert other.moment.position == position_of(other, "step", "x3 = lin2(x2)")
    assert position_of(other, "step", "x3 = lin0(x3)") < other.position


def test_the_start_and_the_end_are_kept(layers: Workspace[Shown]) -> None:
    index = index_of(layers)
    at_end = take(layers, index, "end")
    layers.go_to(0)
    at_start = take(layers, index, "start")
    assert at_end.moment is None
    assert at_start.moment == SceneMoment(kind="start")
    show_scene(layers, index, at_end)
    assert layers.is_at_end
    show_scene(layers, index, at_start)
    assert layers.position == 0


def test_level_folds_and_selection_are_restored(layers: Workspace[Shown]) -> None:
    index = index_of(layers)
    layers.choose(level="autograd")
    layers.set_folds(fold_all())
    line = LAYERS.splitlines().index("    x2 = lin1(x1)") + 1
    operation = shown_of(layers).lines[line][0]
    layers.select_operation(operation)
    scene = take(layers, index, "skipped")
    layers.choose(level="modules", folds=GraphChoice().folds)
    layers.clear_selection()
    show_scene(layers, index, scene)
    assert layers.choice.level == "autograd"
    assert layers.choice.folds == fold_all()
    assert layers.selection.operations == (operation,)
    assert layers.subject == ("operation", operation)


def test_each_kind_of_selection_is_restored(layers: Workspace[Shown]) -> None:
    index, shown = index_of(layers), shown_of(layers)
    x2 = next(one.id for one in shown.run.trace.tensors if one.name == "x2")
    row = next(row.tensor for row in shown.run.trace.gradients if row.name == "lin2.weight")
    operations = [op.id for op in shown.run.units if op.name == "linear"]

    def selected() -> Selection:
        return layers.selection

    chosen: tuple[Callable[[], None], ...] = (
        lambda: layers.select_tensor(x2),
        lambda: layers.select_gradient(row),
        lambda: layers.select_line(3),
        lambda: layers.select_path(operations),
        layers.clear_selection,
    )
    for choose in chosen:
        layers.clear_selection()
        choose()
        before = selected()
        scene = take(layers, index, "one")
        layers.select_operation(operations[0])
        show_scene(layers, index, scene)
        assert selected().operations == before.operations
        assert selected().tensors == before.tensors
        assert selected().row == before.row


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (WITHOUT_REGION, ("line 8 is gone",)),
        (WITHOUT_LIN1, ("line 8 is gone", "line 9 is gone")),
        (LAYERS.replace("lin1(x1)", "x1 * 2"), ("line 9 is gone",)),
    ],
)
def test_what_is_gone_is_named(
    layers: Workspace[Shown], trace: TraceText, text: str, missing: tuple[str, ...]
) -> None:
    index = index_of(layers)
    layers.go_to(position_of(layers, "enter", "with torch.no_grad():"))
    line = LAYERS.splitlines().index("    x2 = lin1(x1)") + 1
    layers.select_operation(shown_of(layers).lines[line][0])
    scene = take(layers, index, "the region")
    assert missing
    assert index_of(again(layers, text, trace)).missing(scene) == missing


def test_a_line_that_remains_and_does_something_else_is_said_so(
    layers: Workspace[Shown], trace: TraceText
) -> None:
    index = index_of(layers)
    layers.go_to(position_of(layers, "step", "x3 = lin2(x2)"))
    scene = take(layers, index, "the step")
    text = LAYERS.replace("loss.backward()", "torch.no_grad().__enter__()")
    missing = index_of(again(layers, text, trace)).missing(scene)
    assert missing == ("“x3 = lin2(x2)” no longer does the same",)


def test_a_group_and_a_tensor_that_are_gone_go_by_their_names(layers: Workspace[Shown]) -> None:
    centre = Centre(thing=Thing(kind="group", name="module:net.fc1"))
    scene = Scene(name="one", centre=centre, selection=(Thing(kind="tensor", name="y"),))
    index = index_of(layers)
    assert index.missing(scene) == ("y is gone", "net.fc1 is gone")
    assert index.missing(scene, ["module:net.fc1"]) == ("y is gone",)


def test_a_question_is_found_again_by_what_it_is_about(
    layers: Workspace[Shown], trace: TraceText
) -> None:
    index = index_of(layers)
    asked = [index.asked(place) for place in range(len(index.questions))]
    assert {one.topic for one in asked} == {"lines", "grads", "order"}
    for text in (LAYERS, NOTED):
        again_ = index_of(again(layers, text, trace))
        found = [again_.question_of(one) for one in asked]
        assert found == list(range(len(asked)))
        assert [one.words for one in again_.questions] == [one.words for one in index.questions]


def test_of_lines_that_read_alike_the_same_one_is_found_again(trace: TraceText) -> None:
    text = LAYERS.replace("x3 = lin2(x2)\n", "x2 = x2.relu()\nx2 = x2.relu()\nx3 = lin2(x2)\n")
    lines = [n for n, line in enumerate(text.split("\n"), 1) if line == "x2 = x2.relu()"]
    index = Index(Run(trace(text)))
    assert [index.id_of(index.line(line)) for line in lines] == lines
    about = [n for n, one in enumerate(index.questions) if one.spot in lines]
    assert about
    assert [index.question_of(index.asked(n)) for n in about] == about
    gone = Scene(name="one", selection=(index.line(lines[1]),))
    assert index_of_text(trace, LAYERS.replace("x3", "x2 = x2.relu()\nx3", 1)).missing(gone)


@pytest.mark.parametrize(
    ("middle", "missing"),
    [("x2 = x1\n", "line 9 is gone"),
     ("x2 = x1\nif False:\n    x2 = lin1(x1)\n",
      "the run does not answer the question about x2 = lin1(x1)")],
)  # fmt: skip
def test_a_question_that_the_run_does_not_answer_is_said(
    layers: Workspace[Shown], trace: TraceText, middle: str, missing: str
) -> None:
    place = next(n for n, one in enumerate(index_of(layers).questions) if "lin1" in one.words)
    scene = Scene(name="asked", covered=True, asks=index_of(layers).asked(place))
    text = LAYERS.replace("with torch.no_grad():\n    x2 = lin1(x1)\n", middle)
    assert index_of(again(layers, text, trace)).missing(scene) == (missing,)
    assert not index_of(layers).missing(scene)


# ------------------------------------------------------------------------------- the file


FULL = Scene(
    name="the cut",
    sentence="x2 has no grad_fn: stuck.",
    notes="Ask why.",
    moment=SceneMoment(kind="step", name="SumBackward0", code="loss = x3.sum()", line=12, nth=1),
    zoom=1.7,
    centre=Centre(thing=Thing(kind="tensor", name="x2"), x=4.5),
    selection=(Thing(kind="operation", name="linear", code="x2 = lin1(x1)", line=10),),
    level="autograd",
    folds=fold_all(),
    spotlight=Thing(kind="line", code="x2 = lin1(x1)", line=10),
    covered=True,
    asks=Asked(topic="grads", thing=Thing(kind="row", name="lin1.weight")),
    picture=(("recorded", 0.1, 0.2, 0.3, 0.4),),
)


def test_what_was_written_is_read_again() -> None:
    assert load(dump([FULL, Scene(name="plain")])) == (FULL, Scene(name="plain"))
    assert load(dump([])) == ()


def written(**changes: Any) -> bytes:
    """One scene's file, with other fields."""
    document = msgspec.json.decode(dump([Scene(name="the cut")]))
    document["scenes"][0].update(changes)
    return msgspec.json.encode(document)


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (b"{", "The scenes cannot be read ($: not JSON"),
        (b'{"version": 1}', "The scenes cannot be read ($.scenes: missing). Correct the file."),
        (b'{"version": 2, "scenes": []}', "The scenes have version 2; this program reads"),
        (b'{"version": 1, "scenes": [{}]}', "Scene 1 cannot be read ($.name: missing). Correct"),
        (written(zoom=-1), "Scene 1, “the cut”, cannot be read ($.zoom: expected float > 0"),
        (written(levle="calls"), "Scene 1, “the cut”, cannot be read ($: object contains unknown"),
        (written(level="all"), "Scene 1, “the cut”, cannot be read ($.level: expected a known"),
        (written(name=""), "Scene 1 cannot be read ($.name: expected str of length >= 1"),
        (written(name="{x}", zoom=0), "Scene 1, “{x}”, cannot be read ($.zoom: "),
        (written(moment={"kind": "hop"}), "Scene 1, “the cut”, cannot be read ($.moment.kind: "),
        (written(selection=[{"kind": "operation", "nth": -1}]),
         "Scene 1, “the cut”, cannot be read ($.selection[0].nth: expected int >= 0"),
        (written(beside={}), "Scene 1, “the cut”, cannot be read ($.beside: expected what_if or "),
        (written(beside={"what_if": [{"kind": "without", "name": "lin1"}]}),
         "Scene 1, “the cut”, cannot be read ($.beside.what_if[0]: expected the code of a line"),
        (
            b'{"version": 1, "scenes": [{"name": "a"}, {"name": "a"}]}',
            "Scene 2 is called “a” like another. Give each its own name.",
        ),
    ],
)  # fmt: skip
def test_an_error_names_the_scene_and_what_to_do(data: bytes, start: str) -> None:
    with pytest.raises(ScenesError) as error:
        load(data)
    assert str(error.value).startswith(start)
