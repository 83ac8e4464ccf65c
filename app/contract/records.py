"""The records of a trace document: the one contract between tracer, explanations and window.

Field by field this is the document that `tapescope trace` writes (format "tapescope-trace",
version 1).  Ids are unique within their list; lines are 1-based, columns 0-based characters.
A `line` is one of the `file` beside it; `spot` is both as one number (`app.contract.spots`).
`app.session.trace.document` reads and checks a document; this module only names things.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple, get_args

from app.contract.spots import FileId, Placed, PlacedRange, line_and_file, spot

FORMAT = "tapescope-trace"
VERSION = 1
ENDINGS = (".json", ".json.gz")
"""How the names of files end that have a document."""

RunStatus = Literal[
    "ok", "raised", "stopped", "timeout", "crashed", "out_of_memory", "syntax_error", "running"
]
Mode = Literal["as-written", "grad", "no-grad", "inference"]
MODES: tuple[Mode, ...] = get_args(Mode)
ChangeKind = Literal[
    "without", "freeze", "unfreeze", "eval", "train", "grad", "no-grad", "inference"
]
"""What a what-if changes; the last three are modes, which hold in the whole program."""
Phase = Literal["forward", "backward", "optimizer"]
SetUp = Literal["constructor", "copy"]
Status = Literal["recorded", "skipped", "source"]
Reason = Literal[
    "recorded",
    "source",
    "to_python",
    "detached",
    "inference_mode",
    "no_grad",
    "no_input_requires_grad",
    "not_differentiable",
    "unchanged",
]
"""Why an operation was recorded or skipped, in the order in which torch itself decides.

`unchanged` is our addition to the published list: the call handed back the very tensor that went
in (`x.contiguous()` of a contiguous x, `dropout` in evaluation), so there was nothing to record
and nothing was cut.
"""
CauseKind = Literal[
    "with", "decorator", "call", "optimizer", "custom_function", "backward", "library", "what_if"
]
"""What switched recording off.

`backward` is our addition: the call was made in a hook during a backward pass, which the engine
runs with grad mode off unless it gets `create_graph=True`.
"""
SpanKind = Literal["no_grad", "inference_mode", "enable_grad", "set_grad_enabled"]
FileKind = Literal["snippet", "user", "library"]
TensorKind = Literal["parameter", "buffer", "leaf", "intermediate", "constant"]
WhyCode = Literal[
    "accumulated",
    "accumulated_repeatedly",
    "assigned",
    "frozen",
    "no_backward",
    "backward_failed",
    "unused",
    "only_skipped",
    "cut",
    "not_on_path",
    "returned",
    "none_returned",
    "non_leaf",
    "cleared",
    "unknown",
]
"""The reason for what a `.grad` contains.

`unknown`: the record ends before the answer, so no reason is given.
"""
ClauseKind = Literal[
    # .grad has a value
    "accumulated", "added", "assigned_before", "retained", "accumulated_repeatedly",
    "set_otherwise", "zeroed", "assigned", "set_after_limit", "set_unrecorded",
    # what introduces the clauses after it
    "is_none", "not_since", "not_reached_either", "recorded",
    # .grad is None: the tensor
    "frozen", "frozen_what_if", "frozen_before", "cannot_require_grad", "not_asked_for_grad",
    "history_dropped", "result_unrecorded", "name_taken", "parametrized", "result",
    "result_unseen", "retained_late", "leaves", "cleared", "had_one", "had_been_filled",
    "had_been_assigned", "replaced", "made_again",
    # .grad is None: the passes
    "no_backward", "no_backward_before_error", "only_returned", "no_pass_yet", "not_reached_yet",
    "not_read", "not_used_yet", "not_passed_yet", "none_after_limit", "none_unrecorded",
    "pass_failed", "pass_refused", "returned", "none_returned", "none_returned_unseen",
    # .grad is None: the path
    "never_used", "unused", "only_copied", "only_skipped", "used_too_early", "too_late",
    "cut_everywhere", "cut_through", "cut_also", "cut_again", "cut_elsewhere", "led_nowhere",
    "others_skipped", "not_on_path", "not_in_gradients", "used_after", "not_asked_for",
    "not_connected",
    # fixes
    "call_backward", "require_grad", "update_in_place", "make_parameter", "retain_grad",
    "retain_or_detach", "read_originals", "read_earlier", "require_earlier", "let_through",
    "backward_after", "clear_between", "use_returned", "return_gradient", "return_gradient_unseen",
    "ask_for",
]  # fmt: skip
"""What a clause says; `app.session.explain.texts` has the words."""
PartialBecause = Literal[
    "stopped", "timeout", "max_ops", "crashed", "out_of_memory", "raised", "lost_rows", "running"
]
TrainState = Literal[
    "trained",
    "no_step",
    "stepped_without_gradient",
    "frozen",
    "moved_while_frozen",
    "unchanged",
    "cut",
    "not_on_path",
    "only_skipped",
    "unused",
    "unknown",
]
"""What happened to a parameter in training; the last five mean what they mean as `WhyCode`.

