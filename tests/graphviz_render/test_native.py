from __future__ import annotations

from pathlib import Path

import pytest

from graphviz_render import LayoutError, available_engines, dot_source, layout, render
from graphviz_render.engines import solve
from graphviz_render.model import Engine
from graphviz_render.native import run_dot
from graphviz_render.problem import read
from tests.graphviz_render.faults import Faults, faults
from tests.graphviz_render.graphs import Graph, assert_sound, graph_of
from tests.graphviz_render.test_worker import put_dot

pytestmark = pytest.mark.needs("dot")

TRACE = graph_of(("x", "lin0"), ("lin0", "loss"))


@pytest.fixture
def no_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def test_what_dot_says_of_wrong_input_is_passed_on() -> None:
    with pytest.raises(LayoutError, match=r"failed with status 1: .*syntax error in line 1"):
        run_dot("digraph { a -> ", "json")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo broken >&2; exit 3", "failed with status 3: broken"),
        ("exit 4", r"failed with status 4\.$"),
        ("kill -11 $$", r"ended by signal 11\.$"),
        ("echo hello", "could not be read"),
        ('echo \'{"bb": "0,0,1,1"}\'', "could not be read .*nodes are missing"),
    ],
)
def test_a_dot_that_fails_is_told_with_the_reason(
    script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_dot(tmp_path, monkeypatch, script)
    with pytest.raises(LayoutError, match=message):
        layout(TRACE, engine="native")


def test_a_dot_that_cannot_be_started_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = put_dot(tmp_path, monkeypatch, "")
    program.write_text("#!/no/such/interpreter\n")
    with pytest.raises(LayoutError, match=r"dot could not be started: No such file or directory"):
        layout(TRACE, engine="native")


@pytest.mark.usefixtures("no_dot")
def test_without_dot_the_embedded_graphviz_is_used() -> None:
    assert available_engines() == ("layered", "embedded")
    assert_sound(TRACE, layout(TRACE, engine="embedded"))
    with pytest.raises(LayoutError, match="Debian/Ubuntu: graphviz, Fedora: graphviz, macOS: brew"):
        layout(TRACE, engine="native")


@pytest.mark.usefixtures("no_dot")
def test_without_dot_pictures_are_svg_alone() -> None:
    assert b"</svg>" in render(TRACE)
    with pytest.raises(LayoutError, match=r"PNG needs .*brew install graphviz"):
        render(TRACE, "png")
    with pytest.raises(LayoutError, match=r"PDF needs .*brew install graphviz"):
        render(TRACE, "pdf")


def test_clusters_are_laid_out_with_fewer_faults_than_by_graphviz() -> None:
    """Two evaluations in one frame: dot lays their halves crosswise."""
    graph = evaluations()
    assert faults_by(graph, "layered") < faults_by(graph, "native")


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
    problem, _ = read(graph, {})
    return faults(problem, solve(problem, engine, "free"))


def test_dot_accepts_what_it_is_given() -> None:
    assert run_dot(dot_source(TRACE), "dot").startswith(b"digraph {")
    assert_sound(TRACE, layout(TRACE, engine="native"))
