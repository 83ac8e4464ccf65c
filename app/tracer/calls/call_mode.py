"""The function mode: every call that Python makes into torch passes through here.

A call becomes an operation if it takes or makes a tensor.  Whether it was recorded is read off
torch: the counter of autograd nodes moved, and an output's grad_fn is one of the new ones.  The
reason for not being recorded is asked in the order in which torch decides.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from app.contract.messages import CameBackRow, OperationRow
from app.tracer.aside import loud, quiet
from app.tracer.autograd import nodes
from app.tracer.calls.call import Call, changed_inputs, changes_a_view_of
from app.tracer.calls.composite import who_asks
from app.tracer.calls.differentiable import would_record
from app.tracer.calls.functions import TorchFunction
from app.tracer.grad_modes.regions import GradModes
from app.tracer.invisible import invoke
from app.tracer.private import (
    GENERATED_FUNCTION,
    handle_torch_function_code,
    is_functorch_wrapped,
    levels_of,
    next_node_number,
    pop_mode,
    push_mode,
)
from app.tracer.shared import Shared
from app.tracer.stream import row_of
from app.tracer.tensors.kinds import PLAIN, dispatches
from app.tracer.tensors.table import (
    Tracked,
    behind,
    node_name,
    storage_handle,
    tensors_in,
    version_of,
)
from app.tracer.tensors.unwritten import unwritten

_recursion_limit, _limit_recursion = sys.getrecursionlimit, sys.setrecursionlimit
_ROOM = 100
"""Frames of its own that describing a call has: a recursion of the snippet's can use up the rest.
"""
_clock = time.perf_counter_ns
_grad_enabled = torch.is_grad_enabled
_inference_enabled = torch.is_inference_mode_enabled


class CallMode(TorchFunctionMode):
    """Records the calls of one thread.

    Known limitations: calls made by C++ alone (a backward formula, a compiled graph) are no calls
    of Python and do not pass here; what autograd did in them is seen from the nodes they leave.
    """

    def __init__(
        self, shared: Shared, modes: GradModes, owners: nodes.NodeOwners | nodes.OwnersInNodes
    ) -> None:
        super().__init__()
        self._shared = shared
        self._owners = owners
        self._modes = modes
        self._current: Call | None = None
        self.module: int | None = None
        self.phase = "forward"
        facts = shared.facts
        self._handlers: dict[str, Callable[..., Any]] = {
            "call": self._leaf,
            "composite": self._composite,
            "requires_grad": self._requires_grad,
            "grad_get": facts.grad_get,
            "grad_set": facts.grad_set,
            "retain_grad": facts.retain_grad,
            "deepcopy": facts.deepcopy,
            "data_set": self._data_set,
            "history": self._history,
            "address": self._address,
        }

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        shared = self._shared
        try:
            function = shared.functions.get(func)
            if function is None:
                function = shared.functions[func] = TorchFunction(func)
        except Exception as error:  # something callable that has no hash, say
            shared.mishaps.missed(repr(type(func)), sys._getframe(1), error)
            return self._pass_on(func, types, args, kwargs)
        kind = function.kind
        if kind == "query" or shared.truncated:
            return func(*args, **kwargs)
        if kind == "foreign":
            return self._pass_on(func, types, args, kwargs)
        frame = sys._getframe(1)
        if types and any(cls not in PLAIN for cls in types):
            return self._subclass(kind, function, func, args, kwargs, frame)
        return self._handlers[kind](function, func, args, kwargs, frame)

    def _pass_on(self, func: Any, types: Sequence[type], args: Any, kwargs: Any) -> Any:
        """Call what overrides `func`, a function that is not one of torch's, as torch does."""
        push_mode(self)
        try:
            for cls in types:
                override: Any = cls.__torch_function__  # type: ignore[attr-defined]
                result = override(func, types, args, kwargs)
                if result is not NotImplemented:
                    return result
        finally:
            pop_mode()
        return func(*args, **kwargs)

    # ------------------------------------------------------------------------------ kinds of call

    def _leaf(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        limit = _recursion_limit()
        try:
            _limit_recursion(limit)  # refused where this is as deep as can be
            _limit_recursion(limit + _ROOM)
        except RecursionError:
            stream, where = self._shared.stream, (frame.f_code.co_filename, frame.f_lineno)
            self._shared.too_deep.append((stream.events, *where))
            return func(*args, **kwargs)
        try:
            call = self.begin(function, args, kwargs, frame)
        finally:
            _limit_recursion(limit)
        if call is None:
            return invoke(func, args, kwargs)
        self._current = call  # C++ may call back: a custom operator, a custom Function
        started = _clock()
        try:
            result = invoke(func, args, kwargs)
        except BaseException as error:
            self._failed(call, error)
            raise
        finally:
            self._current = call.parent
        nanoseconds = _clock() - started
        limit = _recursion_limit()
        _limit_recursion(limit + _ROOM)
        try:
            if isinstance(result, Tensor) and type(result) not in PLAIN:  # `as_subclass`
                with quiet():
                    self.end(call, result, args, kwargs, nanoseconds)
            else:
                self.end(call, result, args, kwargs, nanoseconds)
        finally:
            _limit_recursion(limit)
        return result

    def _composite(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        asking = frame.f_back if frame.f_code is handle_torch_function_code else None
        body = self._shared.bodies.of(func, asking)
        if body is None or asking is None:
            return self._leaf(function, func, args, kwargs, frame)
        current = self._current
        who = who_asks(func, asking)
        if current is not None and current.body == who:
            self._shared.bodies.give_up(func, asking)
            return func(*args, **kwargs)
        call = self.begin(function, args, kwargs, asking.f_back)
        if call is None:
            return invoke(func, args, kwargs)
        call.body = who
        started = _clock()
        push_mode(self)
        try:
            with self.inside(call):
                result = body(*args, **kwargs)
        except Exception as error:
            if self._shared.failures.is_python(error):
                self._note_failure(call, error)
            raise
        finally:
            pop_mode()
        if self._shared.truncated:
            self._release(call)  # what it did is not all recorded
        else:
            self.end(call, result, args, kwargs, _clock() - started)
        return result

    def _subclass(
        self,
        kind: str,
        function: TorchFunction,
        func: Any,
        args: Any,
        kwargs: Any,
        frame: FrameType,
    ) -> Any:
        """A tensor subclass answers for itself: it is to see the call, and nothing that we ask."""

        def answered(*args: Any, **kwargs: Any) -> Any:
            with loud():
                return func(*args, **kwargs)

        handler = self._leaf if kind == "composite" else self._handlers[kind]
        with quiet():
            return handler(function, answered, args, kwargs, frame)

    @contextmanager
    def inside(self, call: Call) -> Iterator[None]:
        """The calls made meanwhile are `call`'s children; they stand also if it raises."""
        self._current = call
        try:
            yield
        except BaseException:
            with self._shared.mishaps.around(f"What {call.function.name} did", call.frame):
                self._release(call)
            raise
        finally:
            self._current = call.parent

    def _requires_grad(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        """`x = (a * b).requires_grad_()` gives the tensor its name, as a call's result gets it."""
        result = self._shared.facts.requires_grad(function, func, args, kwargs, frame)
        if result is not None:
            self._shared.naming.result(self._shared.naming.target(frame), result)
        return result

    def _data_set(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        """`t.data = other` gives `t` another storage: an in-place change no counter shows."""
        call = self.begin(function, args, kwargs, frame)
        if call is None:
            return func(*args, **kwargs)
        started = _clock()
        result = func(*args, **kwargs)
        nanoseconds = _clock() - started
        if call.tracked:
            call.versions[0] = call.tracked[0].version = -1
        self.end(call, result, args, kwargs, nanoseconds)
        return result

    def _history(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        """Reading `grad_fn` or `is_leaf` of an outdated view makes a node: an operation."""
        before = next_node_number()
        result = func(*args, **kwargs)
        if next_node_number() != before:
            with self._shared.mishaps.around("A view's new grad_fn", frame):
                self._renewed(args[0], before, frame)
        return result

    def _address(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        """Whoever is told where a tensor lies may write there unseen."""
        if unwritten.storages and isinstance(args[0], Tensor):
            unwritten.forget(storage_handle(args[0]))
        return func(*args, **kwargs)

    def _renewed(self, tensor: Tensor, before: int, frame: FrameType | None) -> None:
        """torch gave a view its new grad_fn, which is numbered `before` or later."""
        asked = vars(torch._C.TensorBase)["grad_fn"].__get__
        function = self._shared.functions.setdefault(asked, TorchFunction(asked))
        call = self._begin(function, (tensor,), {}, frame)
        call.tracked[0].outdated = False
        call.started = before
        call.frame = None  # the variable takes no tensor
        self.end(call, tensor, (tensor,), {}, 0)

    def _failed(self, call: Call, error: BaseException) -> None:
        """The call raised and is no operation; that it made torch renew a view's grad_fn is."""
        with self._shared.mishaps.around(f"The error of {call.function.name}", call.frame):
            self._release(call)
            self._note_failure(call, error)
            if next_node_number() != call.started:
                for tensor in call.tensors:
                    if self._shared.tensors.outdated(tensor) and _tells_its_history(tensor):
                        self._renewed(tensor, call.started, call.frame)

    def _note_failure(self, call: Call, error: BaseException) -> None:
        function, modes = call.function, (call.grad_mode, call.inference)
        self._shared.failures.note(
            error, function.name, function.qualified_name, call.inputs, *modes, module=call.module
        )

    # ----------------------------------------------------------------------------- begin and end

    def begin(
        self, function: TorchFunction, args: Any, kwargs: Any, frame: FrameType | None
    ) -> Call | None:
        """Note what has to be known before the call: modes, inputs and their versions.

        None if that went wrong: the call then runs without being recorded.
        """
        try:
            return self._begin(function, args, kwargs, frame)
        except Exception as error:
            self._shared.mishaps.missed(function.name, frame, error)
            return None

    def _begin(
        self, function: TorchFunction, args: Any, kwargs: Any, frame: FrameType | None
    ) -> Call:
        shared = self._shared
        call = Call()
        call.function = function
        call.body = None
        call.id = shared.operations
        shared.operations += 1
        if shared.operations >= shared.max_ops:
            shared.truncate()
        call.parent = self._current
        call.module = self.module
        call.phase = self.phase
        call.rows = []
        call.recorded_inside = call.would_inside = False
        call.grad_mode = _grad_enabled()
        call.inference = _inference_enabled()
        call.site, snippet_frame, below = shared.sites.find(frame)
        call.frame = snippet_frame
        around = call.parent
        if around is not None and around.frame is snippet_frame:
            call.loops = around.loops
        else:
            call.loops = None if snippet_frame is None else shared.passes.at(snippet_frame, below)
        tensors = call.tensors = tensors_in(args, [])
        if kwargs:
            tensors_in(kwargs.values(), tensors)
        call.tracked = []
        call.versions = []
        call.inputs = []
        call.requires_grad = False
        see = shared.tensors.see
        for tensor in tensors:
            tracked = see(tensor)
            call.tracked.append(tracked)
            call.versions.append(tracked.version)
            call.inputs.append(tracked.id)
            if tensor.requires_grad:
                call.requires_grad = True
            if tracked.name is None and not tracked.sought:
                shared.naming.input(call.frame, tracked, tensor)
        if shared.tensors.strangers:
            self.introduce(frame)
        call.came_from = () if shared.owners_elsewhere is None else self._nodes_behind(tensors)
        call.started = next_node_number()
        return call

    def introduce(self, frame: FrameType | None) -> None:
        """Make operations of the calls that gave tensors a history without asking any mode.

        C++ code can do so, torch's own and that of extensions.  The nodes tell what such a call
        added and which tensors went in; it is called by the name of its first node.
        """
        shared = self._shared
        while shared.tensors.strangers:
            tracked = shared.tensors.strangers.pop()
            tensor = tracked()
            if tensor is None or shared.owners_elsewhere is not None:
                continue
            added, inputs = nodes.without_owner(
                tensor, shared.made_elsewhere, shared.tensors.living
            )
            if not added:
                continue
            name = node_name(added[0]).removesuffix("0").removesuffix("Backward")
            function = shared.functions.get(name)
            if function is None:
                function = TorchFunction.opaque(tensor, name, f"torch.autograd.{name}")
                shared.functions[name] = function
            call = self._begin(function, inputs, {}, frame)
            self._owners.adopt(added, call.id)
            self._tell_made(call, tracked, added)

    def _tell_made(self, call: Call, tracked: Tracked, added: Sequence[Any]) -> None:
        stream, function = self._shared.stream, call.function
        tracked.maker = call.id
        form = (
            stream.function(function.name, function.qualified_name),
            call.site.number,
            call.module,
            call.phase,
            False,
            "recorded",
            True,
            None,
            nodes.names_of(added),
            call.grad_mode,
            call.inference,
        )
        row = OperationRow(
            "op",
            call.id,
            stream.operation_form(form),
            None if call.parent is None else call.parent.id,
            self._shared.sites.occurrence(call.site, function.name),
            call.inputs,
            [tracked.id],
            [],
            self._shared.saved.of(added),
            0,
            stream.next_event(),
            call.loops,
        )
        self._put(call, row, added)

    def _nodes_behind(self, tensors: list[Tensor]) -> list[Any]:
        """The nodes that these tensors came from, but for those that torch would make to tell."""
        outdated = self._shared.tensors.outdated
        return [t.grad_fn for t in tensors if t.requires_grad and not outdated(t)]

    def end(self, call: Call, result: Any, args: Any, kwargs: Any, nanoseconds: int) -> None:
        """Describe the call, which returned `result`."""
        try:
            self._tell(call, result, args, kwargs, nanoseconds)
        except Exception as error:
            self._shared.mishaps.missed(call.function.name, call.frame, error)
            with self._shared.mishaps.around(f"What {call.function.name} did", call.frame):
                self._release(call)

    def _tell(self, call: Call, result: Any, args: Any, kwargs: Any, nanoseconds: int) -> None:
        ended = next_node_number()
        outputs: list[Tensor] = []
        if type(result) is Tensor or isinstance(result, Tensor):
            outputs.append(result)
        elif isinstance(result, (list, tuple, dict)):
            tensors_in((result,), outputs)
        changed = changed_inputs(call, outputs, args, kwargs)
        shared = self._shared
        if not outputs and not changed and (call.rows or not call.function.to_python):
            self._release(call)
            return
        in_place, made = False, outputs
        if changed:
            in_place = any(any(t is o for o in outputs) or not outputs for _, t in changed)
            made = outputs + [t for _, t in changed if not any(t is o for o in outputs)]
        below = changes_a_view_of(call, args) if changed else None
        if below is not None:
            made = [below._base if t is below and below._base is not None else t for t in made]
        added = own = self._one_node(call, result, ended) if not changed else ()
        if not added:
            added = self._added(call, made, ended)
            own = [node for node in added if self._owners.owner(node) is None]
            if ended != call.started and not (added or call.grad_mode or changed):
                self._owners.leave(call.started, ended)
            elif added or ended != call.started:
                self._owners.claim(added, call.started, next_node_number(), call.id)
        reason, cause = self._reason(call, added, outputs, changed)
        would = reason == "recorded" or self._would(call, reason, args, kwargs, made)
        renewed = bool(added) and below is None
        output_ids, mutated = self._describe(call, result, outputs, changed, would, renewed)
        stream = shared.stream
        function = call.function
        form = (
            stream.function(function.name, function.qualified_name),
            call.site.number,
            call.module,
            call.phase,
            in_place,
            reason,
            would,
            cause,
            nodes.names_of(own) if own else (),
            call.grad_mode,
            call.inference,
            call.site.set_up,
        )
        row = (
            "op",
            call.id,
            stream.operation_form(form),
            None if call.parent is None else call.parent.id,
            shared.sites.occurrence(call.site, function.name),
            call.inputs,
            output_ids,
            mutated,
            self._saved_by(call, own, outputs),
            nanoseconds,
            stream.next_event(),
            call.loops,
        )
        self._put(call, row_of(OperationRow, row), added)
        if function.to_python:
            shared.outside.left(call.id, result)
            if unwritten.storages and function.name in ("numpy", "array", "dlpack"):
                for tensor in call.tensors:
                    unwritten.forget(storage_handle(tensor))
        elif shared.outside:
            self._came_back(call, args, kwargs)

    def _came_back(self, call: Call, args: Any, kwargs: Any) -> None:
        """Tells of values that had left torch and that the call took in as numbers."""
        sources = self._shared.outside.came_back((*args, *kwargs.values()))
        if sources:
            self._shared.stream.put(CameBackRow("came_back", call.id, sources))

    def _one_node(self, call: Call, result: Any, ended: int) -> Sequence[Any]:
        """The node that the call added, in the commonest case: one, and it made the result.

        Nothing where it is not as simple as that.
        """
        if ended - call.started != 1 or type(result) is not Tensor:
            return ()
        if self._shared.tensors.some_outdated or call.rows or self._owners.left:
            return ()
        node = result.grad_fn
        if node is None or node._sequence_nr() != call.started:
            return ()
        return (node,) if self._owners.claim_one(call.started, call.id) else ()

    def _added(self, call: Call, made: list[Tensor], ended: int) -> list[Any]:
        """The autograd nodes that the call added, also those of the calls inside it."""
        if ended != call.started:
            readable = [t for t in made if not self._shared.tensors.outdated(t)]
            if not call.grad_mode:  # then no view has been given a new node
                readable = [t for t in readable if behind(t) is None]
            if any(map(is_functorch_wrapped, readable)):
                readable = [level for t in readable for level in levels_of(t)]
        elif call.grad_mode and call.requires_grad and not call.inference:
            # Only a node that has no number can be new; looking at a view might make one.
            readable = [t for t in made if t.requires_grad and behind(t) is None]
        else:
            return []
        return nodes.new_nodes(readable, call.started, call.came_from, self._owners.left)

    def _reason(
        self,
        call: Call,
        added: Sequence[Any],
        outputs: list[Tensor],
        changed: list[tuple[Tracked, Tensor]],
    ) -> tuple[str, int | None]:
        """Why it was recorded or not, in the order in which torch decides; and who caused it."""
        if added or call.recorded_inside:
            return "recorded", None
        if call.rows:
            # Made of other calls, none of them recorded: the last one's reason is this one's.
            last = self._shared.stream.form(call.rows[-1].form)
            return last.reason, last.cause
        if not call.tensors:
            return "source", None
        if call.function.to_python:
            return "to_python", None
        if call.function.cuts:
            return "detached", None
        if call.inference:
            return "inference_mode", self._modes.cause(inference=True)
        if not call.grad_mode:
            return "no_grad", self._modes.cause(inference=False)
        if not call.requires_grad:
            return "no_input_requires_grad", None
        if not changed and all(any(o is t for t in call.tensors) for o in outputs):
            return "unchanged", None
        return "not_differentiable", None

    def _would(self, call: Call, reason: str, args: Any, kwargs: Any, made: list[Tensor]) -> bool:
        if call.would_inside:
            return True
        if reason not in ("no_grad", "inference_mode", "no_input_requires_grad"):
            return False
        willing = frozenset(
            id(tensor)
            for tracked, tensor in zip(call.tracked, call.tensors, strict=True)
            if tracked.would_require_grad
        )
        if not willing or call.rows:
            return False
        return would_record(call.function, args, kwargs, made, willing)

    def _saved_by(self, call: Call, own: Sequence[Any], outputs: list[Tensor]) -> int:
        """Bytes that the call's nodes keep; 0 where a subclass would see them looked at."""
        if not own:
            return 0
        for tensor in (*call.tensors, *outputs):
            if type(tensor) not in PLAIN and dispatches(tensor):
                self._shared.saved.leave_alone(own)
                return 0
        return self._shared.saved.of(own)

    def _describe(
        self,
        call: Call,
        result: Any,
        outputs: list[Tensor],
        changed: list[tuple[Tracked, Tensor]],
        would: bool,
        rebased: bool,
    ) -> tuple[list[int], list[int]]:
        """Gives what the call made or changed its numbers: (outputs, mutated besides)."""
        mutated = self._renumber(call, changed, would, rebased) if changed else []
        if not outputs:
            return [tracked.id for tracked, _ in changed], mutated
        if call.function.gives_memory and not changed:
            for tensor in outputs:
                unwritten.add(tensor)
        target, name, line = None, None, None
        if call.frame is not None and call.parent is None and not call.site.depth:
            # A result that goes straight to the snippet takes the name it is stored under.
            target = self._shared.naming.target(call.frame)
            if target is not None and isinstance(result, Tensor):
                name, line = target.names[0], target.line
        tensors = self._shared.tensors
        ids = []
        for tensor in outputs:
            tracked = tensors.made(tensor, bool(call.tensors), name, line)
            if call.rows and tracked.requires_grad != tensor.requires_grad:
                # A call inside made it; its history came only with this one (a custom Function).
                tensors.redescribe(tracked, tensor)
            if would:
                tracked.would_require_grad = True
            tracked.maker = call.id
            ids.append(tracked.id)
        if changed:
            mutated += [t.id for t, _ in changed if t.id not in ids]
        if target is not None:
            if name is None:
                self._shared.naming.result(target, result)
            elif tracked.name is not None:
                self._note_replaced_leaf(call, tracked)
        return ids, mutated

    def _renumber(
        self, call: Call, changed: list[tuple[Tracked, Tensor]], would: bool, rebased: bool
    ) -> list[int]:
        """New numbers for what the call changed in place, and for what shares its storage."""
        tensors = self._shared.tensors
        mutated: list[int] = []
        for tracked, tensor in changed:
            before = tracked.storage
            # Otherwise a call inside this one has done it.
            if not call.rows or tracked.version != version_of(tensor):
                tensors.renew(tracked, tensor, rebased)
            tracked.would_require_grad |= would
            if tracked.storage != before:  # `.data =`, `set_`: it has left the others
                continue
            for alias, other in tensors.aliases(tracked):
                # An alias by `.data` has a version of its own, which does not move.
                stale = not call.rows or version_of(other) != alias.version
                if stale and not any(other is t for _, t in changed):
                    tensors.renew(alias, other)
                    alias.would_require_grad |= would
                    mutated.append(alias.id)
        return mutated

    def _note_replaced_leaf(self, call: Call, made: Tracked) -> None:
        """Notes a result that stands where a leaf was meant.

        Made straight from a leaf that no variable holds (`randn(..., requires_grad=True) * 0.1`),
        or put into the variable of a leaf (`w = w - lr * w.grad`).
        """
        meant = self._shared.gradients.meant_as_leaf
        for tracked in call.tracked:
            meant_as_leaf = tracked.deserves_row or tracked.identity in meant
            same_name = tracked.name is None or tracked.name == made.name
            if meant_as_leaf and same_name and tracked.identity != made.identity:
                unnamed = tracked if tracked.name is None else None
                meant[made.identity] = meant.get(tracked.identity, unnamed)
                return

    # ----------------------------------------------------------------------------- sending rows

    def _put(self, call: Call, row: OperationRow, added: Sequence[Any]) -> None:
        rows = call.rows
        if len(rows) == 1 and self._forwards(row, rows[0]):
            inner = rows[0]
            stream = self._shared.stream
            function = stream.form(row.form).function
            form = stream.operation_form(stream.form(inner.form)._replace(function=function)[2:])
            row = inner._replace(id=row.id, form=form, parent=row.parent, occurrence=row.occurrence)
            self._owners.transfer(added, inner.id, row.id)
            self._modes.rename_operation(inner.id, row.id)
            rows = []
        self._modes.note_operation(call.id)
        call.rows = []
        if rows or call.parent is not None:
            self._hand_on([row, *rows], call.parent)
        else:
            self._shared.stream.put(row)
            self._shared.stream.flush()

    def _forwards(self, outer: OperationRow, inner: OperationRow) -> bool:
        """Whether a function only hands on: to the torch function of its name, or (a custom
        operator) to the autograd Function that torch generates for it."""
        if outer.outputs != inner.outputs or inner.parent != outer.id:
            return False
        stream = self._shared.stream
        name = stream.function_name(stream.form(inner.form).function)
        outer_name = stream.function_name(stream.form(outer.form).function)
        return name.strip("_") == outer_name.strip("_") or name.startswith(GENERATED_FUNCTION)

    def _release(self, call: Call) -> None:
        """`call` is no operation after all: those inside it belong to the one around it."""
        around = None if call.parent is None else call.parent.id
        rows = [r._replace(parent=around) if r.parent == call.id else r for r in call.rows]
        self._hand_on(rows, call.parent)

    def _hand_on(self, rows: list[OperationRow], parent: Call | None) -> None:
        stream = self._shared.stream
        if parent is None:
            for row in rows:
                stream.put(row)
            stream.flush()
            return
        for row in rows:
            form = stream.form(row.form)
            parent.recorded_inside |= form.reason == "recorded"
            parent.would_inside |= form.would_record
        parent.rows += rows


def _tells_its_history(tensor: Tensor) -> bool:
    """Not so a view made without grad mode whose base was changed: that may be what failed."""
    try:
        return tensor.grad_fn is not None
    except RuntimeError:
        return False
