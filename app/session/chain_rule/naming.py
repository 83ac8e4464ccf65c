"""What the tensors at a step are called: by the program where it names them, else by torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.contract.records import AutogradNode, Operation, SavedTensor, Tensor
from app.session.chain_rule.symbols import Formula, Piece, gradient, tensor
from app.session.language import tr
from app.session.places import at_line
from app.session.run import Run

_USUAL = {"self": "input", "mat1": "input", "mat2": "other", "tensors": "part"}
"""In the place of a tensor without a name, torch's parameter; some in more usual words."""
_TRANSPOSING = ("TBackward0", "TransposeBackward0")


@dataclass(slots=True)
class Operand:
    """An input of the node, or what else its rule names.

    `name` is in the place of the rule's own; `line` is where it was made.
    """

    name: Formula
    full: str
    """As the program reaches it: "net.0.weight", whose formula has its last part."""
    identity: int | None = None
    """Of the tensor, where it is known."""
    line: int | None = None
    number: float | None = None
    """The value of what is a number of the program's, not a tensor."""
    goes_to: str = ""
    """Where its gradient goes, for the line below a matrix."""


_OF_CALLS = {("dropout", "other"): "mask", ("linear", "self"): "bias"}
"""What a call names such a parameter, by torch's name in the node."""
_ROUNDING = {"float16": 2e-3, "bfloat16": 1e-2}
_FINE = 1e-5


