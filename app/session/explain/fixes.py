"""Short concrete suggestions: what to change in the snippet so that `.grad` is filled."""

from __future__ import annotations

from collections.abc import Sequence

from app.contract.records import Operation
from app.session.index import TraceIndex

CALL_BACKWARD = "Call backward() on the loss."


def unfreeze(name: str) -> str:
    return f"Call {name}.requires_grad_(True) before it is used."


def for_non_leaf(name: str, updated: bool, meant: bool, line: int | None) -> str:
    """`meant`: it stands where a leaf was meant, so that nothing else loses its gradient."""
    if updated:
        return f"Update it in place under torch.no_grad(), so that {name} stays the leaf."
    if not meant:
        return f"Call {name}.retain_grad() before backward()."
    where = "" if line is None else f" on line {line}"
    return (
        f"Call {name}.retain_grad() before backward(), "
        f"or make {name} a leaf{where}: end with .detach().requires_grad_()."
    )


def read_earlier(line: int | None) -> str:
    where = "" if line is None else f" before line {line}"
    return f"Read .grad{where}, or call backward() again."


def require_earlier(name: str, line: int | None) -> str:
    where = "" if line is None else f" before line {line}"
    return f"Set {name}.requires_grad{where}."


def for_cuts(index: TraceIndex, cuts: Sequence[Operation]) -> str | None:
    """How to let the gradient through the first of `cuts` for which that can be said.

    What left torch comes first: who computes with the tensor itself needs no detach before it.
    """
    ordered = sorted(cuts, key=lambda cut: cut.reason != "to_python")
    fixes = (_for_cut(index, cut, cuts) for cut in ordered)
    return next((fix for fix in fixes if fix is not None), None)


def _for_cut(index: TraceIndex, cut: Operation, cuts: Sequence[Operation]) -> str | None:
    where = "" if cut.line is None else f" on line {cut.line}"
    match cut.reason:
        case "no_grad" | "inference_mode":
            alike = [other for other in cuts if other.cause == cut.cause]
            return _for_region(index, cut, alike)
        case "detached" if cut.name in ("tensor", "as_tensor", "asarray"):
            return f"Use the tensors themselves{where} (torch.stack joins several)."
        case "detached" if cut.name == "data":
            return f"Use the tensor itself instead of its .data{where}."
        case "detached":
            return f"Drop {cut.name}{where}."
        case "to_python":
            return f"Compute with the tensor itself instead of {index.code(cut)}{where}."
        case "not_differentiable" | "recorded" | "no_input_requires_grad":
            return f"Replace {cut.name}{where} by something differentiable."
    return None


def _for_region(index: TraceIndex, cut: Operation, alike: Sequence[Operation]) -> str | None:
    cause = cut.cause
    if cause is None or cause.line is None or not cut.would_record:
        return None
    code, line = index.code(cut), cause.line
    if len({index.code(other) for other in alike}) > 1:
        code = f"{code} and what follows it"
    match cause.kind:
        case "with":
            fix = f"Move {code} out of the {cause.text} block on line {line}."
            return fix + _freeze_instead(index, cut)
        case "decorator":
            return f"Remove {cause.text} on line {line}." + _freeze_instead(index, cut)
        case "call":
            return f"Switch recording on again (torch.set_grad_enabled(True)) before {code}."
    return None


def _freeze_instead(index: TraceIndex, cut: Operation) -> str:
    """With modules there is a way to keep parameters fixed that lets gradients through."""
    if cut.module is None:
        return ""
    module = index.modules[cut.module]
    if not any(index.tensors[p].requires_grad for p in module.parameters):
        return ""
    return f" To keep {module.path} fixed, use {module.path}.requires_grad_(False) instead."


BACKWARD_AFTER = "Call backward() after using it."


def clear(name: str) -> str:
    return (
        f"Call zero_grad() or set {name}.grad = None between the passes, unless they are to add up."
    )


def use_returned(name: str) -> str:
    return f"Use what it returned, or call backward() to fill {name}.grad."


def return_gradient(by: Operation | None) -> str:
    where = "the custom backward" if by is None else f"{by.name}.backward"
    return f"Return a gradient for this input from {where}."


def ask_for(name: str) -> str:
    return f"Add {name} to inputs=..., or leave inputs out."