`trained`: a gradient arrived and an optimizer step used it.  `no_step`: a gradient arrived and no
optimizer step used it.  `stepped_without_gradient`: in an optimizer that stepped while `.grad` was
None or all zero.  `moved_while_frozen`: frozen, and changed by a step all the same.
"""
NoteCode = Literal[
    "compiled",
    "scripted",
    "transformed",
    "unseen",
    "unsupported",
    "incomplete",
    "magic",
    "children",
    "what_if",
]
FactKind = Literal[
    "requires_grad",
    "grad_assigned",
    "grad_cleared",
    "grad_zeroed",
    "grad_read",
    "retain_grad",
    "none_returned",
]
OperationId = Annotated[int, "operation"]
TensorId = Annotated[int, "tensor"]
ModuleId = Annotated[int, "module"]
SpanId = Annotated[int, "grad mode span"]
PassId = Annotated[int, "backward pass"]
OptimizerStepId = Annotated[int, "optimizer step"]
RecomputationId = Annotated[int, "recomputation"]
NodeId = Annotated[int, "autograd node"]
FileRef = Annotated[FileId, "file"]
FIRST = FileId(0)
Number = float | Literal["nan", "inf", "-inf"]
"""A number as the document holds it: JSON has no NaN and no infinities."""


@dataclass(slots=True)
class Cell:
    """A cell of a notebook, or of a text with `# %%` marks: its lines without the mark.

    `number` is its place among the cells of code.  `seconds` is how long it ran, None if it did
    not begin (our addition).
    """

    line: int
    end_line: int
    kind: Literal["code", "markdown"]
    number: int | None
    seconds: float | None = None


@dataclass(slots=True)
class Snippet:
    path: str | None
    text: str
    cells: list[Cell] = field(default_factory=list)


@dataclass(slots=True)
class File:
    """A file whose code ran; the one with id 0 is the snippet.

    `user` files belong to the user, `library` files to a package that was followed on demand.
    `text` is what ran; None if it is too large to keep.  `lines` says which of its lines ran, for
    other files than the snippet, for which `Trace.lines` does; None where that is not known.
    """

    id: FileId
    path: str | None
    kind: FileKind
    text: str | None
    lines: Lines | None = None


@dataclass(slots=True)
class Partial:
    """The record ends before the program did: nothing follows from what is absent after
    `after_event`, the last event recorded.  `inside` is what was running then."""

    because: PartialBecause
    after_event: int
    inside: Phase


class Change(NamedTuple):
    """A change for one run, which leaves the text as it is.

    `target` is a line for `without` ("9" of the snippet, "lib/freeze.py:6" of another file), a
    pattern of names for `freeze`, `unfreeze`, `eval` and `train`, and empty for a mode.
    """

    kind: ChangeKind
    target: str = ""

    @property
    def place(self) -> tuple[str | None, int] | None:
        """The path (None for the snippet) and the line of a `without`; None for other kinds."""
        if self.kind != "without":
            return None
        path, _, line = self.target.rpartition(":")
        return path or None, int(line)


@dataclass(slots=True)
class WhatIf(Placed):
    """A change that was made for the run, and what it applied to (our addition).

    `matched` has the regions and calls that were left out, or the names of the parameters and
    modules; it is empty where nothing matched, and for a mode.  `tensors` are identities.  `line`
    is that of a `without`, None while its file did not run.  `changed` counts the parameters or
    modules that the program used in a state that they would not have had; None if unknown.
    """

    kind: ChangeKind
    target: str = ""
    matched: list[str] = field(default_factory=list)
    tensors: list[int] = field(default_factory=list)
    modules: list[ModuleId] = field(default_factory=list)
    line: int | None = None
    file: FileRef = FIRST
    changed: int | None = None

    @property
    def change(self) -> Change:
        return Change(self.kind, self.target)


@dataclass(slots=True)
class RunInfo:
    """How the text ran and where.

    `status` "running" is our addition: the run goes on, and the window shows its beginning.
    """

    status: RunStatus
    device: str
    mode: Mode
    seed: int | None
    torch: str
    python: str
    seconds: float
    truncated: bool
    host: str = ""
    """The name of the machine (our addition)."""
    system: str = ""
    """Its operating system and kind of processor: "Linux x86_64" (our addition)."""
    partial: Partial | None = None
    last_line: int | None = None
    """The last line that was to run, None for the whole text (our addition)."""
    iterations: int | None = None
    """After how many optimizer steps the run ended because that was asked for; None if it ended
    otherwise (our addition)."""
    begins_late: bool = False
    """Whether only a block of a running program was recorded: what was there before it, models and
    optimizers, is known from its uses alone (our addition)."""
    rank: int | None = None
    """Which process of a distributed run this is, from `RANK` (our addition)."""
    world: int | None = None
    """The number of its processes, from `WORLD_SIZE` (our addition)."""
    child: int | None = None
    """Which of the processes that the program started this is, from 1; None for itself
    (our addition)."""
    language: str = "en"
    """The language of the sentences in the document, "zh-CN" (our addition)."""
    what_if: list[WhatIf] = field(default_factory=list)
    """The changes made for this run (our addition); empty for a run as written."""

    def __post_init__(self) -> None:
        """Let a `mode` in a document without `what_if` be the change that it is."""
        if self.mode != "as-written" and not self.what_if:
            self.what_if = [WhatIf(self.mode)]


@dataclass(slots=True)
class FailedCall:
    """The call into torch that raised the error (our addition).

    `inputs` are the tensors that went in, as they were.  `backward_pass` is the pass that failed.
    `module` is the module in whose forward the call was made.  For a deep copy `attribute` is the
    attribute of the copied object that holds the tensor: "cache", "encoder.state".  For an
    optimizer that was given no parameters `iterator` is the type of the iterator in their place
    ("generator", "filter"; None for a list), and `attribute` the variable that holds it.
    """

    name: str
    qualified_name: str
    inputs: list[TensorId]
    grad_mode: bool
    inference: bool
    event: int
    backward_pass: PassId | None = None
    module: ModuleId | None = None
    attribute: str | None = None
    iterator: str | None = None


@dataclass(slots=True)
class Error(PlacedRange):
    type: str
    message: str
    line: int | None
    column: int | None
    traceback: str
    hint: str | None
    end_line: int | None = None
    end_column: int | None = None
    """The column at which the expression that raised it ends (our addition)."""
    call: FailedCall | None = None
    """None if torch did not raise the error."""
    file: FileRef = FIRST


@dataclass(slots=True)
class Output:
    stdout: str
    stderr: str
    truncated: bool


PICTURE_LEVELS, PICTURE_BINS = 240, 24
PICTURE_NOT_FINITE = 255


@dataclass(slots=True)
class Picture:
    """A coarse picture of many real numbers (our addition).

    `levels` holds `rows` times `columns` of them, evenly spaced, in row-major order: a byte each,
    in base64.  Level 0 begins at `low`, the least finite value, 239 ends at `high`, the greatest,
    and 255 means NaN or an infinity.  `counts` says of all finite values how many lie in each
    of 24 equal parts from `low` to `high`; it is None where they were not counted.
    """

    rows: int
    columns: int
    low: float
    high: float
    levels: str
    counts: list[int] | None = None


@dataclass(slots=True)
class Summary:
    """A summary of a tensor's values.  `norm` is the 2-norm, `std` the unbiased deviation.

    Where `sampled`, mean, std, norm and zeros are those of a sample; min, max, nan and inf are
    exact.
    """

    numel: int
    values: Any
    min: Number | None
    max: Number | None
    mean: Number | None
    std: Number | None
    norm: Number | None
    nan: int
    inf: int
    zeros: int
    sampled: bool
    picture: Picture | None = None
    """Of more than 64 real numbers, not all equal (our addition)."""


@dataclass(frozen=True, slots=True)
class Cause(Placed):
    """What switched recording off: `line` is where the snippet entered it."""

    kind: CauseKind
    line: int | None
    text: str
    module: str | None = None
    """For `library`: the name of the module that entered the region (our addition)."""
    file: FileRef = FIRST


class LoopPass(NamedTuple):
    """A pass of the loop that begins on `line` (in the document, an array of the four).

    `entry` counts how often that loop had been entered before, `passed` the passes since then,
    those without any call into torch included.
    """

    line: int
    entry: int
    passed: int
    file: FileRef = FIRST

    @property
    def spot(self) -> int:
        return spot(self.file, self.line)


class Frame(NamedTuple):
    """A place in a function that was running (in the document, an array of the three)."""

    file: FileRef
    line: int
    function: str

    @property
    def spot(self) -> int:
        return spot(self.file, self.line)


@dataclass
class Operation(PlacedRange):
    id: int
    name: str
    qualified_name: str
    line: int | None
    end_line: int | None
    column: int | None
    end_column: int | None
    parent: OperationId | None
    module: ModuleId | None
    occurrence: int
    phase: Phase
    inputs: list[TensorId]
    outputs: list[TensorId]
    in_place: bool
    status: Status
    reason: Reason
    would_record: bool
    cause: Cause | None
    grad_fn: list[str]
    saved_bytes: int
    seconds: float
    event: int = 0
    """Position in the run's order of events, shared by operations, spans, steps and facts."""
    mutates: list[TensorId] = field(default_factory=list)
    """New tensors for inputs that were changed in place and not returned (running_mean)."""
    grad_mode: bool = True
    inference: bool = False
    """The modes at the time of the call."""
    loops: list[LoopPass] = field(default_factory=list)
    """The passes of the snippet's `for` and `while` loops that the call was made in, outermost
    first.  A loop around the call of a function is around what the function does."""
    optimizer_step: OptimizerStepId | None = None
    """For phase "optimizer": the OptimizerStep that it is part of."""
    backward_pass: PassId | None = None
    """For phase "backward": the BackwardPass in which a hook or a custom backward made the call."""
    recomputation: RecomputationId | None = None
    """The Recomputation that it is part of: it had been computed before, in the forward pass."""
    set_up: SetUp | None = None
    """Made by a library while it constructed a module (`DistributedDataParallel(net)`) or while
    `copy.deepcopy` copied one: it prepares what the program uses later."""
    file: FileRef = FIRST
    stack: tuple[Frame, ...] = ()
    """The user's frames that led to the call, innermost first: the first is at `line`."""
    call_columns: tuple[int | None, ...] = ()
    """For each frame, in characters, where the call that leads to the next frame in begins, which
    distinguishes two calls on one line; None for the innermost frame and where it is not known, and
    nothing where all are None (our addition)."""


