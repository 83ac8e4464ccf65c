"""Modules: their paths from the snippet's variables, their parameters' names, their calls.

A module's path is the variable that leads to it and the way down from there, as a user would
write it: `net.fc1`.  It is looked up when an unknown module is first called (then it still stands
in some variable) and again at the end of the run.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from types import FrameType, ModuleType
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd

from app.contract.messages import ModuleCallRow, ModuleModeRow, ModuleRow, ModuleStateRow
from app.tracer.snippet.frames import look_at_variables
from app.tracer.stream import Stream
from app.tracer.tensors.table import TensorTable

_DEPTH = 3
_ITEMS = 64


class KnownModule:
    """A module by weak reference, and what the trace says of it."""

    __slots__ = (
        "calls", "id", "parameters", "parent", "path", "reference", "told_training", "training"
    )  # fmt: skip

    def __init__(self, number: int, module: nn.Module, path: str, parent: int | None) -> None:
        self.id = number
        self.reference = weakref.ref(module)
        self.path = path
        self.parent = parent
        self.calls = 0
        self.training = _is_training(module)
        self.told_training: bool | None = None
        """The mode that was last told of."""
        self.parameters: list[int] = []


class ModuleTable:
    """Numbers modules and sends their rows."""

    def __init__(self, filename: str, tensors: TensorTable, stream: Stream) -> None:
        self._filename = filename
        self._tensors = tensors
        self._stream = stream
        self._known: dict[int, KnownModule] = {}
        self._all: list[KnownModule] = []
        self._switched: dict[int, tuple[weakref.ref[nn.Module], int | None]] = {}
        """By `id()`: the line that last called `train()` or `eval()` of it or of one around it."""

    def called(self, module: nn.Module, frame: FrameType | None, inside: int | None) -> int:
        """The number of a module that is being called, counting the call.

        `inside` is the number of the module whose forward makes the call.
        """
        known = self._of(module)
        if known is None:
            self._discover(module, frame)
            known = self._of(module) or self._register(module, type(module).__name__, None)
        known.calls += 1
        training = known.training = _is_training(module)
        if training is not known.told_training:
            self._tell_mode(known, module)
        self._stream.put(ModuleCallRow("module_call", known.id, inside, self._stream.next_event()))
        return known.id

    def switched(self, module: nn.Module, line: int | None) -> None:
        """`train()` or `eval()` was called."""
        self._switched[id(module)] = weakref.ref(module), line

    def _tell_mode(self, known: KnownModule, module: nn.Module) -> None:
        known.told_training = known.training
        reference, line = self._switched.get(id(module), (None, None))
        if reference is not None and reference() is not module:
            line = None
        event = self._stream.next_event()
        self._stream.put(ModuleModeRow("module_mode", known.id, known.training, line, event))
        self._stream.flush()

    def _of(self, module: nn.Module) -> KnownModule | None:
        known = self._known.get(id(module))
        return known if known is not None and known.reference() is module else None

    def _discover(self, module: nn.Module, frame: FrameType | None) -> None:
        """Looks through variables for one that leads to `module`, from the call outwards.

        What else they lead to is registered too: a module that is never called is gone with its
        function's variables when the run ends.
        """
        while frame is not None and self._of(module) is None:
            if frame.f_code.co_filename == self._filename:
                self._register_all(look_at_variables(frame, lambda v: list(modules_in(v))))
            frame = frame.f_back

    def _register_all(self, roots: list[tuple[str, nn.Module]]) -> None:
        """Those that torch knows first: a module in a plain list may have a variable of its own."""
        for path, root in roots:
            self.register_tree(path, root)
        for path, root in roots:
            for below, hidden, keeper in _unregistered(path, root):
                self.register_tree(below, hidden, self._of(keeper))

    def register_tree(self, path: str, root: nn.Module, keeper: KnownModule | None = None) -> None:
        """Registers `root` and all below it that are not known yet.

        `keeper` is the module that keeps `root` out of the sight of its `parameters()`.
        """
        for below, module in root.named_modules():
            known = self._of(module)
            if known is None:
                full = f"{path}.{below}" if below else path
                self._register(module, full, root, keeper if module is root else None)

    def _register(
        self,
        module: nn.Module,
        path: str,
        root: nn.Module | None,
        keeper: KnownModule | None = None,
    ) -> KnownModule:
        parent = None if keeper is None else keeper.id
        if root is not None and module is not root:
            parent = self._parent(path)
        known = KnownModule(len(self._all), module, path, parent)
        self._known[id(module)] = known
        self._all.append(known)
        self._name_tensors(module, path)
        known.parameters = self._parameters(module)
        self._stream.put(
            ModuleRow(
                "module",
                known.id,
                path,
                type(module).__name__,
                parent,
                _is_training(module),
                known.parameters,
                _mode_sensitive(module),
                keeper is None,
            )
        )
        return known

    def _parent(self, path: str) -> int | None:
        above = path.rpartition(".")[0]
        return next((known.id for known in reversed(self._all) if known.path == above), None)

    def _name_tensors(self, module: nn.Module, path: str) -> None:
        owned: list[tuple[str, Any, str]] = [
            (name, parameter, "parameter") for name, parameter in module._parameters.items()
        ]
        owned += [(name, buffer, "buffer") for name, buffer in module._buffers.items()]
        for name, tensor, kind in owned:
            if tensor is None:
                continue
            full = f"{path}.{name}"
            if id(tensor) in self._tensors.names:  # a shared tensor keeps its first name
                self._tensors.see(tensor)
                continue
            self._tensors.names[id(tensor)] = (full, kind)
            known = self._tensors.known(tensor)
            if known is None:
                self._tensors.see(tensor)
            else:
                self._tensors.name(known, full, None, kind)

    def _parameters(self, module: nn.Module) -> list[int]:
        own = [p for p in module._parameters.values() if p is not None]
        return [self._tensors.see(parameter).id for parameter in own]

    def finish(self, variables: Mapping[str, Any]) -> Iterator[nn.Module]:
        """The run is over: names what is still unnamed, sends final states; yields what lives."""
        self._register_all(list(modules_in(variables)))
        for known in self._all:
            module = known.reference()
            if module is not None:
                known.training = _is_training(module)
                self._name_tensors(module, known.path)
                known.parameters = self._parameters(module)
                yield module
            self._stream.put(
                ModuleStateRow(
                    "module_state",
                    known.id,
                    known.path,
                    known.parent,
                    known.training,
                    known.calls,
                    known.parameters,
                )
            )


def modules_in(variables: Mapping[str, Any]) -> Iterator[tuple[str, nn.Module]]:
    """The modules that variables lead to: directly, in containers, in objects of the snippet."""
    seen: set[int] = set()
    for name, value in list(variables.items()):
        if not name.startswith("__"):
            yield from _modules_below(name, value, _DEPTH, seen)


def _modules_below(
    path: str, value: Any, depth: int, seen: set[int]
) -> Iterator[tuple[str, nn.Module]]:
    if isinstance(value, (str, bytes, int, float, type, ModuleType)) or id(value) in seen:
        return
    if isinstance(value, nn.Module):
        seen.add(id(value))
        yield path, value
        return
    inner: list[tuple[str, Any]] = []
    if isinstance(value, (list, tuple)) and len(value) <= _ITEMS:
        inner = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    elif isinstance(value, dict) and len(value) <= _ITEMS:
        inner = [(f"{path}[{key!r}]", item) for key, item in value.items()]
    elif getattr(type(value), "__module__", None) == "__main__" and hasattr(value, "__dict__"):
        inner = [(f"{path}.{key}", item) for key, item in list(vars(value).items())]
    if inner and depth:
        seen.add(id(value))
        for below, item in inner:
            yield from _modules_below(below, item, depth - 1, seen)


def _unregistered(path: str, root: nn.Module) -> Iterator[tuple[str, nn.Module, nn.Module]]:
    """Modules in plain lists, tuples and dicts that are attributes of `root` or of what is in it.

    Each with its path and the module whose attribute holds it.  torch does not know them as parts
    of it: they are not among its `parameters()`.
    """
    seen: set[int] = set()
    for below, module in root.named_modules():
        inside = f"{path}.{below}" if below else path
        for name, value in list(vars(module).items()):
            if not name.startswith("_") and isinstance(value, (list, tuple, dict)):
                for found, hidden in _modules_below(f"{inside}.{name}", value, _DEPTH, seen):
                    yield found, hidden, module


def _mode_sensitive(module: nn.Module) -> bool:
    """Whether the output depends on train/eval, by the classes that torch documents so."""
    if isinstance(module, _NormBase):
        return bool(module.track_running_stats)
    if isinstance(module, (nn.RNNBase, nn.MultiheadAttention)):
        return float(module.dropout) > 0
    return isinstance(module, (_DropoutNd, nn.RReLU))


def _is_training(module: nn.Module) -> bool:
    """`module.training`, which a module that TorchScript has frozen does not have."""
    return bool(getattr(module, "training", False))
