"""What lies in what: the tree of groups over real traces."""

from __future__ import annotations

from collections.abc import Sequence

from app.session.graph.building import Drawing
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import FoldState
from app.session.graph.grouping.groups import ROOT, Step, Tree, any_pass, grow, many, repeats
from app.session.graph.payloads import GroupItem
from app.session.run import Run
from tests.session.graph.texts import BLOCKS, CALLS, FUNCTION, GATES, LOOPS, STEPS
from tests.support import TraceText, snippet


def tree_of(trace: TraceText, text: str, choice: GraphChoice | None = None) -> Tree:
    return Drawing(Run(trace(text)), choice or GraphChoice()).tree


def keys(tree: Tree, parent: str = ROOT) -> list[str]:
    return [group.key for group in tree.children(parent)]


def test_passes_of_loops_lie_in_their_loop_and_modules_in_the_passes(trace: TraceText) -> None:
    tree = tree_of(trace, LOOPS)
    assert keys(tree) == ["loop:step"]
    assert keys(tree, "loop:step") == [f"loop:step/{number}" for number in range(4)]
    assert keys(tree, "loop:step/2") == [
        "loop:step/2>module:net",
        "loop:step/2>loop:part",
        "loop:step/2>call:cross_entropy",
    ]
    assert tree["loop:step"].step.title == "for step in range(4)"


def test_a_loop_over_modules_is_those_modules(trace: TraceText) -> None:
    tree = tree_of(trace, BLOCKS)
    first, second = keys(tree)
    assert (first, second) == ("module:net", "module:net#1")
    assert keys(tree, first) == [f"module:net.blocks.{number}" for number in range(8)]


def test_alike_items_of_a_list_stack_and_others_do_not(trace: TraceText) -> None:
    tree = tree_of(trace, BLOCKS)
    blocks = tree.children("module:net")
    assert tree.can_stack(blocks[0], blocks[1])
    assert not tree.can_stack(blocks[2], blocks[3])  # the third is frozen, the fourth is not
    assert [group.key for group in tree.members(many(blocks[3:6]))] == [
        f"module:net.blocks.{number}" for number in (3, 4, 5)
    ]
    whole = tree_of(trace, BLOCKS, GraphChoice(level="modules"))
    one, two = whole["module:net.blocks.0.one"], whole["module:net.blocks.0.two"]
    assert not whole.can_stack(one, two)


def test_unknown_keys_stand_for_nothing(trace: TraceText) -> None:
    tree = tree_of(trace, STEPS)
    for key in ("module:gone", "module:gone+3", "loop:t/0+many", "+2", ""):
        assert [group.key for group in tree.members(key)] == ([ROOT] if not key else [])


def test_calls_of_a_function_are_a_group_where_there_are_no_modules(trace: TraceText) -> None:
    assert keys(tree_of(trace, FUNCTION)) == ["function:attention"]


def test_a_function_that_holds_nothing_but_a_loop_is_a_group(trace: TraceText) -> None:
    text = "import torch\ndef train(y):\n    for i in range(3):\n        y = y + torch.ones(1)\n"
    tree = tree_of(trace, f"{text}train(1)\n")
    assert keys(tree) == ["function:train"]
    assert keys(tree, "function:train") == ["function:train>loop:i"]


def test_calls_of_functions_lie_in_modules_loops_and_each_other_as_they_were_made(
    trace: TraceText,
) -> None:
    tree = tree_of(trace, CALLS)
    assert keys(tree) == ["function:train"]
    assert keys(tree, "function:train")[0] == "function:train>loop:step"
    first = "function:train>loop:step/0"
    assert keys(tree, first)[0] == f"{first}>module:net"
    net = f"{first}>module:net"
    assert keys(tree, net) == [
        f"{net}>function:Net.scaled", f"{net}>function:Net.scaled#1", f"{net}>function:mix",
    ]  # fmt: skip
    one, other = tree.children(net)[:2]
    assert one.step.title == "Net.scaled()"
    assert CALLS.splitlines()[(one.step.line or 0) - 1].strip() == "a = self.scaled(x)"
    assert one.build == other.build


def test_two_calls_of_a_function_on_one_line_are_two_groups(trace: TraceText) -> None:
    text = snippet("""
        def half(x):
            y = x * 2
            return y / 4

        w = torch.ones(2, requires_grad=True)
        loss = (half(w) + half(half(w))).sum()
    """)
    tree = tree_of(trace, text)
    assert keys(tree) == ["function:half", "function:half#1", "function:half#2"]
    assert {group.step.line for group in tree.children(ROOT)} == {text.count("\n")}


