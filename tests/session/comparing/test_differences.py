"""What differs between two runs: real traces of both texts."""

from __future__ import annotations

from app.session.comparing.differences import Differences, differences
from app.session.run import Run
from tests.support import TraceText, snippet

TEXT = snippet("""
    lin0, lin1 = nn.Linear(2, 2), nn.Linear(2, 1)
    opt = torch.optim.SGD([*lin0.parameters(), *lin1.parameters()], 0.1)
    with torch.no_grad():
        x1 = lin0(torch.ones(1, 2))
    lin1(x1).sum().backward()
    opt.step()
""")
RECORDED = TEXT.replace("with torch.no_grad():", "if True:")


def _of(trace: TraceText, first: str, second: str) -> Differences:
    return differences(Run(trace(first)), Run(trace(second)))


def test_a_text_with_itself_differs_in_nothing(trace: TraceText) -> None:
    assert _of(trace, TEXT, TEXT).none


def test_without_its_no_grad_more_is_recorded_gets_a_gradient_and_trains(
    trace: TraceText,
) -> None:
    found = _of(trace, TEXT, RECORDED)
    assert not found.none
    assert [(one.first.name, one.first.reason, one.second.reason) for one in found.statuses] == [
        ("linear", "no_grad", "recorded")
    ]
    assert [(row.name, row.change) for row in found.gradients] == [
        ("lin0.weight", "appeared"),
        ("lin0.bias", "appeared"),
    ]
    assert [tuple(row) for row in found.training] == [
        ("lin0.weight", "only_skipped", "trained"),
        ("lin0.bias", "only_skipped", "trained"),
    ]
    assert found.recorded == (2, 3)
    assert found.kept[0] < found.kept[1]


def test_the_other_way_round_the_gradients_vanish(trace: TraceText) -> None:
    found = _of(trace, RECORDED, TEXT)
    assert {row.change for row in found.gradients} == {"vanished"}


def test_other_values_and_other_reasons(trace: TraceText) -> None:
    scaled = _of(trace, TEXT, TEXT.replace(".sum()", ".mul(3).sum()"))
    assert [(row.name, row.change) for row in scaled.gradients] == [
        ("lin1.weight", "values"),
        ("lin1.bias", "values"),
    ]
    assert [unit.name for unit in scaled.only_second] == ["mul"]
    assert not scaled.only_first
    cut = _of(trace, TEXT, RECORDED.replace("lin1(x1)", "lin1(x1.detach())"))
    assert [(row.name, row.change) for row in cut.gradients] == [
        ("lin0.weight", "reason"),
        ("lin0.bias", "reason"),
    ]
