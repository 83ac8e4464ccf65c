"""Graphviz itself reads what `styled` gives it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from app.drawing.dot import styled
from app.session.look.colors import BY_ROLE
from app.session.run import Run
from graphviz_render import dot_source, render
from tests.support import TraceText, snippet

TEXT = """
lin0, lin1, lin2 = (nn.Linear(2, 2) for _ in range(3))
x = torch.ones(1, 2)
with torch.no_grad():
    h = lin1(lin0(x))
loss = lin2(h).sum()
loss.backward()
"""


def test_the_picture_says_what_the_window_says(trace: TraceText) -> None:
    picture = ElementTree.fromstring(render(styled(Run(trace(snippet(TEXT)))), "svg"))
    texts = " ".join("".join(picture.itertext()).split())
    for words in (
        "2 recorded 2 no_grad",
        "linear lin1 line 6",
        "skipped — no_grad [1, 2] → [1, 2]",
        "torch.no_grad() line 5",
        "CUT gradient stops here — no_grad, line 5",
        "weight.grad None",
        "weight.grad norm",
        "grad = 1.00 (seed)",
    ):
        assert words in texts.replace("\xa0", " ")


def test_the_same_trace_gives_the_same_dot(trace: TraceText) -> None:
    run = trace(snippet(TEXT))
    assert dot_source(styled(Run(run))) == dot_source(styled(Run(run)))


def test_text_of_the_snippet_is_text_in_the_picture(trace: TraceText) -> None:
    text = (
        'd = {}\nd["<b>&lt;\\\\N"] = torch.ones(1, requires_grad=True)\ny = d["<b>&lt;\\\\N"] * 2\n'
    )
    ElementTree.fromstring(render(styled(Run(trace(snippet(text)))), "svg"))


def test_an_empty_trace_is_an_empty_picture(trace: TraceText) -> None:
    graph = styled(Run(trace("x = 1\n")))
    assert (len(graph), graph.graph["clusters"]) == (0, {})
    ElementTree.fromstring(render(graph, "svg"))


def test_it_looks_as_it_is_drawn(trace: TraceText) -> None:
    """A loop's frame is plain whatever its contents' status; a status has its own border."""
    colors = BY_ROLE["light"]
    text = snippet("""
        x = torch.ones(2, requires_grad=True)
        with torch.no_grad():
            y = x * 2
        for _ in range(2):
            x = x * 3
    """)
    graph = styled(Run(trace(text)))
    looks = {key: cluster["dot"] for key, cluster in graph.graph["clusters"].items()}
    borders = {dot["label"].split("   ")[0]: (dot["color"], dot["style"]) for dot in looks.values()}
    assert borders["torch.no_grad()"] == (colors["no_grad-g"], "rounded,filled,dashed")
    assert borders["for _ in range(2)"] == (colors["line"], "rounded,filled,solid")
    fills = {(dot["label"].split()[0], dot["fillcolor"]) for _, dot in graph.nodes(data="dot")}
    assert fills >= {
        ("mul", colors["node"]), ("mul", colors["no_grad-f"]), ("x", colors["raised"]),
    }  # fmt: skip
