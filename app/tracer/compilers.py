"""torch's compilers meet the recorder: what can run as plain Python does, and is said to.

`torch.compile` would compile the recorder along with the snippet; under the stance "force_eager"
it leaves everything as it is.  `torch.jit.trace` notes down every call that is made while a
function runs for it, those of the recorder too; so it is left alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import torch
import torch.jit._trace

from app.tracer.patches import Patches
from app.tracer.shared import Shared
from app.tracer.threads import Threads

_JIT_TRACING = ("_trace_impl", "trace_module", "_get_trace_graph")
"""Functions of `torch.jit._trace`, some of which stand in `torch.jit` too."""


def run_eagerly(patches: Patches, threads: Threads, shared: Shared) -> Callable[[], None]:
    """For as long as `patches` stands; returns what takes the stance back."""
    for name in _JIT_TRACING:
        original = vars(torch.jit._trace)[name]
        alone = _untraced(original, threads)
        for module in (torch.jit._trace, torch.jit):
            if vars(module).get(name) is original:
                patches.set(module, name, alone)
    stances: list[Any] = []
    patches.set(torch, "compile", _compiling(torch.compile, stances, threads, shared))

    def restore() -> None:
        while stances:
            stances.pop().__exit__(None, None, None)

    return restore


def _untraced(original: Callable[..., Any], threads: Threads) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        with threads.not_traced():
            return original(*args, **kwargs)

    return run


def _compiling(
    original: Callable[..., Any], stances: list[Any], threads: Threads, shared: Shared
) -> Callable[..., Any]:
    set_stance = getattr(torch.compiler, "set_stance", None)

    def compile(*args: Any, **kwargs: Any) -> Any:
        if threads.here() is None:
            return original(*args, **kwargs)
        line = shared.sites.line(sys._getframe(1))
        shared.note(
            "compiled",
            line,
            "torch.compile: traced as plain eager code, so that each operation can be seen. "
            "A compiled run may round differently.",
        )
        with threads.not_traced():
            if set_stance is None:  # torch before 2.6
                return original(*args, **{**kwargs, "disable": True})
            compiled = original(*args, **kwargs)
            if not stances:
                stances.append(set_stance("force_eager"))
        return compiled

    return compile