def test_functions_in_the_forward_of_a_base_class_have_no_groups(trace: TraceText) -> None:
    text = CALLS.replace("net = Net()", "class Own(Net):\n    pass\n\nnet = Own()")
    tree = tree_of(trace, text)
    titles = {group.step.title for group in tree.groups.values() if group.kind == "function"}
    assert titles == {"train()"}


def test_what_repeats_is_found_by_its_period(trace: TraceText) -> None:
    tree = tree_of(trace, GATES)
    (repeat,) = [group for group in tree.children("module:net") if group.kind == "loop"]
    assert repeat.step.title == "blocks, linear, sigmoid, mul"
    assert [len(one.contents) for one in tree.children(repeat.key)] == [4] * 12
    assert keys(tree, f"{repeat.key}/2") == [f"{repeat.key}/2>module:net.blocks.2"]
    nodes = Drawing(Run(trace(GATES)), GraphChoice()).graph(FoldState())
    shown = [data["item"] for _, data in nodes.nodes(data=True)]
    titles = [item.title for item in shown if isinstance(item, GroupItem)]
    assert titles == ["repeats 2–12"]


def test_repeats_are_as_short_as_they_can_be_and_span_as_much_as_they_can() -> None:
    assert repeats([1, 2, 3, 2, 3, 2, 3, 4]) == [(1, 2, 3)]
    assert repeats([7, 7, 7, 7, 7, 7]) == []
    assert repeats([1, 2, 1, 2]) == []
    assert repeats([1, 2, 1, 2, 1, 2, 5] * 3) == [(0, 7, 3)]


def test_passes_of_a_repeat_have_one_key_whatever_their_lines_say() -> None:
    line = Step("line", "line:x = a.b / c", "x = a.b / c")
    chains: list[Sequence[Step]] = [(line,), (line,), ()] * 20
    tree = grow(range(60), chains, [1, 2, 3] * 20, whole=False, names=["a", "b", "c"] * 20)
    (repeat,) = tree.children(ROOT)
    assert repeat.step.title == "x = a.b / c, c"
    assert {any_pass(one.key) for one in tree.children(repeat.key)} == {f"{repeat.key}/*"}


def test_a_few_repeats_are_shown_one_by_one() -> None:
    small = grow(range(12), [()] * 12, [1, 2, 3] * 4, whole=False, names=["a", "b", "c"] * 4)
    assert small[ROOT].contents == tuple(range(12))


def test_with_setup_optimizer_steps_are_groups_of_their_own(trace: TraceText) -> None:
    tree = tree_of(trace, LOOPS, GraphChoice(hide_setup=False))
    step = tree["loop:step/1>step:0"]
    assert (step.kind, step.step.title) == ("step", "SGD.step")
    assert step.size > 1


def test_by_source_lines_a_line_holds_what_it_did(trace: TraceText) -> None:
    tree = tree_of(trace, LOOPS, GraphChoice(grouping="lines"))
    assert keys(tree, "loop:step/0")[0] == "loop:step/0>line:h = net(x)"


def test_keys_survive_lines_that_are_added_above(trace: TraceText) -> None:
    before = tree_of(trace, LOOPS)
    after = tree_of(trace, LOOPS.replace("net = ", "\n\nunused = torch.ones(1)\nnet = ", 1))
    assert before.groups.keys() == after.groups.keys()


def test_every_operation_lies_in_the_groups_around_its_home(trace: TraceText) -> None:
    for text in (LOOPS, BLOCKS, STEPS):
        tree = tree_of(trace, text)
        for group in tree.groups.values():
            for id_ in tree.operations(group.key):
                home = tree.home(id_)
                assert home is not None
                around = {home, ROOT, *(one.key for one in tree.ancestors(home))}
                assert group.key in around


def steps(*names: str) -> Sequence[Step]:
    return [Step("function", name, name) for name in names]


def test_a_group_of_a_single_thing_is_left_out() -> None:
    tree = grow([1, 2, 3], [steps("a", "b"), steps("a", "b"), steps("c")], [0, 0, 0], whole=False)
    (only,) = keys(tree)
    assert list(tree.operations(only)) == [1, 2]


def test_what_is_too_much_for_one_picture_is_divided() -> None:
    count = 2_000
    tree = grow(range(count), [()] * count, [0] * count, whole=False)
    sections = tree.children(ROOT)
    assert len(sections) < 60
    assert sum(section.size for section in sections) == count


def test_deep_nesting_needs_no_recursion() -> None:
    names = [f"f{depth}" for depth in range(3_000)]
    chains = [steps(*names[:depth]) for depth in (3_000, 2_999, 2_998)]
    tree = grow([1, 2, 3], chains, [0, 0, 0], whole=False)
    assert len(tree.order) == 3


def test_text_that_is_no_python_has_no_loops(trace: TraceText) -> None:
    assert keys(tree_of(trace, snippet("x = torch.ones(1) * 2\n)"))) == []
