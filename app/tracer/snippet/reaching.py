"""What variables lead to: modules and tensors, each with the path that a user would write.

`model.net.0.weight`, `agent.layers[1]`, `heads['a']`.  The search goes through modules, containers
and objects of the user's classes.  It reads what they hold and calls no code of theirs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import islice
from types import MappingProxyType, MemberDescriptorType, ModuleType, SimpleNamespace
from typing import Any, Literal, NamedTuple

from torch import Tensor, nn

from app.tracer.snippet.files import is_installed
from app.tracer.snippet.variables import Scope

IMPORTED = 1 << 20
"""The depth of variables of imported modules: all running functions come before them."""
NOTHING: Mapping[str, ModuleType] = MappingProxyType({})
LEVELS = 4
"""The depth of nested containers and objects that the search enters."""
_ITEMS = 1024
"""The largest number of entries of a container that are searched."""
_VALUES = 20_000
"""The largest number of values in containers and objects that are searched in all."""

Kind = Literal["module", "hidden", "parameter", "buffer", "tensor"]


class Found(NamedTuple):
    """`holder` is the module that `value` is a part of.

    A "hidden" module lies in a container that is a plain attribute of `holder`, which torch does
    not look into: the module is not among its `parameters()`.  A "tensor" is not registered in any
    module.  `depth` is that of the scope (`Scope`), or `IMPORTED`.
    """

    value: Any
    path: str
    kind: Kind
    holder: nn.Module | None
    depth: int


def reached(
    scopes: Iterable[Scope], levels: int = LEVELS, imported: Mapping[str, ModuleType] = NOTHING
) -> list[Found]:
    """Return what the variables of `scopes` lead to, each once, by its first path; then what those
    of `imported` modules do, as `net.model` for the variable of a module `net`.

    Of one scope, variables that hold a module, a tensor or an object come before those that hold
    a container, and those of loops come last: `net = nn.Sequential(*layers)` makes them `net.0`,
    and `for layer in layers` leaves them `layers[0]`.
    """
    search = _Search()
    for scope in scopes:
        search.scope(scope, "", levels)
    for name, module in imported.items():
        search.scope(Scope(IMPORTED, dict(vars(module)), frozenset()), f"{name}.", levels)
    return search.found


class _Search:
    def __init__(self) -> None:
        self.found: list[Found] = []
        self._seen: set[int] = set()
        self._left = _VALUES
        self._depth = 0

    def scope(self, scope: Scope, prefix: str, levels: int) -> None:
        def order(variable: tuple[str, Any]) -> int:
            name, value = variable
            return 2 if name in scope.loop_variables else int(issubclass(type(value), _CONTAINERS))

        self._depth = scope.depth
        named = [v for v in scope.variables.items() if _is_the_users_name(v[0])]
        for name, value in sorted(named, key=order):
            with suppress(Exception):  # what some object does when it is looked at
                self._look(f"{prefix}{name}", value, levels, None)

    def _look(self, path: str, value: Any, levels: int, holder: nn.Module | None) -> None:
        kind = type(value)
        if kind in _ATOMS or id(value) in self._seen:
            return
        if issubclass(kind, Tensor):
            self._add(value, path, "tensor", holder)
        elif issubclass(kind, nn.Module):
            self._tree(path, value, holder, levels)
        elif issubclass(kind, _CONTAINERS):
            self._inside(value, _entries(path, value), levels, holder)
        elif issubclass(kind, type):
            return  # a class holds nothing, whatever its metaclass
        elif _is_the_users(kind) or issubclass(kind, SimpleNamespace):
            self._inside(value, _attributes(path, value), levels, None)

    def _inside(
        self,
        value: Any,
        parts: Iterable[tuple[str, Any]],
        levels: int,
        holder: nn.Module | None,
    ) -> None:
        if not levels:
            return
        self._seen.add(id(value))
        for path, part in islice(parts, _ITEMS):
            self._left -= 1
            if self._left < 0:
                return
            self._look(path, part, levels - 1, holder)

    def _tree(self, path: str, root: nn.Module, holder: nn.Module | None, levels: int) -> None:
        """Search a module: what is registered in it, then its plain attributes."""
        tree: list[tuple[str, nn.Module]] = []
        self._registered(path, root, "module" if holder is None else "hidden", holder, tree)
        for below, module in tree:
            is_users = _is_the_users(type(module))
            for name, value in list(vars(module).items()):
                if name in _OF_EVERY_MODULE or (name.startswith("_") and not is_users):
                    continue
                is_module = issubclass(type(value), nn.Module)  # kept out of torch's sight by hand
                self._look(f"{below}.{name}", value, levels, None if is_module else module)

    def _registered(
        self,
        path: str,
        module: nn.Module,
        kind: Kind,
        holder: nn.Module | None,
        tree: list[tuple[str, nn.Module]],
    ) -> None:
        if id(module) in self._seen:
            return
        tree.append((path, module))
        self._add(module, path, kind, holder)
        for name, parameter in list(module._parameters.items()):
            if parameter is not None:
                self._add(parameter, f"{path}.{name}", "parameter", module)
        for name, buffer in list(module._buffers.items()):
            if buffer is not None:
                self._add(buffer, f"{path}.{name}", "buffer", module)
        for name, child in list(module._modules.items()):
            if child is not None:
                self._registered(f"{path}.{name}", child, "module", module, tree)

    def _add(self, value: Any, path: str, kind: Kind, holder: nn.Module | None) -> None:
        if id(value) not in self._seen:
            self._seen.add(id(value))
            self.found.append(Found(value, path, kind, holder, self._depth))


def _entries(path: str, container: Any) -> Iterator[tuple[str, Any]]:
    """Yield the entries of a container, read as the built-in type: a subclass may run code."""
    if issubclass(type(container), dict):
        for key, value in list(islice(dict.items(container), _ITEMS)):
            if type(key) in _ATOMS:
                yield f"{path}[{key!r}]", value
    elif issubclass(type(container), tuple):
        fields = getattr(type(container), "_fields", ())
        for index, value in enumerate(tuple.__iter__(container)):
            yield f"{path}.{fields[index]}" if fields else f"{path}[{index}]", value
    else:
        for index, value in enumerate(list(islice(list.__iter__(container), _ITEMS))):
            yield f"{path}[{index}]", value


def _attributes(path: str, instance: Any) -> Iterator[tuple[str, Any]]:
    try:
        own = object.__getattribute__(instance, "__dict__")
    except AttributeError:
        own = {}
    for name, value in list(dict.items(own)):
        yield f"{path}.{name}", value
    for name, slot in [pair for kind in type(instance).__mro__ for pair in vars(kind).items()]:
        if type(slot) is MemberDescriptorType and not name.startswith("__"):
            try:
                value = slot.__get__(instance)
            except AttributeError:  # not set
                continue
            yield f"{path}.{name}", value


def _is_the_users_name(name: object) -> bool:
    """Return whether a user wrote it: a key of `globals()` may be anything."""
    return isinstance(name, str) and not name.startswith(("__", "."))


def _is_the_users(kind: type) -> bool:
    """Return whether a class belongs to the program, and not to Python, torch or a package."""
    module = type.__getattribute__(kind, "__module__")
    return module == "__main__" or (isinstance(module, str) and not _is_installed(module))


@cache
def _is_installed(module: str) -> bool:
    if module == "tapescope":  # a variable of the program holds the run
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    return not isinstance(file, str) or is_installed(file)


_CONTAINERS = (list, tuple, dict)
_ATOMS = frozenset((str, bytes, int, float, bool, complex, type(None)))
_OF_EVERY_MODULE = frozenset(vars(nn.Module()))
