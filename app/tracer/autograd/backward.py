"""Backward passes: which autograd nodes ran, in what order, with what gradient.

Every pass goes through `torch.autograd.graph._engine_run_backward`, whoever started it.  Before it
runs, the nodes that the roots lead to get a hook each; the hooks are gone when it is over.  A hook
sees the gradient of the node's output, the one that flows along the edge that the forward call
made, after any hooks of the snippet.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.autograd import graph

from app.contract.messages import BackwardEndRow, BackwardRow, NodesRow, StepRow
from app.tracer.aside import quiet
from app.tracer.autograd.nodes import is_leaf_node
from app.tracer.patches import Patches
from app.tracer.private import next_node_number
from app.tracer.shared import Shared
from app.tracer.stream import row_of
from app.tracer.tensors.kinds import shape_of
from app.tracer.tensors.table import node_name
from app.tracer.tensors.values import summarise
from app.tracer.threads import Threads, ThreadState


class BackwardPasses:
    """Watches the backward engine of one run."""

    def __init__(self, shared: Shared, threads: Threads) -> None:
        self._shared = shared
        self._threads = threads
        self._next = 0
        self._made: list[tuple[int, int, int]] = []
        """Nodes that passes with `create_graph` made: first number, end, which pass."""

    def install(self, patches: Patches) -> None:
        patches.set(torch.autograd, "_make_grads", self._refusing(torch.autograd._make_grads))
        watched = self._watch(graph._engine_run_backward)
        patches.set(graph, "_engine_run_backward", watched)
        patches.set(torch.autograd, "_engine_run_backward", watched)

    def _watch(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def run(t_outputs: Any, *args: Any, **kwargs: Any) -> Any:
            # args: grad_tensors, retain_graph, create_graph, inputs
            here = self._threads.here()
            if here is None or self._shared.truncated:
                return original(t_outputs, *args, **kwargs)
            accumulates = bool(kwargs.get("accumulate_grad", False))
            inputs = args[3] if len(args) > 3 else ()
            frame = sys._getframe(1)
            pass_ = self._begin(t_outputs, inputs, accumulates, frame)
            first = next_node_number()
            try:
                with self._surroundings(here, pass_, bool(args[2])):
                    result = original(t_outputs, *args, **kwargs)
                pass_.ok = True
                return result
            finally:
                if next_node_number() != first:
                    self._made.append((first, next_node_number(), pass_.id))
                self._end(pass_)

        return run

    def _refusing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """torch looks at what backward is called on before the engine does, and may refuse."""

        def make_grads(outputs: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return original(outputs, *args, **kwargs)
            except Exception:
                if self._threads.here() is not None and not self._shared.truncated:
                    call = sys._getframe(1).f_code.co_name
                    self._end(self._begin(outputs, (), call == "backward", sys._getframe(1)))
                raise

        return make_grads

    def _surroundings(self, here: ThreadState, pass_: _Pass, create_graph: bool) -> ExitStack:
        """Hooks of the snippet run inside: their calls are traced, in phase "backward"."""
        stack = ExitStack()
        text = "backward() runs with grad mode " + ("on" if create_graph else "off")
        stack.enter_context(here.modes.within("library", pass_.line, text, create_graph))
        before, here.mode.phase = here.mode.phase, "backward"
        stack.callback(setattr, here.mode, "phase", before)
        stack.enter_context(here.tracing())
        return stack

    def _begin(self, roots: Any, inputs: Any, accumulates: bool, frame: FrameType) -> _Pass:
        shared = self._shared
        with quiet():
            root_tensors = [t for t in _as_tuple(roots) if isinstance(t, Tensor)]
            input_tensors = [t for t in _as_tuple(inputs) if isinstance(t, Tensor)]
            pass_ = _Pass(self._next, shared.sites.line(frame))
            self._next += 1
            shared.stream.put(
                BackwardRow(
                    "backward",
                    pass_.id,
                    "backward" if accumulates else "autograd.grad",
                    pass_.line,
                    [shared.tensors.see(t).id for t in root_tensors],
                    [shared.tensors.see(t).id for t in input_tensors],
                    shared.stream.next_event(),
                    shared.pass_of(frame),
                )
            )
            pass_.nodes = reachable(map(_start, _as_tuple(roots)))
            self._tell_nodes(pass_)
            for place, node in enumerate(pass_.nodes):
                pass_.handles.append(node.register_hook(self._hook(pass_, node, place)))
        return pass_

    def _tell_nodes(self, pass_: _Pass) -> None:
        """The graph of the pass as it stands before it runs: afterwards it may be freed."""
        place = {node: index for index, node in enumerate(pass_.nodes)}
        rows = []
        for node in pass_.nodes:
            leaf = is_leaf_node(node)
            rows.append([
                node_name(node),
                None if leaf else self._shared.owner_of(node),
                self._shared.tensors.see(node.variable).id if leaf else None,
                node._sequence_nr(),
                [place[successor] for successor, _ in node.next_functions if successor is not None],
                [] if leaf else self._shared.saved.described(node),
            ])  # fmt: skip
        self._shared.stream.put(NodesRow("nodes", pass_.id, rows))

    def _hook(self, pass_: _Pass, node: Any, place: int) -> Callable[..., None]:
        shared = self._shared
        name = node_name(node)
        if is_leaf_node(node):
            return self._leaf_hook(pass_, name, node.variable, place)
        owner = shared.owner_of(node)
        made_in = None if owner is not None else self._made_in(node)

        def ran(_: Any, grads: Sequence[Tensor | None]) -> None:
            self._step(pass_, name, owner, None, grads, place, made_in)

        return ran

    def _made_in(self, node: Any) -> int | None:
        """The backward pass that made a node, where no operation did."""
        number = node._sequence_nr()
        return next((by for first, end, by in self._made if first <= number < end), None)

    def _leaf_hook(self, pass_: _Pass, name: str, leaf: Tensor, place: int) -> Callable[..., None]:
        tracked = self._shared.tensors.see(leaf)

        def ran(_: Any, grads: Sequence[Tensor | None]) -> None:
            tensor = tracked()
            if tensor is None:
                return
            self._step(pass_, name, None, tracked.id, grads, place)
            if grads and grads[0] is not None:
                pass_.reached[tracked.identity] = tensor
            else:
                with quiet():
                    self._shared.facts.put("none_returned", tensor, None, False)

        return ran

    def _step(
        self,
        pass_: _Pass,
        name: str,
        owner: int | None,
        leaf: int | None,
        grads: Sequence[Tensor | None],
        place: int,
        made_in: int | None = None,
    ) -> None:
        shared = self._shared
        with quiet():
            grad = next((g for g in grads if g is not None), None)
            shape, values = ((), None) if grad is None else (shape_of(grad), summarise(grad))
            event = shared.stream.next_event()
            row = (
                "step", pass_.id, name, owner, leaf, shape, values, event, made_in, place
            )  # fmt: skip
            shared.stream.put(row_of(StepRow, row))
            shared.stream.flush()

    def _end(self, pass_: _Pass) -> None:
        shared = self._shared
        with quiet():
            for handle in pass_.handles:
                handle.remove()
            reached = [shared.tensors.see(t) for t in pass_.reached.values()]
            event = shared.stream.next_event()
            shared.stream.put(
                BackwardEndRow("backward_end", pass_.id, pass_.ok, [t.id for t in reached], event)
            )
            for tensor in pass_.reached.values():
                if tensor.grad is not None:
                    shared.facts.name_grad(tensor, tensor.grad)
                shared.gradients.now(tensor, final=False)
            pass_.reached.clear()
            pass_.nodes.clear()
            shared.stream.flush()


class _Pass:
    """A backward pass while it runs."""

    def __init__(self, number: int, line: int | None) -> None:
        self.id = number
        self.line = line
        self.ok = False
        self.handles: list[Any] = []
        self.nodes: list[Any] = []
        """Kept until the pass is over: nothing else keeps the AccumulateGrad of a root."""
        self.reached: dict[int, Tensor] = {}


def _start(root: Any) -> Any:
    """The node that backward begins with: an AccumulateGrad where the root is itself a leaf."""
    if not isinstance(root, Tensor):
        return root.node  # a GradientEdge
    if root.grad_fn is None and root.requires_grad:
        return graph.get_gradient_edge(root).node
    return root.grad_fn


def reachable(starts: Iterable[Any]) -> list[Any]:
    """The autograd nodes that `starts` lead to, themselves included, each once."""
    found: list[Any] = []
    seen: set[Any] = set()
    stack = [node for node in starts if node is not None]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        found.append(node)
        stack.extend(successor for successor, _ in node.next_functions if successor is not None)
    return found


def _as_tuple(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, (list, tuple)) else (value,)