class GroupRate(NamedTuple):
    """A parameter group of an optimizer: the number of its parameters and its `lr`.

    None where that is not a finite number, or is one that only a GPU has.
    """

    parameters: int
    rate: float | None


@dataclass(slots=True)
class OptimizerStep(Placed):
    """A call of `Optimizer.step`: the `step`-th (0-based) of the `optimizer`-th optimizer.

    `rates` are the learning rates when it was called, in the order of the parameter groups (our
    addition).
    """

    id: int
    optimizer: int
    type: str
    step: int
    line: int | None
    loops: list[LoopPass] = field(default_factory=list)
    event: int = 0
    end_event: int | None = None
    file: FileRef = FIRST
    rates: list[GroupRate] = field(default_factory=list)


@dataclass(slots=True)
class Update:
    """What an iteration did to a parameter, named by identity.

    `grad_norm` is that of `.grad` before the step (None: it had none), `value_norm` that of the
    parameter then, and `update_ratio` the norm of the change over it (None where that is not
    known, or the value was zero).  `sampled`: estimated from a sample of its elements.
    """

    tensor: int
    grad_norm: Number | None
    value_norm: Number
    update_ratio: Number | None
    sampled: bool


@dataclass(slots=True)
class Iteration:
    """A step of the `optimizer`-th optimizer; where nothing steps, a backward pass (-1).

    `event` is the one at which the step began, or the pass ended.  `loss` is the sum of what
    backward was called on since the iteration before.
    """

    event: int
    optimizer: int
    loss: Number | None
    of: list[Update]


