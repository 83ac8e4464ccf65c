from __future__ import annotations

import pytest

from app.contract.records import Trace
from app.session.decision import DecisionStep, steps
from app.session.run import Run
from tests.support import TraceText, snippet

TEXT = """
w = torch.ones(2, requires_grad=True)
c = torch.ones(2)
a = w * c
with torch.no_grad():
    b = w * c
    b.argmax()
with torch.inference_mode():
    w.sin()
d = c + 1
e = w.argmax()
f = w.detach()
g = w.tolist()
h = w.contiguous()
"""


def questions(run: Trace, name: str, line: int) -> list[DecisionStep]:
    (operation,) = (op for op in run.operations if (op.name, op.line) == (name, line))
    return steps(Run(run), operation)


@pytest.mark.parametrize(
    ("name", "line", "answers", "deciding"),
    [
        ("mul", 5, ("No", "Yes", "Yes", "Yes"), "float32"),
        ("mul", 7, ("No", "No — stop", "not asked", "not asked"), "Switched off by torch.no_grad"),
        ("sin", 10, ("Yes — stop",) + 3 * ("not asked",), "Switched on by torch.inference_mode()"),
        ("add", 11, ("No", "Yes", "No — stop", "not asked"), "Not one of them does: c"),
        ("argmax", 12, ("No", "Yes", "Yes", "No — stop"), "int64"),
        ("detach", 13, ("No", "Yes", "Yes", "No — stop"),
         "detach returns a result without history"),
        ("tolist", 14, ("No", "Yes", "Yes", "No — stop"), "The result is not a torch tensor"),
        ("contiguous", 15, ("No", "Yes", "Yes", "Nothing to record"),
         "It returned its input tensor"),
    ],
)  # fmt: skip
def test_the_questions_end_where_torch_decided(
    trace: TraceText, name: str, line: int, answers: tuple[str, ...], deciding: str
) -> None:
    found = questions(trace(snippet(TEXT)), name, line)
    assert tuple(step.answer for step in found) == answers
    (decided,) = (step for step in found if step.state == "decided")
    assert decided.detail.startswith(deciding)
    number = found.index(decided)
    assert all(step.state == "asked" for step in found[:number])
    assert all(step.state == "not asked" for step in found[number + 1 :])


def test_what_was_not_asked_is_answered_all_the_same(trace: TraceText) -> None:
    run = trace(snippet(TEXT))
    assert [step.detail for step in questions(run, "mul", 7)[2:]] == [
        "Would be yes: w",
        "Would be yes: float32",
    ]
    assert questions(run, "argmax", 8)[3].detail == "Would be no: int64"


def test_requiring_grad_is_that_of_the_moment(trace: TraceText) -> None:
    text = "w = torch.ones(2)\na = w * 2\nw.requires_grad_()\nb = w * 3\n"
    run = trace(snippet(text))
    assert questions(run, "mul", 4)[2].answer == "No — stop"
    assert questions(run, "mul", 6)[2] == DecisionStep(
        "Does an input require grad?", "w", "Yes", "asked"
    )


def test_many_inputs_are_counted(trace: TraceText) -> None:
    text = """
    many = [torch.ones(1, requires_grad=True) for _ in range(9)]
    a, b, c, d, *rest = many
    torch.cat(many)
    """
    assert questions(trace(snippet(text)), "cat", 5)[2].detail.endswith("6 more")
