"""Graphviz itself reads what `styled` gives it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from app.session.export import styled
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
