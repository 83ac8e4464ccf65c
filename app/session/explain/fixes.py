"""Short concrete suggestions: what to change in the snippet so that `.grad` is filled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from app.contract.records import Operation
from app.session.causes.registry import kind_of
from app.session.code_marks import as_code
from app.session.explain import phrases as say
from app.session.language import tr
from app.session.run import Run


def call_backward() -> str:
    return tr("Call backward() on the loss.")


def for_frozen(run: Run, name: str, lost: Operation | None, updated: bool) -> str | None:
    """`lost` is the operation that is why it has no history, if one is; `updated` as below."""
    if updated:
        return _update_in_place(name)
    if lost is not None and lost.in_place:
        return for_cuts(run, [lost])
    if (code := as_code(name)) is None:
        return None
    return tr("Call {name}.requires_grad_(True) before it is used.").format(name=code)


def _update_in_place(name: str) -> str:
    text = tr("Update it in place under torch.no_grad(), so that {name} stays the leaf.")
    return text.format(name=name)


def for_parameter(name: str, line: int | None) -> str:
    """Of what was to be a parameter of a module: a plain leaf would be unknown to it."""
    text = say.placed(
        line,
        tr("Make {name} a parameter on line {line}: put nn.Parameter(…) around the whole value."),
        tr("Make {name} a parameter: put nn.Parameter(…) around the whole value."),
    )
    return text.format(name=name, line=line)


def for_non_leaf(
    name: str, updated: bool, meant: bool, line: int | None, originals: Sequence[str] = ()
) -> str | None:
    """`updated`: it took the name of the leaf that it was computed from.

    `meant`: it stands where a leaf was meant, so that nothing else loses its gradient.
    `originals` are the parameters that a module computes it from each time anew.
    """
    if updated:
        return _update_in_place(name)
    if originals:
        return read_originals(originals)
    if (code := as_code(name)) is None:
        return None
    if not meant:
        text = tr("Call {name}.retain_grad() before backward().")
    else:
        text = say.placed(
            line,
            tr(
                "Call {name}.retain_grad() before backward(), "
                "or make {name} a leaf after line {line}: "
                "{name} = {name}.detach().requires_grad_()."
            ),
            tr(
                "Call {name}.retain_grad() before backward(), "
                "or make {name} a leaf: {name} = {name}.detach().requires_grad_()."
            ),
        )
    return text.format(name=code, line=line)


def read_originals(originals: Sequence[str]) -> str:
    grads = say.listed(f"{original}.grad" for original in originals)
    return tr("Read {grads}.").format(grads=grads)


def read_earlier(line: int | None) -> str:
    text = say.placed(
        line,
        tr("Read .grad before line {line}, or call backward() again."),
        tr("Read .grad, or call backward() again."),
    )
    return text.format(line=line)


def require_earlier(name: str, line: int | None) -> str:
    text = say.placed(
        line, tr("Set {name}.requires_grad before line {line}."), tr("Set {name}.requires_grad.")
    )
    return text.format(name=as_code(name) or name, line=line)


def for_cuts(run: Run, cuts: Sequence[Operation]) -> str | None:
    """How to let the gradient through the first of `cuts` for which that can be said.

    What left torch comes first: who computes with the tensor itself needs no detach before it.
    """
    ordered = sorted(cuts, key=lambda cut: cut.reason != "to_python")
    fixes = (_for_cut(run, cut, cuts) for cut in ordered)
    return next((fix for fix in fixes if fix is not None), None)


def _for_cut(run: Run, cut: Operation, cuts: Sequence[Operation]) -> str | None:
    match cut.reason:
        case "no_grad" | "inference_mode":
            alike = [other for other in cuts if other.cause == cut.cause]
            return _for_region(run, cut, alike)
        case "detached" if cut.name in ("tensor", "as_tensor", "asarray"):
            text = say.placed(
                cut.line,
                tr("Use the tensors themselves on line {line} (torch.stack joins several)."),
                tr("Use the tensors themselves (torch.stack joins several)."),
            )
        case "detached" if cut.name == "data":
            text = say.placed(
                cut.line,
                tr("Use the tensor itself instead of its .data on line {line}."),
                tr("Use the tensor itself instead of its .data."),
            )
        case "detached":
            text = say.placed(cut.line, tr("Drop {name} on line {line}."), tr("Drop {name}."))
        case "to_python":
            text = say.placed(
                cut.line,
                tr("Compute with the tensor itself instead of {code} on line {line}."),
                tr("Compute with the tensor itself instead of {code}."),
            )
        case "not_differentiable" | "recorded" | "no_input_requires_grad":
            text = say.placed(
                cut.line,
                tr("Replace {name} on line {line} by something differentiable."),
                tr("Replace {name} by something differentiable."),
            )
        case "source" | "unchanged":
            return None
        case _:
            assert_never(cut.reason)
    return text.format(name=cut.name, code=run.code(cut), line=cut.line)


def _for_region(run: Run, cut: Operation, alike: Sequence[Operation]) -> str | None:
    cause = cut.cause
    if cause is None or cause.line is None or not cut.would_record:
        return None
    if run.trace.run.mode != "as-written":  # where it stands makes no difference then
        return None
    code = run.code(cut)
    if len({run.code(other) for other in alike}) > 1:
        code = tr("{code} and what follows it").format(code=code)
    advice = kind_of(cause).advice(cause, cut, code)
    instead = _freeze_instead(run, cut) if kind_of(cause).is_around else ""
    return f"{advice} {instead}".rstrip() if advice else None


def _freeze_instead(run: Run, cut: Operation) -> str:
    """With modules there is a way to keep parameters fixed that lets gradients through."""
    if cut.module is None:
        return ""
    module = run.modules[cut.module]
    if not any(run.tensors[p].requires_grad for p in module.parameters):
        return ""
    text = tr("To keep {module} fixed, use {module}.requires_grad_(False) instead.")
    code = as_code(module.path)
    return "" if code is None else text.format(module=code)


def backward_after() -> str:
    return tr("Call backward() after using it.")


def clear(name: str) -> str:
    text = tr(
        "Call zero_grad() or set {name}.grad = None between the passes, unless they are to add up."
    )
    return text.format(name=as_code(name) or name)


def use_returned(name: str) -> str:
    text = tr("Use what it returned, or call backward() to fill {name}.grad.")
    return text.format(name=as_code(name) or name)


def return_gradient(by: Operation | None) -> str:
    if by is None:
        return tr("Return a gradient for this input from the custom backward.")
    return tr("Return a gradient for this input from {name}.backward.").format(name=by.name)


def ask_for(name: str) -> str:
    text = tr("Add {name} to inputs=..., or leave inputs out.")
    return text.format(name=as_code(name) or name)
