"""What travels between the window's process and the tracing process.

Every message is a NamedTuple of plain data whose first field names its kind, so that it is one
small JSON array on the wire (`app.contract.framing`).  Requests go to the child; everything else
comes from it.  What repeats (strings, positions, causes, what the operations of a loop have in
common) is sent once and then named by number: an operation of a long run is a few integers.

Rows describe a moment.  What is learnt later about a tensor or a module (its name, its final
state) comes as a row of its own.  `app.session.trace.assembly` puts rows together into a trace.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

PROTOCOL = 1

# ------------------------------------------------------------------------------------- requests


class RunRequest(NamedTuple):
    """Trace this text.  `path` becomes `__file__`; None for an unsaved text."""

    kind: Literal["run"]
    text: str
    path: str | None
    argv: list[str]
    cwd: str | None
    environment: dict[str, str]
    """Beside this program's own; whoever starts the process has set it."""
    device: str
    seed: int | None
    mode: str
    max_ops: int
    memory_mib: int | None
    stdin: str


class StopRequest(NamedTuple):
    """End the current run: interrupt, then terminate, then kill; or `at_once` kill.

    `reason` becomes the run's status: "stopped" or "timeout".
    """

    kind: Literal["stop"]
    reason: Literal["stopped", "timeout"]
    at_once: bool = False


class QuitRequest(NamedTuple):
    kind: Literal["quit"]


Request = RunRequest | StopRequest | QuitRequest

# ---------------------------------------------------------------------------------- the server


class Device(NamedTuple):
    """A choice for `--device`.  `reason` says why it is not available; None if it is."""

    name: str
    label: str
    reason: str | None


class Hello(NamedTuple):
    """The child is up: torch has been imported."""

    kind: Literal["hello"]
    protocol: int
    torch: str
    python: str


class Devices(NamedTuple):
    """What this torch can run on; found out in a process of its own."""

    kind: Literal["devices"]
    devices: list[Device]


class NoTorch(NamedTuple):
    """torch could not be imported in this interpreter."""

    kind: Literal["no_torch"]
    message: str


class Output(NamedTuple):
    """A piece of text that the snippet, or a library or process that it uses, wrote."""

    kind: Literal["output"]
    stream: Literal["stdout", "stderr"]
    text: str


class Exited(NamedTuple):
    """The run's process is gone; always the last message of a run.

    Exactly one of `code` and `signal` is set.  `stop` says whether it was asked to stop, and why.
    """

    kind: Literal["exited"]
    code: int | None
    signal: int | None
    stop: Literal["stopped", "timeout"] | None


# ------------------------------------------------------------------------------- rows of a trace


class Started(NamedTuple):
    kind: Literal["started"]
    device: str
    seed: int | None
    mode: str
    torch: str
    python: str
    host: str = ""
    system: str = ""


class PictureRow(NamedTuple):
    """`app.contract.records.Picture`."""

    rows: int
    columns: int
    low: float
    high: float
    levels: str
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


Values = SummaryRow | str | None
"""A tensor's values as sent.  Up to 64 plain numbers that are contiguous in memory are a string of
dtype code, shape and bytes in hexadecimal: "f|2,3|0000803f...".  None: not known."""


class SiteRow(NamedTuple):
    """A place in the snippet.  Columns are characters; None where Python gives no columns."""

    kind: Literal["site"]
    id: int
    line: int
    end_line: int | None
    column: int | None
    end_column: int | None


class FunctionRow(NamedTuple):
    kind: Literal["function"]
    id: int
    name: str
    qualified_name: str


class CauseRow(NamedTuple):
    kind: Literal["cause"]
    id: int
    cause: str
    line: int | None
    text: str
    module: str | None = None


class TensorFormRow(NamedTuple):
    """Fields that many tensors share; each refers to them by number.  Words as in the document."""

    kind: Literal["tensor_form"]
    id: int
    tensor_kind: str
    shape: list[int]
    dtype: str
    device: str
    requires_grad: bool
    is_leaf: bool
    is_inference: bool
    grad_fn: str | None


class TensorRow(NamedTuple):
    """A tensor was made or first seen; sent again when its form changes.

    If name or values are None, another row may give them, earlier or later.
    """

    kind: Literal["tensor"]
    id: int
    form: int
    is_view_of: int | None
    storage: int
    identity: int
    name: str | None
    line: int | None
    values: Values


class ValueRow(NamedTuple):
    """The summary of a tensor's values, where it comes later than the tensor."""

    kind: Literal["value"]
    tensor: int
    values: Values


class NameRow(NamedTuple):
    """A tensor got its name.  `tensor_kind` replaces the kind if it is not None."""

    kind: Literal["name"]
    tensor: int
    name: str
    line: int | None
    tensor_kind: str | None


class ModuleRow(NamedTuple):
    kind: Literal["module"]
    id: int
    path: str
    type: str
    parent: int | None
    training: bool
    parameters: list[int]
    mode_sensitive: bool
    registered: bool = True


