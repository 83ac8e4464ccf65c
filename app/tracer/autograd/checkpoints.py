"""`torch.utils.checkpoint`: marks operations that are computed again during backward."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor
from torch.utils import checkpoint

from app.contract.messages import RecomputationEndRow
from app.contract.records import Recomputation
from app.contract.spots import line_and_file
from app.tracer.patches import Patches
from app.tracer.private import checkpoint_frame, recomputation
from app.tracer.shared import Shared
from app.tracer.threads import Threads
from app.tracer.unseen import without_overrides


def watch_checkpoints(patches: Patches, threads: Threads, shared: Shared) -> None:
    """Watch reentrant and non-reentrant checkpoints until `patches` is undone."""
    recomputations = _Recomputations(threads, shared)
    reentrant = checkpoint.CheckpointFunction
    patches.set(reentrant, "backward", staticmethod(recomputations.reentrant(reentrant.backward)))
    if recomputation is not None:
        storing = _storing(recomputation.__init__, threads, shared)
        patches.set(recomputation, "__init__", storing)
        patches.set(recomputation, "__enter__", recomputations.entering(recomputation.__enter__))
        patches.set(recomputation, "__exit__", recomputations.leaving(recomputation.__exit__))
    if hasattr(checkpoint_frame, "save_inputs"):
        saving = _saving_inputs(checkpoint_frame.save_inputs, threads, shared)
        patches.set(checkpoint_frame, "save_inputs", saving)


def _saving_inputs(
    original: Callable[..., Any], threads: Threads, shared: Shared
) -> Callable[..., Any]:
    def save_inputs(frame: Any, *args: Any) -> Any:
        result = original(frame, *args)
        if threads.here() is not None and not shared.truncated:
            with shared.mishaps.around("A checkpoint", sys._getframe(1)), without_overrides():
                shared.saved.keep_with(frame, [one for one in args if isinstance(one, Tensor)])
        return result

    return save_inputs


def _storing(original: Callable[..., Any], threads: Threads, shared: Shared) -> Callable[..., Any]:
    """Have what is computed again count as kept until a node of the first graph has used it."""

    def __init__(bracket: Any, frame_of: Callable[[], Any], *args: Any) -> None:  # noqa: N807
        original(bracket, frame_of, *args)
        pack, (group, *_) = bracket.pack_hook, args

        def packing(tensor: Tensor) -> Any:
            if threads.here() is None or shared.truncated or (frame := frame_of()) is None:
                return pack(tensor)
            place = frame.recomp_counter[group]
            try:
                return pack(tensor)
            finally:  # torch ends the recomputation with an error when it has all
                with shared.mishaps.around("A checkpoint", sys._getframe(1)), without_overrides():
                    holder = (
                        frame.weak_holders[place]() if place < len(frame.weak_holders) else None
                    )
                    if holder is not None and (handle := holder.handles.get(group)) is not None:
                        shared.saved.keep_again(handle, tensor)

        bracket.pack_hook = packing

    return __init__


class _Recomputations:
    def __init__(self, threads: Threads, shared: Shared) -> None:
        self._threads = threads
        self._shared = shared
        self._begun = 0
        self._open: dict[int, int] = {}
        """The numbers of the recomputations that go on, by the `id()` of torch's own bracket."""

    def entering(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def enter(bracket: Any) -> Any:
            if self._threads.here() is not None:
                self._open[id(bracket)] = self._begin()
            return original(bracket)

        return enter

    def leaving(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def leave(bracket: Any, *error: Any) -> Any:
            number = self._open.pop(id(bracket), None)
            if number is not None:
                self._shared.saved.tell_kept_again()
                self._end(number)
            return original(bracket, *error)

        return leave

    def reentrant(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap the reentrant kind: it runs the function again, then a backward pass through it."""

        def backward(ctx: Any, *grads: Any) -> Any:
            if self._threads.here() is None:
                return original(ctx, *grads)
            with self._around(ctx):
                return original(ctx, *grads)

        return backward

    @contextmanager
    def _around(self, ctx: Any) -> Iterator[None]:
        run_function = ctx.run_function

        def run(*args: Any, **kwargs: Any) -> Any:
            number = self._begin()
            try:
                return run_function(*args, **kwargs)
            finally:
                self._end(number)

        ctx.run_function = run
        try:
            yield
        finally:
            ctx.run_function = run_function

    def _begin(self) -> int:
        number = self._begun
        self._begun += 1
        stream, frame = self._shared.stream, sys._getframe(2)
        with self._shared.mishaps.around("A recomputation", frame):
            line, file = line_and_file(self._shared.sites.line(frame))
            stream.put(Recomputation(number, line, stream.next_event(), file=file))
        return number

    def _end(self, number: int) -> None:
        stream = self._shared.stream
        with self._shared.mishaps.around("A recomputation", sys._getframe(2)):
            stream.put(RecomputationEndRow(number, stream.next_event()))
