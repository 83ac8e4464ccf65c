"""Finds the value of the run that a name in the text refers to."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from app.contract.records import Gradient, Module, Operation, Tensor
from app.contract.spots import line_and_file, spot
from app.session.run import Run
from app.session.source.parsing import parsed
from app.session.timeline import Snapshot

_SELF = "self."
"""The prefix for a method's object, which the trace names by the program's variable."""


@dataclass(frozen=True, slots=True)
class Name:
    """A variable or a dotted name, from column to column (characters) of a line, a spot."""

    line: int
    column: int
    end_column: int
    text: str
    is_target: bool
    """Whether it is assigned here."""


class Variables:
    """Over one trace; the text is read when it is first asked about.

    At a moment of the run the values are those that there were by then.

    Known limitation: at the end of the run, the value in a loop is that of the last turn.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._names: dict[int, dict[int, list[Name]]] = {}

    def name_at(self, line: int, column: int) -> Name | None:
        """Return the name at a place: `net.fc1` for a place in its `fc1`."""
        names = self._names_in(line_and_file(line)[1]).get(line, [])
        place = bisect_right(names, column, key=lambda name: name.column) - 1
        around = [name for name in names[: place + 1] if column < name.end_column]
        return min(around, key=lambda name: name.end_column, default=None)

    def tensor(self, name: Name, then: Snapshot | None = None) -> Tensor | None:
        """Its value on that line: what went into an operation there or came out of one, else
        the name's last value before the line.  In files other than the snippet only the first:
        names there are of functions, which run with other values each time."""
        here = self._touched(name, then)
        if here is not None or line_and_file(name.line)[1]:
            return here
        named = self._named(name.text)
        if then is not None:
            named = [one for one in named if then.exists(one.id)]
        if name.is_target:
            return next((one for one in reversed(named) if one.spot == name.line), None)
        before = [one for one in named if one.spot is not None and one.spot < name.line]
        last = max(before, key=lambda one: (one.spot or 0, one.id), default=None)
        return last if last is not None else next(iter(named), None)

    def _named(self, text: str) -> list[Tensor]:
        known = self._tensors.get(text)
        if known is None and text.startswith(_SELF):
            meant = [one for one in self._tensors if _is_called(text, one)]
            known = self._tensors[meant[0]] if len(meant) == 1 else None
        return known or []

    def module(self, name: Name) -> Module | None:
        known = self._modules.get(name.text)
        if known is None and name.text.startswith(_SELF):
            meant = [one for path, one in self._modules.items() if _is_called(name.text, path)]
            known = meant[0] if len(meant) == 1 else None
        return known

    def gradient(self, tensor: Tensor) -> Gradient | None:
        """Return the row of the gradient table for this value's variable, or None."""
        return self._run.gradient_of.get(tensor.identity)

    def is_to_come(self, name: Name, then: Snapshot) -> bool:
        """Return whether it refers to a tensor in the run, but not yet at this moment."""
        return self.tensor(name) is not None and self.tensor(name, then) is None

    def _touched(self, name: Name, then: Snapshot | None) -> Tensor | None:
        run = self._run
        for operation in reversed(self._operations.get(name.line, [])):
            if then is not None and not then.has_happened(operation.id):
                continue
            ids = operation.outputs if name.is_target else operation.inputs
            for id_ in ids:
                tensor = run.tensors.get(id_)
                if tensor is not None and _is_called(name.text, run.name(id_)):
                    return tensor
        return None

    @cached_property
    def _operations(self) -> dict[int, list[Operation]]:
        found = defaultdict(list)
        for operation in self._run.trace.operations:
            if operation.spot is not None:
                found[operation.spot].append(operation)
        return found

    @cached_property
    def _tensors(self) -> dict[str, list[Tensor]]:
        found = defaultdict(list)
        for tensor in self._run.trace.tensors:
            if tensor.name is not None:
                found[tensor.name].append(tensor)
        return found

    @cached_property
    def _modules(self) -> dict[str, Module]:
        return {module.path: module for module in self._run.trace.modules}

    def _names_in(self, file: int) -> dict[int, list[Name]]:
        """The names of a file by spot, in the order of columns, longer ones first."""
        if file not in self._names:
            self._names[file] = self._read(file)
        return self._names[file]

    def _read(self, file: int) -> dict[int, list[Name]]:
        text = self._run.text_of(file)
        lines = text.split("\n")
        found: dict[int, list[Name]] = defaultdict(list)
        for node in ast.walk(parsed(text)):
            if isinstance(node, ast.Name | ast.Attribute) and (dotted := _dotted(node)):
                if node.lineno != node.end_lineno or node.end_col_offset is None:
                    continue
                line = lines[node.lineno - 1].encode()
                start = len(line[: node.col_offset].decode())
                end = len(line[: node.end_col_offset].decode())
                is_target = isinstance(node.ctx, ast.Store)
                at = spot(file, node.lineno)
                found[at].append(Name(at, start, end, dotted, is_target))
        for names in found.values():
            names.sort(key=lambda name: (name.column, -name.end_column))
        return dict(found)


def _is_called(text: str, name: str | None) -> bool:
    """Return whether a name in the text may refer to what the trace calls `name`.

    The trace says `net.h` where a method says `self.h`.
    """
    return name is not None and (
        name == text or (text.startswith(_SELF) and name.endswith(text.removeprefix("self")))
    )


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return None
