"""Which pass of which loop an operation ran in, held against counters that the snippet keeps."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contract.messages import LoopsRow
from tests.tracer.support import Recording, record

HEAD = "import torch\nfrom torch import nn\nx = torch.ones(2)\n"


def passes(recording: Recording, names: tuple[str, ...] = ("tanh",)) -> list[list[list[int]]]:
    """The loops of each operation of these names: [line, entry, pass], outermost first."""
    rows = {row.id: row for row in recording.all(LoopsRow)}

    def path(number: int | None) -> list[list[int]]:
        if number is None:
            return []
        row = rows[number]
        return [*path(row.outer), [row.line, row.entry, row.passed]]

    return [path(op.own.loops) for op in recording.ops if op.name in names]


def of(text: str, *names: str) -> list[list[list[int]]]:
    return passes(record(HEAD + dedent(text)), names or ("tanh",))


def test_outside_any_loop() -> None:
    assert of("x.tanh()") == [[]]


def test_a_single_loop() -> None:
    assert of("for i in range(3):\n    x = x.tanh()") == [[[4, 0, 0]], [[4, 0, 1]], [[4, 0, 2]]]


def test_nested_loops_of_which_only_the_inner_one_calls() -> None:
    text = "for i in range(2):\n    for j in range(2):\n        x = x.tanh()"
    assert of(text) == [
        [[4, 0, 0], [5, 0, 0]],
        [[4, 0, 0], [5, 0, 1]],
        [[4, 0, 1], [5, 1, 0]],
        [[4, 0, 1], [5, 1, 1]],
    ]


def test_a_loop_around_the_call_of_a_function_is_around_what_it_does() -> None:
    text = """
    def run(x):
        for j in range(2):
            x = x.tanh()
        return x

    for i in range(2):
        x = run(x)
    """
    assert of(text) == [
        [[10, 0, 0], [6, 0, 0]],
        [[10, 0, 0], [6, 0, 1]],
        [[10, 0, 1], [6, 1, 0]],
        [[10, 0, 1], [6, 1, 1]],
    ]


def test_all_that_one_call_of_a_module_does_is_in_one_pass() -> None:
    text = """
    net = nn.Sequential(nn.Tanh(), nn.Sigmoid(), nn.Tanh())
    for i in range(2):
        net(x)
    """
    assert of(text) == [[[6, 0, 0]]] * 2 + [[[6, 0, 1]]] * 2


def test_a_layer_that_is_called_again_and_again() -> None:
    text = "tanh = nn.Tanh()\nfor layer in [tanh] * 3:\n    x = layer(x)"
    assert [path[0][2] for path in of(text)] == [0, 1, 2]


def test_a_builtin_that_calls_back_is_one_execution() -> None:
    text = "for i in range(2):\n    y = sum([x, x, x])"
    assert [path[0][2] for path in of(text, "add")] == [0, 0, 0, 1, 1, 1]


def test_a_comprehension_is_one_execution() -> None:
    text = "for i in range(2):\n    y = [x.tanh() for _ in range(3)]"
    assert [path[0][2] for path in of(text)] == [0, 0, 0, 1, 1, 1]


def test_while_and_its_test() -> None:
    text = "t = torch.zeros(())\nwhile t < 2:\n    t = t + 1"
    assert [path[0][2] for path in of(text, "lt", "add")] == [0, 0, 1, 1, 2]


def test_a_comparison_and_whether_it_is_true() -> None:
    text = "for i in range(2):\n    if x.sum() > 0:\n        x.tanh()"
    assert [path[0][2] for path in of(text, "sum", "gt", "bool", "tanh")] == [0] * 4 + [1] * 4


def test_branches_that_exclude_each_other_are_different_passes() -> None:
    text = """
    for flag in [True, False, True]:
        if flag:
            x.tanh()
        else:
            x.tanh()
    """
    assert [path[0][2] for path in of(text)] == [0, 1, 2]


def test_a_handler_is_in_the_pass_that_raised() -> None:
    text = """
    for i in range(2):
        try:
            x.tanh()
            raise ValueError
        except ValueError:
            x.tanh()
        x.tanh()
    """
    assert [path[0][2] for path in of(text)] == [0, 0, 0, 1, 1, 1]


def test_what_a_generator_computes_is_in_the_pass_that_it_is_for() -> None:
    text = """
    def batches():
        for _ in range(2):
            yield torch.ones(2).tanh()

    for batch in batches():
        batch.sigmoid()
    """
    paths = of(text, "tanh", "sigmoid")
    assert [path[0] for path in paths] == [[9, 0, 0], [9, 0, 0], [9, 0, 1], [9, 0, 1]]
    assert paths[2] == [[9, 0, 1], [6, 0, 1]]


def test_backward_and_the_hooks_that_it_runs() -> None:
    text = """
    w = torch.ones(2, requires_grad=True)
    for i in range(2):
        y = w * 2
        y.register_hook(lambda g: g.tanh())
        y.sum().backward()
    """
    assert of(text) == [[[6, 0, 0]], [[6, 0, 1]]]


def test_the_forward_of_a_function_is_in_the_pass_that_applies_it() -> None:
    text = """
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            for _ in range(2):
                x = x.tanh()
            return x
        @staticmethod
        def backward(ctx, g):
            return g

    for i in range(2):
        y = Twice.apply(x)
    """
    assert [[step[2] for step in path] for path in of(text, "Twice", "tanh")] == [
        [0], [0, 0], [0, 1], [1], [1, 0], [1, 1],
    ]  # fmt: skip


def test_inside_a_method_of_a_module() -> None:
    text = """
    class Net(nn.Module):
        def forward(self, x):
            for _ in range(2):
                x = x.tanh()
            return x

    net = Net()
    for i in range(2):
        net(x)
    """
    assert [[step[2] for step in path] for path in of(text)] == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_recursion_nests() -> None:
    text = """
    def walk(depth):
        for i in range(2):
            x.tanh()
            if depth:
                walk(depth - 1)

    walk(1)
    """
    depths = [len(path) for path in of(text)]
    assert depths == [1, 2, 2, 1, 2, 2]


def test_a_thread_begins_outside_the_loops_of_the_one_that_starts_it() -> None:
    text = """
    import threading

    for i in range(2):
        thread = threading.Thread(target=x.tanh)
        thread.start()
        thread.join()
    """
    assert of(text) == [[], []]


def test_what_the_variables_of_a_function_hold_lives_no_longer() -> None:
    text = """
    import weakref

    def run():
        ended = []
        for i in range(2):
            for j in range(2):
                big = torch.ones(3)
                weakref.finalize(big, ended.append, (i, j))
                big.tanh()
                del big
                ended.append("deleted")
        return ended

    ended = run()
    """
    recording = record(HEAD + dedent(text))
    assert recording.variables["ended"] == [
        item for i in range(2) for j in range(2) for item in ((i, j), "deleted")
    ]


# ------------------------------------------------------------------------------- random programs


def _program(block: Any, depth: int = 0) -> str:
    text = ""
    for kind, *rest in block:
        counters = "".join(f"i{level}, " for level in range(depth))
        if kind == "op":
            text += f"x = torch.tanh(x); seen.append(({counters}))\n"
        elif kind == "for":
            count, inner = rest
            body = _program(inner, depth + 1)
            text += f"for i{depth} in range({count}):\n{indent(body, '    ')}"
        elif kind == "if" and depth:
            modulus, inner, other = rest
            text += f"if i{depth - 1} % 2 == {modulus}:\n{indent(_program(inner, depth), '    ')}"
            text += f"else:\n{indent(_program(other, depth), '    ')}"
        elif kind == "try":
            inner, other = rest
            text += f"try:\n{indent(_program(inner, depth), '    ')}    raise ValueError\n"
            text += f"except ValueError:\n{indent(_program(other, depth), '    ')}"
        elif kind == "skip" and depth:
            text += f"if i{depth - 1} == {rest[0]}:\n    continue\n"
        text += "pass\n"
    return text or "pass\n"


def _blocks() -> st.SearchStrategy[Any]:
    simple = st.one_of(
        st.just(("op",)), st.just(("op",)), st.tuples(st.just("skip"), st.integers(0, 2))
    )

    def compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        block = st.lists(inner, max_size=3)
        return st.one_of(
            st.tuples(st.just("for"), st.integers(0, 3), block),
            st.tuples(st.just("if"), st.integers(0, 1), block, block),
            st.tuples(st.just("try"), block, block),
        )

    return st.lists(st.recursive(simple, compound, max_leaves=8), min_size=1, max_size=4)


@pytest.mark.parametrize("in_function", [False, True])
@settings(max_examples=150)
@given(_blocks())
def test_two_operations_share_a_pass_exactly_if_the_counters_are_the_same(
    in_function: bool, block: Any
) -> None:
    program = _program(block)
    text = HEAD + "seen = []\n"
    if in_function:
        text += f"def run(x):\n{indent(program, '    ')}run(x)\n"
    else:
        text += program
    recording = record(text)
    told = passes(recording)
    counters = recording.variables["seen"]
    assert [len(path) for path in told] == [len(c) for c in counters]
    for depth in range(max(map(len, counters), default=0)):
        by_counter: dict[Any, set[Any]] = {}
        by_pass: dict[Any, set[Any]] = {}
        for path, counter in zip(told, counters, strict=True):
            if len(counter) > depth:
                line = path[depth][0]
                told_here = str(path[: depth + 1])
                by_counter.setdefault((line, counter[: depth + 1]), set()).add(told_here)
                by_pass.setdefault(told_here, set()).add(counter[: depth + 1])
        assert all(len(found) == 1 for found in by_counter.values()), text
        assert all(len(found) == 1 for found in by_pass.values()), text
