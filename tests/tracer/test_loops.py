"""The loop and its pass that an operation ran in, compared with counters that the snippet keeps."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from textwrap import dedent, indent
from types import CodeType, FunctionType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contract.messages import LoopsRow
from app.contract.packing import Decoder, Encoder
from app.process.client import Tracer
from tests.tools.tracing import trace_with
from tests.tracer import loops_programs
from tests.tracer.loops_programs import PROGRAMS
from tests.tracer.support import Recording, record
from tests.tracer.test_lines import other_pythons

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


def totals(text: str) -> list[int | None]:
    """How many passes each loop of a text was to have, by its line."""
    rows = record(HEAD + dedent(text)).all(LoopsRow)
    return [total for _, total in sorted({(row.line, row.total) for row in rows})]


def test_a_loop_over_what_python_counts_says_how_many_passes_it_has() -> None:
    text = """
    for i in range(2, 8, 3): x.tanh()
    for i in [1, 2, 3]: x.tanh()
    for i in {"a": 1}.items(): x.tanh()
    for i in enumerate(range(4)): x.tanh()
    for i in enumerate(iter("abcde")): x.tanh()
    for i in (1,) * 6: x.tanh(); break
    """
    assert totals(text) == [2, 3, None, 4, 5, 6]


def test_no_code_of_the_program_is_asked_for_a_length() -> None:
    text = """
    class Items(list):
        def __len__(self): raise AssertionError
    class Batches:
        def __getitem__(self, at): return [0, 1][at]
        def __len__(self): raise AssertionError
    for i in Items([1, 2]): x.tanh()
    for i in enumerate(Items([1, 2])): x.tanh()
    for i in Batches(): x.tanh()
    for i in enumerate(Batches()): x.tanh()
    for i in range(1 << 70):
        x.tanh()
        break
    for i in range(1 << 40):
        x.tanh()
        break
    while x.tanh().sum() > 9: pass
    """
    assert totals(text) == [None, 2, None, None, None, None, None]


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


def test_a_loop_around_code_that_goes_by_the_name_of_the_same_file() -> None:
    text = """
    import sys
    for i in range(2):
        exec(compile("x.tanh()", sys._getframe().f_code.co_filename, "exec"))
    """
    assert of(text) == [[[6, 0, 0]], [[6, 0, 1]]]


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


def test_a_pass_around_modules_goes_on_between_and_after_them() -> None:
    text = """
    class Twice(nn.Module):
        def forward(self, x):
            for _ in range(2):
                x = x.tanh()
            return x

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = nn.ModuleList([Twice(), nn.Tanh()])
        def forward(self, x):
            for part in self.parts:
                x = part(x)
            return x.sigmoid()

    net = Net()
    for step in range(2):
        net(x).exp()
    """
    inside = [[0, 0], [0, 1], [1], [], []]
    assert [[step[2] for step in path] for path in of(text, "tanh", "sigmoid", "exp")] == [
        [step, *path] for step in range(2) for path in inside
    ]


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


def test_passes_without_a_call_into_torch_are_counted() -> None:
    text = """
    for i in range(10):
        if i % 4 == 1:
            x.tanh()
    n = 0
    while n < 5:
        n += 1
        if n > 3:
            x.tanh()
    """
    assert of(text) == [[[5, 0, 1]], [[5, 0, 5]], [[5, 0, 9]], [[9, 0, 3]], [[9, 0, 4]]]


def test_more_passes_than_32_bits_can_number() -> None:
    row = LoopsRow(0, 4, 1 << 40, 1 << 50, None)
    assert Decoder().feed(Encoder().encode(row)) == [row]


def test_a_pass_of_an_outer_loop_is_none_of_an_inner_one_that_calls_alone() -> None:
    """Neither where the outer one is a `while`, nor where its item is the one before."""
    text = """
    n = 0
    while n < 2:
        for same in [x]:
            same.tanh()
        n += 1
    for same in [x, x]:
        for _ in range(1):
            same.tanh()
    """
    assert of(text) == [
        [[6, 0, 0], [7, 0, 0]],
        [[6, 0, 1], [7, 1, 0]],
        [[10, 0, 0], [11, 0, 0]],
        [[10, 0, 1], [11, 1, 0]],
    ]


def test_a_loop_over_a_tensor_is_entered_when_its_rows_are_there() -> None:
    text = "for row in x:\n    for _ in torch.ones(1):\n        row.tanh()"
    assert of(text, "unbind", "tanh") == [
        [],
        [[4, 0, 0]], [[4, 0, 0], [5, 0, 0]],
        [[4, 0, 1]], [[4, 0, 1], [5, 1, 0]],
    ]  # fmt: skip


def test_in_a_region_without_gradients() -> None:
    text = """
    for i in range(2):
        with torch.no_grad():
            for j in range(2):
                x.tanh()
        x.tanh()
    """
    assert [[step[2] for step in path] for path in of(text)] == [
        [0, 0], [0, 1], [0], [1, 0], [1, 1], [1],
    ]  # fmt: skip


# --------------------------------------------------------------------- programs that count with us

COUNTING = dedent("""
    import json, torch
    _calls, _x = [], torch.ones(())
    def here(*passes, entered=None):
        _calls.append(passes)
        _x.tanh()
