"""Pairs of programs that are compared in front of a class."""

from __future__ import annotations

import pytest

from app.session import resources
from app.session.comparing.differences import Differences, differences
from app.session.comparing.sentences import sentences
from app.session.run import Run
from tests.support import TraceText, snippet

LAYERS = resources.read_text("examples", "01_three_linear_layers.py")
GAN = snippet("""
    G, D = nn.Linear(2, 3), nn.Linear(3, 1)
    fake = G(torch.ones(1, 2))
    loss_d = D(fake.detach()).sum()
    loss_d.backward()
    loss_g = D(fake).sum()
    loss_g.backward()
""")
VGG = snippet("""
    features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU())
    head = nn.Linear(4 * 4 * 4, 2)
    for p in features.parameters():
        p.requires_grad_(False)
    head(features(torch.ones(1, 3, 8, 8)).flatten(1)).sum().backward()
""")
GPT = snippet("""
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.attend = nn.LayerNorm(8), nn.MultiheadAttention(8, 2)
            self.grow = nn.Linear(8, 8)
        def forward(self, x):
            y = self.norm(x)
            x = x + self.attend(y, y, y, need_weights=False)[0]
            return x + self.grow(x).relu()
    gpt = nn.Sequential(nn.Embedding(5, 8), *(Block() for _ in range(LAYERS)), nn.Linear(8, 5))
    gpt(torch.tensor([[1, 2, 3]])).sum().backward()
""")


def _of(trace: TraceText, first: str, second: str) -> Differences:
    return differences(Run(trace(first)), Run(trace(second)))


def _changes(found: Differences) -> set[tuple[str, str]]:
    return {(row.name, row.change) for row in found.gradients}


def test_three_layers_with_and_without_no_grad(trace: TraceText) -> None:
    found = _of(trace, LAYERS, LAYERS.replace("with torch.no_grad():\n    x2", "x2"))
    assert [(one.first.reason, one.second.reason) for one in found.statuses] == [
        ("no_grad", "recorded")
    ]
    assert {change for _, change in _changes(found)} == {"appeared"}
    assert (found.only_first, found.only_second) == ((), ())
    assert found.kept[0] < found.kept[1]


def test_a_detach_that_moved(trace: TraceText) -> None:
    moved = GAN.replace("D(fake.detach())", "D(fake)").replace(
        "loss_g = D(fake)", "loss_g = D(fake.detach())"
    ).replace("loss_d.backward()", "loss_d.backward(retain_graph=True)")  # fmt: skip
    found = _of(trace, GAN, moved)
    assert {op.name for op in (*found.only_first, *found.only_second)} == {"detach"}
    assert found.alignment.share > 0.5
    assert not found.statuses, "the calls that both have were recorded in both"


def test_frozen_features_and_not(trace: TraceText) -> None:
    thawed = VGG.replace("requires_grad_(False)", "requires_grad_(True)")
    found = _of(trace, VGG, thawed)
    assert {name.partition(".")[0] for name, change in _changes(found)} == {"features"}
    assert {change for _, change in _changes(found)} == {"appeared"}
    assert {one.second.reason for one in found.statuses} == {"recorded"}
    assert found.kept[0] < found.kept[1]


def test_twelve_and_thirteen_layers(trace: TraceText) -> None:
    found = _of(trace, GPT.replace("LAYERS", "12"), GPT.replace("LAYERS", "13"))
    assert not found.only_first
    modules = {op.module for op in found.only_second}
    assert len({number for number in modules if number is not None}) <= 6, "one block is new"
    assert found.alignment.share > 0.9
    assert {row.name.split(".")[1] for row in found.gradients if row.first is None} == {"13", "14"}


def test_train_and_eval_are_said(trace: TraceText) -> None:
    text = snippet("""
        net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.ReLU()).eval()
        net(torch.ones(3, 4)).sum().backward()
    """)
    runs = Run(trace(text)), Run(trace(text.replace(".eval()", "")))
    said = sentences(*runs, differences(*runs), "the other run")
    assert said[0] == "`net.1` runs in train here; in the other run in eval."


def test_what_cannot_be_aligned_says_how_much_could(trace: TraceText) -> None:
    other = snippet("w = torch.ones(2, requires_grad=True)\nw.sin().cos().sum().backward()\n")
    found = _of(trace, GPT.replace("LAYERS", "2"), other)
    assert found.alignment.share < 0.2


@pytest.mark.parametrize(("factor", "is_equal"), [(1 + 2e-7, True), (1 + 1e-4, False)])
def test_values_that_are_only_close_count_as_equal(
    trace: TraceText, factor: float, is_equal: bool
) -> None:
    text = snippet("""
        w = torch.tensor([1.0, -2.0], requires_grad=True)
        (w * FACTOR).sum().backward()
    """)
    found = _of(trace, text.replace("FACTOR", "3.0"), text.replace("FACTOR", repr(3.0 * factor)))
    assert found.close == (frozenset({"w"}) if is_equal else frozenset())
    assert bool(found.gradients) is not is_equal
    assert not _of(trace, text.replace("FACTOR", "3.0"), text.replace("FACTOR", "3.0")).close
