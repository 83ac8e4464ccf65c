"""The run beside that of a scene: described, and found again after an edit."""

from __future__ import annotations

import pytest

from app.contract.records import Change
from app.process.client import Tracer
from app.session.run import Run
from app.session.scenes.beside import changes_of, described, words_of
from app.session.scenes.document import dump, load
from app.session.scenes.matching import Index
from app.session.scenes.records import Beside, Scene
from tests.session.scenes.test_scenes import LAYERS, NOTED, WITHOUT_REGION
from tests.support import TraceText
from tests.tools.tracing import trace_with

OFF = Change("without", "8")
FROZEN = Change("freeze", "lin0.*")


@pytest.mark.parametrize("is_changed", [False, True], ids=["as written", "what-if"])
def test_a_what_if_is_found_by_its_line_whichever_run_has_it(
    trace: TraceText, tracer: Tracer, is_changed: bool
) -> None:
    runs = Run(trace(LAYERS)), Run(trace_with(tracer, LAYERS, what_if=[OFF, FROZEN]))
    beside = described(runs[is_changed], runs[not is_changed], {})
    assert beside is not None
    assert changes_of(beside, LAYERS) == (OFF, FROZEN)
    assert changes_of(beside, NOTED) == (Change("without", "10"), FROZEN)
    assert words_of(beside) == "line 8: recording off, lin0.* frozen"
    scene = Scene(name="both", beside=beside)
    assert load(dump([scene])) == (scene,)
    assert changes_of(beside, WITHOUT_REGION) is None
    assert Index(Run(trace(WITHOUT_REGION))).missing(scene) == ("line 8 is gone",)
    assert not Index(runs[0]).missing(scene)


def test_of_lines_that_read_alike_the_same_one_is_left_out(
    trace: TraceText, tracer: Tracer
) -> None:
    region = "with torch.no_grad():\n    x2 = lin1(x1)\n"
    text = LAYERS.replace(region, region + region.replace("x2", "x1"))
    second = Change("without", "10")
    beside = described(Run(trace(text)), Run(trace_with(tracer, text, what_if=[second])), {})
    assert beside is not None
    assert changes_of(beside, text) == (second,)
    assert changes_of(beside, LAYERS) is None
    assert Index(Run(trace(LAYERS))).missing(Scene(name="both", beside=beside))


def test_another_program_of_the_lecture_is_known_by_its_name(trace: TraceText) -> None:
    runs = Run(trace(LAYERS)), Run(trace(WITHOUT_REGION))
    assert described(*runs, {"open.py": WITHOUT_REGION}) == Beside(program="open.py")
    assert described(*runs, {}) is None
    assert described(runs[0], runs[0], {}) is None
