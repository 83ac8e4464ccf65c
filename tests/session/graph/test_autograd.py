"""Autograd's own nodes: as torch has them, and as they are drawn."""

from __future__ import annotations

from app.contract.records import AutogradNode, Trace
from app.session.graph.building import build
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import fold_all
from app.session.graph.payloads import GroupItem, OperationItem, TensorItem
from app.session.run import Run
from app.session.timeline import History, picture
from tests.support import TraceText, snippet

LAYER = snippet("""
    lin = nn.Linear(3, 4)
    x = torch.randn(2, 5, 3, requires_grad=True)
    y = lin(x)
    loss = y.exp().sum()
    loss.backward()
""")
AUTOGRAD = GraphChoice(level="autograd")


def walked(trace: Trace) -> list[str]:
    """Every node with what it leads to, as the snippets below print it."""
    by_id = {node.id: node for node in trace.autograd_nodes}
    return sorted(f"{n.name} {[by_id[i].name for i in n.next]}" for n in trace.autograd_nodes)


def test_nodes_and_edges_are_those_of_next_functions(trace: TraceText) -> None:
    walk = """
seen, waiting = {}, [loss.grad_fn]
while waiting:
    node = waiting.pop()
    if node not in seen:
        seen[node] = [n for n, _ in node.next_functions if n is not None]
        waiting += seen[node]
lines = (f"{n.name()} {[m.name() for m in after]}" for n, after in seen.items())
for line in sorted(line.replace("torch::autograd::", "") for line in lines):
    print(line)
loss.backward()
"""
    run = trace(LAYER.replace("loss.backward()\n", walk))
    assert walked(run) == run.output.stdout.splitlines()
    assert len(walked(run)) > 5


def test_a_node_that_two_passes_reach_is_one(trace: TraceText) -> None:
    once = trace(LAYER)
    twice = trace(
        LAYER.replace("loss.backward()", "loss.backward(retain_graph=True)\nloss.backward()")
    )
    assert walked(once) == walked(twice)


def test_a_step_names_its_node_also_where_an_operation_has_two_of_a_name(trace: TraceText) -> None:
    run = trace(LAYER)
    by_id = {node.id: node for node in run.autograd_nodes}
    steps = run.backward_passes[0].steps
    assert [by_id[s.node or 0].name for s in steps] == [s.grad_fn for s in steps]
    views = [step for step in steps if step.grad_fn == "ViewBackward0"]
    assert len({step.node for step in views}) == len(views) == 2


def saved(node: AutogradNode) -> list[tuple[str, list[int], str, int]]:
    return [(one.name, one.shape, one.dtype, one.bytes) for one in node.saved]


def test_saved_tensors_have_torchs_names(trace: TraceText) -> None:
    nodes = {node.name: node for node in trace(LAYER).autograd_nodes}
    assert saved(nodes["ExpBackward0"]) == [("result", [2, 5, 4], "float32", 160)]
    assert [name for name, *_ in saved(nodes["AddmmBackward0"])] == ["mat1", "mat2"]
    assert saved(nodes["AccumulateGrad"]) == []


def test_saved_tensors_behind_hooks_are_left_alone(trace: TraceText) -> None:
    run = trace(
        snippet("""
        def unpack(t):
            print("unpacked")
            return t

        x = torch.ones(2, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t, unpack):
            y = x.exp()
        print("backward")
        y.sum().backward()
        """)
    )
    assert run.output.stdout.split() == ["backward", "unpacked"]
    assert [node.saved for node in run.autograd_nodes if node.name == "ExpBackward0"] == [[]]


def test_what_is_drawn(trace: TraceText) -> None:
    graph = build(Run(trace(LAYER)), AUTOGRAD)
    items = [data["item"] for _, data in graph.nodes(data=True)]
    names = [item.title for item in items if isinstance(item, OperationItem)]
    assert sorted(names) == [
        "AddmmBackward0", "ExpBackward0", "SumBackward0", "TBackward0", "ViewBackward0",
        "ViewBackward0",
    ]  # fmt: skip
    leaves = {i.title: i.detail for i in items if isinstance(i, TensorItem)}
    assert {leaves[name] for name in ("lin.weight", "lin.bias", "x")} == {"AccumulateGrad"}
    exp = next(i for i in items if isinstance(i, OperationItem) and i.title == "ExpBackward0")
    assert exp.words == "saves result [2, 5, 4], 160 B"
    assert {data["item"].kind for *_, data in graph.edges(data=True)} == {"gradient"}