""")


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_passes_are_those_that_the_program_counts(tracer: Tracer, program: str) -> None:
    """In the real child, with calls into torch; those of threads may come in another order."""
    text = f"{COUNTING}{dedent(program)}\nprint('CALLS', json.dumps(_calls))\n"
    traced = trace_with(tracer, text)
    assert traced.error is None
    counted = json.loads(traced.output.stdout.rpartition("CALLS")[2])
    told = [[one.passed for one in op.loops] for op in traced.operations if op.name == "tanh"]
    assert sorted(told) == sorted(counted)


@pytest.mark.parametrize(
    "python", [Path(sys.executable), *other_pythons()], ids=lambda path: path.name
)
def test_every_python_counts_the_same_and_shows_nothing_of_it(python: Path) -> None:
    done = subprocess.run(
        [python, loops_programs.__file__], capture_output=True, text=True, check=True
    )
    for name, (plain, counted, calls) in json.loads(done.stdout).items():
        assert counted == plain, name
        assert plain or calls, name
        for passes_here, entries_here, passes_told, entries_told in calls:
            assert passes_told == passes_here, name
            assert entries_here in (None, entries_told), name


def test_a_function_that_was_pickled_by_value_runs_elsewhere() -> None:
    """As cloudpickle does it, which sends the constants of its code."""
    text = """
    def f(n):
        found = [i for i in range(n)]
        for i in range(n):
            while n:
                n -= 1
                found.append(n)
        return found
    """
    code = record(text).variables["f"].__code__
    constants = pickle.loads(pickle.dumps(code.co_consts[:1])) + tuple(
        one if isinstance(one, CodeType) else pickle.loads(pickle.dumps(one))
        for one in code.co_consts[1:]
    )
    again = FunctionType(code.replace(co_consts=constants), {"range": range})
    assert again(2) == [0, 1, 1, 0]


# ------------------------------------------------------------------------------- random programs

PRELUDE = HEAD + dedent("""
    from itertools import zip_longest
    entries, seen = {}, []

    def enter(loop):
        entries[loop] = entries.get(loop, -1) + 1
        return [entries[loop], -1]

    def note(*passes):
        seen.append([tuple(one) for one in passes])
        x.tanh()
""")
IN_GENERATORS = """
def run(level, *around):
PROGRAM    yield

def call(level, *around):
    if level < 2:
        mine = enter("call")
        mine[1] = 0
        try:
            for _ in run(level + 1, *around, mine):
                mine[1] += 1
        except ValueError:
            pass

mine = enter("both")
mine[1] = 0
for _ in zip_longest(run(0, mine), run(0, mine)):
    mine[1] += 1
"""
"""Two generators that take turns, and those that they call; the next item is for the next pass."""


def _program(block: Any, outside: str, loops: Iterator[int], depth: int = 0) -> str:
    """Of a loop at depth 1, `at1` is its entry and its pass; `outside` are those around it all."""

    def inner(block: Any, deeper: int = 0) -> str:
        return indent(_program(block, outside, loops, depth + deeper), "    ")

    around = outside + "".join(f"at{level}, " for level in range(depth))
    text = ""
    for kind, *rest in block:
        if kind == "op":
            text += f"note({around})\n"
        elif kind in ("for", "while"):
            count, body, other = rest
            text += f"at{depth} = enter({next(loops)})\n"
            if kind == "for":
                text += f"for _ in [x] * {count}:\n"
            else:
                text += f"w{depth} = -1\nwhile (w{depth} := w{depth} + 1) < {count}:\n"
            text += f"    at{depth}[1] += 1\n{inner(body, 1)}"
            text += f"else:\n{inner(other)}" if other else ""
        elif kind == "if" and depth:
            modulus, body, other = rest
            text += f"if at{depth - 1}[1] % 2 == {modulus}:\n{inner(body)}else:\n{inner(other)}"
        elif kind == "try":
            body, other = rest
            text += f"try:\n{inner(body)}    raise ValueError\nexcept ValueError:\n{inner(other)}"
        elif kind == "leave" and depth:
            at, how = rest
            text += f"if at{depth - 1}[1] == {at}:\n    {how}\n"
        elif kind == "call" and outside:
            text += f"call(level, {around})\n"
        elif kind == "yield" and outside:
            text += "yield\n"
        text += "pass\n"
    return text or "pass\n"


def _blocks() -> st.SearchStrategy[Any]:
    passes = st.integers(0, 2)
    ways_out = st.sampled_from(["break", "continue", "raise ValueError"])
    simple = st.one_of(
        st.just(("op",)),
        st.just(("op",)),
        st.tuples(st.just("leave"), passes, ways_out),
        st.sampled_from([("call",), ("yield",)]),
    )

    def compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        block = st.lists(inner, max_size=3)
        loop, other = st.sampled_from(["for", "while"]), st.one_of(st.just([]), block)
        return st.one_of(
            st.tuples(loop, st.integers(0, 3), block, other),
            st.tuples(st.just("if"), st.integers(0, 1), block, block),
            st.tuples(st.just("try"), block, block),
        )

    return st.lists(st.recursive(simple, compound, max_leaves=8), min_size=1, max_size=4)


@pytest.mark.parametrize("in_generators", [False, True])
@settings(max_examples=150)
@given(_blocks())
def test_entries_and_passes_are_those_that_a_random_program_counts(
    in_generators: bool, block: Any
) -> None:
    program = _program(block, "*around, " if in_generators else "", count())
    if in_generators:
        program = IN_GENERATORS.replace("PROGRAM", indent(program, "    "))
    text = f"{PRELUDE}try:\n{indent(program, '    ')}except ValueError:\n    pass\n"
    recording = record(text)
    told = [[(entry, passed) for _, entry, passed in path] for path in passes(recording)]
    assert told == recording.variables["seen"], text
