"""What travels between the window's process and the tracing process.

Every message is a NamedTuple of plain data, or a record of the document that travels as it is; on
the wire it is a small JSON array that begins with its kind (`app.contract.framing`).  Requests go
to the child; everything else comes from it.  What repeats (strings, positions, causes, what the
operations of a loop have in common) is sent once and then named by number: an operation of a long
run is a few integers.

Where a row has a `line`, that is a spot (`app.contract.spots`); a record that travels as it is has
`line` and `file`.

Rows describe a moment.  What is learnt later about a tensor or a module (its name, its final
state) comes as a row of its own.  `app.session.trace.assembly` puts rows together into a trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from app.contract.kinds import Long, Word, message
from app.contract.records import (
    CameBack,
    Change,
    Fact,
    FailedCall,
    GroupRate,
    ModuleMode,
    Note,
    Number,
    Optimizer,
    Recomputation,
)

PROTOCOL = 2

# ------------------------------------------------------------------------------------- requests


class Nudge(NamedTuple):
    """Run the program up to a backward pass, with one element of a leaf moved to each of `values`.

    `backward` is the number of passes that the engine ran before, and `path` leads from the node
    of the pass's root to the leaf's AccumulateGrad: at each node the place among its next functions
    that are not None.  `place` is what `NudgeFoundRow` says of an earlier request; without one,
    the leaf is looked for first, in two runs that move nothing.
    """

    backward: int
    path: list[int]
    element: list[int]
    """The index of the element."""
    values: list[float]
    place: list[int] | None = None


@message("run")
class RunRequest(NamedTuple):
    """Trace this text.  `path` becomes `__file__`; None for an unsaved text.

    With `module`, its full name, the text runs as `python -m` would run it.
    """

    text: str
    path: str | None
    argv: list[str]
    cwd: str | None
    environment: dict[str, str]
    """Beside this program's own; whoever starts the process has set it."""
    device: str
    seed: int | None
    what_if: Sequence[Change]
    """The changes for this run; the later of two that contradict each other holds."""
    max_ops: int
    memory_mib: int | None
    stdin: str
    cells: Sequence[int] = ()
    """The first lines of the cells whose beginning is to be reported (`CellRow`)."""
    last_line: int | None = None
    """Run the text up to this line; None for all of it."""
    iterations: int | None = None
    """End the run after this many optimizer steps; None for no limit."""
    module: str | None = None
    follow: Sequence[str] = ()
    """Packages whose files count as the user's."""
    no_follow: Sequence[str] = ()
    """Packages whose files do not."""
    children: str | None = None
    """Record the processes that the program forks too, each into a file in this folder."""
    edited: dict[str, str] | None = None
    """Texts that are imported instead of what is in these files, by absolute path."""
    measured: list[int] | None = None
    """Measure these lines instead of tracing, first and last; empty for the whole text."""
    nudge: Nudge | None = None
    """Move an element of a leaf instead of tracing."""
    opened: tuple[int, int] | None = None
    """Open this step instead of tracing: the id of the backward pass, and its step from 1."""


@message("stop")
class StopRequest(NamedTuple):
    """End the current run: interrupt, then terminate, then kill; or `at_once` kill.

    `reason` becomes the run's status: "stopped" or "timeout".
    """

    reason: Literal["stopped", "timeout"]
    at_once: bool = False


@message("limit")
class LimitRequest(NamedTuple):
    """End the current run after this many optimizer steps, whatever its request said; None: never.

    A run that has made as many ends with its next step.
    """

    iterations: int | None


Request = RunRequest | StopRequest | LimitRequest

# ---------------------------------------------------------------------------------- the server


class Device(NamedTuple):
    """A choice for `--device`.  `reason` says why it is not available; None if it is."""

    name: str
    label: str
    reason: str | None


@message("hello")
class Hello(NamedTuple):
    """The child is up: torch has been imported."""

    protocol: int
    torch: str
    python: str


@message("devices")
class Devices(NamedTuple):
    """What this torch can run on; found out in a process of its own."""

    devices: list[Device]


@message("no_torch")
class NoTorch(NamedTuple):
    """torch could not be imported in this interpreter."""

    message: str


@message("output")
class Printed(NamedTuple):
    """A piece of text that the snippet, or a library or process that it uses, wrote."""

    stream: Literal["stdout", "stderr"]
    text: str


