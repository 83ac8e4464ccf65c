"""Which run goes first: stopping, being stopped by another, waiting."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.gui.running.background import NotWantedError
from app.gui.running.other_runs import OtherRuns
from app.gui.running.run_controller import Job, RunController
from app.process.client import Tracer
from app.session.graph.choice import GraphChoice
from app.session.scenes.records import Beside
from app.session.what_if.changes import of_mode

TIMEOUT = 60_000
LOOP = "import torch\nx = torch.ones(2)\nwhile True:\n    x = x + 1"
TWO_LOSSES = """\
import torch

w = torch.ones(1, requires_grad=True)
(2 * w).backward()
(3 * w).backward()
"""


def job(text: str, *, live: bool = False, owner: int = 0) -> Job:
    return Job(
        text=text, path=None, device="cpu", what_if=(), choice=GraphChoice(),
        owner=owner, live=live,
    )  # fmt: skip


@dataclass
class Heard:
    """The signals of a controller, in order."""

    started: list[str] = field(default_factory=list)
    finished: list[tuple[str, str]] = field(default_factory=list)
    """The text that ran, and how the run ended."""
    printed: list[str] = field(default_factory=list)
    incomplete: list[int | None] = field(default_factory=list)


@pytest.fixture
def controller() -> Iterator[RunController]:
    with closing(RunController(Tracer())) as running:
        yield running


@pytest.fixture
def heard(controller: RunController) -> Heard:
    told = Heard()
    controller.started.connect(lambda job: told.started.append(job.text))
    controller.finished.connect(
        lambda prepared, job: told.finished.append((job.text, prepared.run.trace.run.status))
    )
    controller.printed.connect(lambda _, text: told.printed.append(text))
    controller.incomplete.connect(lambda error, _: told.incomplete.append(error.line))
    return told


def test_a_stop_before_the_run_has_begun_is_not_lost(
    qtbot: QtBot, controller: RunController, heard: Heard
) -> None:
    controller.run(job(LOOP))
    controller.stop()
    qtbot.waitUntil(lambda: heard.finished == [(LOOP, "stopped")], timeout=TIMEOUT)
    assert not controller.is_running


def test_a_newer_text_ends_a_live_run_that_goes_on(
    qtbot: QtBot, controller: RunController, heard: Heard
) -> None:
    controller.run(job("print('old', flush=True)\n" + LOOP, live=True))
    qtbot.waitUntil(lambda: bool(heard.printed), timeout=TIMEOUT)
    for number in range(3):
        controller.run(job(f"print({number})", live=True))
    qtbot.waitUntil(lambda: bool(heard.finished), timeout=TIMEOUT)
    assert heard.finished == [("print(2)", "ok")]
    assert heard.started[1:] == ["print(2)"]
    assert "".join(heard.printed).split() == ["old", "2"]


def test_a_live_run_waits_for_one_that_was_asked_for(
    qtbot: QtBot, controller: RunController, heard: Heard
) -> None:
    controller.run(job("x = 1"))
    controller.run(job("x = 2", live=True))
    controller.run(job("x = 3", live=True))
    qtbot.waitUntil(lambda: len(heard.finished) == 2, timeout=TIMEOUT)
    assert heard.finished == [("x = 1", "ok"), ("x = 3", "ok")]


def test_a_run_that_was_asked_for_goes_on_when_asked_for_again(
    qtbot: QtBot, controller: RunController, heard: Heard
) -> None:
    controller.run(job("x = 1"))
    controller.run(job("x = 2"))
    qtbot.waitUntil(lambda: bool(heard.finished), timeout=TIMEOUT)
    assert heard.finished == [("x = 1", "ok")]
    assert not controller.is_running


def test_live_runs_are_dropped_unheard(
    qtbot: QtBot, controller: RunController, heard: Heard
) -> None:
    controller.run(job(LOOP, live=True))
    controller.drop_live()
    qtbot.waitUntil(lambda: not controller.is_running, timeout=TIMEOUT)
    controller.run(job("x = 1"))
    qtbot.waitUntil(lambda: bool(heard.finished), timeout=TIMEOUT)
    assert heard.finished == [("x = 1", "ok")]


def test_a_live_run_has_not_the_losses_of_the_run_before(
    qtbot: QtBot, controller: RunController, heard: Heard
) -> None:
    told: list[list[float | None]] = []
    controller.lossesGrown.connect(told.append)
    controller.run(job(TWO_LOSSES))
    qtbot.waitUntil(lambda: bool(heard.finished), timeout=TIMEOUT)
    told.clear()
    with qtbot.waitSignal(
        controller.progressed, check_params_cb=lambda one: one.operations > 1, timeout=TIMEOUT
    ):
        controller.run(job(LOOP, live=True))
    controller.drop_live()
    assert told == []


def test_the_run_that_a_what_if_is_compared_with_does_not_count(
    qtbot: QtBot, controller: RunController, heard: Heard
) -> None:
    told: list[int] = []
    controller.progressed.connect(lambda one: told.append(one.operations))
    text = """
import torch
x = torch.ones(1)
while torch.is_grad_enabled() and x < 20_000:
    x += 1
