"""Which nodes of two graphs belong together: real traces, grouped and folded as in the window."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.session.comparing.differences import differences
from app.session.comparing.folding import folded_alike, translated
from app.session.comparing.pairing import Pairing, pair
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import FoldState, fold_all, unfold_all
from app.session.run import Run
from app.session.shown import Shown, show
from tests.support import TraceText, snippet

LAYERS = snippet("""
    lin0, lin1, lin2 = (nn.Linear(2, 2) for _ in range(3))
    x = torch.ones(1, 2)
    x1 = lin0(x)
    with torch.no_grad():
        x2 = lin1(x1)
    loss = lin2(x2).sum()
    loss.backward()
""")
STACK = snippet("""
    net = nn.Sequential(*(nn.Sequential(nn.Linear(2, 2), nn.Tanh()) for _ in range(12)))
    net(torch.ones(1, 2)).sum().backward()
""")


def _paired(first: Shown, second: Shown) -> tuple[Pairing, Shown]:
    found = differences(first.run, second.run)
    keys = {other: one for one, other in found.alignment.groups.items()}
    drawn = folded_alike(first, second, keys)
    return pair(drawn, second, found), drawn


@pytest.fixture
def shown(trace: TraceText) -> Callable[..., Shown]:
    def of(text: str, **choice: object) -> Shown:
        return show(Run(trace(text)), GraphChoice(**choice))  # type: ignore[arg-type]

    return of


def _names(shown: Shown, keys: object) -> set[str]:
    assert isinstance(keys, frozenset)
    items = (shown.graph.nodes[key]["item"] for key in keys)
    return {f"{item.title} {getattr(item, 'module', '')}".strip() for item in items}


def test_a_run_with_itself_is_equal_in_all(shown: Callable[..., Shown]) -> None:
    for level in ("modules", "calls", "autograd"):
        one = shown(LAYERS, level=level)
        pairing, drawn = _paired(one, one)
        assert all(one.is_equal for one in pairing.nodes)
        assert pairing.first.nodes == set(drawn.graph)
        assert pairing.first.edges == set(drawn.graph.edges(keys=True))
        assert pairing.first.frames == set(drawn.graph.graph["frames"])


def test_without_its_no_grad_one_node_is_another_and_one_has_other_pills(
    shown: Callable[..., Shown],
) -> None:
    first, second = shown(LAYERS), shown(LAYERS.replace("with torch.no_grad():", "if True:"))
    pairing, drawn = _paired(first, second)
    assert _names(second, pairing.second.nodes) == {"linear lin2", "sum", "loss", "x"}
    assert _names(second, pairing.second.bodies) == {"linear lin0"}
    alone = [one for one in pairing.nodes if one.first is None or one.second is None]
    assert [one.first for one in alone] == [key for key in drawn.graph if key.startswith("cut:")]
    assert not pairing.frames


def test_a_result_whose_first_digits_are_equal_is_another_one(shown: Callable[..., Shown]) -> None:
    text = snippet("""
        w = torch.tensor([1.0, -2.0], requires_grad=True)
        loss = (w * w + 0.001).sum()
    """)
    first, second = shown(text), shown(text.replace("0.001", "0.002"))
    pairing, _ = _paired(first, second)
    items = [data["item"] for _, data in second.graph.nodes(data=True)]
    assert [item.detail for item in items if item.title == "loss"] == ["5.00"]
    assert _names(second, pairing.second.nodes) == {"mul", "add", "sum", "w"}


def test_a_line_inserted_above_changes_no_pair(shown: Callable[..., Shown]) -> None:
    first = shown(LAYERS)
    second = shown(LAYERS.replace("x = torch.ones", "y = torch.ones(3).sin()\nx = torch.ones"))
    pairing, _ = _paired(first, second)
    only = {one.second for one in pairing.nodes if one.first is None}
    assert _names(second, frozenset(only)) == {"sin", "y"}
    assert all(one.is_equal for one in pairing.nodes if one.first is not None)
    assert pairing.frames


@pytest.mark.parametrize("folds", [FoldState(), fold_all(), unfold_all()])
def test_one_layer_more_is_the_only_node_without_a_partner(
    shown: Callable[..., Shown], folds: FoldState
) -> None:
    first, second = shown(STACK), shown(STACK.replace("range(12)", "range(13)"), folds=folds)
    pairing, drawn = _paired(first, second)
    assert all(one.first is None or one.second is not None for one in pairing.nodes)
    extra = len(second.graph) - len(drawn.graph)
    assert sum(one.first is None for one in pairing.nodes) == extra


def test_the_pinned_run_is_folded_like_the_other_with_its_own_keys(
    shown: Callable[..., Shown],
) -> None:
    first = shown(STACK)
    wrapped = STACK.replace("net(torch", "def run(x):\n    return net(x)\nrun(torch")
    second = shown(wrapped)
    state = FoldState(closed=frozenset(second.drawing.tree.groups))
    second = second.redrawn(GraphChoice(folds=state))
    pairing, drawn = _paired(first, second)
    assert len(drawn.graph) < len(first.graph)
    assert pairing.nodes


def test_a_folded_group_with_another_gradient_inside_differs(shown: Callable[..., Shown]) -> None:
    first = shown(STACK, folds=fold_all())
    second = shown(STACK.replace(".sum()", ".mul(2).sum()"), folds=fold_all())
    pairing, drawn = _paired(first, second)
    groups = [one for one in pairing.nodes if one.first and one.second
              and drawn.graph.nodes[one.first]["item"].title == "net"]  # fmt: skip
    assert groups
    assert not any(one.is_equal for one in groups)


def test_an_operation_without_pills_differs_by_the_gradients_of_its_module(
    shown: Callable[..., Shown],
) -> None:
    """In frames, operations have no pills."""
    deep = STACK.replace("range(12)", "range(30)")
    first = shown(deep, folds=unfold_all())
    frozen = deep.replace("net(torch", "net[3][0].requires_grad_(False)\nnet(torch")
    second = shown(frozen, folds=unfold_all())
    pairing, drawn = _paired(first, second)
    differ = [one.first for one in pairing.nodes if not one.is_equal and one.first is not None]
    items = [drawn.graph.nodes[key]["item"] for key in differ]
    assert [(item.title, item.module) for item in items] == [("linear", "net.3.0")]
    assert not items[0].pills


def test_keys_without_a_partner_stay() -> None:
    state = FoldState(opened=frozenset({"a", "b"}), breaks=frozenset({"a"}))
    there = translated(state, {"a": "c"})
    assert there == FoldState(opened=frozenset({"c", "b"}), breaks=frozenset({"c"}))


def test_a_module_that_trained_in_one_run_only_says_so(shown: Callable[..., Shown]) -> None:
    text = snippet("""
        net = nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.0)), nn.Linear(2, 1))
        net.train()
        net(torch.ones(1, 2)).sum().backward()
    """)
    evaluated = text.replace("net.train()", "net.eval()")
    for folds in (fold_all(), unfold_all()):
        pairing, _ = _paired(shown(text, folds=folds), shown(evaluated, folds=folds))
        assert set(pairing.first.modes.values()) == {"train ≠ eval"}
        assert set(pairing.second.modes.values()) == {"train ≠ eval"}
    pairing, _ = _paired(shown(text), shown(text))
    assert not pairing.first.modes


def test_a_loop_around_a_module_that_trained_in_one_run_only_says_nothing_of_it(
    shown: Callable[..., Shown],
) -> None:
    text = snippet("""
        net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.0))
        net.train()
        for _ in range(2):
            net(torch.ones(1, 2)).sum().backward()
    """)
    evaluated = text.replace("net.train()", "net.eval()")
    first, second = (shown(one, folds=unfold_all()) for one in (text, evaluated))
    pairing, _ = _paired(first, second)
    frames = second.graph.graph["frames"]
    assert "for _ in range(2)" in {frame.title for frame in frames.values()}
    assert {frames[key].title for key in pairing.second.modes} == {"net"}
