"""What is counted of two runs."""

from __future__ import annotations

from app.session.comparing.differences import differences
from app.session.comparing.measures import Measure, measures
from app.session.run import Run
from tests.support import TraceText, snippet

TEXT = snippet("""
    net = nn.Linear(2, 1)
    opt = torch.optim.SGD(net.parameters(), 0.1)
    loss = net(torch.ones(1, 2)).sum()
    loss.backward()
    opt.step()
""")


def _measures(trace: TraceText, *texts: str) -> dict[str, Measure]:
    first, second = (Run(trace(text)) for text in texts)
    return {one.title: one for one in measures(first, second, differences(first, second))}


def test_as_many_operations_are_not_the_same_ones(trace: TraceText) -> None:
    text = snippet("""
        w = torch.ones(2, requires_grad=True)
        with torch.no_grad():
            w.exp()
        w.sin()
    """)
    moved = text.replace("    w.exp()", "    w.sin()").replace("\nw.sin()", "\nw.exp()")
    recorded = _measures(trace, text, moved)["Operations recorded"]
    assert (recorded.first, recorded.second) == ("1 of 2", "1 of 2, others")
    assert not recorded.is_equal


def test_a_frozen_bias_shows_in_what_is_kept_and_trained(trace: TraceText) -> None:
    frozen = TEXT.replace("opt =", "net.bias.requires_grad_(False)\nopt =")
    found = _measures(trace, TEXT, frozen)
    trained = found["Parameters trained"]
    assert (trained.first, trained.second, trained.is_equal) == ("2 of 2", "1 of 2", False)
    assert trained.shares == (1.0, 0.5)
    assert found["Operations recorded"].is_equal
    assert found["loss"].is_equal
    assert found["loss"].shares is None
    assert found["Time, traced"].is_equal is None


def test_a_run_without_backward_has_no_loss(trace: TraceText) -> None:
    bare = TEXT.replace("loss.backward()", "")
    found = _measures(trace, bare, TEXT)
    assert found["loss"].first == "–"
    assert not found["loss"].is_equal
    assert found["Backward steps"].first == "0"
