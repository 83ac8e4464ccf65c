"""Graphs made by hand, one for each thing that the graph view must draw."""

from __future__ import annotations

from typing import Literal

import networkx as nx

from app.contract.records import Summary
from app.session.graph.payloads import (
    CutItem,
    EdgeItem,
    FrameItem,
    OperationItem,
    Pill,
    StatusKey,
    TensorItem,
)

Role = Literal["leaf", "frozen", "result", "cut"]
State = Literal["none", "value", "norm", "frozen", "bad"]
Kind = Literal["data", "gradient", "cut"]
WORDS: dict[StatusKey, str] = {
    "recorded": "recorded",
    "no_grad": "skipped — no_grad",
    "inference_mode": "skipped — inference_mode",
    "no_input_requires_grad": "no input requires grad",
    "not_differentiable": "not differentiable",
    "detached": "detached",
    "left_torch": "left torch",
    "neutral": "not counted",
}


def summary(values: object, norm: float = 1.0, nan: int = 0) -> Summary:
    return Summary(4, values, None, None, None, None, norm, nan, 0, 0, False)


def pill(name: str, state: State = "none", values: object = None, tensor: int = 90) -> Pill:
    nan = 1 if state == "bad" else 0
    of_state = summary(values, 2.06, nan) if state in ("value", "norm", "bad") else None
    return Pill(tensor, name, state, of_state)


def operation(
    number: int,
    title: str,
    status: StatusKey = "recorded",
    *,
    module: str = "",
    line: int | None = None,
    shapes: str = "[2, 2] → [2, 2]",
    pills: tuple[Pill, ...] = (),
    inside: tuple[int, ...] = (),
    folded: str = "",
) -> OperationItem:
    words = WORDS[status]
    return OperationItem(number, title, module, line, status, words, shapes, pills, inside, folded)


def no_grad_cut() -> nx.MultiDiGraph[str]:
    """Three linear layers, the middle one under no_grad: the program's first example."""
    none = (pill("weight", tensor=11), pill("bias", tensor=12))
    values = [[-0.61, -1.32], [-0.61, -1.32]]
    reached = (
        pill("weight", "value", values, tensor=15),
        pill("bias", "value", [2.0, 2.0], tensor=16),
    )
    region = FrameItem(0, "no_grad", "torch.no_grad()", 9, "no_grad", None)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(frames={"span:0": region})
    graph.add_node("tensor:1", item=TensorItem(1, "x", "leaf   .grad None", "leaf"))
    graph.add_node("op:1", item=operation(1, "linear", module="lin0", line=8, pills=none))
    skipped = operation(2, "linear", "no_grad", module="lin1", line=10, pills=none)
    graph.add_node("op:2", item=skipped, cluster="span:0")
    graph.add_node("cut:2", item=CutItem(2, "gradient stops here — no_grad, line 9"))
    graph.add_node("op:3", item=operation(3, "linear", module="lin2", line=11, pills=reached))
    graph.add_node("op:4", item=operation(4, "sum", line=12, shapes="[2, 2] → scalar"))
    graph.add_node("tensor:5", item=TensorItem(5, "loss", "scalar", "result"))
    _edge(graph, "tensor:1", "op:1", 1, "data", "x", "[2, 2]")
    _edge(graph, "op:1", "op:2", 2, "data", "x1", "gradient never arrives")
    _edge(graph, "op:2", "cut:2", 3, "cut")
    _edge(graph, "cut:2", "op:3", 3, "data", "x2", "requires_grad = False")
    _edge(graph, "op:3", "op:4", 4, "gradient", "x3", "grad [2, 2]  norm 2.00")
    _edge(graph, "op:4", "tensor:5", 5, "gradient", "", "grad = 1.00 (seed)")
    return graph