@dataclass(slots=True)
class Optimizer(Placed):
    """An optimizer of the snippet, in the order in which they were made (our addition).

    `parameters` are the tensors that it was given, as they were then.  `number` is what its
    OptimizerSteps call it; None where it never made a step.
    """

    id: int
    type: str
    line: int | None
    parameters: list[TensorId]
    number: int | None = None
    event: int = 0
    """When it was made."""
    file: FileRef = FIRST


@dataclass(slots=True)
class ModuleMode(Placed):
    """From `event` on the calls of a module found it in this mode (our addition).

    `line` is where the snippet called `train()` or `eval()`; None where it did not.
    """

    module: ModuleId
    training: bool
    line: int | None
    event: int
    file: FileRef = FIRST


@dataclass(slots=True)
class Recomputation(Placed):
    """A part of the forward pass that `checkpoint` computed again, during a backward pass.

    `line` is where the snippet started that pass.
    """

    id: int
    line: int | None
    event: int = 0
    end_event: int | None = None
    file: FileRef = FIRST


@dataclass(slots=True)
class Note(Placed):
    """Something that the reader of the trace should know (our addition).

    `compiled`: `torch.compile` was asked for, and what it was to compile ran as plain Python.
    `scripted`: TorchScript ran what it had compiled, which is one operation here.
    `transformed`: a transform of `torch.func` ran; what its functions compute with represents
    batches or derivatives, and has no values of its own to show.
    `unseen`: something that looks at code by running it (`torch.export`, `torch.jit.trace`,
    `torch._dynamo.explain`) ran a part of the program, and what that did is not recorded.
    `unsupported`: this torch lacks a name that the tracer uses, and a detail is not recorded.
    `incomplete`: something is missing: a call could not be described, which is a fault of the
    tracer, or this torch lacks a name without which a part of the run is not recorded.
    `magic`: a line for IPython in a cell, which is a comment and did not run.
    `children`: the program started processes that are not in this trace.
    `what_if`: torch refused a change of a what-if.
    """

    code: NoteCode
    line: int | None
    text: str
    event: int = 0
    file: FileRef = FIRST


