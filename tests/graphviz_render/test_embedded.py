from __future__ import annotations

import pytest

from graphviz_render import LayoutError, layout
from graphviz_render.embedded import run_embedded
from tests.graphviz_render.graphs import assert_sound, graph_of

TRACE = graph_of(("x", "lin0"), ("lin0", "loss"))


def test_wrong_input_is_told_and_does_no_harm() -> None:
    assert_sound(TRACE, layout(TRACE, engine="embedded"))
    with pytest.raises(LayoutError, match="parse"):
        run_embedded("digraph { a -> ", "json")
    assert_sound(TRACE, layout(TRACE, engine="embedded"))


def test_a_graph_that_is_too_deep_is_told_and_does_no_harm() -> None:
    links = "".join(f"n{node} -> n{node + 1};" for node in range(20_000))
    with pytest.raises(LayoutError, match=r"too large or too deep .* Choose the layered layout"):
        run_embedded(f"digraph {{{links}}}", "json")
    assert_sound(TRACE, layout(TRACE, engine="embedded"))
