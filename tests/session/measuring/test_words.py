"""What is said of the times of two modes."""

from __future__ import annotations

import pytest

from app.session.measuring.results import Measurement, OfMode
from app.session.measuring.words import verdicts

ROUNDS = range(10)
NOISE = (0.03, -0.02, 0.01, -0.04, 0.025, -0.01, 0.035, -0.03, 0.005, -0.015)


def said(grad: list[float], no_grad: list[float]) -> str:
    modes = {"grad": OfMode(dict(enumerate(grad))), "no-grad": OfMode(dict(enumerate(no_grad)))}
    (verdict,) = verdicts(Measurement({"grad": modes["grad"], "no-grad": modes["no-grad"]}))
    return verdict.text


@pytest.mark.parametrize(
    ("no_grad", "words"),
    [
        (0.8, "no_grad saves 0.20 s of the 1.00 s under grad. With 95 % confidence it is between"),
        (1.2, "no_grad takes 0.20 s more than the 1.00 s under grad. With 95 % confidence"),
        (1.0, "no_grad and grad: no difference that this machine can measure. "),
    ],
)
def test_the_answer_comes_first_and_then_what_it_rests_on(no_grad: float, words: str) -> None:
    assert said([1.0] * 10, [no_grad + one for one in NOISE]).startswith(words)


def test_a_sure_difference_that_is_small_is_not_called_none() -> None:
    text = said([1.0] * 10, [0.99] * 10)
    assert text.startswith("no_grad and grad differ by less than 2 %. grad took 10 ms longer")


def test_five_rounds_are_too_few() -> None:
    text = said([1.0] * 5, [0.5] * 5)
    assert text == (
        "Too few rounds to compare the time of no_grad and grad. "
        "5 rounds were measured, and 6 are needed."
    )
