"""Rules for the shapes that a call expects, by the call's name."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from math import prod
from typing import NamedTuple

from app.contract.records import Edit, Module, Tensor
from app.session.findings.case import Case
from app.session.findings.raised import shape_edits
from app.session.language import number, tr


class RefusedCall(NamedTuple):
    """The call that failed, with its tensors, its message and the module that made it."""

    case: Case
    name: str
    message: str
    inputs: list[Tensor]
    module: Module | None


class Mismatch(NamedTuple):
    """What a call expects of some of its tensors; `given` are those tensors."""

    rule: str
    given: Sequence[Tensor]
    advice: str | None = None
    edits: Sequence[Edit] = ()
    title: str | None = None


Rule = Callable[[RefusedCall], Mismatch | None]
_SHAPE_WORDS = re.compile(r"\b(sizes?|shapes?|dimensions?|dims?|[0-9]D)\b", re.IGNORECASE)
_LONGEST = 48
"""Characters of an expression that a sentence quotes."""
_OTHER_CAUSE = ("stride", "more than 1 value per channel", "memory", "non-negative stride")


def caller(call: RefusedCall) -> str:
    """ "`head.norm` (LayerNorm)", "`a @ b`", "`add` in `net.0` (EncoderLayer)"."""
    module = call.module
    if module is None or _is_the_snippets(call, module):
        return f"`{_expression(call) or call.name}`"
    known = f"`{module.path}`"
    if module.path != module.type:
        known = f"`{module.path}` ({module.type})"
    if _is_its_own(call):
        return known
    return tr("{function} in {module}").format(function=f"`{call.name}`", module=known)


def _is_the_snippets(call: RefusedCall, module: Module) -> bool:
    """Whether the snippet defines the module's class."""
    return any(one.name == module.type for one in call.case.source.parts(ast.ClassDef))


def _expression(call: RefusedCall) -> str:
    """The expression that failed, "" where it is long."""
    node = shape_edits.failed_expression(call.case)
    text = "" if node is None else call.case.source.segment(node)
    return "" if len(text) > _LONGEST or "\n" in text else text


def _is_its_own(call: RefusedCall) -> bool:
    """Whether the module's class, and no code of the snippet's in it, made the call."""
    return call.module is not None and call.module.type in _MODULES.get(call.name, (call.name,))


def shape_words(shape: Sequence[int | str]) -> str:
    return "[" + ", ".join(map(str, shape)) + "]"


# -------------------------------------------------------------------- modules and their functions


def _wants(call: RefusedCall, wanted: Sequence[int | str]) -> str:
    text = tr("{call} expects {wanted}.")
    return text.format(call=caller(call), wanted=shape_words(wanted))


def _features(call: RefusedCall, wanted: int, got: int, shape: Sequence[int | str]) -> Mismatch:
    """A layer made for another number of features than it got."""
    edits = shape_edits.constructor(call.case, call.module, wanted, got)
    advice = tr("Change the layer's input size from {wanted} to {got}, or change what it is given.")
    return Mismatch(
        _wants(call, shape), call.inputs[:1], advice.format(got=got, wanted=wanted), edits
    )


def _linear(call: RefusedCall) -> Mismatch | None:
    if len(call.inputs) < 2 or not call.inputs[0].shape:
        return None
    given, wanted = call.inputs[0].shape, call.inputs[1].shape[-1]
    if given[-1] == wanted:
        return None
    for start in range(1, len(given) - 1):
        if prod(given[start:]) == wanted:
            edits = shape_edits.on_argument(call.case, call.inputs[0], f".flatten({start})")
            advice = tr("Flatten the last {count} dimensions first: `.flatten({start})`.")
            advice = advice.format(count=len(given) - start, start=start)
            return Mismatch(_wants(call, ["*", wanted]), call.inputs[:1], advice, edits)
    return _features(call, wanted, given[-1], ["*", wanted])


def _layer_norm(call: RefusedCall) -> Mismatch | None:
    match = re.search(r"normalized_shape=\[([\d, ]+)\]", call.message)
    if match is None:
        return None
    wanted = [int(size) for size in match[1].split(",")]
    given = call.inputs[0].shape
    if len(wanted) == 1 and given:
        return _features(call, wanted[0], given[-1], ["*", *wanted])
    return Mismatch(_wants(call, ["*", *wanted]), call.inputs[:1])


