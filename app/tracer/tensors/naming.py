"""Names for tensors, from the snippet's variables to which they are assigned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import repeat
from operator import is_
from types import FrameType
from typing import Any

from torch import Tensor, nn

from app.tracer.private import CONTEXTLIB_FILE, is_functorch_wrapped
from app.tracer.snippet.files import Files
from app.tracer.snippet.frames import look_at_variables
from app.tracer.snippet.reaching import IMPORTED, Found
from app.tracer.tensors.names import Returned, Stored, StoreTargets
from app.tracer.tensors.table import TensorTable, is_leaf, is_parameter
from app.tracer.tensors.tracked import Tracked


class Naming:
    """Names results when they are stored, and inputs that no recorded call made.

    `settle` replaces these names by the paths from the snippet's variables to the tensors.
    """

    def __init__(self, files: Files, tensors: TensorTable, module_level: Mapping[str, Any]) -> None:
        self._files = files
        self._tensors = tensors
        self._module_level = module_level
        self._targets = StoreTargets()
        self._by_site: dict[int, Stored | None] = {}
        """Where calls at a site store their results, if that depends on nothing else."""
        self._depths: dict[int, int] = {}
        """By identity: the depth of the scope that gave a tensor its path."""
        self.path_of: Callable[[nn.Module], str | None] = lambda _: None
        """The path of a module, where it is known."""
        self.held: dict[str, int] = {}
        """What the module's variables led to at the last search: identities by path."""

    def target_at(self, site: int, frame: FrameType) -> Stored | None:
        """Return where a call stores its result: its `site`, by its path, is in `frame`."""
        try:
            return self._by_site[site]
        except KeyError:
            target = self.target(frame)
        stored = self._targets.after(frame.f_code, frame.f_lasti)
        if stored is None or (isinstance(stored, Stored) and not _is_attribute(stored)):
            self._by_site[site] = target
        return target

    def target(self, frame: FrameType | None) -> Stored | None:
        """Return where the call in `frame`, a frame of the user's, stores its result."""
        while frame is not None:
            code = frame.f_code
            file = self._files.of(frame)
            if file is not None:
                target = self._targets.after(code, frame.f_lasti)
                if isinstance(target, Stored):
                    if file.number:
                        target = target._replace(line=file.spot(target.line))
                    return target if code.co_name == "<module>" else self._owned(target, frame)
                if not isinstance(target, Returned):
                    return None
            elif code.co_filename != CONTEXTLIB_FILE:  # a decorator hands the value on
                return None
            frame = frame.f_back
        return None

    def _owned(self, target: Stored, frame: FrameType) -> Stored:
        """Return the target with the module's path instead of `self`."""
        if not _is_attribute(target):
            return target
        variable, _, attribute = str(target.names[0]).partition(".")
        owner: Any = look_at_variables(frame, lambda variables: variables.get(variable))
        path = self.path_of(owner) if issubclass(type(owner), nn.Module) else None
        return target if path is None else target._replace(names=(f"{path}.{attribute}",))

    def result(self, target: Stored | None, value: Any) -> None:
        """Name `value`, which is assigned to `target`."""
        if target is None:
            return
        if isinstance(value, Tensor):
            self._name(value, target.names[0], target.line)
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                name: str | None = f"{target.names[0]}[{index}]"
                if target.unpacked:
                    name = target.names[index] if index < len(target.names) else None
                if isinstance(item, Tensor):
                    self._name(item, name, target.line)

    def attribute(self, value: Any, path: str | None) -> None:
        """Name `value`, which was computed for reading the attribute `path`."""
        if path is not None and isinstance(value, Tensor):
            self._name(value, path, None)

    def _name(self, tensor: Tensor, name: str | None, line: int | None) -> None:
        if name is not None:
            tracked = self._tensors.see(tensor)
            if tracked.name is None:
                self._tensors.name(tracked, name, line)

    def input(self, frame: FrameType | None, tracked: Tracked, tensor: Tensor) -> None:
        """Look up, once, the name of a tensor in `frame` that no call there made."""
        tracked.sought = True
        if frame is not None and self._files.of(frame) is not None:
            name = _holding(self._module_level, tensor)
            if name is None:
                name = look_at_variables(frame, lambda variables: _holding(variables, tensor))
            if name is not None:
                self._tensors.name(tracked, name, None)

    # --------------------------------------------------------------- by the paths that lead there

    def settle(self, found: Iterable[Found]) -> None:
        """Names tensors by the paths that variables lead to them on.

        A path that was found in a scope further out stays.
        """
        self.held = {}
        for one in found:
            if one.kind in ("parameter", "buffer"):
                self._part(one)
            elif one.kind == "tensor":
                self._other(one)
            tracked = None if one.depth else self._tensors.known(one.value)
            if tracked is not None and tracked.name == one.path:
                self.held[one.path] = tracked.identity

    def _part(self, found: Found) -> None:
        """Name a parameter or buffer of a module, used or not."""
        tensor, kind = found.value, str(found.kind)
        tracked = self._tensors.known(tensor)
        if tracked is None:
            self._tensors.names[id(tensor)] = found.path, kind
            tracked = self._tensors.see(tensor)
        elif not self._may_name(tracked, found):
            return
        elif self._tensors.names.get(id(tensor)) != (found.path, kind):
            self._tensors.names[id(tensor)] = found.path, kind
            self._rename(tracked, tensor, found.path, None, kind)
        self._depths[tracked.identity] = found.depth

    def _other(self, found: Found) -> None:
        tensor = found.value
        tracked = self._tensors.known(tensor)
        if tracked is None:
            if is_functorch_wrapped(tensor) or not _is_trained_by_hand(tensor):
                return
            tracked = self._tensors.see(tensor)
        if tracked.name == found.path or not self._may_name(tracked, found):
            return
        is_foreign = tracked.name is None or self._is_foreign(tracked.name)
        # A variable of an imported module keeps the name that its own file gives it.
        if is_foreign or (tracked.deserves_row and found.depth != IMPORTED):
            self._rename(tracked, tensor, found.path, tracked.line, None)
            self._depths[tracked.identity] = found.depth

    def _may_name(self, tracked: Tracked, found: Found) -> bool:
        return found.depth <= self._depths.get(tracked.identity, found.depth)

    def _is_foreign(self, name: str) -> bool:
        """Return whether a name begins with something that is not a module variable: `self.h`."""
        owner, dot, _ = name.partition(".")
        return bool(dot) and owner not in self._module_level

    def _rename(
        self, tracked: Tracked, tensor: Tensor, name: str, line: int | None, kind: str | None
    ) -> None:
        """Rename a tensor, and the one in its `.grad` with it."""
        self._tensors.name(tracked, name, line, kind)
        if is_leaf(tensor) and tensor.grad is not None:
            grad = self._tensors.known(tensor.grad)
            if grad is not None and grad.name is not None and grad.name.endswith(".grad"):
                self._tensors.name(grad, f"{name}.grad", grad.line)


def _holding(variables: Mapping[str, Any], tensor: Tensor) -> str | None:
    held = map(is_, list(variables.values()), repeat(tensor))
    if not any(held):  # quickly: most are held by none
        return None
    named = list(variables.items())
    return next((name for name, value in named if value is tensor and isinstance(name, str)), None)


def _is_attribute(target: Stored) -> bool:
    """Return whether a value is stored as `self.h`, so that its name depends on the owner's."""
    return not target.unpacked and "." in (target.names[0] or "")


def _is_trained_by_hand(tensor: Tensor) -> bool:
    return is_parameter(tensor) or (tensor.requires_grad and is_leaf(tensor))