def statuses() -> nx.MultiDiGraph[str]:
    """One operation of each status, every state of a pill, every role of a tensor."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(frames={})
    titles = ("linear", "linear", "matmul", "add", "argmax", "detach", "numpy", "randn")
    for number, (status, title) in enumerate(zip(WORDS, titles, strict=True)):
        graph.add_node(f"op:{number}", item=operation(number, title, status, line=8 + number))
        if number:
            _edge(graph, f"op:{number - 1}", f"op:{number}", number, "data")
    pills = (
        pill("weight"),
        pill("bias", "value", [[0.5, -0.2, 1.0], [0.1, 0.0, -0.7]]),
        pill("frozen_weight", "frozen"),
        pill("in_proj_weight", "norm"),
        pill("out_proj.weight", "bad"),
        pill("out_proj.bias"),
        pill("seventh"),
        pill("eighth"),
    )
    many = operation(20, "multi_head_attention_forward", module="encoder.layers.0", line=120)
    many = operation(
        20,
        many.title,
        module=many.module,
        line=120,
        pills=pills,
        shapes="[64, 128, 512], [64, 128, 512] → [64, 128, 512]",
    )
    graph.add_node("op:20", item=many)
    roles: tuple[Role, ...] = ("leaf", "frozen", "result", "cut")
    for number, role in enumerate(roles):
        item = TensorItem(30 + number, f"t{number}", role, role)
        graph.add_node(f"tensor:{number}", item=item)
        _edge(graph, f"tensor:{number}", "op:20", 30 + number, "data", f"t{number}", "[64, 128]")
    folded = operation(
        40, "Block", module="blocks.7", inside=(41, 42, 43), folded="12 recorded, 3 skipped"
    )
    graph.add_node("group:blocks", item=folded)
    _edge(graph, "op:20", "group:blocks", 50, "gradient", "h", "grad [64, 128, 512]  norm 0.2")
    return graph


def residual(blocks: int = 2) -> nx.MultiDiGraph[str]:
    """Branches: three projections of one value, and an edge around each block."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(frames={})
    graph.add_node("tensor:0", item=TensorItem(0, "h", "leaf", "leaf"))
    before, number = "tensor:0", 1
    for block in range(blocks):
        frame = f"module:{block}"
        graph.graph["frames"][frame] = FrameItem(
            None, "module", f"blocks.{block}", None, "neutral", None
        )
        names = ("layer_norm", "q_proj", "k_proj", "v_proj", "attention", "add")
        keys = {}
        for name in names:
            keys[name] = f"op:{number}"
            graph.add_node(keys[name], item=operation(number, name, line=number), cluster=frame)
            number += 1
        _edge(graph, before, keys["layer_norm"], number, "gradient")
        for name in names[1:4]:
            kind: Kind = "gradient" if name != "k_proj" else "data"
            _edge(graph, keys["layer_norm"], keys[name], 100 + number, kind)
            _edge(graph, keys[name], keys["attention"], 200 + number + ord(name[0]), kind)
        _edge(graph, keys["attention"], keys["add"], 300 + number, "gradient", "o", "[64, 64]")
        _edge(graph, before, keys["add"], number, "gradient")
        before = keys["add"]
    graph.add_node("tensor:9", item=TensorItem(9, "loss", "5.548", "result"))
    _edge(graph, before, "tensor:9", 999, "gradient", "", "grad = 1.00 (seed)")
    return graph


def chain(length: int, *, branch_every: int = 5) -> nx.MultiDiGraph[str]:
    """A long graph with side branches, for speed and for what is outside the window."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(frames={})
    statuses_in_turn = tuple(WORDS)[:-1]
    for number in range(length):
        status = statuses_in_turn[number % 11 % len(statuses_in_turn)]
        graph.add_node(f"op:{number}", item=operation(number, "relu", status, line=number + 1))
        if number:
            kind: Kind = "gradient" if number % 3 else "data"
            _edge(graph, f"op:{number - 1}", f"op:{number}", number, kind, f"x{number}")
        if number > branch_every and number % branch_every == 0:
            _edge(graph, f"op:{number - branch_every}", f"op:{number}", 5000 + number, "data")
    return graph


def counts_of(graph: nx.MultiDiGraph[str]) -> dict[StatusKey, int]:
    """How many drawn operations have each status."""
    counts: dict[StatusKey, int] = {}
    for _, data in graph.nodes(data=True):
        item = data["item"]
        if isinstance(item, OperationItem):
            counts[item.status] = counts.get(item.status, 0) + 1
    return counts


def _edge(
    graph: nx.MultiDiGraph[str],
    source: str,
    target: str,
    tensor: int,
    kind: Kind,
    name: str = "",
    detail: str = "",
) -> None:
    item = EdgeItem(tensor, kind, name, detail)
    graph.add_edge(source, target, item=item)