@dataclass(slots=True)
class StepNames:
    """The names at one step; `operation` made the node, None if a backward pass did."""

    run: Run
    operation: Operation | None
    node: AutogradNode | None
    grad_fn: str
    fills: bool = True
    """Whether the pass adds to `.grad`, which `autograd.grad` does not."""
    result: Operand = field(init=False)
    _leaf: int | None = field(init=False, default=None)
    _given: dict[str, str] = field(init=False, default_factory=dict)
    """The names that were given to tensors without one, and torch's names for these."""

    _names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._names = frozenset(self.run.names.values())
        self.result = self._result()

    @property
    def result_tensor(self) -> int | None:
        """The result of the node, if that is the result of its operation."""
        made = self.operation
        return None if made is None or self._is_inside else made.outputs[0]

    def _result(self) -> Operand:
        made = self.result_tensor
        return self._unnamed("output") if made is None else self._known(made, "output")

    def leaf(self, number: int) -> Operand:
        """Return the leaf to whose `.grad` a step adds."""
        self._leaf = number
        return self._known(number, tr("leaf"))

    def output(self, slot: int) -> Operand:
        """Return what the gradient that arrives at a slot is of."""
        made = self.operation
        if made is None or slot == 0 or slot >= len(made.outputs):
            return self.result
        return self._known(made.outputs[slot], f"output[{slot}]")

    def inputs(self, names: Sequence[str], edges: Sequence[int]) -> list[Operand]:
        """Return the inputs of the node, which the rule calls `names`.

        Where a gradient can go on, the next node and its slot in `edges` identify the tensor.  The
        others are the remaining inputs of the operation, if there is one for each.
        """
        following = iter(self.node.next if self.node is not None else ())
        found: list[Operand | None] = []
        for name, slot in zip(names, edges, strict=False):
            number = next(following, None) if slot >= 0 else None
            found.append(None if number is None else self._behind(number, slot, name))
        known = {one.identity for one in found if one is not None}
        given = [] if self.operation is None else self.operation.inputs
        left = [one for one in given if self.run.identity(one) not in known]
        missing = [place for place, one in enumerate(found) if one is None]
        if len(left) == len(missing) and not self._is_inside:
            for place, one in zip(missing, left, strict=True):
                found[place] = self._known(one, names[place])
        are_numbers = not left and not self._is_inside
        return [
            self._number_or_unnamed(name, are_numbers) if one is None else one
            for name, one in zip(names, found, strict=False)
        ]

    def _number_or_unnamed(self, name: str, is_number: bool) -> Operand:
        saved = self.saved_tensor(name)
        is_tensor = saved is not None and bool(saved.shape)  # the mask of a dropout
        return self._unnamed(tr("number") if is_number and not is_tensor else name)

    @property
    def _tensors(self) -> Iterator[Tensor]:
        """What the operation takes and makes, or the leaf."""
        made = self.operation
        given = () if made is None else (*made.inputs, *made.outputs)
        yield from (self.run.tensors[one] for one in given)
        if self._leaf is not None:
            yield self.run.tensors[self._leaf]

    @property
    def rounding(self) -> float:
        """The share of a number by which it may be off after one addition."""
        return max((_ROUNDING.get(one.dtype, _FINE) for one in self._tensors), default=_FINE)

    @property
    def saved_names(self) -> set[str]:
        """Torch's names of what the node saved."""
        return set() if self.node is None else {one.name for one in self.node.saved}

    @property
    def is_complex(self) -> bool:
        """Whether the operation takes or makes complex numbers."""
        return any(one.dtype.startswith("complex") for one in self._tensors)

    @property
    def _is_inside(self) -> bool:
        """Whether it is one of several nodes of its operation, and not the one of the result."""
        made = self.operation
        return made is None or not made.outputs or made.grad_fn[:1] != [self.grad_fn]

    def _behind(self, number: int, slot: int, name: str) -> Operand | None:
        """Return the tensor whose gradient the node of this number takes at a slot."""
        node = self.run.node_columns.by_id.get(number)
        if node is None:
            return None
        if node.tensor is not None:
            found = self._known(node.tensor, name)
            text = tr("goes to {leaf}.grad") if self.fills else tr("is returned")
            found.goes_to = text.format(leaf=found.full)
            return found
        maker = None if node.operation is None else self.run.operations.get(node.operation)
        if maker is None:
            return None
        if self.operation is not None and maker.id == self.operation.id:
            return self._transposed(node, name)
        given = () if self.operation is None else self.operation.inputs
        made = maker.outputs[slot : slot + 1]
        is_given = bool(made) and made[0] in given
        found = self._known(made[0], name) if is_given else self._unnamed(name)
        found.goes_to = tr("goes to {node}").format(node=at_line(maker.name, maker.spot))
        return found

    def _transposed(self, node: AutogradNode, name: str) -> Operand:
        """Return what a node of the same operation made, as `linear` transposes its weight."""
        found = self._unnamed(name)
        if node.name in _TRANSPOSING and len(node.next) == 1:
            inner = self._behind(node.next[0], 0, name)
            if inner is not None and inner.identity is not None:
                inner.name = (*inner.name, Piece("T", level=1))
                found = inner
        found.goes_to = tr("goes to {node}").format(node=node.name)
        return found

    def saved(self, name: str) -> Operand:
        """Return what the node saved under torch's name, known by its memory."""
        saved = self.saved_tensor(name)
        if name == "result":
            return self.result
        given = () if self.operation is None else self.operation.inputs
        if saved is not None and saved.storage is not None:
            there = {one for one in given if self.run.tensors[one].storage == saved.storage}
            if len(there) == 1:
                return self._known(there.pop(), name)
        return self._unnamed(name)

    def saved_tensor(self, name: str) -> SavedTensor | None:
        kept = () if self.node is None else self.node.saved
        return next((one for one in kept if one.name == name), None)

    def _known(self, number: int, name: str) -> Operand:
        found = self.run.name(number)
        known = self.run.tensors[number]
        maker = self.run.producers.get(number)  # of this value: in place there are several
        line = self.run.made_on(known.identity) if maker is None else maker.spot
        if found is None:
            unnamed = self._unnamed(name)
            return Operand(unnamed.name, unnamed.full, known.identity, line)
        return Operand(tensor(found.rpartition(".")[2]), found, known.identity, line)

    def _unnamed(self, name: str) -> Operand:
        """Return a tensor that the program does not name, by a name that it does not use."""
        first, bracket, rest = name.partition("[")
        usual = _USUAL.get(first, first) + bracket + rest
        call = "" if self.operation is None else self.operation.name
        usual = _OF_CALLS.get((call, name), usual)
        while self.is_used(usual) or self._given.setdefault(usual, name) != name:
            usual += "′"
        return Operand(tensor(usual), usual)

    def is_used(self, name: str) -> bool:
        """Return whether the program calls a tensor so."""
        return name in self._names

    def gradient(self, of: Operand) -> Formula:
        """Return its gradient, with the name as index, transposed or not."""
        below = [one._replace(style="gradient", level=-1) for one in of.name if one.level == 0]
        return (*gradient("")[:1], *below, *(one for one in of.name if one.level > 0))
