"""Calls into torch that ask no function mode, each reported by a function put in its place.

`Tensor.as_subclass`, setting `Tensor.real` and `.imag`; `torch.from_numpy` and `frombuffer`, which
are given no tensor; making an `nn.Parameter` or a `Variable` of a tensor with a history, or
`torch.Tensor` of a list, which drop it; and what TorchScript has compiled.  The last runs as it was
compiled and is one operation: Python does not make the calls inside it.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

import torch
from torch import Tensor

from app.tracer.calls.functions import TorchFunction
from app.tracer.patches import Patches
from app.tracer.private import (
    SCRIPTED,
    SWAP,
    WRAPPING,
    active_modes,
    number_of_modes,
    pop_mode,
    push_mode,
    script_buffers,
    script_modules,
    script_parameters,
)
from app.tracer.shared import Shared
from app.tracer.tensors.unwritten import unwritten
from app.tracer.threads import Threads, ThreadState
from app.tracer.unseen import without_overrides

_clock = time.perf_counter_ns


def watch_unasked(patches: Patches, threads: Threads, shared: Shared) -> None:
    """Record these calls until `patches` is undone."""
    for name in ("real", "imag"):
        part = getattr(Tensor, name)
        setting = _telling(TorchFunction(part.__set__), part.__set__, threads, shared)
        patches.set(Tensor, name, _Part(part, setting))
    method: Callable[..., Any] = Tensor.as_subclass
    reporting = _telling(TorchFunction(method), method, threads, shared)
    patches.set(Tensor, "as_subclass", reporting)
    patches.set(Tensor, "__new__", staticmethod(_constructing(Tensor.__new__, threads, shared)))
    for owner, name in WRAPPING:
        wrapping = _wrapping(getattr(owner, name), threads, shared)
        patches.set(owner, name, staticmethod(wrapping))
    for name in ("from_numpy", "frombuffer"):
        maker: Callable[..., Any] = getattr(torch, name)
        reporting = _telling(TorchFunction(maker), maker, threads, shared)
        patches.set(torch, name, reporting)
    patches.wrap(SCRIPTED, lambda call: _scripted(call, threads, shared))
    patches.wrap(SWAP, lambda swap: _swapping(swap, shared))


class _Part:
    """A replacement for `Tensor.real` or `.imag` that records assignments; reading is unchanged."""

    def __init__(self, part: Any, setting: Callable[..., Any]) -> None:
        self._part = part
        self._setting = setting

    def __get__(self, tensor: Any, owner: Any = None) -> Any:
        return self._part if tensor is None else self._part.__get__(tensor, owner)

    def __set__(self, tensor: Any, value: Any) -> None:
        self._setting(tensor, value)

    def __delete__(self, tensor: Any) -> None:
        self._part.__delete__(tensor)


def _constructing(
    original: Callable[..., Any], threads: Threads, shared: Shared
) -> Callable[..., Any]:
    """Watch `torch.Tensor`: of a list it is an operation; `torch.Tensor(2, 3)` is not one, but its
    memory has no values yet."""
    copying = TorchFunction.opaque(Tensor, "Tensor", "torch.Tensor")
    copying.cuts = True

    def __new__(cls: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        here = _watching(threads, shared)
        is_list = len(args) == 1 and type(args[0]) in (list, tuple)
        if here is not None and cls is Tensor and is_list and number_of_modes() == 1:
            run = functools.partial(_unseen_by, here.mode, original, cls)
            return _call(here, copying, run, args, kwargs, (), sys._getframe(1))
        made = original(cls, *args, **kwargs)
        sizes = args[0] if len(args) == 1 and isinstance(args[0], torch.Size) else args
        if threads.here() is not None and all(isinstance(size, int) for size in sizes):
            with without_overrides():
                unwritten.add(made)
        return made

    return __new__


def _unseen_by(mode: Any, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call without the only mode that there is: torch asks the tensors of a list for numbers."""
    pop_mode()
    try:
        return call(*args, **kwargs)
    finally:
        push_mode(mode)


