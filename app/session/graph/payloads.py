"""What the graph shows: the payloads of the nodes, edges and frames of the drawn graph.

`app.session.graph` builds a `networkx.MultiDiGraph` whose node attribute ``item`` is an
`OperationItem`, `GroupItem`, `TensorItem` or `CutItem`, whose edge attribute ``item`` is an
`EdgeItem`, and whose graph attribute ``frames`` maps a frame id to a `FrameItem` (a node's
attribute ``cluster`` names the frame it lies in).
Node keys are strings: ``op:12``, ``tensor:3``, ``cut:7``, and for groups their own keys
(`app.session.graph.grouping.groups`): ``module:net.fc1``, ``loop:step/3``.

Sizes are not here: the drawing decides how large a node is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from app.contract.records import Reason, SpanKind, Summary
from app.session.kept import Amount

StatusKey = Literal[
    "recorded",
    "no_grad",
    "inference_mode",
    "no_input_requires_grad",
    "not_differentiable",
    "detached",
    "left_torch",
    "neutral",
    "failed",
    "covered",
]
"""One visual meaning each; `neutral` is for sources and unchanged values, `failed` for the call
that raised the error which ended the run, `covered` for what the room is still asked about."""
GuessState = Literal["", "taken", "right", "other"]
"""What was guessed about a node: not yet turned over, then as guessed or otherwise."""

STATUS_OF_REASON: dict[Reason, StatusKey] = {
    "recorded": "recorded",
    "no_grad": "no_grad",
    "inference_mode": "inference_mode",
    "no_input_requires_grad": "no_input_requires_grad",
    "not_differentiable": "not_differentiable",
    "detached": "detached",
    "to_python": "left_torch",
    "source": "neutral",
    "unchanged": "neutral",
}


TileKind = Literal[
    "unregistered", "not_reached", "frozen", "no_step", "unchanged", "unknown", "trained"
]
"""What happened to parameters, the worst first.

unregistered = in a module that `parameters()` does not find, and not trained; not_reached =
requires grad and got none; no_step = got a gradient that no optimizer used.
"""


class Tile(NamedTuple):
    """So many parameters of a node to which the same happened."""

    kind: TileKind
    parameters: int


@dataclass(frozen=True, slots=True)
class Pill:
    """A parameter of the operation's module and its state of grad, or an input that only it uses.

    state: none = `.grad` is None, value = small grad in `summary.values`, norm = a large one,
    frozen = requires_grad is False, bad = NaN or infinity in it, waiting = the running backward
    pass has yet to fill it, input = no parameter: `words` describe it, covered = the room is
    still asked about it.
    """

    tensor: int
    name: str
    state: Literal["none", "value", "norm", "frozen", "bad", "waiting", "input", "covered"]
    summary: Summary | None
    words: str = ""
    by: str = ""
    """The line of the call that the gradient came through, where this one was skipped."""

    @property
    def came_elsewhere(self) -> bool:
        """Whether there is a gradient, and another call brought it."""
        return bool(self.by) and self.state in ("value", "norm", "bad")


@dataclass(frozen=True, slots=True)
class OperationItem:
    """`words` is the status as the user reads it: "recorded", "skipped — no_grad".

    `operation` is None for an autograd node that no operation made, but a backward pass.
    """

    operation: int | None
    title: str
    module: str
    line: int | None
    status: StatusKey
    words: str
    shapes: str
    pills: tuple[Pill, ...]
    operations: tuple[int, ...] = ()
    """For a folded composite or group: the operations inside; else empty."""
    summary: str = ""
    """For a folded one: what it holds, "12 recorded, 3 skipped"."""
    group: str = ""
    """For a composite call: its key, which `app.session.graph.grouping.moves.unfold` takes."""
    node: int | None = None
    """At the level of autograd's own nodes: the AutogradNode that it is."""
    tiles: tuple[Tile, ...] = ()
    """What happened to its parameters, the worst first."""
    kept: Amount | None = None
    """What it keeps for backward; None at the level of autograd's nodes."""
    guess: GuessState = ""


GroupShape = Literal[
    "module", "call", "function", "line", "loop", "iteration", "step", "backward", "setup",
    "preparation", "section",
]  # fmt: skip


