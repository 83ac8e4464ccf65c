"""Each finding, on real runs of snippets that have it and of snippets that come near."""

from __future__ import annotations

import sys

import pytest

from app.contract.records import Finding, Trace
from app.session.findings.edits import apply
from app.session.findings.registry import RULES, findings
from app.session.findings.trials import try_fixes
from app.session.run import Run
from app.session.source.code_marks import unmarked
from app.session.training.evidence import Evidence
from tests.session.findings.cases import CASES, NET, W
from tests.support import TraceText, snippet

NEAR = [(code, text) for code, case in CASES.items() for text in case.misses]


def only(run: Trace, code: str) -> Finding:
    (found,) = (one for one in run.findings if one.code == code)
    return found


def test_every_rule_has_its_cases() -> None:
    assert set(CASES) == set(RULES)
    assert all(len(case.misses) > 1 for case in CASES.values())


@pytest.fixture
def traced(trace: TraceText) -> TraceText:
    return trace


@pytest.mark.parametrize("code", CASES)
def test_it_is_found_and_says_where(traced: TraceText, code: str) -> None:
    case = CASES[code]
    found = only(traced(snippet(case.text)), code)
    assert found.line == case.line
    assert unmarked(case.says) in unmarked(found.text)


@pytest.mark.parametrize(("code", "text"), NEAR)
def test_what_comes_near_has_it_not(traced: TraceText, code: str, text: str) -> None:
    run = traced(snippet(text))
    assert code not in {found.code for found in run.findings}


def test_an_operation_that_hands_on_what_it_took_ends_the_search(traced: TraceText) -> None:
    """Its result is its own input, so that following results goes round in a circle."""
    text = "drop = nn.Dropout().eval()\ny = drop(w * 2)\n(w * 3).sum().backward()\n"
    run = traced(snippet(W + text))
    assert [one.code for one in run.findings] == []


GROWING = {
    "weights clamped through .data": NET + "for _ in range({n}):\n    net(x).sum().backward()\n"
    "    net.weight.data.clamp_(-1, 1)\n    net.bias.data.clamp_(-1, 1)\n",
    "zeros through custom backwards": W + "class Twice(torch.autograd.Function):\n"
    "    @staticmethod\n    def forward(ctx, x):\n        return x * 2\n"
    "    @staticmethod\n    def backward(ctx, g):\n        return g * 2\n"
    "y = w\nfor _ in range({n}):\n    y = Twice.apply(y)\n(-y).relu().sum().backward()\n",
    "one input of a long chain": W + "h = torch.ones(2)\nfor _ in range({n}):\n    h = h * w\n"
    "h.sum().backward()\n",
    "updates by hand that are lost": NET + "for _ in range({n}):\n    net(x).sum().backward()\n"
    "    for p in net.parameters():\n        p = p - 0.1 * p.grad\n",
    "two optimizers": NET + "critic = nn.Linear(1, 1)\n"
    "one = torch.optim.SGD(net.parameters(), lr=0.1)\n"
    "two = torch.optim.SGD(critic.parameters(), lr=0.1)\n"
    "for _ in range({n}):\n    two.zero_grad()\n    critic(net(x).detach()).sum().backward()\n"
    "    two.step()\n    one.zero_grad()\n    critic(net(x)).sum().backward()\n    one.step()\n",
}


def calls_to_find(run: Trace) -> int:
    """Return how many calls of functions the findings of a trace take."""
    evidence, calls = Evidence(Run(run)), 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        findings(evidence)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("text", GROWING.values(), ids=GROWING)
def test_findings_take_time_in_proportion_to_the_trace(traced: TraceText, text: str) -> None:
    short, long = (calls_to_find(traced(snippet(text.format(n=n)))) for n in (20, 80))
    assert long < 5 * short


