"""From when on something is wrong with a parameter, and what findings say of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan

import pytest

from app.session.details.pictures import CurvePicture
from app.session.details.tensor import tensor_details
from app.session.iterations.series import (
    Series,
    began,
    combined,
    curve_of,
    explodes,
    series_of,
    worst,
)
from app.session.run import Run
from tests.support import TraceText


def series(grads: list[float | None], ratios: list[float | None] | None = None) -> Series:
    count = len(grads)
    return Series(list(range(count)), grads, [1.0] * count, ratios or [0.1] * count)


GROWS = [1.0, 0.9, 2.0, 4.1, 7.9, 16.2, 15.9, 64.0]
CASES: dict[str, tuple[Series, str | None]] = {
    "fine": (series([3.0, 2.9, 3.1, 2.0, 3.3]), None),
    "nan": (series([1.0, 2.0, nan, nan]), "NaN from 3"),
    "infinite first": (series([1.0, inf, nan]), "Inf from 2"),
    "grows": (series([*GROWS]), "grows ×2.0 from 2"),
    "grew once and stays": (series([1.0, 100.0, 101.0, 99.0, 100.0, 101.0, 98.0]), None),
    "grows too slowly": (series([1.05**i for i in range(40)]), None),
    "zero": (series([1.0, 2.0, 0.0, 0.0, 0.0]), "zero from 3"),
    "zero for a moment": (series([1.0, 0.0, 0.0, 1.0, 0.0]), None),
    "still": (series([1.0] * 6, [0.1, 0.1, 0.0, 0.0, 0.0, 0.0]), "no change after 2"),
    "never moved": (series([1.0] * 6, [0.0] * 6), None),
    "without gradient": (series([None] * 6, [0.0] * 6), None),
    "nothing": (series([]), None),
}


@pytest.mark.parametrize(("one", "said"), CASES.values(), ids=CASES)
def test_from_when_on(one: Series, said: str | None) -> None:
    found = began(one)
    assert (found and found.text) == said


DIVERGING = [1.3**i for i in range(16)]
LOSSES = [1.6**i for i in range(16)]
EXPLODING: dict[str, tuple[Sequence[float | None], Sequence[float | None], bool]] = {
    "diverges": (DIVERGING, LOSSES, True),
    "diverges after a while": ([2.0, 1.5, 1.2, *DIVERGING], [1.0, 0.9, 0.8, *LOSSES], True),
    "with noise": ([*DIVERGING[:6], 3.0, *DIVERGING[7:]], LOSSES, True),
    "the loss falls": (DIVERGING, LOSSES[::-1], False),
    "the loss hardly rises": (DIVERGING, [1.02**i for i in range(16)], False),
    "no loss is known": (DIVERGING, [None] * 16, False),
    "a loss below zero": (DIVERGING, [-1000.0 + one for one in LOSSES], False),
    "only a few iterations": (DIVERGING[:7], LOSSES[:7], False),
    "stops growing": ([*DIVERGING, *[51.0] * 8], [*LOSSES, *[1200.0] * 8], False),
    "grows ever more slowly": ([*DIVERGING, 51.2, 51.3, 51.4, 51.5, 51.6, 51.7, 51.8, 51.9],
                               [1.6**i for i in range(24)], False),
    "comes back": ([*DIVERGING, 20.0, 5.0], [*LOSSES, 200.0, 30.0], False),
    "warm-up": ([0.1 * i for i in range(1, 17)], [3.0 - 0.1 * i for i in range(16)], False),
    "an ordinary run": ([3.0 / (1 + i) for i in range(16)], [2 - i / 9 for i in range(16)], False),
    "ends in NaN": ([*DIVERGING, nan], [*LOSSES, nan], False),
}  # fmt: skip


@pytest.mark.parametrize(("norms", "losses", "is_so"), EXPLODING.values(), ids=EXPLODING)
def test_what_explodes_takes_the_loss_with_it(
    norms: Sequence[float | None], losses: Sequence[float | None], is_so: bool
) -> None:
    assert (explodes(norms, losses) is not None) == is_so


def test_the_worst_of_several_is_the_first_of_the_worst_kind() -> None:
    found = [began(one) for one, _ in CASES.values()]
    known = [one for one in found if one is not None]
    assert worst(known) == known[0]
    assert worst([]) is None
    assert combined([None, 3.0, 4.0]) == 5.0


TRAINING = """
import torch
w = torch.nn.Parameter(torch.ones(3))
v = torch.nn.Parameter(torch.ones(3))
optimizer = torch.optim.SGD([w, v], lr=1.5)
for step in range(12):
    optimizer.zero_grad()
    loss = (w * w).sum() + (v * 2).relu().sum()
    if step >= 9:
        loss = loss * float("nan")
    loss.backward()
    optimizer.step()
"""


def test_details_of_a_parameter_have_its_curves(trace: TraceText) -> None:
    run = Run(trace(TRAINING))
    details = tensor_details(run, run.tensors[run.trace.gradients[0].tensor])
    (box,) = [one for one in details.boxes if one.title == "Over all iterations"]
    norm, update, since = box.facts
    assert isinstance(norm.picture, CurvePicture)
    assert norm.picture.values[0] == pytest.approx(12**0.5)
    assert isinstance(update.picture, CurvePicture)
    assert update.picture.is_update
    assert since.value == "NaN from 10"


def test_a_finding_says_in_which_iteration_it_began(trace: TraceText) -> None:
    run = Run(trace(TRAINING))
    assert [one and one.text for one in map(began, series_of(run).values())] == [
        "NaN from 10",
        "zero from 2",
    ]
    curve = curve_of(run)
    assert curve.is_loss
    assert curve.values[0] == 9.0
    (found,) = [one for one in run.trace.findings if one.code == "non_finite_gradient"]
    assert "It began in iteration 10 of 12." in found.text
    assert "Before that, the norm grew ×2.0 an iteration from iteration 1 on." in found.text