def _wrapping(original: Callable[..., Any], threads: Threads, shared: Shared) -> Callable[..., Any]:
    """Record `nn.Parameter(y)` where `y` has a history, or was cut off from one."""

    def wrapping(cls: Any, *args: Any, **kwargs: Any) -> Any:
        here = _watching(threads, shared)
        if here is None or not (args and _has_history(args[0], shared)):
            return original(cls, *args, **kwargs)
        function = shared.functions.get(cls)
        if function is None:
            path = f"{cls.__module__}.{cls.__qualname__}"
            function = shared.functions[cls] = TorchFunction.opaque(cls, cls.__name__, path)
            function.cuts = True
        run = functools.partial(original, cls)
        return _call(here, function, run, args, kwargs, (), sys._getframe(1))

    return wrapping


def _has_history(given: Any, shared: Shared) -> bool:
    """Return whether a tensor was computed from something that requires grad, or is a leaf that
    does: a layer's parameter, made of memory without values, is not."""
    known = shared.tensors.known(given) if isinstance(given, Tensor) else None
    return known is not None and (known.would_require_grad or known.cut_off)


def _swapping(swap: Callable[..., None], shared: Shared) -> Callable[..., None]:
    """Watch the last step of `torch.utils.swap_tensors`, which exchanges two tensors."""

    def swapping(one: Tensor, other: Tensor) -> None:
        swap(one, other)
        with shared.mishaps.around("swap_tensors", sys._getframe(1)), without_overrides():
            for tensor in (one, other):
                shared.tensors.swapped(tensor)

    return swapping


def _telling(
    function: TorchFunction, original: Callable[..., Any], threads: Threads, shared: Shared
) -> Callable[..., Any]:
    def tell(*args: Any, **kwargs: Any) -> Any:
        here = _watching(threads, shared)
        if here is None:
            return original(*args, **kwargs)
        return _call(here, function, original, args, kwargs, (), sys._getframe(1))

    return tell


def _scripted(original: Callable[..., Any], threads: Threads, shared: Shared) -> Callable[..., Any]:
    def __call__(compiled: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        here = _watching(threads, shared)
        if here is None:
            return original(compiled, *args, **kwargs)
        name, module, reads = _about(compiled)
        function = shared.functions.get((name, module))
        if function is None:
            function = TorchFunction.opaque(compiled, name, f"torch.jit.{module}{name}")
            shared.functions[name, module] = function
        frame = sys._getframe(1)
        line = shared.sites.line(frame)
        shared.note("scripted", line, f"{module}{name} is TorchScript and ran as compiled.")
        run = functools.partial(original, compiled)
        return _call(here, function, run, args, kwargs, reads, frame)

    return __call__


def _about(compiled: Any) -> tuple[str, str, Sequence[Tensor]]:
    """Return name and qualified name of a compiled function, and the tensors that it can read."""
    owner = getattr(compiled, "owner", None)
    if owner is None:
        return str(compiled.name), "", ()
    return str(compiled.name), f"{owner._type().name()}.", list(_tensors_of(owner))


def _tensors_of(module: Any) -> Iterator[Tensor]:
    for name_and_tensor in (*script_parameters(module).items(), *script_buffers(module).items()):
        yield name_and_tensor[1]
    for name_and_module in script_modules(module).items():
        yield from _tensors_of(name_and_module[1])


def _watching(threads: Threads, shared: Shared) -> ThreadState | None:
    """Return the thread's state if calls are recorded, and not inside a call that already is."""
    here = threads.here()
    seen = here is not None and not shared.truncated and here.mode in active_modes()
    return here if seen else None


def _call(
    here: ThreadState,
    function: TorchFunction,
    run: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    reads: Sequence[Tensor],
    frame: FrameType,
) -> Any:
    mode = here.mode
    with without_overrides():
        call = mode.begin(function, (*args, *reads), kwargs, frame)
    if call is None:
        return run(*args, **kwargs)
    started = _clock()
    with mode.inside(call):
        result = run(*args, **kwargs)
    nanoseconds = _clock() - started
    with without_overrides():
        mode.end(call, result, args, kwargs, nanoseconds)
    return result