@message("exited")
class Exited(NamedTuple):
    """The run's process is gone; always the last message of a run.

    Exactly one of `code` and `signal` is set; neither where a forked process did not report how it
    ended.  `stop` says whether it was asked to stop, and why.
    """

    code: int | None
    signal: int | None
    stop: Literal["stopped", "timeout"] | None


ABOUT_THE_PROCESS = frozenset(("hello", "devices", "no_torch", "exited"))
"""Kinds that never come from the recorder."""

# ------------------------------------------------------------------------------------- measuring


@message("measuring")
class MeasuringRow(NamedTuple):
    """Where the rounds run that follow: `system` is the operating system and kind of processor."""

    torch: str
    system: str
    threads: int


ROUNDS = 21
"""The number of rounds that count, if there is time for all."""
LEAST_ROUNDS = 6
"""Fewer have no interval of 95 %: all ranks lie on one side by chance too often."""


@message("measured")
class MeasuredRow(NamedTuple):
    """One run of what is measured, in one mode.  Round -1 does not count.

    `seconds` of wall time; `peak` and `held` bytes of tensors, at most and at the end, over those
    that were there before, from a run that is not timed.  `error`: the mode is given up.
    """

    mode: str
    round: int
    seconds: float | None
    peak: int | None
    held: int | None
    error: str | None


@message("not_measured")
class NotMeasuredRow(NamedTuple):
    """Nothing can be measured, or no more: `reason` is an error of the program's."""

    reason: str


# --------------------------------------------------------------------------------------- nudging


NUDGE_CELLS = 4
"""Rows and columns that are shown together: those of an element begin at a multiple of this."""


@message("nudge_found")
class NudgeFoundRow(NamedTuple):
    """Where an element can be moved, from two runs in which nothing was moved; `losses` are theirs.
    Where these differ, no other run follows.

    `place` has the number of the leaf, among those that require grad in the order in which calls
    into torch are given them, and of the call before which it is moved.  `cells` are the elements
    of the last two dimensions around it (`NUDGE_CELLS`), `grad` is the element of `.grad` after
    the pass, `seconds` those of one run.
    """

    place: list[int]
    value: float
    cells: Sequence[Sequence[Number]]
    losses: Sequence[Number]
    grad: Number
    seconds: float


@message("nudged")
class NudgedRow(NamedTuple):
    """A run with the element at `value`, which is `asked` in the leaf's dtype.

    `loss` is None where there is none, and `error` says why.
    """

    asked: float
    value: float
    loss: Number | None
    seconds: float
    error: str | None


@message("not_nudged")
class NotNudgedRow(NamedTuple):
    """The element cannot be moved: `reason` is an error of the program's, or what it does."""

    reason: str


# ------------------------------------------------------------------------------- an opened step


@message("opened_value", packed=True)
class OpenedValueRow(NamedTuple):
    """A tensor at the step that is opened; values of up to 4,096 elements, else figures.

    `role` "path": what the `number`-th path brought into a `slot` of the node's outputs;
    "arrived": all that arrived at a slot; "going": what goes on to the `number`-th input; "saved":
    a tensor that the node kept, with torch's `name`; "before" and "after": the `.grad` of a leaf.

    "derivative": how what goes on to the `number`-th input follows from what arrived, as the node
    itself answers.  `name` "cells": cell by cell, times these values; "row": from the one cell
    that arrived; "matrix": the row of a cell that arrived has what it adds to each cell that goes
    on, times it; "ones": what the node makes of ones, which is the derivative if it works cell by
    cell.
    """

    number: int
    slot: int
    role: Word
    name: Word
    shape: list[int]
    values: Values


@message("opened")
class OpenedRow(NamedTuple):
    """The node at the step that was opened; sent after its values.

    For each input, `edges` has the slot of the node after it that its gradient goes on to, -1 for
    an input without a gradient.  For each path, `steps` has the step of the pass that it comes
    from, 0 for the call of backward, and `slots` the slot.
    `settings` are what the node keeps besides tensors.  `limit` is why it was not asked for
    derivatives: "custom" (a Function of the program), "hooks" (of its saved tensors), or an error
    of torch's; "" if it was asked.
    """

    name: str
    edges: list[int]
    steps: list[int]
    slots: list[int]
    settings: dict[str, Any]
    limit: str


@message("not_opened")
class NotOpenedRow(NamedTuple):
    """The step was not opened; `reason` is "not_reached" where the program ended without it, else
    an error of torch's."""

    reason: str


