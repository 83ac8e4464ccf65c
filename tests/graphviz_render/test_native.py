from __future__ import annotations

from pathlib import Path

import pytest

from graphviz_render import LayoutError, available_engines, dot_source, layout, render
from graphviz_render.engines import solve
from graphviz_render.faults import Faults, faults
from graphviz_render.model import Engine
from graphviz_render.native import run_dot
from graphviz_render.problem import read
from tests.graphviz_render.graphs import Graph, assert_sound, graph_of, operations
from tests.graphviz_render.test_worker import put_dot

TRACE = graph_of(("x", "lin0"), ("lin0", "loss"))


@pytest.fixture
def no_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def test_what_dot_says_of_wrong_input_is_passed_on() -> None:
    with pytest.raises(LayoutError, match=r"failed with status 1: .*syntax error in line 1"):
        run_dot("digraph { a -> ", "json", 10)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo broken >&2; exit 3", "failed with status 3: broken"),
        ("exit 4", r"failed with status 4\.$"),
        ("kill -11 $$", r"ended by signal 11\.$"),
        ("echo hello", "could not be read"),
        ('echo \'{"bb": "0,0,1,1"}\'', "could not be read .*nodes are missing"),
        ("while :; do :; done", r"did not finish within 0\.2 s"),
    ],
)
def test_a_dot_that_fails_is_told_with_the_reason(
    script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_dot(tmp_path, monkeypatch, script)
    with pytest.raises(LayoutError, match=message):
        layout(TRACE, engine="native", timeout=0.2 if "while" in script else 30)


def test_auto_takes_another_engine_where_dot_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put_dot(tmp_path, monkeypatch, "kill -11 $$")
    assert layout(TRACE) == layout(TRACE, engine="layered")
    assert "ended by signal 11. The layered engine takes its place." in caplog.text


def test_a_dot_that_cannot_be_started_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = put_dot(tmp_path, monkeypatch, "")
    program.write_text("#!/no/such/interpreter\n")
    with pytest.raises(LayoutError, match="could not be started"):
        layout(TRACE, engine="native")


@pytest.mark.usefixtures("no_dot")
def test_without_dot_the_embedded_graphviz_is_used() -> None:
    assert available_engines() == ("embedded", "layered")
    assert layout(TRACE) == layout(TRACE, engine="embedded")
    with pytest.raises(LayoutError, match="Debian/Ubuntu: graphviz, Fedora: graphviz, macOS: brew"):
        layout(TRACE, engine="native")


@pytest.mark.usefixtures("no_dot")
def test_without_dot_pictures_are_svg_alone() -> None:
    assert b"</svg>" in render(TRACE)
    with pytest.raises(LayoutError, match=r"PNG needs .*brew install graphviz"):
        render(TRACE, "png")
    with pytest.raises(LayoutError, match=r"PDF needs .*brew install graphviz"):
        render(TRACE, "pdf")


def test_auto_leaves_large_graphs_to_the_layered_engine() -> None:
    small, large = operations(200), operations(1500)
    assert layout(small) == layout(small, engine="native")
    assert layout(large) == layout(large, engine="layered")


def test_auto_leaves_clusters_to_whoever_draws_them_with_fewer_faults() -> None:
    """Two evaluations in one frame: dot lays their halves crosswise."""
    graph = evaluations()
    by_dot, in_layers = layout(graph, engine="native"), layout(graph, engine="layered")
    assert faults_by(graph, "layered") < faults_by(graph, "native")
    assert layout(graph) == in_layers != by_dot
    for node in graph:
        graph.nodes[node].pop("cluster", None)
    del graph.graph["clusters"]
    assert layout(graph) == layout(graph, engine="native")


def evaluations() -> Graph:
    edges = []
    for batch in range(3):
        for tail, head in (
            ("inputs", "linear"),
            ("linear", "max"),
            ("linear", "loss"),
            ("labels", "loss"),
            ("labels", "eq"),
            ("max", "values"),
            ("max", "eq"),
            ("loss", "item"),
        ):
            edges.append((f"{tail} {batch}", f"{head} {batch}"))
    nodes = sorted({node for edge in edges for node in edge})
    outside = ("inputs", "labels", "values")
    return graph_of(*edges, no_grad=[node for node in nodes if not node.startswith(outside)])


def faults_by(graph: Graph, engine: Engine) -> Faults:
    problem, _ = read(graph, "TB", 32, 32)
    return faults(problem, solve(problem, engine))


def test_dot_accepts_what_it_is_given() -> None:
    assert run_dot(dot_source(TRACE), "dot", 10).startswith(b"digraph {")
    assert_sound(TRACE, layout(TRACE, engine="native"))
