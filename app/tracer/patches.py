"""Replaces attributes for a run, and restores them afterwards in the reverse order."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.tracer.private import Replaced


class Patches:
    """Every change that tracing makes to torch or the standard library goes through here.

    `undo` restores each attribute exactly as it was found, also one that a base class had.
    """

    def __init__(self) -> None:
        self._done: list[tuple[Any, str, Any]] = []

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Replace an attribute; a function gets the name, docstring and signature of the former."""
        had_own = name in vars(owner)
        function = getattr(value, "__func__", value)  # of a class method or static method
        if type(function) is FunctionType:
            former = getattr(owner, name)
            functools.update_wrapper(function, getattr(former, "__func__", former))
            module: Any = getattr(former, "__module__", None)  # methods in C have none
            function.__module__ = module
        self._done.append((owner, name, vars(owner)[name] if had_own else _ABSENT))
        setattr(owner, name, value)

    def wrap(self, places: Iterable[Replaced], wrapper: Callable[[Any], Any]) -> None:
        """Replace what is at each of torch's private places by `wrapper` of it."""
        for owner, name in places:
            self.set(owner, name, wrapper(getattr(owner, name)))

    def undo(self) -> None:
        while self._done:
            owner, name, original = self._done.pop()
            if original is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, original)


_ABSENT: Any = object()
