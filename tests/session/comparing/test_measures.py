"""What is counted of two runs."""

from __future__ import annotations

from app.session.comparing.measures import measures
from app.session.run import Run
from tests.support import TraceText, snippet

TEXT = snippet("""
    net = nn.Linear(2, 1)
    opt = torch.optim.SGD(net.parameters(), 0.1)
    loss = net(torch.ones(1, 2)).sum()
    loss.backward()
    opt.step()
""")


def test_a_frozen_bias_shows_in_what_is_kept_and_trained(trace: TraceText) -> None:
    frozen = TEXT.replace("opt =", "net.bias.requires_grad_(False)\nopt =")
    found = {one.title: one for one in measures(Run(trace(TEXT)), Run(trace(frozen)))}
    trained = found["Parameters trained"]
    assert (trained.first, trained.second, trained.is_equal) == ("2 of 2", "1 of 2", False)
    assert trained.shares == (1.0, 0.5)
    assert found["Operations recorded"].is_equal
    assert found["loss"].is_equal
    assert found["loss"].shares is None
    assert found["Time, traced"].is_equal is None


def test_a_run_without_backward_has_no_loss(trace: TraceText) -> None:
    bare = TEXT.replace("loss.backward()", "")
    found = {one.title: one for one in measures(Run(trace(bare)), Run(trace(TEXT)))}
    assert found["loss"].first == "–"
    assert not found["loss"].is_equal
    assert found["Backward steps"].first == "0"