def _batch_norm(call: RefusedCall) -> Mismatch | None:
    given = call.inputs[0].shape
    if len(call.inputs) < 2 or len(given) < 2 or given[1] == call.inputs[1].shape[0]:
        return None
    wanted = call.inputs[1].shape[0]
    return _features(call, wanted, given[1], ["*", wanted, *["*"] * (len(given) - 2)])


def _dimensions(call: RefusedCall) -> Mismatch | None:
    """A normalisation that checks the number of dimensions itself."""
    match = re.search(r"expected (\d)D(?: or (\d)D)? input", call.message)
    if match is None:
        return None
    counts = " or ".join(filter(None, match.groups()))
    text = tr("{call} expects an input of {counts} dimensions.")
    return Mismatch(text.format(call=caller(call), counts=counts), call.inputs[:1])


def _convolution(call: RefusedCall) -> Mismatch | None:
    if len(call.inputs) < 2:
        return None
    given, weight = call.inputs[0].shape, call.inputs[1].shape
    groups = re.search(r"groups=(\d+)", call.message)
    channels = (
        weight[0] if "transpose" in call.name else weight[1] * int(groups[1] if groups else 1)
    )
    sizes = ["*"] * (len(weight) - 2)
    if len(given) == len(sizes) and channels == 1:
        edits = shape_edits.on_argument(call.case, call.inputs[0], "[None]")
        advice = tr("Add the dimension of the channels: `[None]`.")
        return Mismatch(_wants(call, ["*", channels, *sizes]), call.inputs[:1], advice, edits)
    if len(given) not in (len(weight), len(weight) - 1):
        return Mismatch(_wants(call, ["*", channels, *sizes]), call.inputs[:1])
    got = given[-len(sizes) - 1]
    if got != channels:
        return _features(call, channels, got, ["*", channels, *sizes])
    if "Kernel size can't be greater" in call.message:
        text = tr("{call} has a kernel of {kernel}, and its padded input is smaller than that.")
        kernel = shape_words(weight[2:])
        return Mismatch(text.format(call=caller(call), kernel=kernel), call.inputs[:1])
    return None


def _recurrent(call: RefusedCall) -> Mismatch | None:
    match = re.search(r"input.size\(-1\) must be equal to input_size. Expected (\d+)", call.message)
    if match is None or not call.inputs[0].shape:
        return None
    wanted = int(match[1])
    return _features(call, wanted, call.inputs[0].shape[-1], ["*", "*", wanted])


def _attention(call: RefusedCall) -> Mismatch | None:
    match = re.search(r"embedding dimension of (\d+), but got", call.message)
    return None if match is None else Mismatch(_wants(call, ["*", "*", int(match[1])]),
                                               call.inputs[:1])  # fmt: skip


def _embedding(call: RefusedCall) -> Mismatch | None:
    if "out of range" not in call.message or len(call.inputs) != 2:
        return None
    table, indices = call.inputs
    least, greatest = indices.summary.min, indices.summary.max
    if not isinstance(least, (int, float)) or not isinstance(greatest, (int, float)):
        return None
    size, wrong = table.shape[0], greatest if greatest >= table.shape[0] else least
    if 0 <= wrong < size:
        return None
    text = tr("{call} has {size} rows, so an index must be 0 to {last}, and one is {wrong:.0f}.")
    text = text.format(call=caller(call), size=size, last=size - 1, wrong=wrong)
    edits: list[Edit] = []
    if wrong > 0:
        edits = shape_edits.constructor(call.case, call.module, size, int(wrong) + 1)
    advice = tr("Make the table large enough for every index, or correct the indices.")
    return Mismatch(text, [indices], advice, edits, tr("An index is outside of the embedding"))


# ---------------------------------------------------------------------------------------- losses


