"""Hides the tracer from the snippet's own call stack.

A traceback that the snippet prints, a stack that it lists and the line that a warning names are
those of a plain run.  Besides our own frames, two of torch's go: the ones in which a function
written in Python asks whether a mode wants to see the call, which it would not get to in a plain
run (`app.tracer.calls.composite` runs its body a second time).
"""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from types import FrameType, FunctionType, TracebackType
from typing import Any

from app.tracer.patches import Patches
from app.tracer.private import handle_torch_function_code
from app.tracer.snippet.watching import import_hooks

OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def is_ours(frame: FrameType) -> bool:
    code = frame.f_code
    return code.co_filename.startswith(OURS) or code in import_hooks


def is_traced() -> bool:
    """Return whether a recorder is installed in this process, of this copy of the program or of
    another one."""
    code = getattr(traceback.walk_tb, "__code__", None)
    return code is not None and code.co_filename.endswith(os.path.join("tracer", "invisible.py"))


def visible(frames: Sequence[FrameType]) -> list[bool]:
    """Return, for these frames (outermost first), which a plain run would have."""
    shown: list[bool] = []
    for index, frame in enumerate(frames):
        ours = is_ours(frame)
        shown.append(not ours)
        if ours and index and frames[index - 1].f_code is handle_torch_function_code:
            for asking in range(max(0, index - 2), index):
                shown[asking] = False
    return shown


def without_ours(first: TracebackType | None) -> TracebackType | None:
    """Return the traceback that a plain run would have, without changing the original."""
    steps: list[TracebackType] = []
    while first is not None:
        steps.append(first)
        first = first.tb_next
    shown = visible([step.tb_frame for step in steps])
    if all(shown):
        return steps[0] if steps else None
    result: TracebackType | None = None
    for step, show in zip(reversed(steps), reversed(shown), strict=True):
        if show:
            result = TracebackType(result, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return result


def stay_invisible(patches: Patches) -> None:
    """Make tracebacks, stacks and warnings those of a plain run."""
    _clean_tracebacks(patches)
    _clean_stacks(patches)
    _place_warnings(patches)


def _clean_tracebacks(patches: Patches) -> None:
    init = traceback.TracebackException.__init__

    def from_exception(self: Any, exc_type: Any, value: Any, tb: Any, **kwargs: Any) -> None:
        init(self, exc_type, value, without_ours(tb), **kwargs)

    patches.set(traceback.TracebackException, "__init__", from_exception)
    walk_tb = traceback.walk_tb

    def walk(tb: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
        return walk_tb(without_ours(tb))

    patches.set(traceback, "walk_tb", walk)
    extract_tb = traceback.extract_tb

    def extract(tb: TracebackType | None, limit: int | None = None) -> traceback.StackSummary:
        return extract_tb(without_ours(tb), limit)

    patches.set(traceback, "extract_tb", extract)


def _clean_stacks(patches: Patches) -> None:
    def walk(frame: FrameType | None) -> Iterator[tuple[FrameType, int]]:
        if frame is None:
            frame = sys._getframe(1)
        for step in visible_stack(frame):
            yield step, step.f_lineno

    patches.set(traceback, "walk_stack", walk)


def visible_stack(frame: FrameType | None) -> list[FrameType]:
    """Return the frames of a plain run from `frame` outwards, innermost first."""
    frames: list[FrameType] = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    shown = visible(frames[::-1])[::-1]
    return [frame for frame, show in zip(frames, shown, strict=True) if show]


def _place_warnings(patches: Patches) -> None:
    """Make warnings name the same line as in a plain run, and be shown as often."""
    original: Callable[..., None] = warnings.warn

    def warn(
        message: Any, category: Any = None, stacklevel: int = 1, source: Any = None, **kwargs: Any
    ) -> None:
        frame = sys._getframe(1)
        level = _level(frame, stacklevel) if stacklevel > 1 or is_ours(frame) else 1
        original(message, category, level + 1, source, **kwargs)

    patches.set(warnings, "warn", warn)
    show: Callable[[Any], None] = vars(warnings)["_showwarnmsg"]

    def show_where_due(warning: Any) -> None:
        if not warning.filename.startswith(OURS):
            show(warning)
            return
        # torch's C++ warns at the innermost Python frame: in a plain run that is the caller's.  It
        # names no module: Python 3.12 would ask that for its loader, which an unsaved text lacks.
        _registry.clear()
        frame = visible_stack(sys._getframe(1))[0]
        warnings.warn_explicit(
            warning.message,
            warning.category,
            frame.f_code.co_filename,
            frame.f_lineno,
            frame.f_globals.get("__name__", "<string>"),
            frame.f_globals.setdefault("__warningregistry__", {}),
            source=warning.source,
        )

    patches.set(warnings, "_showwarnmsg", show_where_due)


def _level(frame: FrameType, level: int) -> int:
    """Return the level, counting all frames, of the `level`-th frame of a plain run."""
    wanted = visible_stack(frame)
    target = wanted[min(level, len(wanted)) - 1] if wanted else frame
    depth = 1
    step: FrameType | None = frame
    while step is not None and step is not target:
        step = step.f_back
        depth += 1
    return depth if level <= len(wanted) else depth + level


def _invoke(function: Any, args: Any, kwargs: Any) -> Any:
    return function(*args, **kwargs)


_registry: dict[Any, Any] = {}
invoke: Callable[[Any, Any, Any], Any] = FunctionType(
    _invoke.__code__,
    {"__name__": "__main__", "__builtins__": __builtins__, "__warningregistry__": _registry},
    "invoke",
)
"""Calls `function(*args, **kwargs)`.

A warning that torch's C++ raises in it passes the filters of the snippet's own module, so that one
for which they differ from those of a library reaches `_showwarnmsg`, which then asks again.
"""
