"""Questions about real runs: what is asked, among which options, and what is true."""

from __future__ import annotations

import pytest

from app.session.asking.questions import MOST_OPTIONS, RoomQuestion, questions_of
from app.session.lectures.lecture import Page
from app.session.lectures.shipped import lessons
from app.session.run import Run
from tests.support import TraceText

CUT = """\
import torch
from torch import nn
x = torch.randn(2, 2)
x.requires_grad = True
lin0, lin1, lin2 = (nn.Linear(2, 2) for _ in range(3))
x1 = lin0(x)
with torch.no_grad():
    x2 = lin1(x1)
x3 = lin2(x2)
loss = x3.sum()
loss.backward()
"""


@pytest.fixture
def questions(trace: TraceText) -> tuple[RoomQuestion, ...]:
    return questions_of(Run(trace(CUT)))


def _of(questions: tuple[RoomQuestion, ...], topic: str) -> list[RoomQuestion]:
    return [one for one in questions if one.topic == topic]


def test_each_line_is_asked_about_with_the_answer_that_torch_gave(
    questions: tuple[RoomQuestion, ...],
) -> None:
    told = [(one.spot, one.true.words) for one in _of(questions, "lines")]
    assert told == [
        (6, "recorded"),
        (8, "skipped — no_grad"),
        (9, "recorded"),
        (10, "recorded"),
        (11, "2 of 7 leaves"),
    ]


def test_all_lines_have_the_same_options_so_that_none_stands_out(
    questions: tuple[RoomQuestion, ...],
) -> None:
    options = {one.options for one in _of(questions, "lines")[:-1]}
    assert [one.words for one in options.pop()] == [
        "recorded",
        "skipped — no_grad",
        "no input requires grad",
    ]
    assert not options


def test_leaves_of_a_module_with_one_answer_are_one_question(
    trace: TraceText, questions: tuple[RoomQuestion, ...]
) -> None:
    run = Run(trace(CUT))
    names = [
        (sorted(run.name(tensor) or "" for tensor in one.tensors), one.true.words)
        for one in _of(questions, "grads")
    ]
    assert names == [
        (["lin0.bias", "lin0.weight"], "None: the path to it is cut"),
        (["lin1.bias", "lin1.weight"], "None: the path to it is cut"),
        (["lin2.bias", "lin2.weight"], "a value"),
        (["x"], "None: the path to it is cut"),
    ]


def test_backward_goes_from_the_loss_to_the_leaves(questions: tuple[RoomQuestion, ...]) -> None:
    told = [one.true.short for one in _of(questions, "order")]
    assert told == ["line 10", "line 9"]
    offered = {option.short for option in _of(questions, "order")[0].options}
    assert offered == {"line 6", "line 8", "line 9", "line 10"}  # skipped ones are offered too


@pytest.mark.parametrize("lesson", lessons().pages, ids=lambda lesson: lesson.key)
def test_every_question_has_two_to_four_different_options(trace: TraceText, lesson: Page) -> None:
    found = questions_of(Run(trace(lesson.snippet)))
    assert found
    for one in found:
        assert 2 <= len({option.words for option in one.options}) == len(one.options)
        assert len(one.options) <= MOST_OPTIONS
        assert 0 <= one.answer < len(one.options)
        assert one.said


def test_a_line_that_fails_is_asked_about(trace: TraceText) -> None:
    text = "import torch\nx = torch.ones(2)\nx.sum().backward()\n"
    found = [one for one in questions_of(Run(trace(text))) if one.spot == 3]
    assert [(one.words, one.true.words) for one in found] == [
        ("Will `x.sum().backward()` run?", "it raises an error")
    ]


def test_nothing_is_asked_about_a_run_without_torch(trace: TraceText) -> None:
    assert questions_of(Run(trace("x = 1\n"))) == ()