class ModuleModeRow(NamedTuple):
    """`app.contract.records.ModuleMode`."""

    kind: Literal["module_mode"]
    module: int
    training: bool
    line: int | None
    event: int


class ModuleCallRow(NamedTuple):
    """A call of a module begins, `inside` the forward of another; its operations come later."""

    kind: Literal["module_call"]
    module: int
    inside: int | None
    event: int


class ModuleStateRow(NamedTuple):
    """What is known of a module later: replaces path, parent, training, calls and parameters."""

    kind: Literal["module_state"]
    id: int
    path: str
    parent: int | None
    training: bool
    calls: int
    parameters: list[int]
    requires_grad: bool | None = None


class OperationFormRow(NamedTuple):
    """Fields that many operations share; each refers to them by number.

    `function`, `site` and `cause` are ids of rows sent before.
    """

    kind: Literal["op_form"]
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


class OperationRow(NamedTuple):
    kind: Literal["op"]
    id: int
    form: int
    parent: int | None
    occurrence: int
    inputs: list[int]
    outputs: list[int]
    mutates: list[int]
    saved_bytes: int
    nanoseconds: int
    event: int
    loops: int | None = None


class LoopsRow(NamedTuple):
    """A pass of a loop of the snippet began: `passed` passes of it went before (0-based).

    `entry` counts how often the loop had been entered before; `outer` is the row of the pass of
    the loop around it, also where that is in the function's caller.
    """

    kind: Literal["loops"]
    id: int
    outer: int | None
    line: int
    entry: int
    passed: int


class OptimizerRow(NamedTuple):
    """`app.contract.records.Optimizer`; sent again when it is given more, and at its first step."""

    kind: Literal["optimizer"]
    id: int
    type: str
    line: int | None
    parameters: list[int]
    number: int | None
    event: int = 0


class OptimizerStepRow(NamedTuple):
    """`Optimizer.step` was called: the `step`-th (0-based) of the `optimizer`-th optimizer."""

    kind: Literal["optimizer_step"]
    id: int
    optimizer: int
    type: str
    step: int
    line: int | None
    loops: int | None
    event: int


class OptimizerStepEndRow(NamedTuple):
    kind: Literal["optimizer_step_end"]
    id: int
    event: int
    raised: bool = False
    """It was left by an exception."""


class SpanRow(NamedTuple):
    """A grad-mode region was entered; not `effective`: in a what-if, where it switches nothing."""

    kind: Literal["span"]
    id: int
    span_kind: str
    cause: int
    line: int | None
    end_line: int | None
    parent: int | None
    enabled: bool
    event: int
    effective: bool = True


class SpanEndRow(NamedTuple):
    kind: Literal["span_end"]
    id: int
    first_op: int | None
    last_op: int | None
    event: int


class BackwardRow(NamedTuple):
    kind: Literal["backward"]
    id: int
    call: str
    line: int | None
    roots: list[int]
    inputs: list[int]
    event: int
    loops: int | None = None
    outlived: list[int] = []  # noqa: RUF012  # a row's default, never changed


class NodesRow(NamedTuple):
    """The autograd nodes that a backward pass can reach, before it runs.

    Each is [name, operation, leaf, number, next, saved]: the operation that made it, the tensor
    that an AccumulateGrad adds to, torch's own number of it, the places in this list of the nodes
    that it passes gradients on to, and of each saved tensor [name, shape, dtype, bytes, storage].
    """

    kind: Literal["nodes"]
    backward: int
    nodes: list[list[Any]]


class StepRow(NamedTuple):
    """One autograd node ran: the one at the place `node` of the pass's `NodesRow`.

    `tensor` is the leaf that an AccumulateGrad added to.
    """

    kind: Literal["step"]
    backward: int
    grad_fn: str
    operation: int | None
    tensor: int | None
    shape: list[int]
    grad: Values
    event: int
    made_in: int | None = None
    node: int | None = None


class BackwardEndRow(NamedTuple):
    kind: Literal["backward_end"]
    id: int
    ok: bool
    accumulated_into: list[int]
    event: int
    changed: list[tuple[int, str]] = []  # noqa: RUF012  # a default of a NamedTuple's field
    """Of a pass that failed: the places of nodes (`NodesRow`) and the names of what they had saved
    and was changed in place since."""
    returned: list[int | None] = []  # noqa: RUF012
    """As in `app.contract.records.BackwardPass`."""
    interrupted: bool = False
    """A KeyboardInterrupt ended it."""


class FactRow(NamedTuple):
    """`app.contract.records.Fact`."""

    kind: Literal["fact"]
    fact: str
    tensor: int
    line: int | None
    value: bool
    event: int


class GradRow(NamedTuple):
    """The `.grad` of a tensor that has a row in the table, as known so far.

    Sent after each backward pass for the tensors that it reached, and for every candidate at the
    end of the run; the last one counts.  `final` is False for those sent before the end.
    """

    kind: Literal["grad"]
    tensor: int
    requires_grad: bool
    shape: list[int] | None
    grad: Values
    event: int
    final: bool


