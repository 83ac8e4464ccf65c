"""Each reason for a `.grad`, on a real run of the snippet that it is about."""

from __future__ import annotations

from typing import get_args

import pytest

from app.contract.records import Trace, Why, WhyCode
from tests.session.explain.cases import CASES, Case
from tests.support import TraceText, gradients_of, snippet

each_case = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))


@each_case
def test_the_reason_its_lines_and_its_words(trace: TraceText, case: Case) -> None:
    why = gradients_of(trace(snippet(case.text)))[case.name].why
    assert why.code == case.code
    assert case.says in why.text
    assert set(why.lines) == set(case.lines)


@each_case
def test_the_reason_agrees_with_the_value(trace: TraceText, case: Case) -> None:
    for gradient in trace(snippet(case.text)).gradients:
        has_one = gradient.why.code in ("accumulated", "accumulated_repeatedly", "assigned")
        assert (gradient.grad is not None) == has_one


def test_every_reason_has_a_case() -> None:
    assert {case.code for case in CASES.values()} | {"none_returned", "unknown"} == set(
        get_args(WhyCode)
    )


def test_a_region_is_left_by_the_suggested_fix(trace: TraceText) -> None:
    run = trace(
        snippet(
            """
            one, two, three = (nn.Linear(2, 2) for _ in range(3))
            h = one(torch.ones(1, 2))
            with torch.no_grad():
                h = two(h)
            three(h).sum().backward()
            """
        )
    )
    fix = gradients_of(run)["one.weight"].why.fix
    assert fix == (
        "Move two(h) out of the torch.no_grad() block on line 5. "
        "To keep two fixed, use two.requires_grad_(False) instead."
    )


def test_who_computes_with_the_tensor_needs_no_detach(trace: TraceText) -> None:
    run = trace(
        snippet(
            """
            w = torch.ones(2, requires_grad=True)
            torch.from_numpy((w * 2).detach().numpy()).requires_grad_().sum().backward()
            """
        )
    )
    assert gradients_of(run)["w"].why.fix == (
        "Compute with the tensor itself instead of (w * 2).detach().numpy() on line 4."
    )


@pytest.mark.parametrize(
    ("made", "fix"),
    [
        ("torch.randn(2, requires_grad=True) * 0.1", "a leaf after line 3: w = w.detach()"),
        ("nn.Linear(2, 2)(torch.ones(2))", None),
    ],
)
def test_a_result_is_to_be_a_leaf_only_where_one_was_meant(
    trace: TraceText, made: str, fix: str | None
) -> None:
    told = gradients_of(trace(snippet(f"w = {made}\nw.sum().backward()\nw.grad\n")))["w"].why.fix
    assert told is not None
    assert (fix in told) if fix else told == "Call w.retain_grad() before backward()."


def test_the_suggested_leaf_gets_a_gradient(trace: TraceText) -> None:
    made = "w = (torch.randn(2, requires_grad=True) * 0.1).detach().requires_grad_()\n"
    assert gradients_of(trace(snippet(made + "w.sum().backward()\n")))["w"].grad is not None


def test_the_cut_is_where_the_history_was_lost(trace: TraceText) -> None:
    """Not where the integers were used that were computed from it."""
    text = CASES["an index that was compared"].text
    run = trace(snippet(text))
    names = {operation.id: operation.name for operation in run.operations}
    assert [names[number] for number in gradients_of(run)["w"].why.cuts] == ["argmax"]


def test_what_another_module_loads_is_no_use_of_a_parameter(trace: TraceText) -> None:
    text = """
net, target = nn.Linear(2, 1), nn.Linear(2, 1)
target.load_state_dict(net.state_dict())
target.requires_grad_(False)
x = torch.ones(1, 2)
with torch.no_grad():
    out = net(x)
scale = torch.ones(1, requires_grad=True)
((out - target(x)) * scale).sum().backward()
"""
    why = gradients_of(trace(snippet(text)))["net.weight"].why
    assert "net(x) on line 8 ran under torch.no_grad()" in why.text.replace("`", "")
    assert "state_dict" not in why.text
    assert why.fix is not None
    assert "detach" not in why.fix


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        ("w", "only_skipped", "load_state_dict"),
        ("w * 2", "cut", "load_state_dict"),
        ("(w * 2).detach()", "cut", "detach"),
    ],
)
def test_loading_what_has_a_history_is_named_as_the_cut(
    trace: TraceText, given: str, code: str, says: str
) -> None:
    text = f"""
w = torch.ones(1, 2, requires_grad=True)
net = nn.Linear(2, 1, bias=False)
net.load_state_dict({{"weight": {given}}})
net(torch.ones(1, 2)).sum().backward()
"""
    why = gradients_of(trace(snippet(text)))["w"].why
    assert (why.code, set(why.lines)) == (code, {5})
    assert says in why.text


