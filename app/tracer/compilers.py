"""torch's compilers under the recorder: what can run as plain Python does, with a note.

A function that `torch.compile` was given runs eagerly, whatever stance the snippet sets: torch is
kept from letting Dynamo watch a traced thread.  What asks Dynamo for a graph (`torch.export`,
`torch._dynamo.explain`) and `torch.jit.trace`, which notes down every call that is made while a
function runs for it, are left alone: they see the snippet's code and not the recorder.  A note says
that what runs there is not recorded.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import FunctionType, ModuleType
from typing import Any

import torch

from app.tracer.patches import Patches
from app.tracer.private import ANALYSERS, ANALYSERS_HOMES, dynamo_switches
from app.tracer.shared import Shared
from app.tracer.threads import Threads


def run_eagerly(patches: Patches, threads: Threads, shared: Shared) -> None:
    """Run compiled functions eagerly until `patches` is undone."""
    for name in ANALYSERS:
        if name in sys.modules:
            _leave_alone(sys.modules[name], patches, threads, shared)
    finder = _WhenLoaded(lambda module: _leave_alone(module, patches, threads, shared))
    patches.set(sys, "meta_path", [finder, *sys.meta_path])
    patches.set(torch, "compile", _compiling(torch.compile, threads, shared))
    for name, eager in (
        ("set_eval_frame", _never_watched),
        ("set_fullgraph_compiled_frame_count", _never_missed),
    ):
        original = getattr(dynamo_switches, name, None)
        if original is not None:
            stand_in = eager(original, threads)
            patches.set(dynamo_switches, name, stand_in)
            _replace(name, original, stand_in, patches)


def _replace(name: str, original: Any, stand_in: Any, patches: Patches) -> None:
    """Replace `original` by `stand_in` wherever it was imported."""
    for module, attribute in _imports_of(name, original, len(sys.modules)):
        patches.set(module, attribute, stand_in)


@functools.cache
def _imports_of(name: str, original: Any, loaded: int) -> list[tuple[ModuleType, str]]:
    """Return where torch's modules have `original`, while so many modules are loaded.

    Who has it under another name has it under its own `name` too.
    """
    modules = [m for home, m in list(sys.modules.items()) if home.startswith(ANALYSERS_HOMES)]
    return [
        (module, attribute)
        for module in modules
        if vars(module).get(name) is original
        for attribute, value in list(vars(module).items())
        if value is original
    ]


def _never_watched(original: Callable[[Any], Any], threads: Threads) -> Callable[[Any], Any]:
    def set_eval_frame(callback: Any) -> Any:
        return original(None if callback and threads.here() is not None else callback)

    return set_eval_frame


def _never_missed(original: Callable[[int], int], threads: Threads) -> Callable[[int], int]:
    def set_fullgraph_compiled_frame_count(count: int) -> int:
        before = original(count)  # `fullgraph=True` raises where it is 0 in the end
        return before or int(threads.here() is not None)

    return set_fullgraph_compiled_frame_count


def _leave_alone(
    module: ModuleType,
    patches: Patches,
    threads: Threads,
    shared: Shared,
) -> None:
    for name, public in ANALYSERS[module.__name__].items():
        original = vars(module).get(name)
        if original is not None:
            stand_in = _untraced(original, public, threads, shared)
            _replace(name, original, stand_in, patches)


def _untraced(
    original: Callable[..., Any], public: str, threads: Threads, shared: Shared
) -> Callable[..., Any]:
    """Wrap `original` so that it, and a function that it returns, run without the recorder."""

    @functools.wraps(original)
    def run(*args: Any, **kwargs: Any) -> Any:
        if threads.here() is not None:
            frame = sys._getframe(1)
            with shared.mishaps.around(public, frame):
                text = f"{public}: what it runs to look at it is not recorded."
                shared.note("unseen", shared.sites.line(frame), text)
        with threads.not_traced():
            result = original(*args, **kwargs)
        is_function = type(result) is FunctionType
        return _untraced(result, public, threads, shared) if is_function else result

    return run


class _WhenLoaded:
    """Hands modules that `ANALYSERS` names to `loaded` when they have been loaded."""

    def __init__(self, loaded: Callable[[ModuleType], None]) -> None:
        self._loaded = loaded
        self._looking = False

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name not in ANALYSERS or self._looking:
            return None
        self._looking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._looking = False
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                load(module)
                self._loaded(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _compiling(
    original: Callable[..., Any], threads: Threads, shared: Shared
) -> Callable[..., Any]:
    has_switch = hasattr(dynamo_switches, "set_eval_frame")

    def compile(*args: Any, **kwargs: Any) -> Any:
        if threads.here() is None:
            return original(*args, **kwargs)
        frame = sys._getframe(1)
        with shared.mishaps.around("torch.compile", frame):
            shared.note("compiled", shared.sites.line(frame), _EAGER)
        with threads.not_traced():
            return original(*args, **(kwargs if has_switch else {**kwargs, "disable": True}))

    return compile


_EAGER = (
    "torch.compile: traced as plain eager code, so that each operation can be seen. "
    "A compiled run may round differently; here no backend is called, a graph break raises "
    "nothing, and torch.compiler.is_compiling() is False."
)