class CameBackRow(NamedTuple):
    """`app.contract.records.CameBack`."""

    kind: Literal["came_back"]
    operation: int
    sources: list[int]


class NoteRow(NamedTuple):
    """`app.contract.records.Note`."""

    kind: Literal["note"]
    code: str
    line: int | None
    text: str
    event: int


class LostRow(NamedTuple):
    """The number of rows that could not be sent and are missing from here on."""

    kind: Literal["lost"]
    rows: int


class TruncatedRow(NamedTuple):
    """`max_ops` was reached: nothing that happens after `event` is recorded."""

    kind: Literal["truncated"]
    event: int


class LinesRow(NamedTuple):
    """The lines of the snippet that ran; sent once at the end of the run, if they are known.

    A letter for each line: "-" a statement begins there and did not run, "+" one did, "." the one
    above goes on, " " none.
    """

    kind: Literal["lines"]
    states: str


class RecomputationRow(NamedTuple):
    """`checkpoint` began to compute a part of the forward pass again, for a backward pass."""

    kind: Literal["recomputation"]
    id: int
    line: int | None
    event: int


class RecomputationEndRow(NamedTuple):
    kind: Literal["recomputation_end"]
    id: int
    event: int


class FailedCallRow(NamedTuple):
    """`app.contract.records.FailedCall`: about the `ErrorRow`, whichever comes first."""

    kind: Literal["failed_call"]
    name: str
    qualified_name: str
    inputs: list[int]
    grad_mode: bool
    inference: bool
    event: int
    backward: int | None
    module: int | None = None
    attribute: str | None = None
    iterator: str | None = None


class ErrorRow(NamedTuple):
    """The snippet did not run to its end.  `status`: raised, syntax_error or out_of_memory."""

    kind: Literal["error"]
    status: str
    type: str
    message: str
    line: int | None
    column: int | None
    traceback: str
    hint: str | None
    end_line: int | None = None
    end_column: int | None = None


class FinishedRow(NamedTuple):
    """The recorder has finished; only output that is still in the pipes follows."""

    kind: Literal["finished"]
    seconds: float
    truncated: bool


Row = (
    Started
    | SiteRow
    | FunctionRow
    | CauseRow
    | TensorFormRow
    | TensorRow
    | ValueRow
    | NameRow
    | ModuleRow
    | ModuleModeRow
    | ModuleCallRow
    | ModuleStateRow
    | OperationFormRow
    | OperationRow
    | LoopsRow
    | OptimizerRow
    | OptimizerStepRow
    | OptimizerStepEndRow
    | SpanRow
    | SpanEndRow
    | BackwardRow
    | StepRow
    | BackwardEndRow
    | FactRow
    | GradRow
    | CameBackRow
    | NoteRow
    | LostRow
    | TruncatedRow
    | LinesRow
    | RecomputationRow
    | RecomputationEndRow
    | FailedCallRow
    | ErrorRow
    | FinishedRow
)
Message = Hello | Devices | NoTorch | Output | Exited | Row

MESSAGES: dict[str, type] = {
    "hello": Hello,
    "devices": Devices,
    "no_torch": NoTorch,
    "output": Output,
    "exited": Exited,
    "started": Started,
    "site": SiteRow,
    "function": FunctionRow,
    "cause": CauseRow,
    "tensor_form": TensorFormRow,
    "tensor": TensorRow,
    "value": ValueRow,
    "name": NameRow,
    "module": ModuleRow,
    "module_mode": ModuleModeRow,
    "module_call": ModuleCallRow,
    "module_state": ModuleStateRow,
    "op_form": OperationFormRow,
    "op": OperationRow,
    "loops": LoopsRow,
    "optimizer": OptimizerRow,
    "optimizer_step": OptimizerStepRow,
    "optimizer_step_end": OptimizerStepEndRow,
    "span": SpanRow,
    "span_end": SpanEndRow,
    "backward": BackwardRow,
    "nodes": NodesRow,
    "step": StepRow,
    "backward_end": BackwardEndRow,
    "fact": FactRow,
    "grad": GradRow,
    "came_back": CameBackRow,
    "note": NoteRow,
    "lost": LostRow,
    "truncated": TruncatedRow,
    "lines": LinesRow,
    "recomputation": RecomputationRow,
    "recomputation_end": RecomputationEndRow,
    "failed_call": FailedCallRow,
    "error": ErrorRow,
    "finished": FinishedRow,
}
"""The type of each message by its kind: how `app.session` knows what to decode it into."""
ABOUT_THE_PROCESS = frozenset(("hello", "devices", "no_torch", "exited"))
"""Kinds that never come from the recorder."""
REQUESTS: dict[str, type] = {"run": RunRequest, "stop": StopRequest, "quit": QuitRequest}
