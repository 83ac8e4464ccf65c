"""Calls every operator and module that torch lists of itself, with and without the recorder.

    python -m tests.tracer.sweep [--shard I/N] [--device D] [NAME ...]

prints one JSON object: for each of them the complaints about it (mostly none).  torch's lists
(`op_db`, `module_db`) bring sample inputs.  An operator is tried as a function, as an in-place
method on a result and on a view of one, and with `out=`; all in grad mode, under no_grad and under
inference_mode, with inputs that require grad and with inputs that do not.

What torch did is looked at without the recorder's help: the nodes that lead from what came out
down to the nodes that were there before.  Importing torch's lists changes settings of torch for
good, which is why this is a program of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from app.tracer.private import next_node_number
from tests.tracer.support import Op, Recording, record, run_plainly
from tests.tracer.trials import Make, Subject, Trial, subjects

MODES = {
    "grad": "result = call()",
    "no_grad": "with torch.no_grad():\n    result = call()",
    "inference_mode": "with torch.inference_mode():\n    result = call()",
}
NUMBERS_END = 1 << 62
"""Nodes that only raise an error have a larger number, whenever they were made."""
CUTS = ("detach", "detach_", "detach_copy", "as_tensor", "tensor", "asarray", "data")
TO_PYTHON = ("item", "equal", "allclose", "tolist", "is_nonzero", "__bool__", "__float__")


@dataclass
class Look:
    """The result of a call, read off torch alone."""

    error: str | None
    outputs: list[Tensor]
    nodes: list[str]
    """The names of the nodes that the call added, in no order."""


# ----------------------------------------------------------------------------------- the judgement


def judge(make: Make, mode: str, compare_values: bool) -> list[str]:
    """What is wrong with the recording of a call in this mode; empty where nothing is."""
    plain_trial, traced_trial = make(), make()
    if plain_trial is None or traced_trial is None:
        return []
    text = "import torch\n" + MODES[mode] + "\n"
    plain = _look(lambda t: run_plainly(text, {"call": t.call}), plain_trial)
    recordings: list[Recording] = []

    def traced_run(trial: Trial) -> dict[str, Any]:
        recordings.append(record(text, variables={"call": trial.call}))
        return recordings[0].variables

    traced = _look(traced_run, traced_trial)
    if plain.error != traced.error:
        return [f"raised {traced.error} instead of {plain.error}"]
    if plain.error is not None:
        return []
    complaints = list(_different(plain, traced, compare_values))
    complaints += _nodes(traced, recordings[0])
    for op in recordings[0].ops:
        complaints += _reason(op, mode)
    return complaints


def _look(run: Callable[[Trial], dict[str, Any]], trial: Trial) -> Look:
    before = _reachable(trial.inputs)
    try:
        result = run(trial)["result"]
    except Exception as error:
        return Look(f"{type(error).__name__}: {error}"[:60], [], [])  # the rest may show values
    end = next_node_number()  # what looking adds (a view's renewed grad_fn) comes after
    outputs = [t for t in pytree.tree_leaves(result) if isinstance(t, Tensor)]
    if not outputs and result is not None:
        outputs = [torch.tensor(leaf) for leaf in pytree.tree_leaves(result) if _is_number(leaf)]
    new = [
        node
        for node in _reachable([*outputs, *trial.inputs]) - before
        if not end <= node._sequence_nr() < NUMBERS_END and not hasattr(node, "variable")
    ]
    names = [node.name().removeprefix("torch::autograd::") for node in new]
    return Look(None, [*outputs, *trial.inputs], names)


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, complex))


def _reachable(tensors: list[Tensor]) -> set[Any]:
    found: set[Any] = set()
    stack = [t.grad_fn for t in tensors]
    while stack:
        node = stack.pop()
        if node is not None and node not in found:
            found.add(node)
            stack += [successor for successor, _ in node.next_functions]
    return found


def _different(plain: Look, traced: Look, compare_values: bool) -> Iterator[str]:
    if sorted(plain.nodes) != sorted(traced.nodes):
        yield f"the graph is {sorted(traced.nodes)} and without the recorder {sorted(plain.nodes)}"
    if len(plain.outputs) != len(traced.outputs):
        yield "another number of results than without the recorder"
        return
    for one, other in zip(plain.outputs, traced.outputs, strict=True):
        if not _same_kind(one, other):
            yield f"another kind of result: {_kind_of(other)} instead of {_kind_of(one)}"
        elif compare_values and not _same_bits(one, other):
            yield "other values than without the recorder"


def _kind_of(t: Tensor) -> tuple[Any, ...]:
    strides = t.stride() if t.layout is torch.strided and not t.is_nested else None
    shape = None if t.is_nested else t.shape
    return type(t), t.dtype, t.layout, shape, strides, t.requires_grad, t.is_leaf, t.is_inference()


def _same_kind(one: Tensor, other: Tensor) -> bool:
    return _kind_of(one) == _kind_of(other)


def _same_bits(one: Tensor, other: Tensor) -> bool:
    with torch.no_grad():
        return _bits(one) == _bits(other)


def _bits(tensor: Tensor) -> list[bytes]:
    if tensor.is_nested:
        return [bits for part in tensor.unbind() for bits in _bits(part)]
    if tensor.layout is not torch.strided:
        return _bits(tensor.to_dense())
    if tensor.is_quantized:
        tensor = tensor.int_repr()
    plain = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()
    return [bytes(plain.reshape(-1).view(torch.uint8).tolist()) if plain.numel() else b""]


def _nodes(look: Look, recording: Recording) -> Iterator[str]:
    """The nodes that operations name are the ones that the walk found, each named once."""
    named = Counter(name for op in recording.ops for name in op.grad_fn)
    walked = Counter(look.nodes)
    if named != walked:
        missing, invented = dict(walked - named), dict(named - walked)
        yield f"nodes not named: {missing}, named but not in the graph: {invented}"
    for op in recording.leaves:
        for output in op.outputs:
            own = output.row.grad_fn
            if op.reason == "recorded" and own is not None and own not in op.grad_fn:
                yield f"{op.name} names {op.grad_fn}, its output has {own}"


def _reason(op: Op, mode: str) -> Iterator[str]:
    """The reason is the first that applies, in the order of the contract."""
    by_torch = op.cause is not None and (op.cause.module or "").startswith("torch.nn.")
    if by_torch and mode == "grad":  # a lazy module initialises itself, a loss clamps its input
        mode = "no_grad"
    if op.children:
        of_children = [child.reason for child in op.children]
        expected = "recorded" if "recorded" in of_children else of_children[-1]
    else:
        expected = _expected(op, mode)
    if op.reason != expected:
        yield f"{op.name} is {op.reason}, should be {expected}"
    due = None
    if op.reason in ("no_grad", "inference_mode"):
        due = "library" if by_torch else "with"
    if (None if op.cause is None else op.cause.kind) != due:
        yield f"{op.name} is {op.reason} because of {op.cause}"


def _expected(op: Op, mode: str) -> str:
    ins, outs = op.inputs, op.outputs
    if op.grad_fn:
        return "recorded"
    if not ins:
        return "source"
    if not outs or op.name in TO_PYTHON:
        return "to_python"
    if op.name in CUTS:
        return "detached"
    if mode != "grad":
        return mode
    if not any(t.row.requires_grad for t in ins):
        return "no_input_requires_grad"
    if {t.id for t in outs} <= {t.id for t in ins}:
        return "unchanged"
    return "not_differentiable"


# ------------------------------------------------------------------------------------- the program


def sweep(subject: Subject, device: str) -> list[str]:
    """The complaints about one subject, each with the trial and the mode that it arose in."""
    complaints = []
    for label, make in subject.trials(device):
        for mode in MODES:
            found = judge(make, mode, subject.has_values)
            complaints += [f"{label}, {mode}: {complaint}" for complaint in found]
    return complaints


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--shard", default="0/1")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    index, count = map(int, arguments.shard.split("/"))
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    chosen = [s for s in subjects() if not arguments.names or s.name in arguments.names]
    found = {subject.name: sweep(subject, arguments.device) for subject in chosen[index::count]}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