WITH_EDITS = {
    "graph_freed": W + "y = w.exp().sum()\ny.backward()\ny.backward()\n",
}
"""Where the snippet of the case has a fix in words only."""
FIXED = [
    "empty_optimizer",
    "non_leaf_in_optimizer",
    "sparse_gradient_refused",
    "copied_with_history",
    "hooked_view_in_place",
    "requires_grad_on_part",
    "cut_by_grad_mode",
    "cut_by_detach",
    "non_leaf_parameter",
    "non_leaf_grad_read",
    "in_place_on_leaf",
    "in_place_on_saved",
    "graph_freed",
    "non_scalar_backward",
    "non_finite_gradient",
    "inference_tensor_in_autograd",
    "integer_requires_grad",
    "shape_mismatch",
    "unused_in_ddp",
    "gradients_add_up",
    "unregistered_module",
    "checkpoint_without_grad_input",
    "detach_not_used",
    "gradient_thrown_away",
    "graph_kept",
    "left_torch",
    "rewrapped_tensor",
    "patched_loss",
    "data_write_on_saved",
    "set_too_late",
    "grad_mode_left_off",
    "evaluation_records",
    "training_mode_in_evaluation",
    "freeze_undone",
    "moved_while_frozen",
    "requires_grad_on_module",
    "requires_grad_misspelt",
    "statistics_move_while_frozen",
    "target_gets_gradients",
    "training_in_evaluation_mode",
    "data_write_unseen",
    "clipped_while_scaled",
    "stepped_while_scaled",
    "named_not_called",
    "broadcast_loss",
    "normalised_before_loss",
    "unregistered_tensor",
    "freeze_matches_nothing",
    "kept_by_reference",
    "clipped_nothing",
]
FREEZING = {
    "freeze_matches_nothing",
    "freeze_undone",
    "moved_while_frozen",
    "requires_grad_misspelt",
    "requires_grad_on_module",
    "statistics_move_while_frozen",
    "target_gets_gradients",
}
"""Their fixes keep gradients away from what is not to train."""


DECORATED = """\
w, v = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)

@torch.no_grad()
def double(x):
    return x * 2

(double(w) * v).sum().backward()
"""


def test_a_decorator_that_cuts_is_taken_away(traced: TraceText) -> None:
    fix = only(traced(snippet(DECORATED)), "cut_by_grad_mode").fix
    assert fix is not None
    run = traced(apply(snippet(DECORATED), fix.edits))
    assert "no_grad" not in run.snippet.text
    assert all(row.grad is not None for row in run.gradients)


PATCHED = """\
net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
for epoch in range(2):
    with torch.no_grad():
        y = net(torch.ones(1, 2))
    loss = y.sum()
    {patch}
    loss.backward()
"""


@pytest.mark.parametrize(
    "patch", ["loss.requires_grad = True", "loss.requires_grad_()", "loss.requires_grad_(True)"]
)
def test_what_stood_in_for_the_lost_history_goes_with_the_cut(
    traced: TraceText, patch: str
) -> None:
    text = snippet(PATCHED.format(patch=patch))
    fix = only(traced(text), "cut_by_grad_mode").fix
    assert fix is not None
    run = traced(apply(text, fix.edits))
    assert run.error is None
    assert "requires_grad" not in run.snippet.text
    assert all(row.grad is not None for row in run.gradients)


@pytest.mark.parametrize(
    "patch", ["loss.requires_grad = True  # why", "if True:\n        loss.requires_grad = True"]
)
def test_without_a_line_of_its_own_there_are_no_edits(traced: TraceText, patch: str) -> None:
    fix = only(traced(snippet(PATCHED.format(patch=patch))), "cut_by_grad_mode").fix
    assert fix is not None
    assert fix.edits == []


SPLIT = W + "h = (w * 2).detach()\nh.requires_grad = True\nh.sum().backward()\n"


def test_a_leaf_made_of_a_detached_value_is_left_alone(traced: TraceText) -> None:
    fix = only(traced(snippet(SPLIT)), "cut_by_detach").fix
    assert fix is not None
    assert fix.edits == []


def test_the_advice_begins_where_the_region_does(traced: TraceText) -> None:
    found = only(traced(snippet(PATCHED.format(patch="loss.requires_grad = True"))),
                 "cut_by_grad_mode")  # fmt: skip
    assert "linear in net.1" in found.text
    assert found.fix is not None
    assert "`linear in net.0` and what follows it" in found.fix.description


TWO_WAYS = """\
enc, dec = nn.Linear(2, 3), nn.Linear(3, 2)
z = enc(torch.ones(1, 2))
loss = dec(z.detach()).sum()
loss = loss + z.data.norm()
loss.backward()
"""


def test_each_of_several_ways_is_told(traced: TraceText) -> None:
    found = only(traced(snippet(TWO_WAYS)), "cut_by_detach")
    assert found.title == "`detach` and `data` cut the gradient"
    assert "`z.detach()` on line 5 and `z.data` on line 6, which passed" in found.text
    assert found.fix is not None
    assert "on line 5" in found.fix.description
    assert "on line 6" in found.fix.description
    assert found.fix.edits == []


RECURRENT = """\
rnn = nn.{cell}
h = c = torch.zeros(1, 1, 3)
for step in range(3):
    {call}
    out.sum().backward()
"""