x += 1
"""
    controller.run(replace(job(text), what_if=tuple(of_mode("no-grad"))))
    qtbot.waitUntil(lambda: bool(heard.finished), timeout=TIMEOUT)
    assert told
    assert max(told) == 1


def test_a_live_text_that_is_no_python_yet_is_no_result(
    qtbot: QtBot, controller: RunController, heard: Heard
) -> None:
    controller.run(job("x = 1\ny = (", live=True))
    qtbot.waitUntil(lambda: heard.incomplete == [2], timeout=TIMEOUT)
    assert heard.finished == []


STUBBORN = """\
open({path!r}, "w").close()
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""


def test_what_runs_unheard_is_killed_for_a_run(
    qtbot: QtBot, controller: RunController, heard: Heard, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    hidden = job(STUBBORN.format(path=str(begun)))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(controller.trace_unheard, "trials", hidden, lambda: True)
        qtbot.waitUntil(begun.exists, timeout=TIMEOUT)
        controller.run(job("print('heard')"))
        qtbot.waitUntil(lambda: bool(heard.finished), timeout=TIMEOUT)
        assert heard.finished == [("print('heard')", "ok")]
        assert answer.result() is None
    assert heard.started == ["print('heard')"]


def test_a_hidden_run_is_dropped_by_its_asker_alone(
    qtbot: QtBot, controller: RunController, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    hidden = job(STUBBORN.format(path=str(begun)))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(controller.trace_unheard, "trials", hidden, lambda: True)
        qtbot.waitUntil(begun.exists, timeout=TIMEOUT)
        controller.drop_hidden("measurements")
        with pytest.raises(FutureTimeoutError):
            answer.result(0.3)
        controller.drop_hidden("trials")
        assert answer.result(TIMEOUT / 1000) is None


def test_a_hidden_run_that_waits_for_another_is_dropped_at_once(
    qtbot: QtBot, controller: RunController, tmp_path: Path
) -> None:
    begun, waits = tmp_path / "begun", Event()
    hidden = job(STUBBORN.format(path=str(begun)))
    rows: list[list[Any]] = []
    of_other: list[list[Any]] = []

    def is_wanted() -> bool:
        waits.set()
        return True

    with ThreadPoolExecutor(2) as pool:
        other = pool.submit(
            controller.measure, "measurements", hidden, None, of_other.extend, lambda: True
        )
        qtbot.waitUntil(begun.exists, timeout=TIMEOUT)
        answer = pool.submit(
            controller.measure, "nudges", job("x = 1"), None, rows.extend, is_wanted
        )
        qtbot.waitUntil(waits.is_set, timeout=TIMEOUT)
        controller.drop_hidden("nudges")
        assert answer.result(TIMEOUT / 1000) is None
        assert not other.done()
        controller.drop_hidden("measurements")
        other.result(TIMEOUT / 1000)
    assert rows == []


def test_a_trace_that_nobody_asked_for_gives_way_to_measuring_and_has_no_result(
    qtbot: QtBot, controller: RunController, tmp_path: Path
) -> None:
    """Cut short, it would pass for a run of the text: in the page of a lecture, for instance."""
    begun = tmp_path / "begun"
    hidden = job(STUBBORN.format(path=str(begun)))
    rows: list[list[Any]] = []
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(controller.trace_unheard, "lecture", hidden, lambda: True)
        qtbot.waitUntil(begun.exists, timeout=TIMEOUT)
        controller.measure("measurements", job("x = 1 +"), None, rows.extend, lambda: True)
        assert answer.result(TIMEOUT / 1000) is None
    assert [row[0] for row in rows] == ["not_measured"]


def test_who_waits_for_a_run_beside_another_can_give_up(
    qtbot: QtBot, controller: RunController
) -> None:
    others = OtherRuns(controller, job("x = 1"), {"busy.py": LOOP}, "one.py")
    beside, has_turn, is_over = Beside(program="busy.py"), Event(), Event()

    def is_wanted() -> bool:
        has_turn.set()
        return not is_over.is_set()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(others.get, beside, is_wanted)
        qtbot.waitUntil(has_turn.is_set, timeout=TIMEOUT)
        second = pool.submit(others.get, beside, lambda: False)
        try:
            with pytest.raises(NotWantedError):
                second.result(5)
            assert not first.done()
        finally:
            is_over.set()
            others.close()
        with pytest.raises(NotWantedError):
            first.result(TIMEOUT / 1000)


def test_nothing_runs_unheard_beside_a_run(
    qtbot: QtBot, controller: RunController, heard: Heard
) -> None:
    controller.run(job("print('begun', flush=True)\n" + LOOP))
    qtbot.waitUntil(lambda: bool(heard.printed), timeout=TIMEOUT)
    assert controller.trace_unheard("trials", job("x = 1"), lambda: True) is None
    controller.stop()
    qtbot.waitUntil(lambda: bool(heard.finished), timeout=TIMEOUT)
    found = controller.trace_unheard("trials", job("print('unheard')"), lambda: True)
    assert found is not None
    assert found.trace.output.stdout == "unheard\n"
    assert "unheard" not in "".join(heard.printed)
