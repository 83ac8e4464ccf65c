"""The frames of the regions that a program enters."""

from __future__ import annotations

from app.session.graph.building import build
from app.session.graph.choice import GraphChoice
from app.session.graph.payloads import OperationItem
from app.session.run import Run
from tests.support import TraceText, snippet

NESTED = snippet(
    """
    w = torch.ones(2, 2, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = w @ w
        with torch.no_grad():
            seen = y * 2
            with torch.enable_grad():
                z = w @ w
        with torch.enable_grad():
            again = y + 1
    with torch.inference_mode(), torch.enable_grad():
        nothing = torch.ones(2) + 1
    """
)


def test_regions_have_frames_of_their_own_in_each_other(trace: TraceText) -> None:
    """What is on again inside of no_grad has one; nothing turns on what is on, nor inference."""
    graph = build(Run(trace(NESTED)), GraphChoice())
    frames = graph.graph["frames"]
    outer = {key: frames[one.parent].title if one.parent else "" for key, one in frames.items()}
    assert {(one.title, one.status, one.is_plain, outer[key]) for key, one in frames.items()} == {
        ('torch.autocast("cpu", bfloat16)', "neutral", True, ""),
        ("torch.no_grad()", "no_grad", False, 'torch.autocast("cpu", bfloat16)'),
        ("torch.enable_grad()", "recorded", False, "torch.no_grad()"),
        ("torch.inference_mode()", "inference_mode", False, ""),
    }
    inside = {
        data["item"].title: frames[data["cluster"]].title
        for _, data in graph.nodes(data=True)
        if isinstance(data["item"], OperationItem) and data["item"].title in ("mul", "matmul")
    }
    assert inside == {"mul": "torch.no_grad()", "matmul": "torch.enable_grad()"}
