"""How to let a gradient through what cuts it off: what to change in the snippet."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import lru_cache
from typing import assert_never

from app.contract.records import Cause, Operation
from app.session.causes.registry import kind_of
from app.session.explain.phrases import COPYING, Phrases
from app.session.language import paragraph, tr
from app.session.places import on_line
from app.session.source.code_marks import as_code
from app.session.source.parsing import parsed, unparsed


def for_cuts(say: Phrases, cuts: Sequence[Operation]) -> str | None:
    """Return how to let the gradient through the first of `cuts` for which that can be said.

    What left torch comes first: who computes with the tensor itself needs no detach before it.
    """
    ordered = sorted(cuts, key=lambda cut: cut.reason != "to_python")
    fixes = (_for_cut(say, cut, cuts) for cut in ordered)
    return next((fix for fix in fixes if fix is not None), None)


def _for_cut(say: Phrases, cut: Operation, cuts: Sequence[Operation]) -> str | None:
    match cut.reason:
        case "no_grad" | "inference_mode":
            alike = [other for other in cuts if other.cause == cut.cause]
            return _for_region(say, cut, alike)
        case "detached" if cut.name in COPYING:
            text = tr("{use} (`torch.stack` joins several).")
            use = on_line(tr("Use the tensors themselves"), cut.spot)
            return say.text(text, {"use": use})
        case "detached" if cut.name == "data":
            what = say.text(tr("Use the tensor itself instead of its `.data`"), {})
        case "detached":
            what = tr("Drop {call}").format(call=say.code(cut.name))
        case "to_python":
            text = tr("Compute with the tensor itself instead of {call}")
            what = text.format(call=say.code(say.run.code(cut)))
        case "recorded" if len(cut.outputs) > 1:
            text = tr("Use the result of {call} that carries a gradient: its values.")
            return text.format(call=on_line(say.code(cut.name), cut.spot))
        case "not_differentiable" | "recorded" | "no_input_requires_grad":
            text = tr("Replace {call} by something differentiable.")
            return text.format(call=on_line(say.code(cut.name), cut.spot))
        case "source" | "unchanged":
            return None
        case _:
            assert_never(cut.reason)
    return f"{on_line(what, cut.spot)}."


def _for_region(say: Phrases, cut: Operation, alike: Sequence[Operation]) -> str | None:
    cause, run = cut.cause, say.run
    if cause is None or cause.spot is None or not cut.would_record:
        return None
    if run.trace.run.what_if:  # in a what-if the place of the region makes no difference
        return None
    condition = _condition(say, cause)
    if condition is not None:
        text = tr("{condition} was False on line {line}. Recording is on where it is True.")
        return text.format(condition=say.code(condition), line=cause.spot)
    code = say.code(run.code(cut))
    if len({run.code(other) for other in alike}) > 1:
        code = tr("{code} and what follows it").format(code=code)
    advice = kind_of(cause).advice(cause, code, say)
    instead = _freeze_instead(say, cut) if kind_of(cause).is_around else ""
    return paragraph((advice, instead)) if advice else None


def _condition(say: Phrases, cause: Cause) -> str | None:
    """What the program handed to `set_grad_enabled`, if that was not written as False."""
    if cause.line is None or "set_grad_enabled" not in cause.text:
        return None
    return _handed_over(say.run.text_of(cause.file), cause.line)


@lru_cache(maxsize=256)
def _handed_over(text: str, line: int) -> str | None:
    """What a line hands to `set_grad_enabled`: looked for once, not for each gradient it cuts."""
    for node in ast.walk(parsed(text)):
        if isinstance(node, ast.Call) and node.lineno == line and node.args:
            is_it = unparsed(node.func).endswith("set_grad_enabled")
            if is_it and not isinstance(node.args[0], ast.Constant):
                return ast.get_source_segment(text, node.args[0])
    return None


def _freeze_instead(say: Phrases, cut: Operation) -> str:
    """Keep the parameters of a module fixed and still let gradients through."""
    if cut.module is None:
        return ""
    module = say.run.modules[cut.module]
    if not any(say.run.tensors[p].requires_grad for p in module.parameters):
        return ""
    text = tr("To keep `{module}` fixed, use `{module}.requires_grad_(False)` instead.")
    code = as_code(module.path)
    return "" if code is None else say.text(text, {"module": code})
