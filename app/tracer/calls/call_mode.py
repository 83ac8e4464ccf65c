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

from app.contract.records import CameBack
from app.tracer.autograd import nodes
from app.tracer.calls.added import AddedNodes
from app.tracer.calls.call import Call, changed_inputs, changes_a_view_of
from app.tracer.calls.composite import who_asks
from app.tracer.calls.functions import TorchFunction
from app.tracer.calls.hidden_mode import HiddenMode
from app.tracer.calls.implied import introduce, renewed, renewed_by_failing
from app.tracer.calls.reasons import reason_of, would_be_recorded
from app.tracer.calls.results import Results
from app.tracer.calls.sending import Sending
from app.tracer.grad_modes.regions import GradModes
from app.tracer.invisible import invoke
from app.tracer.private import (
    handle_torch_function_code,
    next_node_number,
    pop_mode,
    push_mode,
)
from app.tracer.shared import Shared
from app.tracer.snippet.calling import Calls
from app.tracer.tensors.kinds import PLAIN
from app.tracer.tensors.remembered import remembered
from app.tracer.tensors.table import storage_handle, tensors_in
from app.tracer.tensors.unwritten import unwritten
from app.tracer.unseen import with_overrides, without_overrides
from app.tracer.what_if.calls import ChangedCalls

_recursion_limit, _limit_recursion = sys.getrecursionlimit, sys.setrecursionlimit
_ROOM = 100
"""Stack frames reserved for describing a call: the snippet's recursion can use up the rest.
"""
_clock = time.perf_counter_ns
_grad_enabled = torch.is_grad_enabled
_inference_enabled = torch.is_inference_mode_enabled