@dataclass
class Tensor(Placed):
    id: int
    name: str | None
    kind: TensorKind
    shape: list[int]
    dtype: str
    device: str
    requires_grad: bool
    is_leaf: bool
    is_inference: bool
    is_view_of: TensorId | None
    storage: int
    grad_fn: str | None
    line: int | None
    summary: Summary
    identity: int = 0
    """Equal for the successive values of one variable: an in-place update keeps it."""
    file: FileRef = FIRST


@dataclass(slots=True)
class ModuleCall:
    """When a call of a module began, and the module inside of whose forward it was made."""

    event: int
    inside: ModuleId | None


@dataclass(slots=True)
class Module:
    id: int
    path: str
    type: str
    parent: ModuleId | None
    training: bool
    calls: int
    parameters: list[TensorId]
    mode_sensitive: bool
    registered: bool = True
    """False for one that the module around it keeps in a plain list or dict, where `parameters()`
    does not find it (our addition)."""
    called: list[ModuleCall] = field(default_factory=list)
    """Its calls, in order (our addition)."""
    requires_grad: bool | None = None
    """What the program set as an attribute `requires_grad` of the module itself, which freezes
    nothing; None if it did not (our addition)."""


@dataclass(slots=True)
class GradModeSpan(PlacedRange):
    id: int
    kind: SpanKind
    cause: Cause
    line: int | None
    end_line: int | None
    first_op: OperationId | None
    last_op: OperationId | None
    parent: SpanId | None
    enabled: bool = False
    """What the span sets grad mode (or, for inference_mode, inference mode) to."""
    event: int = 0
    end_event: int | None = None
    effective: bool = True
    """False in a what-if that asks for the contrary: the span is in the snippet and did nothing
    (our addition)."""
    file: FileRef = FIRST


