"""Looking inside the torch functions that are written in Python.

`F.cross_entropy` first asks whether a mode wants to see the call, then is made of calls that
autograd sees.  The mode has seen it by then; to see the inner calls as well, the same code is run
with the question answered "no" but the mode still in place.  This is done with a second function
object that shares the code and looks its globals up in the original module, all but the three
names that ask.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType, FunctionType, ModuleType
from typing import Any, cast

_QUESTIONS = ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic")

_ASK_BY_ATTRIBUTE = ("torch.nn.init",)
"""Modules that ask as `torch.overrides.has_torch_function(...)`."""

_MORE_THAN_ASKED = ("_unique_impl", "_unique_consecutive_impl")
"""Functions that ask on behalf of another (before torch 2.10) and return more than it does."""


def _nobody(*_: Any) -> bool:
    return False


class _Globals(dict[str, Any]):
    """A module's globals as they are now, with the questions answered "no"."""

    def __init__(self, module_globals: dict[str, Any]) -> None:
        # What C code reads from a frame's globals without asking __missing__ must be here itself.
        registry = module_globals.setdefault("__warningregistry__", {})
        super().__init__(dict.fromkeys(_QUESTIONS, _nobody))
        self.update(
            __name__=module_globals.get("__name__"),
            __package__=module_globals.get("__package__"),
            __spec__=module_globals.get("__spec__"),
            __file__=module_globals.get("__file__"),
            __builtins__=module_globals["__builtins__"],
            __warningregistry__=registry,
        )
        self._module = module_globals

        if module_globals.get("__name__") in _ASK_BY_ATTRIBUTE:
            self["torch"] = _Torch(module_globals["torch"])

    def __missing__(self, name: str) -> Any:
        return self._module[name]


class _Torch:
    """torch for a module that asks by `torch.overrides.has_torch_function(...)`."""

    def __init__(self, torch: ModuleType) -> None:
        self._torch = torch
        self.overrides = _Overrides(torch.overrides)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._torch, name)


class _Overrides:
    def __init__(self, overrides: ModuleType) -> None:
        self._overrides = overrides

    def __getattr__(self, name: str) -> Any:
        return _nobody if name in _QUESTIONS else getattr(self._overrides, name)


Asking = tuple[int, int]


def who_asks(function: Any, asking: FrameType) -> Asking:
    """Return a key of the function and the code that asks for overrides.

    Functions that share their code, such as `1 - x` and `1 / x`, have different keys.
    """
    return id(asking.f_code), id(function)


class Bodies:
    """The bodies of Python-written torch functions, made once each."""

    def __init__(self) -> None:
        self._globals: dict[int, _Globals] = {}
        self._bodies: dict[Asking, tuple[Any, Callable[..., Any] | None]] = {}

    def of(self, function: Any, asking: FrameType | None) -> Callable[..., Any] | None:
        """Return the body to run for `function`, or None if there is none.

        `asking` is the frame that asked: mostly `function` itself, sometimes (`F.max_pool2d`) a
        function behind it that takes the same arguments.
        """
        if asking is None:
            return None
        code = asking.f_code
        key = who_asks(function, asking)
        known = self._bodies.get(key)
        if known is not None:
            return known[1]
        actual = function if getattr(function, "__code__", None) is code else None
        if actual is None:
            actual = asking.f_globals.get(code.co_name)
            if getattr(actual, "__code__", None) is not code or code.co_name in _MORE_THAN_ASKED:
                return None
        body = self._clone(cast(FunctionType, actual))
        self._bodies[key] = ((code, function), body)  # kept so that their ids stay their own
        return body

    def give_up(self, function: Any, asking: FrameType) -> None:
        """Do not look into this function: its body asks for overrides in another form."""
        self._bodies[who_asks(function, asking)] = ((asking.f_code, function), None)

    def _clone(self, function: FunctionType) -> Callable[..., Any]:
        module_globals = function.__globals__
        shared = self._globals.get(id(module_globals))
        if shared is None:
            shared = self._globals[id(module_globals)] = _Globals(module_globals)
        body = FunctionType(
            function.__code__,
            shared,
            function.__name__,
            function.__defaults__,
            function.__closure__,
        )
        body.__kwdefaults__ = function.__kwdefaults__
        body.__qualname__ = function.__qualname__
        return body
