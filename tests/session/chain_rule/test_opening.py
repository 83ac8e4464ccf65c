"""Steps opened in real runs: what is drawn, and that its numbers are right."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.contract.messages import OpenedValueRow, Packed
from app.process.client import Tracer
from app.session.chain_rule.cell import Column, cell_sum
from app.session.chain_rule.model import Equation, Matrix, MorePaths, OpenedStep
from app.session.chain_rule.opening import opened_step
from app.session.chain_rule.symbols import plain
from app.session.run import Run
from tests.session.chain_rule import opened_steps
from tests.session.chain_rule.opened_steps import SWISH
from tests.support import TraceText, snippet
from tests.tools.tracing import request_for

MANY = snippet("""
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    x = torch.randn(5, 3)
    h = net(x)
    p, q = (h * 2).split(2, 1)
    b = torch.randn(2, requires_grad=True)
    z = torch.cat([p * b, q - 1], 1)
    c = z.t().contiguous().view(5, 4)
    loss = nn.functional.cross_entropy(c, torch.tensor([0, 1, 1, 0, 3])) + c[0].var()
    loss = loss + c.softmax(1).amax(1).sum() + c.norm()
    loss.backward()
""")

Open = Callable[..., OpenedStep]


@pytest.fixture
def opened(tracer: Tracer, trace: TraceText) -> Open:
    """Open the last step of a text that runs a node of this name, or the step of this number."""

    def open_it(text: str, node: str | int, backward: int = 0) -> OpenedStep:
        run = Run(trace(text))
        names = [step.grad_fn for step in run.passes[backward].steps]
        step = node if isinstance(node, int) else len(names) - names[::-1].index(node)
        return opened_step(run, backward, step, rows_of(tracer, text, backward, step))

    return open_it


def rows_of(tracer: Tracer, text: str, backward: int, step: int) -> list[Any]:
    rows: list[Any] = []
    tracer.run(request_for(text)._replace(opened=(backward, step)), rows.extend)
    return rows


def words(equation: Equation) -> list[str]:
    """The terms of an equation as text."""
    return [plain(one.name) if isinstance(one, Matrix) else str(one) for one in equation.terms]


def test_the_step_of_the_mock_up(opened: Open) -> None:
    found, drawn = opened(SWISH, 4), opened_steps.swish()
    assert found.rule == drawn.rule
    assert found.not_asked == drawn.not_asked
    assert found.saved == drawn.saved
    assert (found.title, found.code, found.line) == (drawn.title, drawn.code, drawn.line)
    for one, other in zip(found.equations, drawn.equations, strict=True):
        assert (one.number, one.lead, one.text) == (other.number, other.lead, other.text)
        for real, sketched in zip(one.matrices, other.matrices, strict=True):
            assert (real.name, real.origin, real.kind) == (
                sketched.name, sketched.origin, sketched.kind,
            )  # fmt: skip
            assert real.cells is not None
            assert sketched.cells is not None
            for row, expected in zip(real.cells, sketched.cells, strict=True):
                assert row == pytest.approx(expected, abs=1e-4)


def _computed(equation: Equation, column: Column) -> float:
    values = [line.value for line in column.lines]
    assert None not in values
    numbers = [value for value in values if value is not None]
    return math.prod(numbers) if "·" in equation.terms else sum(numbers)


def test_every_cell_of_every_node_is_what_its_column_computes(
    tracer: Tracer, trace: TraceText
) -> None:
    run = Run(trace(MANY))
    steps = {step.grad_fn: number for number, step in enumerate(run.passes[0].steps, 1)}
    checked = 0
    for number in steps.values():
        step = opened_step(run, 0, number, rows_of(tracer, MANY, 0, number))
        assert step.equations, step.grad_fn
        assert not step.problem
        assert step.rule is not None, step.grad_fn
        for place, equation in enumerate(step.equations):
            result = equation.matrices[-1]
            assert result.cells is not None
            if "," in equation.terms:
                continue
            rows, columns = result.size
            for at in ((row, column) for row in range(rows) for column in range(columns)):
                column = cell_sum(step, at, place).columns[place]
                assert column is not None
                value = result.cells[at[0]][at[1]]
                assert _computed(equation, column) == pytest.approx(value, abs=1e-5), step.grad_fn
                checked += 1
    assert len(steps) > 15
    assert checked > 200


def test_a_layer_names_its_weight_and_transposes_it_once(opened: Open) -> None:
    step = opened(MANY, "AddmmBackward0")
    assert step.rule is not None
    assert plain(step.rule.forward) == "output = bias + x × weight^T"
    assert [plain(one) for one in step.rule.backward] == [
        "grad_bias = Σ(grad_output)",
        "grad_weight^T = x^T × grad_output",
    ]
    assert words(step.equations[1]) == ["x^T saved", "×", "grad_output", "=", "grad_weight^T"]
    assert step.equations[0].text == "summed where net.0.bias was repeated"
    assert [(row.name, row.as_) for row in step.saved] == [("x", "mat1"), ("net.0.weight", "")]


def test_a_number_stands_for_itself(opened: Open) -> None:
    step = opened("import torch\nx = torch.ones(2, requires_grad=True)\n(3 * x).sum().backward()\n",
                  "MulBackward0")  # fmt: skip
    assert step.rule is not None
    assert plain(step.rule.backward[0]) == "grad_x = grad_output · 3"
    assert step.not_asked == ()


def test_from_four_paths_on_the_others_are_counted(opened: Open) -> None:
    text = snippet("""
        x = torch.ones(2, requires_grad=True)
        e = x.exp()
        (e * 2 + e * 3 + e * 4 + e.sin()).sum().backward()
    """)
    arrival = opened(text, "ExpBackward0").equations[0]
    assert words(arrival) == ["path 1", "+", "path 2", "+", "MorePaths(paths=2)", "=", "grad_e"]
    assert MorePaths(2) in arrival.terms


def test_a_hook_that_changes_a_gradient_is_named(opened: Open) -> None:
    text = snippet("""
        x = torch.ones(2, requires_grad=True)
        h = x * 2
        h.register_hook(lambda grad: grad * 10)
        (h + h.sin()).sum().backward()
        y = x.exp()
        y.register_hook(lambda grad: grad * 10)
        y.sum().backward()
    """)
    arrival = opened(text, "MulBackward0").equations[0]
    assert arrival.text.endswith("; then a hook changed the sum")
    assert "→" in arrival.terms
    (only,) = opened(text, "ExpBackward0", 1).equations
    assert only.matrices[0].origin == "from sum, line 9, changed by a hook"


def test_what_grad_holds_already_is_a_term(opened: Open) -> None:
    text = SWISH.replace("loss.backward()", "loss.backward(retain_graph=True)\nloss.backward()")
    assert words(opened(text, 5).equations[0]) == ["grad_w", "=", "w.grad"]
    assert words(opened(text, 5, 1).equations[0]) == ["w.grad", "+", "grad_w", "=", "w.grad"]


def test_an_input_that_the_pass_does_not_ask_for(opened: Open) -> None:
    text = snippet("""
        x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
        torch.autograd.grad((x * y).sum(), x)
    """)
    step = opened(text, "MulBackward0")
    assert [(plain(one.name), one.text) for one in step.not_asked] == [
        ("grad_y", "is not needed in this pass")
    ]


def test_nodes_without_a_rule(opened: Open) -> None:
    text = snippet("""
        class Twice(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return 2 * x
            @staticmethod
            def backward(ctx, grad):
                return 2 * grad
        x = torch.ones(2, 2, requires_grad=True)
        y = Twice.apply(x.renorm(2, 0, 1.0))
        y.sum().backward()
    """)
    own = opened(text, "TwiceBackward")
    assert own.no_rule == "TwiceBackward is a Function of the program: in and out are measured."
    assert own.equations[0].links == {}
    step = opened(text, "RenormBackward0")
    expected = "torch gives no formula for RenormBackward0; in and out are measured."
    assert step.no_rule == expected
    assert words(step.equations[0])[1] == "→"
    assert step.rule is None


def test_saved_tensors_with_hooks_are_left_alone(opened: Open) -> None:
    text = snippet("""
        x = torch.ones(2, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: x):
            y = x.exp()
        y.sum().backward()
    """)
    step = opened(text, "ExpBackward0")
    assert "pass through hooks" in step.problem
    assert words(step.equations[0])[-1] == "grad_x"


def test_a_large_step_has_a_picture_and_the_norm(opened: Open) -> None:
    text = snippet("""
        x = torch.linspace(-1, 1, 5000).reshape(50, 100).requires_grad_()
        x.tanh().sum().backward()
    """)
    step = opened(text, "TanhBackward0")
    (equation,) = step.equations
    assert all(one.cells is None for one in equation.matrices)
    assert equation.matrices[0].norm == pytest.approx(math.sqrt(5000))
    assert equation.matrices[-1].picture is not None
    assert equation.matrices[1].kind == "formula"
    assert plain(equation.matrices[1].formula) == "1 − output^2"
    assert cell_sum(step, (0, 0)).columns == (None,)


def test_a_program_that_runs_in_another_way(opened: Open, tracer: Tracer, trace: TraceText) -> None:
    text = snippet("""
        import os
        x = torch.ones(2, requires_grad=True)
        (x * int.from_bytes(os.urandom(4))).sum().backward()
    """)
    step = opened(text, "MulBackward0")
    assert step.problem == "" or step.problem.startswith("The program gave other numbers")
    leaf = opened(text, "AccumulateGrad")
    assert leaf.problem.startswith("The program gave other numbers")
    assert leaf.equations[0].matrices[0].cells is not None
    run = Run(trace(SWISH))
    missed = opened_step(run, 0, 4, rows_of(tracer, "x = 1\n", 0, 4))
    assert missed.problem.startswith("The program did not reach this step")
    other = opened_step(run, 0, 4, rows_of(tracer, SWISH, 0, 3))
    assert other.problem.startswith("The program gave other numbers")


def test_before_torch_is_asked_there_is_what_the_trace_has(trace: TraceText) -> None:
    step = opened_step(Run(trace(SWISH)), 0, 4)
    (equation,) = step.equations
    assert words(equation) == ["grad_a"]
    assert equation.matrices[0].cells is not None
    assert step.rule is None
    assert cell_sum(step, (1, 1)).title == "Cell [1, 1]"


@pytest.mark.parametrize(
    "row",
    [
        ["opened", 3, [], [], [], {}, ""],
        ["opened"],
        ["not_opened", None],
        [],
        OpenedValueRow(0, 0, "arrived", "", [3], Packed("f|2", bytes(8))),
        OpenedValueRow(0, 0, "arrived", "", [2], Packed("f|2", bytes(3))),
        OpenedValueRow(0, 0, "arrived", "", [2], Packed("x", b"")),
    ],
)
def test_what_cannot_be_understood_is_left_out(trace: TraceText, row: Any) -> None:
    step = opened_step(Run(trace(SWISH)), 0, 4, [row])
    assert step.problem.startswith("The program ended before it answered")


LARGE = snippet("""
    net = nn.Sequential(nn.Linear(8, 16), nn.LayerNorm(16))
    loss = net(torch.randn(5, 8)).pow(2).sum()
    loss.backward()
""")


def test_a_large_sum_over_repeats_is_not_called_a_product(opened: Open) -> None:
    """The bias of a layer whose output has more cells than the node is asked for."""
    found = opened(LARGE, "AddmmBackward0").equations[0]
    assert words(found) == ["grad_output", "→", "grad_bias"]
    assert found.text == "summed where net.0.bias was repeated"


def test_what_a_node_makes_of_ones_is_not_what_each_cell_adds(opened: Open) -> None:
    """Each cell that layer_norm passes on depends on a whole row of what arrives."""
    found = opened(LARGE, "NativeLayerNormBackward0")
    of_input = found.equations[0]
    assert words(of_input)[1] == "→"
    assert not of_input.links
    (column,) = cell_sum(replace(found, equations=(of_input,)), (0, 0)).columns
    assert column is not None
    assert column.lines == ()


def test_of_many_inputs_some_are_drawn_and_the_others_counted(opened: Open) -> None:
    text = snippet("""
        x = torch.ones(2, requires_grad=True)
        torch.stack([x * i for i in range(10)]).sum().backward()
    """)
    step = opened(text, "StackBackward0")
    assert step.rule is not None
    assert len(step.equations) == len(step.rule.backward) == 4
    assert step.rule.words.endswith("6 more inputs get a gradient too.")


def test_dropout_multiplies_by_its_mask(opened: Open) -> None:
    text = snippet("""
        x = torch.ones(8, requires_grad=True)
        nn.functional.dropout(x, 0.5).sum().backward()
    """)
    step = opened(text, "MulBackward0")
    assert words(step.equations[0]) == ["grad_output", "·", "mask saved", "=", "grad_x"]


def test_a_large_node_that_mixes_cells_has_no_computation_of_one(opened: Open) -> None:
    """What it makes of ones are sums, which say nothing of single cells."""
    text = snippet("""
        x = torch.randn(10, 10, requires_grad=True)
        (x.softmax(1) ** 2).sum().backward()
    """)
    (equation,) = opened(text, "SoftmaxBackward0").equations
    assert "→" in equation.terms
    assert equation.links == {}


def test_hooks_of_saved_tensors_leave_the_settings_and_nodes_without_any(opened: Open) -> None:
    text = snippet("""
        x = torch.ones(2, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: x):
            y = (torch.add(x, x.sin(), alpha=2) ** 3)
        y.sum().backward()
    """)
    power = opened(text, "PowBackward0")
    assert power.rule is not None
    assert plain(power.rule.backward[0]) == "grad_input = grad_y · 3 · input^2"
    assert power.problem
    add = opened(text, "AddBackward0")
    assert add.problem == ""
    assert words(add.equations[1]) == ["grad_output", "·", "2", "=", "grad_other"]


def test_what_is_written_into_a_tensor_gets_its_part(opened: Open) -> None:
    text = snippet("""
        b = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        s = torch.tensor([4.0, 5.0], requires_grad=True)
        a = b * 1
        a[1:] = s * 2
        (a * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    """)
    found = opened(text, "CopySlices")
    assert found.rule is not None
    assert [plain(one) for one in found.rule.backward] == [
        "grad_a = outside(grad_a)", "grad_src = part(grad_a)",
    ]  # fmt: skip
    outside, part = (one.matrices[-1].cells for one in found.equations)
    assert (outside, part) == (((1, 0, 0),), ((10, 100),))
    assert opened(text.replace("a[1:] = s * 2", "a[1:].mul_(2)"), "CopySlices").rule is None


def test_a_rule_for_real_numbers_is_not_shown_for_complex_ones(opened: Open) -> None:
    """Torch takes the conjugate: the gradient of `z * z` is not that times z."""
    text = snippet("""
        z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
        (z * z).abs().sum().backward()
    """)
    found = opened(text, "MulBackward0")
    assert found.rule is None
    assert found.no_rule.startswith("The rule of MulBackward0 is for real numbers")
    assert opened(text, "SumBackward0").rule is not None
    assert opened(text.replace("z * z", "z + z"), "AddBackward0").rule is not None


def test_a_sum_with_nan_was_not_changed_by_a_hook(opened: Open) -> None:
    text = snippet("""
        x = torch.tensor([0.0, 1.0], requires_grad=True)
        y = x.sqrt()
        (y / y).sum().backward()
    """)
    arrives = opened(text, "SqrtBackward0").equations[0]
    assert "hook" not in arrives.text
    assert "=" in arrives.terms


def test_what_autograd_grad_computes_goes_to_no_grad(opened: Open) -> None:
    text = snippet("""
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = (x ** 3).sum()
        torch.autograd.grad(y, x)
    """)
    assert opened(text, "PowBackward0").equations[-1].matrices[-1].origin == "is returned"


def test_a_value_that_was_changed_in_place_is_of_the_last_change(opened: Open) -> None:
    text = snippet("""
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.exp_()
        y.sum().backward()
    """)
    saved = opened(text, "ExpBackward0").equations[-1].matrices[1]
    assert saved.origin == f"made on line {text[: text.index('y.exp_')].count(chr(10)) + 1}"


def test_nothing_is_summed_into_an_empty_tensor(opened: Open) -> None:
    text = "import torch\nx = torch.zeros(0, 3, requires_grad=True)\nx.sum().backward()"
    found = opened(text, "SumBackward0")
    assert found.rule is not None
    assert "Σ" not in plain(found.rule.backward[0])
    assert "repeated" not in found.equations[-1].text


def test_a_loss_with_weights_has_its_own_rule(opened: Open) -> None:
    text = snippet("""
        x = torch.tensor([[1.0, 2.0], [0.0, 1.0]], requires_grad=True)
        weight = torch.tensor([1.0, 3.0])
        nn.functional.cross_entropy(x, torch.tensor([1, 0]), weight=weight).backward()
    """)
    found = opened(text, "NllLossBackward0")
    assert found.rule is not None
    assert "weight" in plain(found.rule.backward[0])
    plainly = opened(text.replace(", weight=weight", ""), "NllLossBackward0")
    assert plainly.rule is not None
    assert "weight" not in plain(plainly.rule.backward[0])
    summed = opened(text.replace("=weight)", "=weight, reduction='sum')"), "NllLossBackward0")
    assert summed.rule is None
    assert summed.no_rule.startswith("The rule of NllLossBackward0 does not fit its settings")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_what_half_precision_rounds_away_is_no_hook(opened: Open, dtype: str) -> None:
    text = snippet(f"""
        torch.manual_seed(0)
        x = torch.randn(6).to(torch.{dtype}).requires_grad_()
        y = x * 1.37
        (y.sin() + y.cos() * 0.1234 + y.exp() * 0.731 + y.tanh()).sum().backward()
    """)
    assert "hook" not in opened(text, "MulBackward0").equations[0].text
    hooked = text.replace("* 1.37", "* 1.37\ny.register_hook(lambda grad: grad * 1.2)")
    assert "hook" in opened(hooked, "MulBackward0").equations[0].text


def test_tensors_without_names_have_different_ones(opened: Open) -> None:
    """Under autocast the weights and the input of a layer are copies that nobody names."""
    text = snippet("""
        layer = nn.Linear(3, 2)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = layer(torch.ones(4, 3))
        y.sum().backward()
    """)
    rule = opened(text, "AddmmBackward0").rule
    assert rule is not None
    assert plain(rule.forward) == "y = bias + input × other"
    twice = snippet("""
        a, b = torch.ones(2, 2, requires_grad=True), torch.ones(2, 2)
        torch.addmm(a * 2, a * 3, b).sum().backward()
    """)
    rule = opened(twice, "AddmmBackward0").rule
    assert rule is not None
    assert plain(rule.forward) == "output = input + input′ × b"