def test_parameters_come_before_named_leaves(trace: TraceText) -> None:
    run = trace(snippet("x = torch.ones(1, requires_grad=True)\nm = nn.Linear(1, 1)\nm(x)\n"))
    assert [gradient.name for gradient in run.gradients] == ["m.weight", "m.bias", "x"]


def test_the_passes_are_those_that_are_in_the_sum(trace: TraceText) -> None:
    run = trace(
        snippet(
            """
            w = torch.ones(2, requires_grad=True)
            w.sum().backward()
            w.grad = None
            w.sum().backward()
            w.sum().backward()
            """
        )
    )
    assert gradients_of(run)["w"].passes == [1, 2]


def test_a_long_loop_over_one_input_is_explained(trace: TraceText) -> None:
    """Each step takes `x`: every dominator of it lies far up, at the loop's end."""
    run = trace(
        snippet(
            """
            x = torch.ones(2, requires_grad=True)
            v = torch.ones(2, requires_grad=True)
            h = x * 1
            with torch.no_grad():
                for _ in range(2000):
                    h = h * 0.5 + x
            (h * v).sum().backward()
            """
        )
    )
    why = gradients_of(run)["x"].why
    assert why.code == "cut"
    assert "h * 0.5 + x on line 8, which ran under torch.no_grad() (line 6)" in why.text


@pytest.mark.parametrize(
    ("use", "fix"),
    [
        ("v.sum().backward()\nprint(w.detach().numpy())\n", None),
        (
            "n = w.sum().detach().item()\n(v * n).sum().backward()\n",
            "Compute with the tensor itself instead of w.sum().detach().item() on line 5.",
        ),
        (
            "(v * torch.from_numpy(w.detach().numpy())).sum().backward()\n",
            "Compute with the tensor itself instead of w.detach().numpy() on line 5.",
        ),
        ("(v * w.detach()).sum().backward()\n", "Drop detach on line 5."),
    ],
)
def test_a_detach_is_to_go_only_where_that_lets_the_gradient_through(
    trace: TraceText, use: str, fix: str | None
) -> None:
    made = "w = torch.ones(2, requires_grad=True)\nv = torch.ones(2, requires_grad=True)\n"

    assert gradients_of(trace(snippet(made + use)))["w"].why.fix == fix


def test_of_a_variables_values_the_one_with_the_fewest_cuts_counts(trace: TraceText) -> None:
    """Before its update the path from `w` to the loss is cut twice, after it once."""
    run = trace(
        snippet(
            """
            w = torch.ones(2, requires_grad=True)
            v = torch.ones(2, requires_grad=True)
            a = (w * 2).detach()
            b = (a * v).detach()
            with torch.no_grad():
                w.mul_(2)
            c = (w * 3).detach()
            (b + c + v).sum().backward()
            """
        )
    )
    why = gradients_of(run)["w"].why
    named = {operation.line for operation in run.operations if operation.id in why.operations}
    assert named == {5, 6, 9}
    assert 5 not in cut_lines(run, why)


def cut_lines(run: Trace, why: Why) -> set[int | None]:
    skipped = {op.id: op.line for op in run.operations if op.status == "skipped"}
    return {skipped[number] for number in why.operations if number in skipped}


def test_a_cut_in_the_middle_of_many_passes_is_named_too(trace: TraceText) -> None:
    run = trace(
        snippet(
            """
            w = torch.ones(2, requires_grad=True)
            v = torch.ones(2, requires_grad=True)
            for step in range(12):
                y = w * 2
                if step == 5:
                    z = y.round().long()
                else:
                    z = y.detach()
                (z * v).sum().backward()
            """
        )
    )
    why = gradients_of(run)["w"].why
    assert {8, 10} <= cut_lines(run, why)


def test_a_cut_is_named_once(trace: TraceText) -> None:
    """A loop makes it again and again, and `sample` has two operations under one `no_grad`."""
    text = (
        "net = nn.Linear(2, 2)\nfor _ in range(2):\n    scale = torch.ones(1, requires_grad=True)\n"
        "    weight = net.weight.detach()\n    (weight * scale).sum().backward()\n"
    )
    why = gradients_of(trace(snippet(text)))["net.weight"].why
    assert "Beyond that" not in why.text
    text = (
        "net, head = nn.Linear(2, 4), nn.Linear(2, 1)\n"
        "mean, scale = net(torch.ones(3, 2)).chunk(2, 1)\n"
        "z = torch.distributions.Normal(mean, scale.exp()).sample()\nhead(z).sum().backward()\n"
    )
    why = gradients_of(trace(snippet(text)))["net.weight"].why
    assert "sample()" in why.text
    assert "a second time" not in why.text


def test_a_loss_is_not_to_be_made_a_leaf(trace: TraceText) -> None:
    text = "loss = torch.tensor([1.0, 2.0], requires_grad=True).sum()\nloss.backward()\n"
    fix = gradients_of(trace(snippet(text)))["loss"].why.fix
    assert fix == "Call loss.retain_grad() before backward()."
