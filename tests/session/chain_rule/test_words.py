"""A step of a backward pass in the words below the editor."""

from __future__ import annotations

from app.session.chain_rule.words import step_in_words
from app.session.run import Run
from app.session.timeline import History
from tests.support import TraceText, snippet

TEXT = snippet("""
    x = torch.ones(2)
    w = torch.ones(2, requires_grad=True)
    a = w * x
    y = a * a.sigmoid()
    loss = y.sum() + (w * w).sum()
    b = a.exp()
    loss.backward()
""")


def _said(trace: TraceText, text: str) -> dict[str, list[tuple[str, str]]]:
    """The words of the last step that runs each node."""
    history = History(Run(trace(text)), hide_setup=True)
    said: dict[str, list[tuple[str, str]]] = {}
    for backward in history.run.trace.backward_passes:
        for step in backward.steps:
            then = history.at(history.position_of(step.event))
            said[step.grad_fn] = [*step_in_words(then)]
    return said


def test_what_is_added_up_and_what_was_kept(trace: TraceText) -> None:
    said = _said(trace, TEXT)
    assert said["SumBackward0"] == []
    assert said["SigmoidBackward0"] == [("keep", "Forward kept its result for this step: 8 bytes.")]
    assert said["MulBackward0"] == [
        (
            "plus",
            "`a` was used 2 times, on line 6. Its gradient is the sum over these paths.",
        ),
        ("keep", "Forward kept `x` for this step: 8 bytes."),
    ]
    assert said["AccumulateGrad"] == [
        (
            "plus",
            "`w` was used 2 times, on lines 5 and 7. Its gradient is the sum over these paths.",
        )
    ]


def test_outside_a_backward_pass_nothing_is_said(trace: TraceText) -> None:
    history = History(Run(trace(TEXT)), hide_setup=True)
    assert list(step_in_words(history.at(0))) == []
    assert list(step_in_words(history.at(1))) == []
