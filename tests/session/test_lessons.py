"""Every lesson under the real tracer, against what torch's rules say of its lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from app.contract.records import Trace
from app.session.lessons import Lesson, answers, lessons, line_of, parse
from app.session.run import Run

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


@pytest.fixture(params=lessons(), ids=lambda lesson: lesson.key)
def lesson(request: pytest.FixtureRequest) -> Lesson:
    found = request.param
    assert isinstance(found, Lesson)
    return found


def test_a_lessons_answers_come_out_of_its_trace(
    lesson: Lesson, trace: Callable[[str], Trace]
) -> None:
    made = trace(lesson.snippet)
    assert made.run.status == "ok"
    found = answers(lesson.question, Run(made))
    expected = [letter == "y" for letter in YES_AND_NO[lesson.key]]
    assert [answer.holds for answer in found] == expected
    assert all(answer.reason for answer in found)


def test_every_option_stands_in_the_snippet(lesson: Lesson) -> None:
    if lesson.question.kind in ("recorded", "saves"):
        lines = [line_of(option, lesson.snippet) for option in lesson.question.options]
        assert None not in lines
        assert all(one < other for one, other in pairwise(filter(None, lines)))


def test_a_lesson_is_short_and_fits_a_narrow_pane(lesson: Lesson) -> None:
    assert len(lesson.text.split()) < 120
    assert max(map(len, lesson.snippet.splitlines())) <= 50
    assert len(lesson.snippet.splitlines()) <= 26


def test_the_lessons_are_those_that_were_worked_out() -> None:
    assert [lesson.key for lesson in lessons()] == list(YES_AND_NO)


def test_an_edited_snippet_is_judged_as_it_ran(trace: Callable[[str], Trace]) -> None:
    lesson = next(lesson for lesson in lessons() if lesson.key == "01_what_a_graph_is")
    edited = lesson.snippet.replace("double = count * 2", "double = price * 2")
    frozen = lesson.snippet.replace(", requires_grad=True", "").replace("total.backward()", "")
    gone = answers(lesson.question, Run(trace(edited)))[2]
    assert (gone.holds, gone.reason) == (None, "This line is no longer in the snippet.")
    assert [answer.holds for answer in answers(lesson.question, Run(trace(frozen)))] == [False] * 3


def test_a_name_that_the_run_did_not_reach_is_said_to_be_unknown(
    trace: Callable[[str], Trace],
) -> None:
    lesson = next(lesson for lesson in lessons() if lesson.key == "10_accumulation")
    question = replace(lesson.question, options=("w", "v"))
    known, unknown = answers(question, Run(trace(lesson.snippet)))
    assert known.holds is True
    assert unknown == (None, "The run did not reach a tensor called v.")


def test_a_file_that_is_no_lesson_is_named() -> None:
    with pytest.raises(ValueError, match="The lesson 13_x does not have all its parts"):
        parse("13_x", "# Title\n\nText")


def test_a_kind_of_question_that_is_unknown_is_named() -> None:
    text = (
        "# T\n\nx\n\n```python\na\n```\n\n## Q?\n<!-- ask: why -->\n\n- `a`\n\n## Afterwards\n\nx"
    )
    with pytest.raises(ValueError, match="13_x asks for “why”"):
        parse("13_x", text)