class CallMode(HiddenMode):
    """Records the calls of one thread.

    Known limitations: calls made by C++ alone (a backward formula, a compiled graph) do not pass
    here; what autograd did in them is read from the nodes that they leave.
    """

    def __init__(
        self,
        shared: Shared,
        modes: GradModes,
        owners: nodes.NodeOwners | nodes.OwnersInNodes,
        changed: ChangedCalls | None = None,
    ) -> None:
        """`changed` answers calls that a what-if changes."""
        super().__init__()
        self._changed_calls = changed
        self._shared = shared
        self._modes = modes
        self.owners = owners
        self.sending = Sending(shared, owners, modes)
        self._added = AddedNodes(shared, owners)
        self._results = Results(shared)
        self._current: Call | None = None
        self.module: int | None = None
        self.calls: Calls = {}
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
        if self._changed_calls is not None:
            where = sys._getframe(1), self.calls
            if (found := self._changed_calls.instead(function, args, kwargs, *where)) is not None:
                return found[0]
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
        """Call the override of `func`, a function that does not belong to torch, as torch does."""
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
                with without_overrides():
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
            self.sending.release(call)  # what it did is not all recorded
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
        """Let a tensor subclass handle the call; it must not see the recorder's own questions."""

        def answered(*args: Any, **kwargs: Any) -> Any:
            with with_overrides():
                return func(*args, **kwargs)

        handler = self._leaf if kind == "composite" else self._handlers[kind]
        with without_overrides():
            return handler(function, answered, args, kwargs, frame)

    @contextmanager
    def inside(self, call: Call) -> Iterator[None]:
        """Treat calls made in this block as children of `call`, also if it raises."""
        self._current = call
        try:
            yield
        except BaseException:
            with self._shared.mishaps.around(f"What {call.function.name} did", call.frame):
                self.sending.release(call)
            raise
        finally:
            self._current = call.parent

    def saves(self, tensors: Sequence[Any]) -> None:
        """Note what the custom Function that runs now saves for its backward."""
        if self._current is not None:
            self._current.saved_by_context = [t for t in tensors if isinstance(t, Tensor)]

    def _requires_grad(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        """Name the tensor, as the result of a call: `x = (a * b).requires_grad_()`."""
        result = self._shared.facts.requires_grad(function, func, args, kwargs, frame)
        if result is not None:
            self._shared.naming.result(self._shared.naming.target(frame), result)
        return result

    def _data_set(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        """Record `t.data = other`, an in-place change that no version counter shows.

        Nothing changes where a tensor gets its own data, as when a module moves to where it is.
        """
        call = self.begin(function, args, kwargs, frame)
        if call is None:
            return func(*args, **kwargs)
        is_own = len(call.tensors) == 2 and _is_same_memory(*call.tensors)
        started = _clock()
        result = func(*args, **kwargs)
        nanoseconds = _clock() - started
        if call.tracked and not is_own:
            call.versions[0] = call.tracked[0].version = -1
        self.end(call, result, args, kwargs, nanoseconds)
        return result

    def _history(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        """Record the node that reading `grad_fn` or `is_leaf` of an outdated view makes."""
        before = next_node_number()
        result = func(*args, **kwargs)
        if next_node_number() != before:
            with self._shared.mishaps.around("A view's new grad_fn", frame):
                renewed(self, self._shared, args[0], before, frame)
        return result

    def _address(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        """Note that the program has the tensor's address and may write there unseen."""
        with self._shared.mishaps.around("A tensor's address", frame), without_overrides():
            _give_away(tensors_in(args[:1], []))
        return func(*args, **kwargs)

    def _failed(self, call: Call, error: BaseException) -> None:
        """Note a call that raised.  It is not an operation, but renewing a view's grad_fn is."""
        with self._shared.mishaps.around(f"The error of {call.function.name}", call.frame):
            self.sending.release(call)
            self._note_failure(call, error)
            if next_node_number() != call.started:
                renewed_by_failing(self, self._shared, call)

    def _note_failure(self, call: Call, error: BaseException) -> None:
        function, modes = call.function, (call.grad_mode, call.inference)
        self._shared.failures.note(
            error, function.name, function.qualified_name, call.inputs, *modes, module=call.module
        )

    # ----------------------------------------------------------------------------- begin and end

    def begin(
        self, function: TorchFunction, args: Any, kwargs: Any, frame: FrameType | None
    ) -> Call | None:
        """Note the state before the call: modes, inputs and their versions.

        Return None if that fails: the call then runs without being recorded.
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
        call.saved_by_context = ()
        call.recorded_inside = call.would_inside = False
        call.grad_mode = _grad_enabled()
        call.inference = _inference_enabled()
        call.site, snippet_frame = shared.sites.find(frame)
        call.frame = snippet_frame
        around = call.parent
        if around is not None and around.frame is snippet_frame:
            call.loops, call.stack = around.loops, around.stack
        else:
            call.loops = shared.loops.at(snippet_frame, self.calls)
            call.stack = shared.sites.stack(snippet_frame, self.calls)
        tensors = call.tensors = tensors_in(args, [])
        if kwargs:
            tensors_in(kwargs.values(), tensors)
        inputs = call.tracked = []
        versions = call.versions = []
        ids = call.inputs = []
        call.requires_grad = False
        see = shared.tensors.see
        for tensor in tensors:
            tracked = see(tensor)
            inputs.append(tracked)
            versions.append(tracked.version)
            ids.append(tracked.id)
            if tensor.requires_grad:
                call.requires_grad = True
            if tracked.name is None and not tracked.sought:
                shared.naming.input(snippet_frame, tracked, tensor)
        if shared.tensors.strangers:
            introduce(self, shared, frame)
        call.came_from = () if shared.owners_elsewhere is None else self._added.behind(tensors)
        call.started = next_node_number()
        return call

    def end(self, call: Call, result: Any, args: Any, kwargs: Any, nanoseconds: int) -> None:
        """Describe the call, which returned `result`."""
        try:
            self._tell(call, result, args, kwargs, nanoseconds)
        except Exception as error:
            self._shared.mishaps.missed(call.function.name, call.frame, error)
            with self._shared.mishaps.around(f"What {call.function.name} did", call.frame):
                self.sending.release(call)

    def _tell(self, call: Call, result: Any, args: Any, kwargs: Any, nanoseconds: int) -> None:
        ended = next_node_number()
        outputs: list[Tensor] = []
        if type(result) is Tensor or isinstance(result, Tensor):
            outputs.append(result)
        elif isinstance(result, (list, tuple, dict)):
            tensors_in((result,), outputs)
        changed = changed_inputs(call, outputs, args, kwargs)
        function = call.function
        if not outputs and not changed and (call.rows or not function.to_python):
            self.sending.release(call)
            return
        in_place, made = False, outputs
        if changed:
            in_place = any(any(t is o for o in outputs) or not outputs for _, t in changed)
            made = outputs + [t for _, t in changed if not any(t is o for o in outputs)]
        below = changes_a_view_of(call, args) if changed else None
        if below is not None:
            made = [below._base if t is below and below._base is not None else t for t in made]
        added, own = self._added.claim(call, result, made, bool(changed), ended)
        stream = self._shared.stream
        reason, cause = reason_of(call, added, outputs, changed, stream, self._modes)
        would = reason == "recorded" or would_be_recorded(call, reason, args, kwargs, made)
        rebased = bool(added) and below is None
        ids, mutated = self._results.describe(
            call, result, outputs, changed, would, rebased, bool(own)
        )
        self.sending.operation(
            call,
            reason=reason,
            cause=cause,
            would=would,
            in_place=in_place,
            added=added,
            own=own,
            kept=self._added.kept_by(call, own, outputs, [t for _, t in changed], args, kwargs),
            outputs=ids,
            mutated=mutated,
            nanoseconds=nanoseconds,
        )
        if function.to_python:
            self._left_torch(call, result)
        elif self._shared.outside:
            self._came_back(call, args, kwargs)

    def _left_torch(self, call: Call, result: Any) -> None:
        self._shared.outside.left(call.id, result)
        if call.function.name in ("numpy", "array", "dlpack"):
            with without_overrides():
                _give_away(call.tensors)

    def _came_back(self, call: Call, args: Any, kwargs: Any) -> None:
        """Send the values that had left torch and that the call received as numbers."""
        sources = self._shared.outside.came_back((*args, *kwargs.values()))
        if sources:
            self._shared.stream.put(CameBack(call.id, sources))


def _is_same_memory(tensor: Tensor, other: Tensor) -> bool:
    """Return whether both are the same elements of the same storage."""
    if storage_handle(tensor) != storage_handle(other):
        return False
    if tensor.layout != torch.strided or tensor.is_nested or other.is_nested:
        return tensor is other  # those have no shape or no strides
    return (tensor.shape, tensor.stride(), tensor.storage_offset(), tensor.dtype) == (
        other.shape, other.stride(), other.storage_offset(), other.dtype
    )  # fmt: skip


def _give_away(tensors: list[Tensor]) -> None:
    """Note that the program may write to the memory of these tensors unseen."""
    for tensor in tensors:
        unwritten.forget(storage_handle(tensor))
        remembered.give_away(tensor)
