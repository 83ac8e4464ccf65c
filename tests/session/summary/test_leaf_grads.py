"""Leaves are counted by one rule, wherever they are counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.session.graph.building import build
from app.session.graph.payloads import TensorItem
from app.session.run import Run
from app.session.source.lines import marks
from app.session.summary.in_words import in_words
from app.session.summary.leaf_grads import LeafCount, counted, leaf_grads
from app.session.timeline import History, picture
from tests.support import TraceText, snippet

ANEW = snippet(
    """
    w = torch.ones(2, requires_grad=True)
    w.sum().backward()
    for _ in range(3):
        loss = torch.ones(2).mean()
        loss.requires_grad = True
        loss.backward()
    """
)
REBOUND = snippet(
    """
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(2):
        (w * w).sum().backward()
    w = w - 0.1 * w.grad
    """
)
CLEARED = snippet(
    """
    net = nn.Linear(2, 1)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(2):
        net(torch.ones(2)).sum().backward()
        opt.zero_grad()
    """
)
KEPT = snippet(
    """
    w = torch.ones(2, requires_grad=True)
    for _ in range(1):
        h = w * 2
        h.retain_grad()
        h.sum().backward()
    """
)


@pytest.mark.parametrize(
    ("text", "line", "note", "words", "count"),
    [
        (ANEW, 8, "reached 3 of 4 leaves in 3 passes", "4 of 4 leaves.", LeafCount(4, 4)),
        (REBOUND, 5, "reached 1 of 1 leaf in 2 passes", "1 of 1 leaf.", LeafCount(1, 1)),
        (
            CLEARED,
            6,
            "reached 2 of 2 leaves in 2 passes",
            "2 of 2 leaves. 2 are None again at the end of the run.",
            LeafCount(0, 2),
        ),
        (KEPT, 7, "reached 1 of 1 leaf", "1 of 1 leaf.", LeafCount(1, 1)),
    ],
)
def test_all_who_count_agree(
    trace: TraceText, text: str, line: int, note: str, words: str, count: LeafCount
) -> None:
    run = trace(text)
    index = Run(run)
    assert counted(leaf_grads(index)) == count
    assert marks(Run(run))[line].note == note
    (told,) = (one.text for one in in_words(Run(run)) if one.icon == "backward")
    assert told == f"`backward()` filled `.grad` of {words}"
    grads = History(index, hide_setup=True).grads
    assert (grads.filled(1 << 60), grads.in_all) == (count.filled, count)


def test_a_leaf_whose_name_was_taken_keeps_its_grad(trace: TraceText) -> None:
    run = trace(REBOUND)
    history = History(Run(run), hide_setup=True)
    (leaf,) = (
        item
        for _, data in build(Run(run)).nodes(data=True)
        if isinstance(item := data["item"], TensorItem) and item.role == "leaf"
    )
    assert (leaf.title, leaf.detail) == ("w", "leaf   .grad norm 8.94")
    fillings = [n for n, one in enumerate(history.moments, 1) if one.kind == "accumulate"]
    told = [picture.tensor(history.at(place), leaf).detail for place in (1, *fillings)]
    assert told == ["leaf   .grad None", "leaf   .grad norm 4.47", "leaf   .grad norm 8.94"]


def test_a_run_that_goes_on_is_not_spoken_of_as_ended(trace: TraceText) -> None:
    ended = trace(CLEARED)
    running = replace(ended, run=replace(ended.run, status="running"))
    said = " ".join(sentence.text for sentence in in_words(Run(running)))
    assert "2 are None again so far." in said
    assert "end of the run" not in said