class Member(NamedTuple):
    """One of several alike groups that are drawn as one: a cell in its strip."""

    group: str
    """Its key."""
    name: str
    """"3" of `layers.3`, the number of an iteration, or else which of them it is."""
    status: StatusKey


@dataclass(frozen=True, slots=True)
class GroupItem:
    """A folded group, or several alike ones drawn as one.  It holds operations in any number."""

    group: str
    """Its key, which `app.session.graph.grouping.moves.unfold` takes."""
    kind: GroupShape
    title: str
    detail: str
    """The text beside the title: a module's type."""
    line: int | None
    count: int
    """How many groups it represents; 1 is a single one."""
    status: StatusKey
    parts: tuple[tuple[StatusKey, int], ...]
    """How many operations of each status, recorded ones first: the bar of proportions."""
    summary: str
    """What it holds: "12 recorded, 3 skipped, grads 4/4"."""
    missing: tuple[str, ...]
    """The parameters in it whose `.grad` is None although they require grad."""
    operations: tuple[int, ...]
    can_open: bool = True
    tiles: tuple[Tile, ...] = ()
    """What happened to the parameters in it, the worst first."""
    kept: Amount | None = None
    """What the operations in it keep for backward."""
    training: bool | None = None
    """The mode of a module, if something in it depends on that and all of it was in one."""
    members: tuple[Member, ...] = ()
    """Those that it represents, unless they are too many to be seen, or cannot be opened."""

    @property
    def operation(self) -> int:
        """The first one, where one has to represent all."""
        return self.operations[0]


ACCUMULATES: Final = "AccumulateGrad"
"""The detail of a leaf's capsule at the level of autograd's own nodes."""


@dataclass(frozen=True, slots=True)
class TensorItem:
    """A named value with no drawn producer (a leaf, an input), or a final result such as a loss."""

    tensor: int
    title: str
    detail: str
    role: Literal["leaf", "frozen", "result", "cut"]
    count: int = 1
    """How many values it represents; `tensor` is the first."""


@dataclass(frozen=True, slots=True)
class CutItem:
    """The bar across an edge where the gradient stops: one per cut, not one per lost parameter."""

    operation: int
    text: str


@dataclass(frozen=True, slots=True)
class EdgeItem:
    """kind: data = no gradient flows, gradient = backward passed here, waiting = the running pass
    will, cut = into a cut bar."""

    tensor: int
    kind: Literal["data", "gradient", "waiting", "cut"]
    name: str
    detail: str
    tensors: tuple[int, ...] = ()
    """All values on this edge, if there are several: from or into a group."""
    node: int | None = None
    """At the level of autograd's own nodes: the one that receives gradients along this edge."""


@dataclass(frozen=True, slots=True)
class Stepper:
    """Which pass of a loop is shown: `number` of `count`, from 0.

    `is_first` and `is_last` are about the passes that called torch, which alone can be shown.
    """

    loop: str
    number: int
    count: int
    is_first: bool
    is_last: bool


class ModeSwitch(NamedTuple):
    """The mode of a module in which something depends on it."""

    module: str
    """Its path."""
    training: bool | None
    """None where some parts were in training mode and others were not."""
    is_changed: bool
    """Whether a what-if holds it in that mode."""


@dataclass(frozen=True, slots=True)
class FrameItem:
    """A no_grad or inference_mode region (span), one of autocast, or an unfolded group ("module"
    or "operation")."""

    span: int | None
    kind: SpanKind | Literal["operation", "module", "autocast"]
    title: str
    line: int | None
    status: StatusKey
    parent: str | None
    group: str = ""
    """The key of the unfolded group."""
    summary: str = ""
    stepper: Stepper | None = None
    operations: tuple[int, ...] = ()
    """Those inside of an unfolded group."""
    tiles: tuple[Tile, ...] = ()
    """What happened to the parameters in it, the worst first."""
    switch: ModeSwitch | None = None
    """The mode of its module, if something in it depends on that."""

    @property
    def is_plain(self) -> bool:
        """Whether it says nothing of a grad mode: a module, a composite, a region of autocast."""
        return self.kind in ("operation", "module", "autocast")
