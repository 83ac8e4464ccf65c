"""The steps of two runs in one order."""

from __future__ import annotations

from app.session.comparing.alignment import align
from app.session.comparing.steps import Steps, steps
from app.session.run import Run
from app.session.timeline import History
from tests.support import TraceText, snippet

TEXT = snippet("""
    a, b = nn.Linear(2, 2), nn.Linear(2, 2)
    h = a(torch.ones(1, 2))
    loss = b(h).sum()
    loss.backward()
""")


def _steps(trace: TraceText, first: str, second: str) -> tuple[Steps, History, History]:
    runs = Run(trace(first)), Run(trace(second))
    one, other = (History(run, hide_setup=True) for run in runs)
    return steps(one, other, align(*runs).pairs), one, other


def test_a_run_with_itself_has_each_step_once(trace: TraceText) -> None:
    found, history, _ = _steps(trace, TEXT, TEXT)
    assert found.rows == [(place, place) for place in range(1, len(history) + 1)]
    assert [found.first_at(at) for at in range(history.end + 1)] == list(range(history.end + 1))


def test_a_step_that_only_one_run_has_leaves_the_other_where_it_is(trace: TraceText) -> None:
    found, first, second = _steps(trace, TEXT, TEXT.replace("b(h)", "b(h.tanh())"))
    alone = [other for one, other in found.rows if one is None]
    tanh = alone[0]
    assert tanh is not None
    operation = second.moments[tanh - 1].operation
    assert operation is not None
    assert operation.name == "tanh"
    assert found.first_at(tanh) == found.first_at(tanh - 1)
    assert found.first_at(0) == 0
    assert found.first_at(second.end) == first.end


def test_a_run_is_over_after_its_last_step(trace: TraceText) -> None:
    found, first, second = _steps(trace, TEXT, TEXT + "loss.detach().sin()\n")
    assert [one for one, _ in found.rows][-1] is None
    assert found.first.last == len(first) < found.second.last == len(found.rows)
    reached = [found.first.position(row) for row in range(len(first), len(found.rows) + 2)]
    assert reached == [len(first)] + [first.end] * (len(reached) - 1)
    assert found.second.position(len(found.rows)) == len(second)
    assert found.second.position(len(found.rows) + 1) == second.end


def test_both_orders_are_kept(trace: TraceText) -> None:
    found, first, second = _steps(trace, TEXT, TEXT.replace("loss.backward()", ""))
    for side, history in ((0, first), (1, second)):
        places = [row[side] for row in found.rows if row[side] is not None]
        assert places == list(range(1, len(history) + 1))
