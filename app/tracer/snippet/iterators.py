"""Finds the exhausted iterator that an optimizer received as parameters."""

from __future__ import annotations

from collections.abc import Iterator
from types import FrameType
from typing import Any, NamedTuple

from torch.optim import optimizer

from app.tracer.snippet.files import Files

_FILE = optimizer.__file__


class Given(NamedTuple):
    """What was given as the parameters.

    `iterator` is its type, None where it can be read again (a list); `variable` the user's
    variable that holds it, the outermost one.
    """

    iterator: str | None
    variable: str | None


def optimizer_without_parameters(error: BaseException, files: Files) -> Given | None:
    """Return what the optimizer received, or None if `error` is not about an empty list."""
    frames = list(_frames(error))
    if not frames or type(error) is not ValueError or "empty parameter" not in str(error):
        return None
    code = frames[-1].f_code
    if (code.co_filename, code.co_name) != (_FILE, "__init__"):
        return None
    given: Any = frames[-1].f_locals.get("params")
    kind = type(given)
    is_iterator = any("__next__" in vars(base) for base in kind.__mro__)
    theirs = (frame for frame in frames if files.of(frame) is not None)
    held = (name for frame in theirs for name, value in frame.f_locals.items() if value is given)
    return Given(kind.__name__ if is_iterator else None, next(held, None))


def _frames(error: BaseException) -> Iterator[FrameType]:
    """The frames of the traceback, the outermost first."""
    step = error.__traceback__
    while step is not None:
        yield step.tb_frame
        step = step.tb_next
