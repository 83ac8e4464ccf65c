"""Scenes that were kept, as pictures."""

from __future__ import annotations

import re

import pytest

from app.gui.graph.painting.drawn_scenes import DrawnScenes
from app.gui.theme import Theme
from app.session.run import Run
from app.session.scenes.records import Beside, Centre, Scene, SceneMoment, Thing
from tests.session.asking.test_covered import TWO_ANSWERS
from tests.support import TraceText

pytestmark = pytest.mark.usefixtures("qapp")
BACKWARD = SceneMoment(kind="step", name="SumBackward0", code="loss.backward()")
CUT = Thing(kind="cut", name="linear", code="x2 = lin1(x1)")
WHOLE = Scene(name="whole")


def texts_and_colors(svg: bytes) -> set[str]:
    return {*re.findall(r">([^<>]+)<", svg.decode()), *re.findall(r'"#\w+"', svg.decode())}


def test_a_run_beside_a_scene_is_drawn_right_of_it(trace: TraceText) -> None:
    one, other = (Run(trace(text)) for text in TWO_ANSWERS)
    scene = WHOLE.but(beside=Beside(program="other.py"))
    alone = DrawnScenes(one, [scene], Theme("light"))[0]
    both = DrawnScenes(one, [scene], Theme("light"), lambda _: other)[0]
    assert both.size.width() > 1.9 * alone.size.width()
    drawn, own = both.svg().decode(), alone.svg().decode()
    assert drawn.count(">recorded<") > own.count(">recorded<")
    start = scene.but(moment=SceneMoment(kind="start"))
    pale = DrawnScenes(one, [start], Theme("light"), lambda _: other)[0]
    assert pale.size == both.size
    assert texts_and_colors(pale.svg()) != texts_and_colors(both.svg())


def test_a_run_beside_a_scene_that_fails_at_once_leaves_it_alone(trace: TraceText) -> None:
    one, other = Run(trace(TWO_ANSWERS[0])), Run(trace("raise ValueError\n"))
    scene = WHOLE.but(beside=Beside(program="other.py"))
    alone = DrawnScenes(one, [scene], Theme("light"))[0]
    both = DrawnScenes(one, [scene], Theme("light"), lambda _: other)[0]
    assert both.svg() == alone.svg()


@pytest.mark.parametrize(
    "covered",
    [
        WHOLE.but(covered=True),
        WHOLE.but(covered=True, level="autograd", numbers=True, moment=BACKWARD),
        WHOLE.but(covered=True, selection=(CUT,), centre=Centre(thing=CUT)),
    ],
    ids=["the end", "a step of autograd's nodes", "a cut"],
)
def test_two_runs_with_other_answers_have_the_same_covered_picture(
    covered: Scene, trace: TraceText
) -> None:
    runs = [Run(trace(text)) for text in TWO_ANSWERS]
    shown, hidden = (
        [texts_and_colors(DrawnScenes(run, [one], Theme("light"))[0].svg()) for run in runs]
        for one in (WHOLE, covered)
    )
    assert hidden[0] == hidden[1]
    assert "recorded?" in hidden[0]
    assert len(shown[0] ^ shown[1]) > 5