@dataclass(slots=True)
class AutocastRegion(PlacedRange):
    """A region of autocast that the program enters (our addition).

    `enabled` and `dtype` are what is in force for `device` inside; autocast decides call by call
    which of them run in `dtype`.
    """

    id: int
    device: str
    dtype: str
    enabled: bool
    line: int | None
    end_line: int | None
    event: int
    end_event: int | None = None
    file: FileRef = FIRST

    @property
    def text(self) -> str:
        """What it is in code."""
        setting = self.dtype if self.enabled else "enabled=False"
        return f'torch.autocast("{self.device}", {setting})'


@dataclass(slots=True)
class SavedTensor:
    """What an autograd node keeps for backward.  `name` is torch's: "self", "mat1", "result"."""

    name: str
    shape: list[int]
    dtype: str
    bytes: int
    storage: int | None = None
    """The `storage` of the tensors that share its memory, where one is known."""


@dataclass(slots=True)
class KeptStorage:
    """A storage that saved tensors keep alive, from `event` until `end_event` (our addition).

    `memory` is equal where the same storage is kept again later.  `bytes` is the size of the whole
    storage, and `storage` that of the tensors on it, where one is known.  `operation` made the
    first node that keeps it; None if a backward pass made that node.  `end_event` is the step of
    the backward pass after which no node keeps it, or the first event after the graph was dropped;
    None if nodes keep it until the record ends.  `outlived` says whether something else still kept
    it alive then, such as a variable of the program.
    """

    memory: int
    bytes: int
    event: int
    end_event: int | None
    operation: OperationId | None
    storage: int | None
    outlived: bool | None


class ChangedSaved(NamedTuple):
    """A saved tensor that autograd found changed in place since (in the document, an array).

    `node` is the AutogradNode that had saved it, `name` what the node calls it.
    """

    node: NodeId
    name: str


@dataclass(slots=True)
class AutogradNode:
    """A node that a backward pass could reach (our addition).

    `operation` made it; for an AccumulateGrad `tensor` is the leaf that it adds to.  `next` are the
    ids of the nodes that it passes gradients on to, as torch's `next_functions` give them.
    """

    id: int
    name: str
    operation: OperationId | None
    tensor: TensorId | None
    next: list[NodeId]
    saved: list[SavedTensor]


@dataclass(slots=True)
class BackwardStep:
    grad_fn: str
    operation: OperationId | None
    grad: Summary | None
    shape: list[int]
    tensor: TensorId | None = None
    """The leaf that an AccumulateGrad step added to."""
    event: int = 0
    made_in: PassId | None = None
    """The backward pass (with `create_graph`) that made the node: then no operation did."""
    node: NodeId | None = None
    """The AutogradNode that ran."""


@dataclass(slots=True)
class BackwardPass(Placed):
    id: int
    call: Literal["backward", "autograd.grad"]
    line: int | None
    roots: list[TensorId]
    ok: bool
    steps: Sequence[BackwardStep]
    accumulated_into: list[TensorId]
    inputs: list[TensorId] = field(default_factory=list)
    """What `autograd.grad` (or `backward(inputs=...)`) was asked for."""
    event: int = 0
    end_event: int | None = None
    """When the pass was over; None where the run broke off inside it."""
    loops: list[LoopPass] = field(default_factory=list)
    """As in Operation."""
    changed: list[ChangedSaved] = field(default_factory=list)
    """For a pass that failed: what could not be used any more."""
    interrupted: bool = False
    """The record ends inside it, and nothing in it failed; `ok` is False (our addition)."""
    returned: list[TensorId | None] = field(default_factory=list)
    """For `autograd.grad`: the gradient returned for each of `inputs`, None where there is none
    (our addition)."""
    outlived: list[TensorId] = field(default_factory=list)
    """For `backward`: the oldest results of recorded operations, at most 64, that were there when
    the pass before it on the same line began and that the program still held when this one did
    (our addition)."""
    file: FileRef = FIRST


