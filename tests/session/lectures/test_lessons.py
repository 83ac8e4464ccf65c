"""Every lesson under the real tracer, against what torch's rules say of its lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from app.contract.records import Trace
from app.session.lectures.lecture import Page, Question
from app.session.lectures.questions import answers
from app.session.lectures.shipped import lessons
from app.session.run import Run
from app.session.source.files import line_of

YES_AND_NO = {
    "01_what_a_graph_is": "yyn",
    "02_requires_grad": "nyyn",
    "03_leaf_and_non_leaf": "nynn",
    "04_no_grad": "yyn",
    "05_inference_mode": "nnyy",
    "06_decorator": "nyy",
    "07_detach": "yynn",
    "08_eval_is_not_no_grad": "yyn",
    "09_freezing": "nyyn",
    "10_accumulation": "yn",
    "11_in_place": "yynn",
    "12_memory_and_speed": "yynn",
}
"""Worked out by reading; each question has an option of either kind."""


@pytest.fixture(params=lessons().pages, ids=lambda lesson: lesson.key)
def lesson(request: pytest.FixtureRequest) -> Page:
    found = request.param
    assert isinstance(found, Page)
    return found


def _question(lesson: Page) -> Question:
    assert lesson.question is not None
    return lesson.question


def _named(key: str) -> Page:
    return next(lesson for lesson in lessons().pages if lesson.key == key)


def test_a_lessons_answers_come_out_of_its_trace(
    lesson: Page, trace: Callable[[str], Trace]
) -> None:
    made = trace(lesson.snippet)
    assert made.run.status == "ok"
    found = answers(_question(lesson), Run(made))
    expected = [letter == "y" for letter in YES_AND_NO[lesson.key]]
    assert [answer.holds for answer in found] == expected
    assert all(answer.reason for answer in found)


def test_every_option_stands_in_the_snippet(lesson: Page) -> None:
    question = _question(lesson)
    if question.kind in ("recorded", "saves"):
        lines = [line_of(option, lesson.snippet) for option in question.options]
        assert None not in lines
        assert all(one < other for one, other in pairwise(filter(None, lines)))


def test_a_lesson_is_short_and_fits_a_narrow_pane(lesson: Page) -> None:
    prose = (block.text for block in lesson.blocks if block.kind == "prose")
    assert len(" ".join(prose).split()) < 120
    assert max(map(len, lesson.snippet.splitlines())) <= 50
    assert len(lesson.snippet.splitlines()) <= 26


def test_the_lessons_are_those_that_were_worked_out() -> None:
    assert [lesson.key for lesson in lessons().pages] == list(YES_AND_NO)


def test_an_edited_snippet_is_judged_as_it_ran(trace: Callable[[str], Trace]) -> None:
    lesson = _named("01_what_a_graph_is")
    edited = lesson.snippet.replace("double = count * 2", "double = price * 2")
    frozen = lesson.snippet.replace(", requires_grad=True", "").replace("total.backward()", "")
    gone = answers(_question(lesson), Run(trace(edited)))[2]
    assert (gone.holds, gone.reason) == (None, "This line is no longer in the snippet.")
    assert [answer.holds for answer in answers(_question(lesson), Run(trace(frozen)))] == [
        False
    ] * 3


def test_a_line_after_an_error_is_said_not_to_have_run(trace: Callable[[str], Trace]) -> None:
    lesson = _named("01_what_a_graph_is")
    text = lesson.snippet.replace("total = cost + 2", "total = cost + 2; raise ValueError")
    text = text.replace("count = torch.tensor(4.0)", "count = torch.tensor(4.0)\nfour = 4")
    question = replace(_question(lesson), options=("double = count * 2", "four = 4"))
    late, plain = answers(question, Run(trace(text)))
    assert late.holds is None
    assert late.reason.startswith("Line 9 did not run. ")
    assert plain == (None, "Line 5 called nothing in torch.")


def test_a_name_that_the_run_did_not_reach_is_said_to_be_unknown(
    trace: Callable[[str], Trace],
) -> None:
    lesson = _named("10_accumulation")
    question = replace(_question(lesson), options=("w", "v"))
    known, unknown = answers(question, Run(trace(lesson.snippet)))
    assert known.holds is True
    assert unknown == (None, "The run did not reach a tensor called v.")