# ------------------------------------------------------------------------------- rows of a trace

message("module_mode")(ModuleMode)
message("optimizer")(Optimizer)
message("fact")(Fact)
message("came_back")(CameBack)
message("note")(Note)
message("recomputation")(Recomputation)
message("failed_call")(FailedCall)

Row = Any
"""Any of the messages from here on, and the records above."""


@message("started")
class Started(NamedTuple):
    device: str
    seed: int | None
    what_if: list[list[str]]
    """The changes of the request, kind and target of each."""
    torch: str
    python: str
    host: str = ""
    system: str = ""
    last_line: int | None = None
    begins_late: bool = False
    rank: int | None = None
    world: int | None = None


@message("matched")
class MatchedRow(NamedTuple):
    """What a change of the what-if applied to: the change by its place, and the words.

    Of a region or call it has the line, of a parameter the identity, of a module the number.
    It comes again, with `changed`, when the program first uses one of the last two in a state that
    it would not have otherwise.
    """

    change: int
    text: str
    line: int | None = None
    tensor: int | None = None
    module: int | None = None
    changed: bool = False


@message("cell")
class CellRow(NamedTuple):
    """The cell that begins at a line began to run, `seconds` after the run did."""

    line: int
    seconds: float


class PictureRow(NamedTuple):
    """`app.contract.records.Picture`, with its levels as bytes."""

    rows: int
    columns: int
    low: float
    high: float
    levels: bytes
    counts: list[int] | None


class SummaryRow(NamedTuple):
    """`app.contract.records.Summary`; up to 64 elements only `values` (and `numel`) are sent.

    Then the other fields are None or 0 and the receiver works them out from the values, a nested
    list.
    """

    numel: int
    values: Any
    min: Any
    max: Any
    mean: Any
    std: Any
    norm: Any
    nan: int
    inf: int
    zeros: int
    sampled: bool
    picture: PictureRow | None = None


class Packed(NamedTuple):
    """All elements of a small tensor, in row-major order.

    `form` is a dtype code of Python's `struct` and the shape: "f|2,3"; `data` has the elements in
    little-endian order.
    """

    form: str
    data: bytes


Values = Packed | SummaryRow | None
"""A tensor's values as sent; None: not known."""


@message("file")
class FileRow(NamedTuple):
    """As `app.contract.records.File`; there is none for the snippet.  Sent before its spots."""

    id: int
    path: str
    file_kind: str
    text: str | None


@message("site")
class SiteRow(NamedTuple):
    """A place in a file.  Columns are characters; None where Python gives no columns."""

    id: int
    line: int
    end_line: int | None
    column: int | None
    end_column: int | None


@message("stack")
class StackRow(NamedTuple):
    """The user's frames around a call: line, function and column of each, innermost first.

    The column is that of `records.Operation.call_columns`.
    """

    id: int
    frames: list[tuple[int, str, int | None]]


@message("function")
class FunctionRow(NamedTuple):
    id: int
    name: str
    qualified_name: str


@message("cause")
class CauseRow(NamedTuple):
    id: int
    cause: str
    line: int | None
    text: str
    module: str | None = None


@message("tensor_form")
class TensorFormRow(NamedTuple):
    """Fields that many tensors share; each refers to them by number.  Words as in the document."""

    id: int
    tensor_kind: str
    shape: list[int]
    dtype: str
    device: str
    requires_grad: bool
    is_leaf: bool
    is_inference: bool
    grad_fn: str | None


@message("tensor", packed=True)
class TensorRow(NamedTuple):
    """A tensor was made or first seen; sent again when its form changes.

    If name or values are None, another row may give them, earlier or later.
    """

    id: int
    form: int
    storage: int
    identity: int
    is_view_of: int | None
    line: int | None
    name: Word | None
    values: Values


@message("value", packed=True)
class ValueRow(NamedTuple):
    """The summary of a tensor's values, where it comes later than the tensor."""

    tensor: int
    values: Values


@message("name", packed=True)
class NameRow(NamedTuple):
    """A tensor got its name.  `tensor_kind` replaces the kind if it is not None."""

    tensor: int
    line: int | None
    name: Word
    tensor_kind: Word | None


@message("module")
class ModuleRow(NamedTuple):
    id: int
    path: str
    type: str
    parent: int | None
    training: bool
    parameters: list[int]
    mode_sensitive: bool
    registered: bool = True


