"""The lanes of ranks: places are times, and what is drawn there is what a rank did then."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.gui.panels.timeline.lanes import Lanes
from app.gui.panels.timeline.painting import LANE, TimeScale
from app.gui.panels.timeline.panel import Timeline
from app.gui.panels.timeline.rank_lanes import RankLanes
from app.gui.panels.timeline.rank_painting import with_room
from app.gui.theme import Theme
from app.session.comparing.sides import sides_of
from app.session.look.colors import ThemeName
from app.session.ranks.clock import Span, SpanKind, rank_clock
from app.session.ranks.sisters import Process
from app.session.run import Run
from app.session.timeline import History
from app.session.trace.document import load
from tests.tools.ranks import TraceRanks

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def processes(ranks: TraceRanks, *arguments: str) -> list[Process]:
    return [Process(path, load(path.read_bytes())) for path in ranks(*arguments).paths]


def lanes_of(all_: list[Process]) -> RankLanes:
    clock = rank_clock(all_)
    assert clock is not None
    first, second = (History(one.run, hide_setup=True) for one in all_[:2])
    sides = sides_of(all_[0].run.trace.run, all_[1].run.trace.run)
    return RankLanes(Lanes(first), Lanes(second), clock, sides)


@pytest.fixture
def shown(qtbot: QtBot, ranks: TraceRanks) -> Timeline:
    return _timeline(qtbot, lanes_of(processes(ranks, "--unused")), "light")


def _timeline(qtbot: QtBot, lanes: RankLanes, theme: ThemeName) -> Timeline:
    timeline = Timeline(Theme(theme))
    qtbot.addWidget(timeline)
    timeline.resize(1400, 240)
    timeline.show_lanes(lanes)
    timeline.show()
    return timeline


def _middle(timeline: Timeline, row: int, kind: SpanKind) -> QPoint:
    """Return the middle of the longest span of a kind."""
    lanes, scale = timeline.lanes, timeline.scale
    assert isinstance(lanes, RankLanes)
    span = max((one for one in lanes.lanes[row].spans if one.kind == kind), key=lambda s: s.seconds)
    x = scale.at((span.begin + span.end) / 2 / lanes.clock.seconds)
    return QPointF(x, scale.row_top(row) + LANE / 2).toPoint()


def test_a_place_is_a_time(qtbot: QtBot, shown: Timeline) -> None:
    lanes, scale = shown.lanes, shown.scale
    assert isinstance(lanes, RankLanes)
    places = [scale.x(edge) for edge in range(lanes.columns + 1)]
    assert places == sorted(places)
    assert scale.left <= places[0]
    assert places[-1] <= scale.at(1)
    assert lanes.columns == sum(len(run.history.moments) for run in lanes._runs)
    for row in (0, 1):
        at = _middle(shown, row, "forward")
        with qtbot.waitSignal(shown.positionChosen) as chosen:
            QTest.mouseClick(shown, Qt.MouseButton.LeftButton, pos=at)
        (position,) = chosen.args or (0,)
        near = [abs(scale.x(edge) - at.x()) for edge in range(1, lanes.columns + 1)]
        assert near[position - 1] == min(near)
    with qtbot.waitSignal(shown.positionChosen) as chosen:
        QTest.mousePress(shown, Qt.MouseButton.LeftButton, pos=QPoint(scale.left, 5))
    assert chosen.args == [0]


def test_both_are_where_they_were_at_that_time(shown: Timeline) -> None:
    lanes = shown.lanes
    assert isinstance(lanes, RankLanes)
    for position in range(1, lanes.end):
        time = lanes.time_at(position)
        for one, places in zip(lanes._runs, (lanes.steps.first, lanes.steps.second), strict=True):
            reached = places.position(position)
            lane = lanes.clock.lane_of(one.history.run)
            assert lane is not None
            times = [lane.time_of(moment.event) for moment in one.history.moments]
            assert all(one <= other for one, other in pairwise(times))
            assert reached == 0 or times[min(reached, len(times)) - 1] <= time
            assert reached >= len(times) or times[reached] >= time


def test_a_lane_says_what_its_rank_does(shown: Timeline) -> None:
    lanes = shown.lanes
    assert lanes is not None
    assert [row.title for row in lanes.rows] == ["Rank 0", "Rank 1"]
    assert [row.is_now for row in lanes.rows] == [False, True]
    assert all(row.note.startswith("waited ") for row in lanes.rows)
    said = shown.words_at(_middle(shown, 0, "backward"))
    assert said.startswith("Rank 0 runs the backward pass at train.py:25: ")
    assert shown.words_at(_middle(shown, 1, "wait")).startswith("Rank 1 waits ")
    assert lanes.position_text(lanes.end).endswith(" · one clock of all ranks")
    assert "Rank 0 " in lanes.caption(3)
    assert "Rank 1 " in lanes.caption(3)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_what_is_behind_the_playhead_has_its_colour(
    qtbot: QtBot, ranks: TraceRanks, name: ThemeName
) -> None:
    lanes = lanes_of(processes(ranks, "--unused"))
    timeline, theme = _timeline(qtbot, lanes, name), Theme(name)
    at = _middle(timeline, 0, "forward")

    def color() -> QColor:
        inside = QPoint(at.x(), at.y() - LANE // 2 + 5)  # above the word
        return timeline.grab().toImage().pixelColor(inside)

    timeline.set_position(lanes.end)
    assert color() == theme.tone("recorded").fill
    timeline.set_position(0)
    assert color() == theme.colors.panel


def test_of_many_ranks_those_that_are_shown_or_raised_have_lanes(
    qtbot: QtBot, ranks: TraceRanks
) -> None:
    two = processes(ranks, "--unused")
    more = []
    for rank in range(2, 12):
        trace = deepcopy(two[0].run.trace)
        trace.run.rank = rank
        more.append(Process(two[0].path, Run(trace)))
    raised = processes(ranks)[1].run.trace
    more[-1].run.trace.run.status, more[-1].run.trace.error = "raised", raised.error
    timeline = _timeline(qtbot, lanes_of([*two, *more]), "light")
    assert timeline.lanes is not None
    rows = timeline.lanes.rows
    assert [row.badge for row in rows[:2]] == ["0", "1"]
    assert (rows[7].badge, rows[7].note) == ("11", "raised")
    assert rows[8].title == "4 more ranks"
    assert len(rows) == 9
    assert not timeline.words_at(QPointF(400, timeline.scale.row_top(8) + 9).toPoint())


def test_a_slim_timeline_has_all_steps_in_one_row(shown: Timeline) -> None:
    shown.set_slim(slim=True)
    lanes, scale = shown.lanes, shown.scale
    assert lanes is not None
    assert not scale.edges
    assert scale.column(scale.x(lanes.columns - 1) + 1) == lanes.columns - 1
    shown.grab()


def test_of_a_long_run_no_more_is_painted_than_has_room() -> None:
    steps = [Span("optimizer", n, n + 0.5, "step", "") for n in range(100_000)]
    wait = Span("wait", 50_000.6, 60_000, "waits", "")
    spans = [*steps[:50_001], wait, *steps[60_000:]]
    scale = TimeScale(1000, 0, 100_000, edges=(0.0, 1.0))
    painted = list(with_room(spans, scale, 100_000))
    assert len(painted) <= (scale.at(1) - scale.at(0)) / 2
    assert wait in [span for span, *_ in painted]
    lefts = [left for _, left, _ in painted]
    assert lefts == sorted(lefts)
    assert lefts[-1] > scale.at(0.99)
