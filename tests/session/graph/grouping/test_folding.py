"""Whatever is folded and unfolded, the picture holds the same operations and the same paths."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.session.graph.building import Drawing, build
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import FoldState, fold_all, to_depth, unfold_all
from app.session.graph.grouping.moves import (
    fold,
    fold_around,
    reveal,
    show_member,
    show_pass,
    step_pass,
    toggle,
    unfold,
)
from app.session.graph.payloads import FrameItem, GroupItem, OperationItem
from app.session.run import Run
from tests.session.graph.texts import BLOCKS, LOOPS, SKIPPING, STEPS
from tests.support import TraceText, snippet

_TEXTS = {"loops": LOOPS, "blocks": BLOCKS, "steps": STEPS}
_CHOICES = {
    "calls": GraphChoice(),
    "modules": GraphChoice(level="modules"),
    "all": GraphChoice(hide_setup=False),
    "lines": GraphChoice(grouping="lines"),
}
NAMES = [f"{text} {choice}" for text in _TEXTS for choice in _CHOICES]


@pytest.fixture(scope="module")
def drawings(trace: TraceText) -> dict[str, Drawing]:
    traces = {name: trace(text) for name, text in _TEXTS.items()}
    return {
        f"{name} {word}": Drawing(Run(traced), choice)
        for name, traced in traces.items()
        for word, choice in _CHOICES.items()
    }


Moves = list[tuple[str, int]]
MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            ("toggle", "unfold", "fold", "around", "reveal", "step", "back", "pass",
             "all", "none", "depth", "stack")
        ),
        st.integers(0, 10_000),
    ),
    max_size=8,
)  # fmt: skip


def after(drawing: Drawing, moves: Moves) -> FoldState:
    """The state that a sequence of moves leads to; numbers choose what they are done to."""
    state = FoldState()
    for move, number in moves:
        state = moved(drawing, state, move, number)
    return state


def moved(drawing: Drawing, state: FoldState, move: str, number: int) -> FoldState:
    view, tree = drawing.view(state), drawing.tree
    keys = list(tree.groups)
    key, operation = keys[number % len(keys)], tree.order[number % len(tree.order)]
    loops = [key for key in keys if tree[key].kind == "loop"] or [key]
    loop = loops[number % len(loops)]
    items = [data["item"] for _, data in drawing.graph(state).nodes(data=True)]
    stacks = [item.group for item in items if isinstance(item, GroupItem)] or [key]
    done: dict[str, Callable[[], FoldState]] = {
        "toggle": lambda: toggle(view, key),
        "unfold": lambda: unfold(view, key),
        "fold": lambda: fold(view, key),
        "around": lambda: fold_around(view, operation),
        "reveal": lambda: reveal(view, operation),
        "step": lambda: step_pass(view, loop, 1),
        "back": lambda: step_pass(view, loop, -1),
        "pass": lambda: show_pass(view, loop, number % 5),
        "all": unfold_all,
        "none": fold_all,
        "depth": lambda: to_depth(number % 4),
        "stack": lambda: unfold(view, stacks[number % len(stacks)]),
    }
    return done[move]()


def held(graph: nx.MultiDiGraph[str]) -> dict[str, tuple[int, ...]]:
    """The operations of each node."""
    found: dict[str, tuple[int, ...]] = {}
    for key, data in graph.nodes(data=True):
        item = data["item"]
        if isinstance(item, (OperationItem, GroupItem)):
            own = () if item.operation is None else (item.operation,)
            found[key] = item.operations or own
    return found


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(NAMES), moves=MOVES)
def test_every_operation_is_in_exactly_one_node(
    drawings: dict[str, Drawing], name: str, moves: Moves
) -> None:
    drawing = drawings[name]
    shown = [id_ for ids in held(drawing.graph(after(drawing, moves))).values() for id_ in ids]
    assert sorted(shown) == sorted(drawing.tree.order)


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(NAMES), moves=MOVES)
def test_edges_are_lifted_and_none_is_made_up(
    drawings: dict[str, Drawing], name: str, moves: Moves
) -> None:
    drawing = drawings[name]
    graph = drawing.graph(after(drawing, moves))
    node_of = {id_: key for key, ids in held(graph).items() for id_ in ids}
    order = drawing.tree.order
    flows = [f for f in drawing.taken if f.maker >= 0]
    wanted = {(node_of[order[f.maker]], node_of[order[f.taker]]) for f in flows}
    for flow in flows:
        source, target = node_of[order[flow.maker]], node_of[order[flow.taker]]
        data_alone = flow.capsule and not flow.tensor.requires_grad
        if source != target and not data_alone:
            assert nx.has_path(graph, source, target)
    for source, target in graph.edges():
        if source in node_of.values() and target in node_of.values():
            assert (source, target) in wanted


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(NAMES), moves=MOVES)
def test_an_edge_carries_a_gradient_if_anything_on_it_does(
    drawings: dict[str, Drawing], name: str, moves: Moves
) -> None:
    drawing = drawings[name]
    graph = drawing.graph(after(drawing, moves))
    node_of = {id_: key for key, ids in held(graph).items() for id_ in ids}
    carrying = set()
    for flow in drawing.taken:
        taker = drawing.tree.order[flow.taker]
        if flow.maker >= 0 and drawing.flows.carries(flow.tensor, taker):
            carrying.add((node_of[drawing.tree.order[flow.maker]], node_of[taker]))
    for source, target, data in graph.edges(data=True):
        item = data["item"]
        if source in node_of.values() and target in node_of.values():
            assert (item.kind == "gradient") == ((source, target) in carrying) or item.tensors == ()
    for source, target in carrying:
        if source != target:
            kinds = {data["item"].kind for data in graph.get_edge_data(source, target).values()}
            assert "gradient" in kinds


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(NAMES), moves=MOVES)
def test_the_picture_has_no_cycles_and_its_frames_nest(
    drawings: dict[str, Drawing], name: str, moves: Moves
) -> None:
    drawing = drawings[name]
    graph = drawing.graph(after(drawing, moves))
    assert nx.is_directed_acyclic_graph(graph)
    frames: dict[str, FrameItem] = graph.graph["frames"]
    known: set[str] = set()
    for key, frame in frames.items():
        assert frame.parent is None or frame.parent in known
        known.add(key)
    assert {cluster for _, cluster in graph.nodes(data="cluster") if cluster} <= known


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(NAMES), moves=MOVES, number=st.integers(0, 10_000))
def test_what_is_revealed_has_a_node_of_its_own(
    drawings: dict[str, Drawing], name: str, moves: Moves, number: int
) -> None:
    drawing = drawings[name]
    operation = drawing.tree.order[number % len(drawing.tree.order)]
    state = reveal(drawing.view(after(drawing, moves)), operation)
    assert (operation,) in held(drawing.graph(state)).values()


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(NAMES), moves=MOVES, number=st.integers(0, 10_000))
def test_folding_what_was_unfolded_gives_the_picture_before(
    drawings: dict[str, Drawing], name: str, moves: Moves, number: int
) -> None:
    drawing = drawings[name]
    state = after(drawing, moves)
    before = held(drawing.graph(state))
    folded = [
        group
        for group in drawing.tree.groups.values()
        if group.key in before and drawing.tree.can_open(group)
    ]
    if folded:
        key = folded[number % len(folded)].key
        opened = unfold(drawing.view(state), key)
        assert key not in held(drawing.graph(opened))
        again = fold(drawing.view(opened), key)
        if key not in state.apart:
            assert held(drawing.graph(again)) == before


def test_ten_passes_of_training_show_one_and_step_through_the_others(
    drawings: dict[str, Drawing],
) -> None:
    drawing = drawings["loops calls"]
    state, seen = FoldState(), []
    for _ in range(5):
        graph = drawing.graph(state)
        (frame,) = [f for f in graph.graph["frames"].values() if f.stepper]
        seen.append(frame.stepper.number)
        assert frame.stepper.count == 4
        state = step_pass(drawing.view(state), "loop:step", 1)
    assert seen == [0, 1, 2, 3, 3]


def test_passes_have_their_own_numbers_where_others_did_nothing(trace: TraceText) -> None:
    drawing = Drawing(Run(trace(SKIPPING)), GraphChoice())
    state, seen = FoldState(), []
    for _ in range(4):
        (frame,) = [f for f in drawing.graph(state).graph["frames"].values() if f.stepper]
        seen.append((frame.stepper.number, frame.stepper.is_first, frame.stepper.is_last))
        assert frame.stepper.count == 9
        state = step_pass(drawing.view(state), "loop:step", 1)
    assert seen == [(2, True, False), (5, False, False), (8, False, True), (8, False, True)]
    assert state == step_pass(drawing.view(state), "loop:step", 1)


def items(graph: nx.MultiDiGraph[str]) -> list[object]:
    return [data["item"] for _, data in graph.nodes(data=True)]


def test_a_member_of_a_row_is_opened_and_of_a_loop_in_place_of_the_pass_that_is_shown(
    drawings: dict[str, Drawing],
) -> None:
    drawing = drawings["loops calls"]
    (rest,) = [
        item for item in items(drawing.graph(FoldState()))
        if isinstance(item, GroupItem) and item.kind == "iteration"
    ]  # fmt: skip
    assert [one.name for one in rest.members] == ["2", "3", "4"]
    assert {one.status for one in rest.members} == {"recorded"}
    view = drawing.view(show_member(drawing.view(FoldState()), rest.members[1].group))
    assert [one.step.number for one in view.open_passes("loop:step")] == [2]

    drawing = drawings["blocks calls"]
    row = next(
        item for item in items(drawing.graph(FoldState()))
        if isinstance(item, GroupItem) and item.members
    )  # fmt: skip
    view = drawing.view(show_member(drawing.view(FoldState()), row.members[1].group))
    assert [view.is_open(drawing.tree[one.group]) for one in row.members] == [
        place == 1 for place in range(len(row.members))
    ]


def test_what_is_open_in_a_pass_is_open_in_the_next_one(drawings: dict[str, Drawing]) -> None:
    drawing = drawings["loops calls"]
    state = fold(drawing.view(FoldState()), "loop:step/0>module:net")
    state = step_pass(drawing.view(state), "loop:step", 2)
    graph = drawing.graph(state)
    assert "loop:step/2>module:net" in graph
    assert {key for key in graph if key.startswith("loop:step/")} == {
        "loop:step/0+2", "loop:step/2>module:net", "loop:step/3"
    }  # fmt: skip


def test_a_group_says_what_it_holds(drawings: dict[str, Drawing]) -> None:
    graph = drawings["blocks calls"].graph(fold_all())
    first = graph.nodes["module:net"]["item"]
    assert first.summary == "21 recorded, 28 skipped, grads 22/22"
    assert first.parts == (("recorded", 21), ("no_grad", 16), ("no_input_requires_grad", 12))
    assert first.missing == ()


def test_a_stack_of_many_falls_apart_in_steps(drawings: dict[str, Drawing]) -> None:
    drawing = drawings["steps calls"]
    state = unfold(drawing.view(FoldState()), "loop:t/1+39")
    items = [data["item"] for _, data in drawing.graph(state).nodes(data=True)]
    stacks = [item for item in items if isinstance(item, GroupItem)]
    assert 5 < len(stacks) <= 12
    assert sum(item.count for item in stacks) == 39
    finest = unfold(drawing.view(state), stacks[0].group)
    assert "loop:t/1" in drawing.graph(finest)


def test_what_was_taken_out_of_a_part_of_a_stack_returns_to_that_part(
    drawings: dict[str, Drawing],
) -> None:
    drawing = drawings["steps calls"]
    parts = unfold(drawing.view(FoldState()), "loop:t/1+39")
    state = unfold(drawing.view(parts), "loop:t/5+4")
    for key in [f"loop:t/{number}" for number in range(5, 9)]:
        assert key in drawing.graph(state)
        opened = unfold(drawing.view(state), key)
        state = fold(drawing.view(opened), key)
    assert held(drawing.graph(state)) == held(drawing.graph(parts))


def test_the_same_state_gives_the_same_graph(drawings: dict[str, Drawing]) -> None:
    for drawing in drawings.values():
        one, other = (drawing.graph(FoldState()) for _ in range(2))
        assert list(one.nodes(data=True)) == list(other.nodes(data=True))
        assert list(one.edges(data=True)) == list(other.edges(data=True))


TWICE = snippet("""
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    x, y = torch.randn(4, 2), torch.randn(4, 2)
    net(x); net(y)
    loss = net(net[0](x)[:, :2]).sum()
    loss.backward()