def test_what_no_backward_reaches_is_drawn_and_says_so(trace: TraceText) -> None:
    run = trace(snippet("w = torch.ones(2, requires_grad=True)\ny = (w * 2).exp()\n"))
    graph = build(Run(run), AUTOGRAD)
    items = [data["item"] for _, data in graph.nodes(data=True)]
    words = {i.title: i.words for i in items if isinstance(i, OperationItem)}
    assert words == dict.fromkeys(
        ("MulBackward0", "ExpBackward0"), "no backward pass reached this node"
    )
    assert [data["item"].kind for *_, data in graph.edges(data=True)] == ["data", "data"]


def test_groups_hold_nodes_too(trace: TraceText) -> None:
    run = trace(LAYER.replace("nn.Linear(3, 4)", "nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 4))"))
    graph = build(Run(run), GraphChoice(level="autograd", folds=fold_all()))
    groups = [d["item"] for _, d in graph.nodes(data=True) if isinstance(d["item"], GroupItem)]
    assert [group.title for group in groups] == ["lin"]
    assert not any("lin." in getattr(d["item"], "title", "") for _, d in graph.nodes(data=True))


def test_skipped_operations_have_no_nodes(trace: TraceText) -> None:
    run = trace(snippet("x = torch.ones(2)\ny = x * 2\n"))
    assert len(build(Run(run), AUTOGRAD)) == 0


TWICE_DIFFERENTIATED = snippet("""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = (x ** 3).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    penalty = (g ** 2).sum()
    penalty.backward()
""")


def test_nodes_that_a_backward_pass_made_are_drawn_and_say_so(trace: TraceText) -> None:
    run = trace(TWICE_DIFFERENTIATED)
    graph = build(Run(run), AUTOGRAD)
    made = {
        key: data["item"]
        for key, data in graph.nodes(data=True)
        if isinstance(data["item"], OperationItem) and data["item"].operation is None
    }
    assert sorted(item.title for item in made.values()) == [
        "MulBackward0", "MulBackward1", "PowBackward0"
    ]  # fmt: skip
    assert all(item.words.startswith("made by autograd.grad(), ") for item in made.values())
    drawn = sorted(
        f"{graph.nodes[target]['item'].title} {graph.nodes[source]['item'].title}"
        for source, target in graph.edges()
        if target in made
    )
    (first,) = (
        data["item"].detail
        for source, target, data in graph.edges(data=True)
        if graph.nodes[source]["item"].title == "x" and target not in made
    )
    assert first == "no gradient arrived"  # autograd.grad returned it: it was not accumulated
    assert drawn == ["MulBackward0 MulBackward1", "MulBackward1 PowBackward0", "PowBackward0 x"]


def test_a_node_that_backward_made_is_there_once_that_pass_has_run(trace: TraceText) -> None:
    run = trace(TWICE_DIFFERENTIATED)
    history = History(Run(run), hide_setup=True)
    items = [data["item"] for _, data in build(Run(run), AUTOGRAD).nodes(data=True)]
    made = [i for i in items if isinstance(i, OperationItem) and i.operation is None]
    there = [
        sum(picture.exists(history.at(position), item) for item in made)
        for position in range(history.end + 1)
    ]
    first, second = run.backward_passes
    last = history.position_of(first.steps[-1].event)
    assert there == [0] * last + [3] * (len(there) - last)
    edges = [data["item"] for _, _, data in build(Run(run), AUTOGRAD).edges(data=True)]
    before_second = history.at(history.position_of(second.event))
    assert {picture.edge(history.at(0), edge).kind for edge in edges} == {"data"}
    assert "waiting" not in {picture.edge(before_second, edge).kind for edge in edges}