@message("module_call", packed=True)
class ModuleCallRow(NamedTuple):
    """A call of a module begins, `inside` the forward of another; its operations come later."""

    module: int
    event: int
    inside: int | None


@message("module_state")
class ModuleStateRow(NamedTuple):
    """What is known of a module later: replaces path, parent, training, calls and parameters."""

    id: int
    path: str
    parent: int | None
    training: bool
    calls: int
    parameters: list[int]
    requires_grad: bool | None = None


@message("op_form")
class OperationFormRow(NamedTuple):
    """Fields that many operations share; each refers to them by number.

    `function`, `site`, `stack` and `cause` are ids of rows sent before.
    """

    id: int
    function: int
    site: int | None
    module: int | None
    phase: str
    in_place: bool
    reason: str
    would_record: bool
    cause: int | None
    grad_fn: list[str]
    grad_mode: bool
    inference: bool
    set_up: str | None = None
    stack: int | None = None


@message("memory", packed=True)
class MemoryRow(NamedTuple):
    """A storage that autograd keeps for backward; sent before what keeps it.

    `storage` is that of the tensors on it, if one of them is known.
    """

    id: int
    bytes: Long
    storage: int | None


@message("op", packed=True)
class OperationRow(NamedTuple):
    """`kept` are the storages (`MemoryRow`) that its autograd nodes keep and none did before."""

    id: int
    form: int
    occurrence: int
    event: int
    nanoseconds: Long
    parent: int | None
    loops: int | None
    inputs: list[int]
    outputs: list[int]
    mutates: list[int]
    kept: list[int]


@message("loops", packed=True)
class LoopsRow(NamedTuple):
    """A pass of a loop of the snippet began: `passed` passes of it went before (0-based).

    `entry` counts how often the loop had been entered before; `outer` is the row of the pass of
    the loop around it, also where that is in the function's caller.  `total` is the length of what
    a `for` goes over when it begins, where that is known without calling the program's own code.
    """

    id: int
    line: int
    entry: Long
    passed: Long
    outer: int | None
    total: int | None = None


@message("optimizer_step")
class OptimizerStepRow(NamedTuple):
    """`Optimizer.step` was called: the `step`-th (0-based) of the `optimizer`-th optimizer."""

    id: int
    optimizer: int
    type: str
    step: int
    line: int | None
    loops: int | None
    event: int
    rates: list[GroupRate]


@message("optimizer_step_end")
class OptimizerStepEndRow(NamedTuple):
    id: int
    event: int
    raised: bool = False
    """It was left by an exception."""


@message("updates", packed=True)
class UpdatesRow(NamedTuple):
    """What an optimizer step did to parameters, named by identity.

    `sampled` says (0, 1) of each whether its figures come from a sample.  `figures` are packed: a
    row of norms of gradients (−1 for none), one of values before the step, one of changes.
    """

    step: int
    event: int
    tensors: list[int]
    sampled: list[int]
    figures: Values


@message("span")
class SpanRow(NamedTuple):
    """A grad-mode region was entered; not `effective`: in a what-if, where it switches nothing."""

    id: int
    span_kind: str
    cause: int
    line: int | None
    end_line: int | None
    parent: int | None
    enabled: bool
    event: int
    effective: bool = True


@message("span_end")
class SpanEndRow(NamedTuple):
    id: int
    first_op: int | None
    last_op: int | None
    event: int


@message("autocast")
class AutocastRow(NamedTuple):
    """A region of autocast was entered; `enabled` and `dtype` are what is in force inside."""

    id: int
    device: str
    dtype: str
    enabled: bool
    line: int
    end_line: int | None
    event: int


@message("autocast_end")
class AutocastEndRow(NamedTuple):
    id: int
    event: int


@message("backward")
class BackwardRow(NamedTuple):
    id: int
    call: str
    line: int | None
    roots: list[int]
    inputs: list[int]
    event: int
    loops: int | None = None
    outlived: list[int] = []  # noqa: RUF012  # a row's default, never changed


@message("saved_form")
class SavedFormRow(NamedTuple):
    """What many saved tensors share; nodes refer to it by number.  `bytes` are the elements'."""

    id: int
    name: str
    shape: list[int]
    dtype: str
    bytes: int