def _classes(call: RefusedCall) -> Mismatch | None:
    """A loss over classes: logits of [N, C, ...], targets of [N, ...]."""
    if len(call.inputs) < 2:
        return None
    logits, targets = call.inputs[:2]
    if "out of bounds" in call.message and len(logits.shape) > 1:
        text = tr("{call} has {count} classes, so a target must be 0 to {last}.")
        text = text.format(call=caller(call), count=logits.shape[1], last=logits.shape[1] - 1)
        return Mismatch(text, [targets], None, (), tr("A target is not a class of the logits"))
    wanted = [*logits.shape[:1], *logits.shape[2:]]
    if len(logits.shape) < 2 or targets.shape in (wanted, logits.shape):
        return None
    text = tr(
        "{call} expects targets of {wanted} for logits of {logits}: the classes are dimension 1."
    )
    text = text.format(call=caller(call), wanted=shape_words(wanted),
                       logits=shape_words(logits.shape))  # fmt: skip
    if len(logits.shape) == 3 and targets.shape == logits.shape[:2]:
        advice = tr("Move the classes to dimension 1: `.transpose(1, 2)`.")
        edits = shape_edits.on_argument(call.case, logits, ".transpose(1, 2)")
        return Mismatch(text, [logits, targets], advice, edits)
    return Mismatch(text, [logits, targets])


def _same_shape(call: RefusedCall) -> Mismatch | None:
    if len(call.inputs) < 2 or call.inputs[0].shape == call.inputs[1].shape:
        return None
    one, other = call.inputs[:2]
    text = tr("{call} expects two tensors of one shape.").format(call=caller(call))
    if [n for n in one.shape if n != 1] != [n for n in other.shape if n != 1]:
        return Mismatch(text, [one, other])
    name = call.case.run.name(one.id)
    edits = [] if name is None else shape_edits.on_argument(call.case, other, f".view_as({name})")
    advice = tr("Give both the same shape, for example with `.view_as()`.")
    return Mismatch(text, [one, other], advice, edits)


# ------------------------------------------------------------------------------------- functions


def _product(call: RefusedCall) -> Mismatch | None:
    if len(call.inputs) < 2:
        return None
    left, right = call.inputs[-2:] if call.name.startswith(("addm", "badd")) else call.inputs[:2]
    if not left.shape or not right.shape:
        return None
    rows = right.shape[-2] if len(right.shape) > 1 else right.shape[0]
    if left.shape[-1] == rows:
        return None
    text = tr(
        "{call} expects the last dimension of the first ({columns}) to equal the one before the "
        "last of the second ({rows})."
    ).format(call=caller(call), columns=left.shape[-1], rows=rows)
    if len(right.shape) > 1 and right.shape[-1] == left.shape[-1]:
        edits = shape_edits.on_argument(call.case, right, ".mT")
        return Mismatch(text, [left, right], tr("Transpose the second: `.mT`."), edits)
    return Mismatch(text, [left, right])


def _joined(call: RefusedCall) -> Mismatch | None:
    match = re.search(r"except in dimension (\d+)", call.message)
    first = call.inputs[0]
    other = next((t for t in call.inputs if t.shape != first.shape), None)
    if other is None:
        return None
    if match is None:
        text = tr("{call} expects tensors of one shape.").format(call=caller(call))
        return Mismatch(text, [first, other])
    text = tr("{call} expects shapes that differ in dimension {dim} alone.")
    text = text.format(call=caller(call), dim=match[1])
    pairs = zip(first.shape, other.shape, strict=False)
    differing = [dim for dim, (one, two) in enumerate(pairs) if one != two]
    if len(first.shape) == len(other.shape) and len(differing) == 1:
        advice = tr("Join them along dimension {dim}: `dim={dim}`.").format(dim=differing[0])
        edits = shape_edits.dimension(call.case, call.name, differing[0])
        return Mismatch(text, [first, other], advice, edits)
    return Mismatch(text, [first, other])


def _reshaped(call: RefusedCall) -> Mismatch | None:
    match = re.search(r"shape '\[([-\d, ]+)\]' is invalid for input of size", call.message)
    if match is None:
        return None
    wanted = [int(size) for size in match[1].split(",")]
    tensor = call.inputs[0]
    if -1 in wanted:
        known = abs(prod(wanted))
        text = tr("{call} to {wanted} expects a multiple of {count} elements, and there are {got}.")
    else:
        known = prod(wanted)
        text = tr("{call} to {wanted} expects {count} elements, and there are {got}.")
    text = text.format(call=caller(call), wanted=shape_words(wanted), count=number(known),
                       got=number(tensor.summary.numel))  # fmt: skip
    return Mismatch(text, [tensor])