""")


def test_two_calls_of_one_module_in_a_row_are_two_groups(trace: TraceText) -> None:
    graph = build(Run(trace(TWICE)), GraphChoice(folds=fold_all()))
    items = [data["item"] for _, data in graph.nodes(data=True)]
    nets = [item for item in items if isinstance(item, GroupItem) and item.title == "net"]
    assert [len(net.operations) for net in nets[:2]] == [2, 2]
    assert [net.detail for net in nets[:2]] == [
        f"Sequential, call {number} of {len(nets)}" for number in (1, 2)
    ]
    assert len({net.group for net in nets}) == len(nets)


def test_modules_that_are_called_twice_in_a_row_are_two_nodes(trace: TraceText) -> None:
    text = snippet("""
        act, x = nn.Tanh(), torch.randn(3, requires_grad=True)
        act(act(x)).sum().backward()
    """)
    graph = build(Run(trace(text)), GraphChoice(level="modules"))
    titles = [getattr(data["item"], "title", "") for _, data in graph.nodes(data=True)]
    assert titles.count("act") == 2


def test_a_long_chain_begins_as_parts_that_say_their_lines(trace: TraceText) -> None:
    chain = "    y = y.sin()\n" * 250
    text = snippet(f"    y = torch.ones(2, requires_grad=True)\n{chain}    y.sum().backward()\n")
    run = trace(text)
    for choice in (GraphChoice(), GraphChoice(level="autograd")):
        graph = build(Run(run), choice)
        items = [data["item"] for _, data in graph.nodes(data=True)]
        parts = [item for item in items if isinstance(item, GroupItem)]
        assert len(items) < 30
        assert sum(len(part.operations) for part in parts) == 251
        assert parts[0].title.startswith("lines ")
        assert parts[0].detail == "part 1"


def test_a_part_of_one_line_is_named_once(trace: TraceText) -> None:
    many = "; ".join(["y = y.sin()"] * 120)
    text = snippet(
        f"    y = torch.ones(2, requires_grad=True)\n    {many}; {many}\n    y.sum().backward()\n"
    )
    graph = build(Run(trace(text)), GraphChoice())
    items = [data["item"] for _, data in graph.nodes(data=True)]
    named = [(item.title, item.detail) for item in items if isinstance(item, GroupItem)]
    assert ("part 2", "") in named


def test_alike_blocks_are_one_node_even_if_there_is_room_for_each(trace: TraceText) -> None:
    text = snippet("""
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.one, self.two, self.three = (nn.Linear(4, 4) for _ in range(3))

            def forward(self, x):
                x = x + self.one(x).relu() * 2
                x = x + self.two(x).relu() * 2
                return x + self.three(x).relu() * 2

        net = nn.Sequential(*(Block() for _ in range(5)))
        net(torch.ones(2, 4)).sum().backward()
    """)
    graph = Drawing(Run(trace(text)), GraphChoice()).graph(FoldState())
    assert "module:net.0+5" in graph