@dataclass(slots=True)
class Clause(Placed):
    """A statement that a reason makes or a fix that it has, to be put into words (our addition).

    It speaks of `operations`, backward `passes` and `tensors`, of a `line` of the snippet and of a
    `count`, as far as its kind does.
    """

    kind: ClauseKind
    operations: list[OperationId] = field(default_factory=list)
    passes: list[PassId] = field(default_factory=list)
    tensors: list[TensorId] = field(default_factory=list)
    line: int | None = None
    count: int = 0
    file: FileRef = FIRST


class Place(NamedTuple):
    """A line of one of the files that ran; file 0 is the snippet (in the document, an array)."""

    file: FileRef
    line: int

    @property
    def spot(self) -> int:
        return spot(self.file, self.line)


def places_of(spots: Iterable[int]) -> list[Place]:
    return [Place(file, line) for line, file in map(line_and_file, spots)]


@dataclass(slots=True)
class Why:
    """`text` and `fix` are what `clauses` and `advice` say, without marks around code.

    `places` are all that it names, `lines` those of the snippet.
    """

    code: WhyCode
    text: str
    operations: list[OperationId]
    lines: list[int]
    fix: str | None
    cuts: list[OperationId] = field(default_factory=list)
    """For `cut`: the skipped operations at which the gradient stops, nearest to the loss first."""
    cuts_elsewhere: list[OperationId] = field(default_factory=list)
    """The nearest cut in each of the other backward passes, the first and the last ones: mostly
    the same call in other iterations."""
    clauses: list[Clause] = field(default_factory=list)
    advice: Clause | None = None
    places: list[Place] = field(default_factory=list)

    @property
    def spots(self) -> list[int]:
        return [place.spot for place in self.places] or self.lines

    @spots.setter
    def spots(self, spots: list[int]) -> None:
        self.places = places_of(spots)
        self.lines = [place.line for place in self.places if not place.file]


@dataclass(slots=True)
class Gradient:
    tensor: TensorId
    name: str
    requires_grad: bool
    grad: Summary | None
    shape: list[int] | None
    passes: list[PassId]
    why: Why


@dataclass(slots=True)
class Edit:
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    file: FileRef = FIRST


@dataclass(slots=True)
class Fix:
    """`effect` says what the edited text did in a hidden run: "`G` gets gradients, no error".

    `untried` says why the edits were not run: then nothing is known of what they do.  Both are
    None where there are no edits (our additions).
    """

    description: str
    edits: list[Edit]
    effect: str | None = None
    untried: str | None = None


@dataclass(slots=True)
class Finding(Placed):
    """`title`, `text` and the fix's description have code between backquotes.

    `since` is the event of the iteration in which it began; None where no iteration is known.
    """

    code: str
    severity: Literal["error", "warning", "info"]
    line: int | None
    title: str
    text: str
    operations: list[OperationId]
    tensors: list[TensorId]
    fix: Fix | None
    file: FileRef = FIRST
    since: int | None = None


@dataclass(slots=True)
class Fact(Placed):
    """Something that happened to a tensor and is not an operation (our addition).

    `requires_grad` set to `value`, `grad_assigned` and `grad_cleared` by hand or by `zero_grad`,
    `grad_zeroed` in place, `grad_read`, `retain_grad`, `none_returned` by a custom backward.
    `stack` are the user's frames that led to `requires_grad`, as for an operation.
    """

    kind: FactKind
    tensor: TensorId
    line: int | None
    value: bool
    event: int
    file: FileRef = FIRST
    stack: list[Frame] = field(default_factory=list)


@dataclass(slots=True)
class CameBack:
    """An operation took in Python or NumPy values that other operations had made (our addition).

    `sources` are those operations (`item`, `tolist`, `numpy`).  Reported only if the very object
    that one of them returned, or a view of it, was given to the call.
    """

    operation: OperationId
    sources: list[OperationId]