def _broadcast(call: RefusedCall) -> Mismatch | None:
    if "must match the size of tensor b" not in call.message or len(call.inputs) < 2:
        return None
    one, other = call.inputs[:2]
    if not _clash(one.shape, other.shape):
        return None
    text = tr(
        "{call} expects sizes that are equal or 1 in each dimension, counted from the last."
    ).format(call=caller(call))
    for small, large in ((one, other), (other, one)):
        lead = len(small.shape)
        if lead < len(large.shape) and small.shape == large.shape[:lead]:
            missing = ", ".join(["..."] + ["None"] * (len(large.shape) - lead))
            advice = tr("Give the smaller one the missing dimensions at its end: `[{missing}]`.")
            edits = shape_edits.on_argument(call.case, small, f"[{missing}]")
            return Mismatch(text, [one, other], advice.format(missing=missing), edits)
    return Mismatch(text, [one, other])


def _clash(one: list[int], other: list[int]) -> bool:
    pairs = zip(reversed(one), reversed(other), strict=False)
    return any(a != b and 1 not in (a, b) for a, b in pairs)


def _whatever(call: RefusedCall) -> Mismatch | None:
    """Return a mismatch for any other call whose message is about shapes."""
    if any(part in call.message for part in _OTHER_CAUSE):
        return None
    if _SHAPE_WORDS.search(call.message) is None:
        return None
    given = [tensor for tensor in call.inputs if tensor.kind != "parameter"] or call.inputs
    rule = tr("{call} cannot work with these shapes: {message}.").format(
        call=caller(call), message=call.message.split("\n")[0].rstrip(". ")
    )
    is_index = "out of bounds" in call.message or "out of range" in call.message
    return Mismatch(rule, given[:3], title=tr("An index is out of range") if is_index else None)


_CONVOLUTIONS = ("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
                 "conv_transpose3d")  # fmt: skip
_PRODUCTS = ("matmul", "rmatmul", "mm", "bmm", "mv", "dot", "addmm", "addmv", "baddbmm")
_SAME = ("binary_cross_entropy", "binary_cross_entropy_with_logits", "mse_loss", "l1_loss",
         "smooth_l1_loss", "huber_loss", "broadcast_tensors")  # fmt: skip
_RULES: dict[str, tuple[Rule, ...]] = {
    "linear": (_linear,),
    "layer_norm": (_layer_norm,),
    "rms_norm": (_layer_norm,),
    "batch_norm": (_batch_norm,),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm2d"),
                    (_dimensions,)),
    **dict.fromkeys(_CONVOLUTIONS, (_convolution,)),
    **dict.fromkeys(("LSTM", "GRU", "RNN"), (_recurrent,)),
    "multi_head_attention_forward": (_attention,),
    "embedding": (_embedding,),
    **dict.fromkeys(("cross_entropy_loss", "nll_loss_nd", "nll_loss"), (_classes,)),
    **dict.fromkeys(_SAME, (_same_shape,)),
    **dict.fromkeys(_PRODUCTS, (_product,)),
    **dict.fromkeys(("cat", "concat", "concatenate", "stack"), (_joined,)),
    **dict.fromkeys(("view", "reshape"), (_reshaped,)),
}  # fmt: skip
_MODULES = {
    "linear": ("Linear",),
    "layer_norm": ("LayerNorm",),
    "rms_norm": ("RMSNorm",),
    "batch_norm": ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"),
    **{name: (f"C{name[1:4]}{name[4:]}",) for name in ("conv1d", "conv2d", "conv3d")},
    **{f"conv_transpose{n}d": (f"ConvTranspose{n}d",) for n in (1, 2, 3)},
    "embedding": ("Embedding",),
    "cross_entropy_loss": ("CrossEntropyLoss",),
    "multi_head_attention_forward": ("MultiheadAttention",),
    "binary_cross_entropy": ("BCELoss",),
    "binary_cross_entropy_with_logits": ("BCEWithLogitsLoss",),
    "broadcast_tensors": ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"),
}
"""The modules of torch's that make these calls."""


def mismatch(call: RefusedCall) -> Mismatch | None:
    """Return the first mismatch that a rule finds, or None."""
    asked = (*_RULES.get(call.name, ()), _broadcast, _whatever)
    return next(filter(None, (rule(call) for rule in asked)), None)
