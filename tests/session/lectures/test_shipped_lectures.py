"""The lectures that come along: every program runs, every scene matches, every question is
answered by its run, and what the texts claim is what torch does."""

from __future__ import annotations

import pytest

from app.session import resources
from app.session.lectures import shipped
from app.session.lectures.files import read_files
from app.session.lectures.lecture import Lecture, Page
from app.session.lectures.questions import answers
from app.session.run import Run
from app.session.scenes.matching import Index
from app.session.source.files import line_of
from tests.support import TraceText, gradients_of

LECTURES = [shipped.lecture(key) for key in shipped.titles()]
PAGES = [(lecture, page) for lecture in LECTURES for page in lecture.pages]
ANSWERS = {
    "no_grad: nothing is recorded": "nny",
    "requires_grad: one tensor, not a block": "nyn",
    "Freezing the first layers": "ny",
    "eval: other values, the same recording": "yyn",
    "A decorator, and updates by hand": "yny",
    "inference_mode: no_grad, and more": "nny",
    "What is saved, and which one to use": "yynn",
    "How backward works": "yy",
    "Two passes: the gradients add up as well": "n",
    "Saved tensors": "nnyy",
    "After backward the saved tensors are gone": "y",
    "In-place operations": "yyy",
    "Why is my .grad None?": "yy",
    "It is not used by the loss": "ny",
    "detach() cuts": "yn",
    "The values left torch": "yn",
    "The name means another tensor now": "y",
    "It was there, and was cleared": "yy",
}
"""Worked out by reading."""


@pytest.mark.parametrize(("lecture", "page"), PAGES, ids=[page.title for _, page in PAGES])
def test_a_page_is_true_of_its_run(lecture: Lecture, page: Page, trace: TraceText) -> None:
    run = Run(trace(page.snippet))
    assert run.trace.run.status == "ok"
    assert max(map(len, page.snippet.splitlines())) <= 60
    question = page.question
    assert (page.title in ANSWERS) == (question is not None)
    if question is not None:
        found = answers(question, run)
        assert [answer.holds for answer in found] == [x == "y" for x in ANSWERS[page.title]]
        assert all(answer.reason for answer in found)
        if question.kind in ("recorded", "saves"):
            assert None not in [line_of(option, page.snippet) for option in question.options]


@pytest.mark.parametrize("lecture", LECTURES, ids=lambda lecture: lecture.key)
def test_every_scene_matches_its_run_and_is_shown(lecture: Lecture, trace: TraceText) -> None:
    placed = [
        block.text for page in lecture.pages for block in page.blocks if block.kind == "scene"
    ]
    assert len(placed) == len(set(placed)) == len(lecture.scenes)
    assert not list(lecture.unknown_scenes())
    for scene in lecture.scenes:
        index = Index(Run(trace(lecture.programs[scene.snippet])))
        assert index.missing(scene) == ()
        assert scene.sentence


def test_the_menu_has_their_titles() -> None:
    assert list(shipped.titles().values()) == [lecture.title for lecture in LECTURES]


def test_every_program_is_on_a_page() -> None:
    for lecture in LECTURES:
        assert {page.program for page in lecture.pages} == set(lecture.programs)
        assert lecture.programs == {
            name: text
            for name, text in read_files(resources.path("lectures", lecture.key)).items()
            if name.endswith(".py")
        }


def _program(name: str) -> str:
    return next(lecture.programs[name] for lecture in LECTURES if name in lecture.programs)


def test_the_numbers_in_the_texts_are_those_of_the_runs(trace: TraceText) -> None:
    def value(name: str, tensor: str) -> object:
        grad = gradients_of(trace(_program(name)))[tensor].grad
        return None if grad is None else grad.values

    assert (value("chain.py", "x"), value("chain.py", "w")) == (28, 42)
    assert value("used_twice.py", "x") == 8
    assert value("accumulated.py", "w") == 5
    assert value("freed.py", "x") == [6, 6]
    assert value("frozen_middle.py", "lin0.weight") is not None


def test_what_the_programs_print_is_what_the_texts_say(trace: TraceText) -> None:
    def printed(name: str) -> list[str]:
        return trace(_program(name)).output.stdout.splitlines()

    assert printed("accumulated.py") == ["tensor(8.)", "tensor(5.)"]
    assert printed("inference.py")[0] == "False True True"
    assert printed("inference.py")[1].startswith("Inference tensors cannot be saved for backward.")
    assert printed("freed.py")[0].startswith("Trying to backward through the graph a second time")
    assert "modified by an inplace operation" in printed("in_place.py")[1]
    before, during, after = printed("forgotten_eval.py")
    assert before != during == after
    assert printed("no_grad_cut.py")[:2] == ["None", "None"]


def test_without_the_decorator_torch_refuses_the_update(trace: TraceText) -> None:
    text = _program("decorated.py").replace("@torch.no_grad()\n", "")
    error = trace(text).error
    assert error is not None
    assert "a leaf Variable that requires grad is being used in an in-place operation" in (
        error.message
    )


def test_without_item_the_first_weight_has_a_gradient(trace: TraceText) -> None:
    text = _program("left_torch.py").replace(".item()", "")
    assert gradients_of(trace(text))["w"].grad is not None