@pytest.mark.parametrize(
    ("cell", "call", "carried"),
    [
        ("GRU(2, 3)", "out, h = rnn(torch.ones(1, 1, 2), h)", ["h"]),
        ("LSTM(2, 3)", "out, (h, c) = rnn(torch.ones(1, 1, 2), (h, c))", ["h", "c"]),
    ],
)
def test_what_is_carried_over_is_what_to_detach(
    traced: TraceText, cell: str, call: str, carried: list[str]
) -> None:
    text = snippet(RECURRENT.format(cell=cell, call=call))
    fix = only(traced(text), "graph_freed").fix
    assert fix is not None
    names = " and ".join(f"`{name}`" for name in carried)
    assert fix.description.startswith(f"Detach {names} where")
    cut = "".join(f"    {name} = {name}.detach()\n" for name in carried)
    assert traced(text + cut).error is None


@pytest.mark.parametrize("change", ["h[h > 2] = 0", "h[0] += 1", "h.relu_()"])
def test_a_clone_that_is_advised_helps(traced: TraceText, change: str) -> None:
    text = snippet(W + f"h = w.exp()\n{change}\nh.sum().backward()\n")
    fix = only(traced(text), "in_place_on_saved").fix
    assert fix is not None
    clone = "h = h.clone()"
    assert f"`{clone}` before line 5" in fix.description
    assert traced(text.replace(change, f"{clone}\n{change}")).error is None


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("h = w.exp()\npart = h[:1]\npart.relu_()\nh.sum().backward()\n", "a clone of the value"),
        (
            "loss = w.exp().sum() + (w * w).sum()\nwith torch.no_grad():\n    w[0] = 3\n"
            "loss.backward()\n",
            "after the backward pass",
        ),
    ],
)
def test_a_clone_that_would_not_help_is_not_advised(
    traced: TraceText, text: str, advice: str
) -> None:
    fix = only(traced(snippet(W + text)), "in_place_on_saved").fix
    assert fix is not None
    assert ".clone()" not in fix.description
    assert advice in fix.description


REBOUND = (
    W
    + "for step in range(3):\n    loss = (w * w).sum()\n    loss.backward()\n"
    + "    with torch.no_grad():\n        {update}\n"
)


def test_the_line_that_put_a_result_in_a_leafs_place_is_told(traced: TraceText) -> None:
    found = only(traced(snippet(REBOUND.format(update="w = w - 0.1 * w.grad"))),
                 "backward_without_history")  # fmt: skip
    assert (
        "`w`, which did, was replaced by a new tensor: `w - 0.1 * w.grad` on line 8" in found.text
    )
    assert found.fix is not None
    assert "in place under" in found.fix.description
    assert traced(snippet(REBOUND.format(update="w -= 0.1 * w.grad"))).error is None


def test_what_replaced_a_leaf_without_being_an_update_is_no_update(traced: TraceText) -> None:
    found = only(traced(snippet(REBOUND.format(update="w = w * 2"))), "backward_without_history")
    assert "replaced by a new tensor: `w * 2` on line 8" in found.text
    assert found.fix is None or "in place" not in found.fix.description


def test_what_never_required_grad_replaced_no_leaf(traced: TraceText) -> None:
    text = snippet("v = torch.ones(2)\nloss = (v * 2).sum()\nloss.backward()\n")
    found = only(traced(text), "backward_without_history")
    assert "replaced" not in found.text
    assert found.fix is not None
    assert "requires_grad=True" in found.fix.description


@pytest.mark.parametrize("code", FIXED)
def test_the_edits_of_a_fix_end_the_trouble(traced: TraceText, code: str) -> None:
    text = snippet(WITH_EDITS.get(code, CASES[code].text))
    before = traced(text)
    tried = try_fixes(Run(before), lambda edited, *_: Run(traced(edited)))
    assert tried is not None
    place = next(n for n, found in enumerate(before.findings) if found.code == code)
    assert tried.fixes.get(place) is not None
    fix = before.findings[place].fix
    assert fix is not None
    run = traced(apply(text, fix.edits))
    assert run.error is None
    grave = {(one.code, one.severity) for one in before.findings}
    assert code not in {found.code for found in run.findings}
    assert {(one.code, one.severity) for one in run.findings if one.severity != "info"} <= grave
    for row in run.gradients if run.backward_passes and code not in FREEZING else ():
        assert row.grad is not None or row.why.code in ("cleared", "unused")


def test_half_of_the_codes_have_a_fix_that_helps() -> None:
    assert len(set(FIXED)) >= len(RULES) / 2


def test_only_those_with_a_test_have_edits(traced: TraceText) -> None:
    for text in (*(case.text for case in CASES.values()), *WITH_EDITS.values()):
        found = traced(snippet(text)).findings
        assert {one.code for one in found if one.fix and one.fix.edits} <= set(FIXED)
