"""Operations of two runs beside each other: real traces of both texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.process.client import Tracer
from app.session.comparing.alignment import Alignment, align
from app.session.comparing.texts import counted_in_files
from app.session.run import Run
from tests.support import TraceText, snippet
from tests.tools.tracing import trace_with

Aligned = Callable[[str, str], list[tuple[str | None, str | None]]]

NETWORK = snippet("""
    lin0, lin1, lin2 = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)
    x = torch.ones(1, 2)
    x1 = lin0(x)
    with torch.no_grad():
        x2 = lin1(x1)
    x3 = lin2(x2)
    x3.sum().backward()
""")


@pytest.fixture(scope="module")
def aligned(trace: TraceText) -> Aligned:
    """The rows of the alignment of two texts, each operation as `name:line`."""

    def both(first: str, second: str) -> list[tuple[str | None, str | None]]:
        runs = Run(trace(first)), Run(trace(second))
        found = align(*runs)
        _check(found, *runs)
        return [(_named(runs[0], one), _named(runs[1], other)) for one, other in found.rows]

    return both


def _named(run: Run, operation: int | None) -> str | None:
    if operation is None:
        return None
    unit = run.operations[operation]
    return f"{unit.name}:{unit.line}"


def _check(found: Alignment, first: Run, second: Run) -> None:
    """Each operation is in one row, and the rows are in the order of both runs."""
    for side, run in enumerate((first, second)):
        ids = [row[side] for row in found.rows if row[side] is not None]
        assert len(ids) == len(set(ids)) > 0
        events = [run.operations[id_ or 0].event for id_ in ids]
        assert events == sorted(events)


def test_a_block_that_was_taken_out_leaves_its_operations_beside_each_other(
    aligned: Aligned,
) -> None:
    without = NETWORK.replace("with torch.no_grad():\n    x2", "x2")
    assert aligned(NETWORK, without) == [
        ("linear:5", "linear:5"),
        ("linear:7", "linear:6"),
        ("linear:8", "linear:7"),
        ("sum:9", "sum:8"),
    ]


def test_of_several_equal_calls_the_one_on_the_line_that_both_have_is_the_same(
    aligned: Aligned,
) -> None:
    two = snippet("""
        x = torch.ones(2, requires_grad=True)
        y = x.relu()
        z = y.relu()
        z.sum().backward()
    """)
    assert aligned(two, two.replace("y = x.relu()", "y = x")) == [
        ("relu:4", None),
        ("relu:5", "relu:5"),
        ("sum:6", "sum:6"),
    ]
    assert aligned(two, two.replace("z = y.relu()", "z = y"))[:2] == [
        ("relu:4", "relu:4"),
        ("relu:5", None),
    ]


def test_a_line_above_a_loop_moves_no_pass_of_it(aligned: Aligned) -> None:
    loop = snippet("""
        w = torch.ones(2, requires_grad=True)
        for step in range(4):
            y = w.exp()
            y.sum().backward()
    """)
    longer = loop.replace("for step", "print(w.tanh())\nfor step")
    found = aligned(loop, longer)
    assert found[0] == (None, "tanh:4")
    assert found[1:] == [("exp:5", "exp:6"), ("sum:6", "sum:7")] * 4


def test_a_loop_put_around_lines_keeps_what_is_the_same(aligned: Aligned) -> None:
    once = snippet("""
        w = torch.ones(2, requires_grad=True)
        y = w.exp()
        y.sum().backward()
    """)
    twice = snippet("""
        w = torch.ones(2, requires_grad=True)
        for _ in range(2):
            y = w.exp()
            y.sum().backward()
    """)
    assert aligned(once, twice) == [
        ("exp:4", "exp:5"),
        ("sum:5", "sum:6"),
        (None, "exp:5"),
        (None, "sum:6"),
    ]


def test_a_loop_put_around_a_model_with_a_loop_inside(aligned: Aligned) -> None:
    """A pass of the one run is as high as what the other run is without the loop."""
    once = snippet("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.gates, self.head = [nn.Linear(2, 2) for _ in range(2)], nn.Linear(2, 1)

            def forward(self, x):
                for gate in self.gates:
                    x = gate(x).sigmoid()
                return self.head(x)

        net = Net()
        net(torch.ones(1, 2)).sum().backward()
    """)
    twice = once.replace("net(torch", "for _ in range(2): net(torch")
    inside = ["linear:10", "sigmoid:10", "linear:10", "sigmoid:10", "linear:11", "sum:14"]
    assert aligned(once, twice) == [
        *((one, one) for one in inside),
        *((None, one) for one in inside),
    ]


def test_a_model_under_another_name_and_with_a_layer_more(trace: TraceText) -> None:
    text = """
        model = nn.Sequential(*[nn.Sequential(nn.Linear(4, 4), nn.ReLU()) for _ in range(3)])
        model(torch.ones(1, 4)).sum().backward()
    """
    first = Run(trace(snippet(text)))
    deeper = text.replace("model", "net").replace("range(3)", "range(4)")
    second = Run(trace(snippet(deeper)))
    found = align(first, second)
    assert len(found.pairs) == 7
    alone = [second.operations[other] for one, other in found.rows if one is None and other]
    assert [second.modules[unit.module or 0].path for unit in alone] == ["net.3.0", "net.3.1"]
    assert found.groups["module:model.1"] == "module:net.1"
    assert found.share == pytest.approx(14 / 16)


def test_a_layer_of_another_type_in_between_is_not_taken_for_the_one_it_moved(
    aligned: Aligned,
) -> None:
    text = snippet("""
        net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
        net(torch.ones(1, 2)).sum().backward()
    """)
    found = aligned(text, text.replace("nn.ReLU()", "nn.Dropout(), nn.ReLU()"))
    assert [row for row in found if None in row] == [(None, "dropout:4")]


def test_runs_that_have_nothing_in_common(aligned: Aligned) -> None:
    one = snippet("torch.ones(2, requires_grad=True).exp()")
    other = snippet("torch.ones(2, requires_grad=True).sin()")
    assert aligned(one, other) == [("exp:3", None), (None, "sin:3")]


def test_lines_of_other_files_decide_between_equal_calls_too(
    tracer: Tracer, tmp_path: Path
) -> None:
    main = tmp_path / "main.py"
    main.write_text(snippet("from layers import both\nboth(torch.ones(2)).sum()"))
    layers = tmp_path / "layers.py"

    def traced(text: str) -> Run:
        layers.write_text(text)
        return Run(trace_with(tracer, main.read_text(), path=str(main), cwd=str(tmp_path)))

    both = "def both(x):\n    x = x.relu()\n    # then\n    return x.relu()\n"
    first, second = traced(both), traced(both.replace("    x = x.relu()\n", ""))
    rows = align(first, second).rows
    assert [(_named(first, one), _named(second, other)) for one, other in rows] == [
        ("relu:2", None),
        ("relu:4", "relu:3"),
        ("sum:4", "sum:4"),
    ]
    said = counted_in_files(first.trace, second.trace)
    assert said == "layers.py: 1 line removed", "the text of the program is the same"
    assert counted_in_files(first.trace, first.trace) == "the same text"
