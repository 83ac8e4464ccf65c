from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import networkx as nx
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from graphviz_render import LayoutError, dot_source, render
from graphviz_render.embedded import run_embedded
from graphviz_render.native import run_dot
from graphviz_render.quoting import quote_name
from tests.graphviz_render.graphs import Graph, frame, graph_of

NASTY = [
    'say "hi"',
    "back\\",
    'back\\"',
    "graph",
    "NODE",
    "strict",
    "-1.5",
    "1e3x",
    "<b>bold</b>",
    "<",
    "&lt;",
    "&#65;",
    "a & b",
    "two\nlines",
    "cr\r\nlf",
    "\\N \\G \\l",
    "é漢字𝔘",
    "a:b:c",
    "x;y}",
    "// no comment",
    "{record|like}",
    "",
    " ",
    "\\\n",
]


def drawn() -> Graph:
    graph = graph_of(("x", "lin0"), ("lin0", "lin1"), ("lin1", "loss"), no_grad=["lin1"])
    graph.graph["dot"] = {"fontname": "Helvetica", "bgcolor": "white"}
    graph.graph["clusters"]["no_grad"] |= {
        "dot": {"label": "torch.no_grad()", "style": "rounded,dashed", "color": "#B36B00"}
    }
    graph.graph["clusters"]["empty"] = frame(parent="no_grad")
    for node, data in graph.nodes(data=True):
        data["dot"] = {"label": f"{node}\nrecorded", "shape": "box", "tooltip": "line 8"}
    graph.edges["x", "lin0", 0].update(
        minlen=2, weight=3, dot={"label": "x [2, 2]", "penwidth": 1.5, "constraint": True}
    )
    return graph


GOLDEN = """\
digraph {
  graph [rankdir="LR", fontname="Helvetica", bgcolor="white"]
  "x" [width=1.38889, height=0.555556, label="x\\nrecorded", shape="box", tooltip="line 8"]
  "lin0" [width=1.38889, height=0.555556, label="lin0\\nrecorded", shape="box", tooltip="line 8"]
  "loss" [width=1.38889, height=0.555556, label="loss\\nrecorded", shape="box", tooltip="line 8"]
  subgraph "cluster_no_grad" {
    graph [label="torch.no_grad()", margin=16, style="rounded,dashed", color="#B36B00"]
    "lin1" [width=1.38889, height=0.555556, label="lin1\\nrecorded", shape="box", tooltip="line 8"]
    subgraph "cluster_empty" {
      graph [label="", margin=16]
    }
  }
  "x" -> "lin0" [minlen=2, weight=3, label="x [2, 2]", penwidth=1.5, constraint=true]
  "lin0" -> "lin1"
  "lin1" -> "loss"
}
"""


def test_every_attribute_and_nested_clusters() -> None:
    assert dot_source(drawn(), direction="LR") == GOLDEN


def test_the_same_graph_gives_the_same_dot() -> None:
    assert dot_source(drawn()) == dot_source(drawn())


def test_pictures() -> None:
    assert texts(render(drawn())) == texts(run_embedded(dot_source(drawn()), "svg"))
    assert "torch.no_grad()" in texts(render(drawn()))
    assert render(drawn(), "png").startswith(b"\x89PNG")
    assert render(drawn(), "pdf").startswith(b"%PDF")
    with pytest.raises(LayoutError, match="format 'gif' is unknown"):
        render(drawn(), "gif")  # type: ignore[arg-type]  # what the test is about


@pytest.mark.needs("dot")
def test_nasty_names_are_shown_as_they_are() -> None:
    graph = labelled(NASTY)
    wanted = sorted(line.strip() for text in NASTY for line in text.splitlines() if line.strip())
    source = dot_source(graph)
    assert sorted(texts(run_dot(source, "svg"))) == wanted
    assert sorted(texts(run_embedded(source, "svg"))) == wanted


@pytest.mark.needs("dot")
@given(st.lists(st.text(max_size=8), min_size=1, max_size=8, unique=True))
@example(["", "\n", "\r", "\\n"])  # dot drops a line end at the start of a quoted string
@settings(max_examples=40)
def test_any_text_gives_dot_that_dot_accepts_and_an_svg_that_parses(names: list[str]) -> None:
    assume(len({quote_name(name) for name in names}) == len(names))
    svg = ElementTree.fromstring(run_dot(dot_source(labelled(names)), "svg"))
    nodes = [group for group in svg.iter() if group.get("class") == "node"]
    assert len(nodes) == len(names)


def labelled(names: list[str]) -> Graph:
    """Return a graph with these names wherever a graph may have text."""
    graph: Graph = nx.MultiDiGraph(clusters={name: {"dot": {"tooltip": name}} for name in names})
    for name in names:
        dot = {"label": name, "tooltip": name, "URL": f"file:///{name}?a=1&b=2"}
        graph.add_node(name, cluster=name, dot=dot)
    return graph


def texts(svg: bytes) -> list[str]:
    found = ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(TEXT)]
    return [text.strip() for text in found if text.strip()]


TEXT = "{http://www.w3.org/2000/svg}text"


def add_number_and_its_text(graph: Graph) -> None:
    graph.add_nodes_from([1, "1"])


def add_unknown_cluster(graph: Graph) -> None:
    graph.add_node("a", cluster="nowhere")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (add_number_and_its_text, 'Two nodes would both be called "1"'),
        (add_unknown_cluster, "'a' names the cluster 'nowhere'"),
    ],
)
def test_what_cannot_be_written_is_named(change: Any, message: str) -> None:
    graph: Graph = nx.MultiDiGraph()
    change(graph)
    with pytest.raises(LayoutError, match=message):
        dot_source(graph)
