"""Modules: their paths from the snippet's variables, their parameters, their calls.

A module's path is the variable that leads to it and the path from there, as a user would write it:
`net.fc1` (`app.tracer.paths`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from torch import nn

from app.contract.messages import ModuleCallRow, ModuleRow, ModuleStateRow
from app.contract.records import ModuleMode
from app.contract.spots import line_and_file
from app.tracer.snippet.reaching import Found
from app.tracer.stream import Stream
from app.tracer.tensors.table import TensorTable
from app.tracer.weak import Weak

_RANDOM = (
    *(nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d),
    *(nn.AlphaDropout, nn.FeatureAlphaDropout, nn.RReLU),
)
"""Modules that are random in training."""

_NOWHERE = 1 << 30
"""The depth of modules that no variable leads to."""


class KnownModule:
    """A weak reference to a module, with its fields in the trace."""

    __slots__ = (
        "calls", "depth", "id", "parameters", "parent", "path", "reference", "told_training",
        "training",
    )  # fmt: skip

    def __init__(
        self, number: int, module: nn.Module, path: str, parent: int | None, depth: int
    ) -> None:
        self.id = number
        self.reference = Weak(module)
        self.path = path
        self.parent = parent
        self.depth = depth
        """Of the scope whose variable leads to it (`Scope`)."""
        self.calls = 0
        self.training = _is_training(module)
        self.told_training: bool | None = None
        """The mode that was last sent."""
        self.parameters: list[int] = []


class ModuleTable:
    """Numbers modules and sends their rows."""

    def __init__(self, tensors: TensorTable, stream: Stream) -> None:
        self._tensors = tensors
        self._stream = stream
        self._known: dict[int, KnownModule] = {}
        self._all: list[KnownModule] = []
        self._order: dict[int, None] = {}
        """The numbers of the modules that variables led to at the last search, in order."""
        self._distributed: list[Weak] = []
        self._switched: dict[int, tuple[Weak, int | None]] = {}
        """By `id()`: the line that last called `train()` or `eval()` of it or of one around it."""

    def knows(self, module: nn.Module) -> bool:
        """Return whether the module has a number."""
        return self._of(module) is not None

    def number_of(self, module: nn.Module) -> int | None:
        known = self._of(module)
        return None if known is None else known.id

    def called(self, module: nn.Module, inside: int | None) -> int:
        """The number of a module that is being called, counting the call.

        `inside` is the number of the module whose forward makes the call.
        """
        known = self._of(module) or self._register(module, None, None)
        known.calls += 1
        training = known.training = _is_training(module)
        if training is not known.told_training:
            self._tell_mode(known, module)
        self._stream.put(ModuleCallRow(known.id, self._stream.next_event(), inside))
        return known.id

    def path_of(self, module: nn.Module) -> str | None:
        """Return the module's path, or None if no variable leads to it."""
        known = self._of(module)
        return None if known is None or known.depth == _NOWHERE else known.path

    def parametrized(self, module: nn.Module) -> str | None:
        """Return `lin.weight` for `lin.parametrizations.weight`, which computes it."""
        known = self._of(module)
        owner, _, attribute = ("" if known is None else known.path).rpartition(".parametrizations.")
        return f"{owner}.{attribute}" if owner else None

    def shared_by_ranks(self) -> Iterator[nn.Parameter]:
        """Yield the parameters of DistributedDataParallel modules.

        Its reducer gives those that this rank did not use the gradients of the other ranks.
        """
        for reference in self._distributed:
            if (module := reference()) is not None:
                yield from module.parameters()

    def switched(self, module: nn.Module, line: int | None) -> None:
        """Note that `train()` or `eval()` was called on `line`."""
        self._switched[id(module)] = Weak(module), line

    def _tell_mode(self, known: KnownModule, module: nn.Module) -> None:
        known.told_training = known.training
        reference, line = self._switched.get(id(module), (None, None))
        if reference is not None and reference() is not module:
            line = None
        event = self._stream.next_event()
        at, file = line_and_file(line)
        self._stream.put(ModuleMode(known.id, known.training, at, event, file))

    def _of(self, module: nn.Module) -> KnownModule | None:
        known = self._known.get(id(module))
        return known if known is not None and known.reference() is module else None

    def settle(self, found: Iterable[Found]) -> None:
        """Register the modules that variables lead to, and name them by those paths.

        A path found in an outer scope is kept.
        """
        order: dict[int, None] = {}
        for one in found:
            if one.kind not in ("module", "hidden"):
                continue
            holder = None if one.holder is None else self._of(one.holder)
            parent = None if holder is None else holder.id
            known = self._of(one.value)
            if known is None:
                known = self._register(one.value, one, parent)
            elif one.depth <= known.depth:
                known.depth = one.depth
                if (known.path, known.parent) != (one.path, parent):
                    known.path, known.parent = one.path, parent
                    self._tell_state(known)
            order[known.id] = None
        self._order = order

    def _register(self, module: nn.Module, found: Found | None, parent: int | None) -> KnownModule:
        """Register a module; without `found`, no variable leads to it and its type is its name."""
        path = type(module).__name__ if found is None else found.path
        depth = _NOWHERE if found is None else found.depth
        known = KnownModule(len(self._all), module, path, parent, depth)
        if isinstance(module, nn.parallel.DistributedDataParallel):
            self._distributed.append(known.reference)
        if found is None:
            self._name_tensors(module, path)
        known.parameters = self._parameters(module)
        self._stream.put(
            ModuleRow(
                known.id,
                path,
                type(module).__name__,
                parent,
                _is_training(module),
                known.parameters,
                _mode_sensitive(module),
                found is None or found.kind == "module",
            )
        )
        self._known[id(module)] = known
        self._all.append(known)
        return known

    def _name_tensors(self, module: nn.Module, path: str) -> None:
        """Name the tensors of a module that no variable leads to, unless they have a name."""
        owned: list[tuple[str, Any, str]] = [
            (name, parameter, "parameter") for name, parameter in module._parameters.items()
        ]
        owned += [(name, buffer, "buffer") for name, buffer in module._buffers.items()]
        for name, tensor, kind in owned:
            if tensor is None or id(tensor) in self._tensors.names:
                continue
            self._tensors.names[id(tensor)] = (f"{path}.{name}", kind)
            known = self._tensors.known(tensor)
            if known is None:
                self._tensors.see(tensor)
            else:
                self._tensors.name(known, f"{path}.{name}", None, kind)

    def _parameters(self, module: nn.Module) -> list[int]:
        own = [p for p in module._parameters.values() if p is not None]
        return [self._tensors.see(parameter).id for parameter in own]

    def finish(self) -> Iterator[nn.Module]:
        """Send the final states at the end of the run; yield the modules that are alive.

        Modules that variables lead to come first, in the order of variables and modules.
        """
        settled = [self._all[number] for number in self._order]
        for known in (*settled, *(k for k in self._all if k.id not in self._order)):
            module = known.reference()
            if module is not None:
                known.training = _is_training(module)
                self._name_tensors(module, known.path)
                known.parameters = self._parameters(module)
                yield module
            self._tell_state(known)

    def _tell_state(self, known: KnownModule) -> None:
        module = known.reference()
        required = None if module is None else _own_requires_grad(module)
        self._stream.put(
            ModuleStateRow(
                known.id,
                known.path,
                known.parent,
                known.training,
                known.calls,
                known.parameters,
                required,
            )
        )


def _mode_sensitive(module: nn.Module) -> bool:
    """Return whether the output depends on train/eval, according to torch's documentation."""
    tracks = vars(module).get("track_running_stats")
    if tracks is not None:
        return bool(tracks)
    if isinstance(module, (nn.RNNBase, nn.MultiheadAttention)):
        return isinstance(module.dropout, (int, float)) and module.dropout > 0
    return isinstance(module, _RANDOM)


def _own_requires_grad(module: nn.Module) -> bool | None:
    """Return the attribute `requires_grad` that the program set on the module, or None."""
    value = vars(module).get("requires_grad")
    return value if isinstance(value, bool) else None


def _is_training(module: nn.Module) -> bool:
    """Return `module.training`; modules that TorchScript has frozen do not have it."""
    return bool(getattr(module, "training", False))
