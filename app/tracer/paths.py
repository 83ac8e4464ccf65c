"""Keeps modules and tensors named as the snippet's variables lead to them.

A run's last word on names is what its variables lead to when it ends.  What they no longer lead to
by then (the model of a `main()` that has returned) keeps the path that was found while it ran, so
it is looked for meanwhile too: when an unknown module is called, and now and then at a backward
pass.  Each time the variables of the module come first, then those of the outermost function: a
helper's argument is never what names the model of its caller.  Variables of imported modules come
last: they name what nothing else does.
"""

from __future__ import annotations

from contextlib import suppress
from types import FrameType

from app.tracer.calls.modules import ModuleTable
from app.tracer.snippet.reaching import LEVELS, NOTHING, Found, reached
from app.tracer.snippet.variables import LiveVariables, Scope
from app.tracer.tensors.naming import Naming

_EACH = 32
"""The number of times that all variables are searched; afterwards only now and then."""


class Paths:
    """Searches all variables, less and less often."""

    def __init__(self, variables: LiveVariables, modules: ModuleTable, naming: Naming) -> None:
        self._variables = variables
        self._modules = modules
        self._naming = naming
        naming.path_of = modules.path_of
        self._unknown = 0
        self._backwards = 0

    def module_called(self, frame: FrameType | None) -> None:
        """Search the variables because an unknown module is called in `frame`.

        A program that makes modules at each call would search all it has for each; they are in a
        variable of the function that calls them.
        """
        self._unknown += 1
        scopes = self._variables.of_frame(frame)
        if self._unknown <= _EACH or _is_power_of_two(self._unknown):
            self._settle(scopes)
        else:
            self._settle(scopes[-1:], levels=0)

    def backward_begins(self, frame: FrameType | None) -> None:
        """Search the variables of the functions around a backward pass."""
        self._backwards += 1
        if _is_power_of_two(self._backwards):
            self._settle(self._variables.of_frame(frame))

    def search(self, frame: FrameType) -> list[Found]:
        """Return what the variables of the functions around `frame` lead to now, by their names."""
        return self._settle(self._variables.of_frame(frame))

    def raised(self, error: BaseException) -> None:
        """Search the variables of the functions that `error`, which ended the run, has left."""
        self._settle(self._variables.of_error(error))

    def finish(self) -> None:
        """Search the variables at the end of the run."""
        self._settle(self._variables.now())

    def _settle(self, scopes: list[Scope], levels: int = LEVELS) -> list[Found]:
        found: list[Found] = []
        with suppress(Exception):  # what some object does when it is looked at: names stay as is
            found = reached(scopes, levels, self._variables.imported() if levels else NOTHING)
            self._naming.settle(found)
            self._modules.settle(found)
        return found


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0
