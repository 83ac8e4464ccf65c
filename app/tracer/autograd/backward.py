"""Backward passes: which autograd nodes ran, in what order, with what gradient.

Every pass goes through `torch.autograd.graph._engine_run_backward`, whoever started it.  Before it
runs, the nodes that the roots lead to get a hook each; the hooks are gone when it is over.  A hook
is called when its node is about to run, and sees the gradient of the node's output: the one that
flows along the edge that the forward call made, after any hooks of the snippet.

A hook that is called after the node has run would be noticed: torch then keeps the gradient alive
meanwhile, so that AccumulateGrad copies it where it would have taken it over.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.autograd import graph

from app.contract.messages import BackwardEndRow, BackwardRow, KeptRow, NodeRow, StepRow
from app.tracer.autograd.hooks import Hooks, hooks_of, install_question, notes_on
from app.tracer.autograd.nodes import NUMBERS_END, is_freed, is_leaf_node, new_nodes
from app.tracer.autograd.saved import Keeper, SavedMemory
from app.tracer.calls.implied import introduce
from app.tracer.calls.modules import ModuleTable
from app.tracer.clock import ClockedStream, WaitOfPass
from app.tracer.opening.opening import Opening
from app.tracer.patches import Patches
from app.tracer.private import (
    ENGINE,
    ROOTS_CHECKED,
    is_functorch_wrapped,
    next_node_number,
    transform_level,
)
from app.tracer.shared import Shared
from app.tracer.stream import row_of
from app.tracer.tensors.kinds import shape_of
from app.tracer.tensors.table import grad_of, node_name, version_of
from app.tracer.tensors.tracked import Tracked
from app.tracer.tensors.values import summarise
from app.tracer.threads import Threads, ThreadState
from app.tracer.unseen import without_overrides

_MOST_OUTLIVED = 64


class BackwardPasses:
    """Watches the backward engine of one run."""

    def __init__(
        self,
        shared: Shared,
        threads: Threads,
        modules: ModuleTable,
        opening: Opening | None = None,
    ) -> None:
        """An `opening` watches the pass with the step that it opens."""
        self._shared = shared
        self._threads = threads
        self._modules = modules
        self._opening = opening
        self._next = 0
        self._begun: dict[int | None, int] = {}
        """How many tensors there were when the last pass on each line began."""

    def install(self, patches: Patches) -> None:
        install_question(patches)
        patches.wrap(ROOTS_CHECKED, self._refusing)
        patches.wrap(ENGINE, self._watch)

    def _watch(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def run(t_outputs: Any, *args: Any, **kwargs: Any) -> Any:
            # args: grad_tensors, retain_graph, create_graph, inputs
            here = self._threads.here()
            if here is None:
                return original(t_outputs, *args, **kwargs)
            if self._shared.truncated:
                with without_overrides():  # names are those of the whole run
                    self._shared.paths.backward_begins(sys._getframe(1))
                return original(t_outputs, *args, **kwargs)
            frame = sys._getframe(1)
            pass_ = self._begin(t_outputs, args, bool(kwargs.get("accumulate_grad", False)), frame)
            first = next_node_number()
            try:
                with self._surroundings(here, pass_, bool(args[2])):
                    result = original(t_outputs, *args, **kwargs)
                pass_.ok = True
                if not pass_.accumulates:
                    pass_.returned = result
                return result
            except BaseException as error:
                pass_.interrupted = isinstance(error, KeyboardInterrupt)
                self._failed(error, pass_)
                raise
            finally:
                if next_node_number() != first:
                    made = first, next_node_number(), pass_.id
                    self._shared.made_by_passes.append(made)
                self._end(pass_)

        return run

    def _refusing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap torch's check of the roots, which may raise before the engine runs."""

        def make_grads(outputs: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return original(outputs, *args, **kwargs)
            except Exception as error:
                if self._threads.here() is not None and not self._shared.truncated:
                    frame = sys._getframe(1)
                    pass_ = self._begin(outputs, (), frame.f_code.co_name == "backward", frame)
                    self._failed(error, pass_)
                    self._end(pass_)
                raise

        return make_grads

    def _failed(self, error: BaseException, pass_: _Pass) -> None:
        with self._shared.mishaps.around("A failed backward pass", pass_.frame):
            name = "backward" if pass_.accumulates else "grad"
            modes = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
            self._shared.failures.note(
                error, name, f"torch.autograd.{name}", pass_.roots, *modes, pass_.id
            )

    def _surroundings(self, here: ThreadState, pass_: _Pass, create_graph: bool) -> ExitStack:
        """Return the context of the engine's run: calls in hooks are traced in phase "backward"."""
        stack = ExitStack()
        text = "backward()" if pass_.accumulates else "torch.autograd.grad()"
        stack.enter_context(here.modes.within("backward", pass_.line, text, create_graph))
        before, here.mode.phase = here.mode.phase, "backward"
        stack.callback(setattr, here.mode, "phase", before)
        stack.enter_context(here.tracing())
        return stack

    def _begin(self, roots: Any, args: Sequence[Any], accumulates: bool, frame: FrameType) -> _Pass:
        """Announce a pass; `args` are grad_tensors, retain_graph, create_graph and inputs.

        Returns the pass even if announcing it fails.
        """
        shared = self._shared
        pass_ = _Pass(self._next, shared.sites.line(frame), frame, accumulates)
        if len(args) > 2:
            pass_.keeps_graph, pass_.creates_graph = bool(args[1]), bool(args[2])
        here = self._threads.here()
        self._next += 1
        with shared.mishaps.around("A backward pass", frame), without_overrides():
            shared.paths.backward_begins(frame)
            inputs = _as_tuple(args[3]) if len(args) > 3 else ()
            seen = shared.tensors.see
            pass_.roots = [seen(t).id for t in _as_tuple(roots) if isinstance(t, Tensor)]
            if here is not None and shared.tensors.strangers:
                introduce(here.mode, shared, frame)
            shared.stream.put(
                BackwardRow(
                    pass_.id,
                    "backward" if accumulates else "autograd.grad",
                    pass_.line,
                    pass_.roots,
                    [seen(t).id for t in inputs if isinstance(t, Tensor)],
                    shared.stream.next_event(),
                    shared.loops.at(frame, {}),
                    self._outlived(pass_.line) if accumulates else [],
                )
            )
            pass_.announced = True
            if accumulates:
                pass_.shared = [(p, *_grad_of(p)) for p in self._modules.shared_by_ranks()]
            if pass_.shared and isinstance(shared.stream, ClockedStream):
                pass_.wait = WaitOfPass(shared.stream, shared.mishaps, frame, pass_.line)
            following = reachable(map(root_node, _as_tuple(roots)))
            pass_.nodes = list(following)
            self._watch_nodes(pass_, following)
            if self._opening is not None and self._opening.pass_number == pass_.id:
                begins = zip(_as_tuple(roots), _as_tuple(args[0]) if args else (), strict=False)
                starts = [(root_node(one), _slot(one), grad) for one, grad in begins]
                self._opening.watch(pass_, starts, shared.saved.may_look)
        return pass_

    def _outlived(self, line: int | None) -> list[int]:
        """Return the oldest results that existed when the previous pass on this line began."""
        before, self._begun[line] = self._begun.get(line, 0), self._shared.tensors.count
        return self._shared.tensors.results_before(before, _MOST_OUTLIVED)

    def _watch_nodes(self, pass_: _Pass, following: dict[Any, list[Any]]) -> None:
        """Register the hooks and send the graph, which may be freed afterwards."""
        shared = self._shared
        places = {node: place for place, node in enumerate(following)}
        for place, node in enumerate(following):
            name, number = node_name(node), node._sequence_nr()
            hooks = hooks_of(node.register_prehook)
            owner = leaf = keeper = None
            saved: Sequence[int] = ()
            if number >= NUMBERS_END and is_leaf_node(node):
                tracked = shared.tensors.see(node.variable)
                leaf = tracked.id
                hook = partial(self._leaf_ran, pass_, place, name, tracked)
            else:
                owner = shared.owner_of(node)
                made_in = None if owner is not None else shared.pass_that_made(node)
                if owner is None and made_in is None:
                    owner = self._maker_of(node)
                saved = shared.saved.described(node)
                keeper = shared.saved.keeper(vars(hooks))
                hook = partial(self._ran, pass_, place, name, owner, None, made_in)
                if pass_.creates_graph:
                    pass_.hook(hooks_of(node.register_hook), partial(self._made, pass_, keeper))
            pass_.keepers.append(keeper)
            edges = [*map(places.__getitem__, following[node])]
            row = (pass_.id, number, owner, leaf, name, edges, saved)
            shared.stream.later(row_of(NodeRow, row))
            pass_.hook(hooks, hook)
        shared.stream.put_ahead()

    def _maker_of(self, node: Any) -> int | None:
        """Return the operation that made a node whose number the snippet has changed."""
        for tracked, tensor in self._shared.tensors.living():
            if not tracked.leaf and not tracked.outdated and tensor.grad_fn is node:
                return tracked.maker
        return None

    def _leaf_ran(
        self,
        pass_: _Pass,
        place: int,
        name: str,
        tracked: Tracked,
        grads: Sequence[Tensor | None],
    ) -> None:
        tensor = tracked()
        if tensor is None:
            return
        self._ran(pass_, place, name, None, tracked.id, None, grads)
        if grads and grads[0] is not None:
            pass_.reached[tracked.identity] = tensor
        else:
            with self._shared.mishaps.around(f"A step of {name}", pass_.frame), without_overrides():
                self._shared.facts.put("none_returned", tensor, None, False)

    def _ran(
        self,
        pass_: _Pass,
        place: int,
        name: str,
        owner: int | None,
        leaf: int | None,
        made_in: int | None,
        grads: Sequence[Tensor | None],
    ) -> None:
        stream = self._shared.stream
        try:
            if pass_.wait is not None:
                pass_.wait.node_runs()
            pass_.go_on(self._shared.saved, place)
            if pass_.creates_graph:
                pass_.made = next_node_number()
            shape: tuple[int, ...] = ()
            values = None
            for grad in grads:
                if grad is not None:
                    with without_overrides():
                        shape, values = shape_of(grad), summarise(grad)
                    break
            event = pass_.event = stream.next_event()
            row = (pass_.id, event, owner, leaf, made_in, place, name, shape, values)
            stream.put(row_of(StepRow, row))
        except Exception as error:
            self._shared.mishaps.missed(f"A step of {name}", pass_.frame, error)

    def _made(self, pass_: _Pass, maker: Keeper | None, grads: Any, _: Any) -> None:
        """Note what the nodes keep that the node which has just run made (`create_graph`).

        `maker` is what that one keeps.
        Torch copies gradients then in any case, so looking at them is not noticed.
        """
        if next_node_number() == pass_.made:
            return
        shared = self._shared
        with shared.mishaps.around("A step of a backward pass", pass_.frame), without_overrides():
            found = new_nodes([one for one in grads if isinstance(one, Tensor)], pass_.made)
            keeper = shared.saved.keeper
            made = [one for one in found if keeper(notes_on(one)) is None]
            if kept := shared.saved.keep(made, maker=maker):
                shared.stream.put(KeptRow(pass_.event, kept))

    def _end(self, pass_: _Pass) -> None:
        shared = self._shared
        for hooks in pass_.hooked:
            hooks.pop(pass_.key, None)
        with shared.mishaps.around("The end of a backward pass", pass_.frame), without_overrides():
            if pass_.wait is not None:
                pass_.wait.end()
            for tensor, before, version_before in pass_.shared:
                grad, version = _grad_of(tensor)
                if grad is not before or version != version_before:
                    pass_.reached.setdefault(shared.tensors.see(tensor).identity, tensor)
            reached = [shared.tensors.see(t) for t in pass_.reached.values()]
            changed = [] if pass_.ok else shared.saved.changed(pass_.nodes)
            if pass_.ok or self._is_freed(pass_):
                pass_.go_on(shared.saved, None)
            event, into = shared.stream.next_event(), [t.id for t in reached]
            returned = [None if t is None else shared.tensors.see(t).id for t in pass_.returned]
            about = pass_.id, pass_.ok, into, event, changed, returned, pass_.interrupted
            if pass_.announced:
                shared.stream.put(BackwardEndRow(*about))
            pass_.returned = ()
            for tensor in pass_.reached.values():
                if (grad := grad_of(tensor)) is not None:
                    shared.facts.name_grad(tensor, grad)
                shared.gradients.now(tensor, final=False)
        pass_.returned = ()
        pass_.reached.clear()
        pass_.shared.clear()
        pass_.nodes.clear()
        pass_.keepers.clear()

    def _is_freed(self, pass_: _Pass) -> bool:
        """Return whether the node at which a pass failed had let go of what it saved."""
        if pass_.running is None:
            return False
        node = pass_.nodes[pass_.running]
        return self._shared.saved.may_look(node) and is_freed(node)


class _Pass:
    """A backward pass while it runs."""

    def __init__(self, number: int, line: int | None, frame: FrameType, accumulates: bool) -> None:
        self.id = number
        self.line = line
        self.frame = frame
        self.accumulates = accumulates
        """True for `backward`, which adds to `.grad`; False for `torch.autograd.grad`."""
        self.roots: list[int] = []
        self.announced = False
        """Its first row was sent."""
        self.ok = self.interrupted = False
        self.key = -1 - number
        """The key of its hooks in a node; torch's own keys count up from 0."""
        self.hooked: list[Hooks] = []
        self.keeps_graph = self.creates_graph = False
        self.running: int | None = None
        """The place of the node that ran last, and the event of that step."""
        self.event = 0
        self.keepers: list[Keeper | None] = []
        """What each of its nodes keeps."""
        self.made = 0
        """The number of the next node when the one that runs began, in the thread that runs it."""
        self.nodes: list[Any] = []
        """Kept until the pass is over: nothing else keeps the AccumulateGrad of a root."""
        self.reached: dict[int, Tensor] = {}
        self.shared: list[tuple[Tensor, Tensor | None, int]] = []
        """The parameters that ranks share, with their `.grad` and its version before the pass."""
        self.wait: WaitOfPass | None = None
        self.returned: Sequence[Tensor | None] = ()
        """The gradients that `autograd.grad` returns."""

    def hook(self, hooks: Hooks, hook: Callable[..., None]) -> None:
        """Have a node call a hook during this pass."""
        hooks[self.key] = hook
        self.hooked.append(hooks)

    def go_on(self, saved: SavedMemory, place: int | None) -> None:
        """Note that the node at `place` runs next, so that the one before has let go."""
        if self.keeps_graph:
            return
        keeper = None if self.running is None else self.keepers[self.running]
        self.running = place
        if keeper is not None and keeper.memories:
            saved.released(keeper, self.event)


def _grad_of(tensor: Tensor) -> tuple[Tensor | None, int]:
    """Return the gradient that `tensor` has now and its version, which show whether it changed."""
    grad = grad_of(tensor)
    return grad, 0 if grad is None else version_of(grad)


def root_node(root: Any) -> Any:
    """Return the node that backward starts with: an AccumulateGrad if the root is a leaf.

    None on a level of `torch.func`, where torch has no such node.
    """
    if not isinstance(root, Tensor):
        return root.node  # a GradientEdge
    if root.grad_fn is None and root.requires_grad:
        if transform_level() or is_functorch_wrapped(root):
            return None
        return graph.get_gradient_edge(root).node
    return root.grad_fn


def _slot(root: Any) -> int:
    """Return the output of its node that a root is."""
    number: int = root.output_nr
    return number


def reachable(starts: Iterable[Any]) -> dict[Any, list[Any]]:
    """Return the autograd nodes reachable from `starts`, including them, with those that follow."""
    found: dict[Any, list[Any]] = {}
    stack = [node for node in starts if node is not None]
    while stack:
        node = stack.pop()
        if node not in found:
            following = found[node] = [n for n, _ in node.next_functions if n is not None]
            stack += following
    return found


def _as_tuple(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, (list, tuple)) else (value,)