@dataclass(slots=True)
class GradientReading:
    """The `.grad` of a tensor at a moment of the run (our addition).

    Read after each backward pass for every tensor that it reached, and after `.grad = ...`.
    `grad` and `shape` are None where there was none.
    """

    tensor: TensorId
    event: int
    grad: Summary | None
    shape: list[int] | None


@dataclass(slots=True)
class TrainingGroup:
    """Parameters to which the same thing happened for the same reason.

    `names` and `tensors` go together, in the module's order.  `elements` counts their elements.
    `places` are the lines that froze, cut or would have to change.  `text` is a sentence about
    them, with code between backquotes.
    """

    state: TrainState
    names: list[str]
    tensors: list[TensorId]
    elements: int
    places: list[Place]
    text: str


@dataclass(slots=True)
class Training:
    """What the run trained: each parameter of each module and each tensor given to an optimizer.

    `parameters` and `trained` count tensors, `elements` and `trained_elements` their elements.
    `verdict` is the first thing to say of the run: "Trains 2 of 217 parameters. …".
    """

    parameters: int
    trained: int
    elements: int
    trained_elements: int
    verdict: str
    groups: list[TrainingGroup]


class LineRange(NamedTuple):
    """Lines from the first to the last, both included (in the document, an array of the two)."""

    first: int
    last: int


@dataclass(slots=True)
class Lines:
    """The lines of the snippet with a statement that ran, and those with one that did not.

    A statement that began and raised has run.  Of a compound statement (`if`, `def`) its head is
    meant.  Lines without a statement (blank ones, comments, docstrings, `else:`) are neither, and
    so are those of functions that did not run as Python (TorchScript).
    """

    ran: list[LineRange]
    not_run: list[LineRange]


LAST_SECOND = 1e11
"""No clock goes further."""


class TimeAt(NamedTuple):
    """When an event was, in seconds since `Clock.began` (in the document, an array of the two)."""

    event: int
    seconds: float


@dataclass(slots=True)
class Wait(Placed):
    """A rank waited for the others, from `seconds` to `end_seconds`; None if its record ends there.

    `what` is the function of `torch.distributed` that waited, "" where the program waited itself
    for what an asynchronous one returned, "backward" for the end of a pass of
    DistributedDataParallel.
    """

    what: str
    line: int | None
    event: int
    seconds: float
    end_event: int | None = None
    end_seconds: float | None = None
    file: FileRef = FIRST


@dataclass(slots=True)
class Clock:
    """When things happened in a rank of a distributed run (our addition).

    `began` is when it began, in seconds since 1970 (UTC) by the clock of its machine.  `times` are
    those of some events, ascending: what happened between two of them was less than 0.2 ms after
    the first, or one call lasted that long.
    """

    began: float
    times: list[TimeAt]
    waits: list[Wait] = field(default_factory=list)


@dataclass(slots=True)
class Trace:
    """A whole trace document."""

    format: str
    version: int
    snippet: Snippet
    run: RunInfo
    error: Error | None
    output: Output
    operations: Sequence[Operation]
    tensors: Sequence[Tensor]
    modules: list[Module]
    grad_modes: list[GradModeSpan]
    backward_passes: list[BackwardPass]
    gradients: list[Gradient]
    findings: list[Finding]
    facts: list[Fact] = field(default_factory=list)
    gradient_readings: Sequence[GradientReading] = field(default_factory=list)
    optimizer_steps: list[OptimizerStep] = field(default_factory=list)
    recomputations: list[Recomputation] = field(default_factory=list)
    came_back: list[CameBack] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    autograd_nodes: Sequence[AutogradNode] = field(default_factory=list)
    lines: Lines | None = None
    """Which lines ran (our addition); None where that is not known."""
    optimizers: list[Optimizer] = field(default_factory=list)
    module_modes: list[ModuleMode] = field(default_factory=list)
    training: Training | None = None
    """None where the run has no parameter."""
    iterations: list[Iteration] = field(default_factory=list)
    kept: Sequence[KeptStorage] = field(default_factory=list)
    """What was kept for backward, by the event at which that began (our addition)."""
    autocasts: list[AutocastRegion] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    """What ran (our addition); empty in a document that knows of the snippet only."""
    clock: Clock | None = None
    """Of a rank of a distributed run (our addition)."""