@message("node", packed=True)
class NodeRow(NamedTuple):
    """An autograd node that a backward pass can reach; sent before the pass runs, in order.

    `number` is torch's own, `operation` made the node, and `tensor` is the leaf that an
    AccumulateGrad adds to.  `next` are the places, among the nodes of this pass, of those that it
    passes gradients on to.  `saved` has two numbers for each saved tensor: its form and its
    storage, -1 if that is not known.
    """

    backward: int
    number: Long
    operation: int | None
    tensor: int | None
    name: Word
    next: list[int]
    saved: list[int]


@message("step", packed=True)
class StepRow(NamedTuple):
    """An autograd node ran: the one at the place `node` among the `NodeRow`s of the pass.

    `tensor` is the leaf that an AccumulateGrad added to.
    """

    backward: int
    event: int
    operation: int | None
    tensor: int | None
    made_in: int | None
    node: int | None
    grad_fn: Word
    shape: list[int]
    grad: Values


@message("kept", packed=True)
class KeptRow(NamedTuple):
    """Autograd nodes that a backward pass made keep storages (`MemoryRow`) that none did before."""

    event: int
    kept: list[int]


@message("released", packed=True)
class ReleasedRow(NamedTuple):
    """No autograd node keeps these storages (`MemoryRow`) any more.

    `freed` were freed, `outlived` are still there: something else keeps them alive.  `end_event` is
    as in `app.contract.records.KeptStorage`.
    """

    end_event: int
    freed: list[int]
    outlived: list[int]


@message("backward_end")
class BackwardEndRow(NamedTuple):
    id: int
    ok: bool
    accumulated_into: list[int]
    event: int
    changed: list[tuple[int, str]] = []  # noqa: RUF012  # a default of a NamedTuple's field
    """Of a pass that failed: the places of nodes (`NodeRow`) and the names of what they had saved
    and was changed in place since."""
    returned: list[int | None] = []  # noqa: RUF012
    """As in `app.contract.records.BackwardPass`."""
    interrupted: bool = False
    """A KeyboardInterrupt ended it."""


@message("clock_began")
class ClockBeganRow(NamedTuple):
    """The beginning of the run of a rank, as `app.contract.records.Clock.began`."""

    began: float


@message("clock", packed=True)
class ClockRow(NamedTuple):
    """When an event was: nanoseconds since `ClockBeganRow.began`."""

    event: int
    nanoseconds: Long


@message("wait")
class WaitRow(NamedTuple):
    """A rank begins to wait for others, as `app.contract.records.Wait`."""

    id: int
    what: str
    line: int | None
    event: int
    nanoseconds: int


@message("wait_end")
class WaitEndRow(NamedTuple):
    """A wait is over; there was none if not `happened`."""

    id: int
    event: int
    nanoseconds: int
    happened: bool = True


@message("grad", packed=True)
class GradRow(NamedTuple):
    """The `.grad` of a tensor that has a row in the table, as known so far.

    Sent after each backward pass for the tensors that it reached, and for every candidate at the
    end of the run; the last one counts.  `final` is False for those sent before the end.
    """

    tensor: int
    requires_grad: bool
    event: int
    final: bool
    shape: list[int] | None
    grad: Values


@message("lost")
class LostRow(NamedTuple):
    """The number of rows that could not be sent and are missing from here on."""

    rows: int


@message("truncated")
class TruncatedRow(NamedTuple):
    """`max_ops` was reached: nothing that happens after `event` is recorded."""

    event: int


@message("lines")
class LinesRow(NamedTuple):
    """The lines of a file that ran; sent once at the end of the run, if they are known.

    A letter for each line: "-" a statement begins there and did not run, "+" one did, "." the one
    above goes on, " " none.
    """

    states: str
    file: int = 0


@message("recomputation_end")
class RecomputationEndRow(NamedTuple):
    id: int
    event: int


@message("error")
class ErrorRow(NamedTuple):
    """The snippet did not run to its end.  `status`: raised, syntax_error or out_of_memory."""

    status: str
    type: str
    message: str
    line: int | None
    column: int | None
    traceback: str
    hint: str | None
    end_line: int | None = None
    end_column: int | None = None


@message("left")
class LeftRow(NamedTuple):
    """A process that the snippet forked ends with this exit code."""

    code: int


@message("finished")
class FinishedRow(NamedTuple):
    """The recorder has finished; only output that is still in the pipes follows.

    `iterations` is the number of optimizer steps that ended the run, None if something else did.
    """

    seconds: float
    truncated: bool
    iterations: int | None = None
