"""Gradients of gradients through a custom Function whose backward uses values without history.

What `forward` computes is not recorded.  A `backward` that computes with it, and not with the saved
inputs, gives a gradient that does not depend on them: its own gradient is lost or too small.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.contract.records import Finding, Fix, Operation
from app.session.causes.registry import is_own
from app.session.findings.case import Case, finding
from app.session.language import tr


class Lost(NamedTuple):
    """`use` is in a custom backward, `maker` in the forward of `function`."""

    function: Operation
    maker: Operation
    use: Operation


def second_derivative_lost(case: Case) -> Iterator[Finding]:
    """Find second derivatives that miss a part, in passes that succeeded."""
    reported: set[tuple[object, ...]] = set()
    title = tr("The gradient of a gradient is incomplete")
    cuts = _cuts(case)
    for backward in case.backwards:
        lost = lost_behind(case, backward.roots)
        if lost is not None and case.place(lost.maker) not in reported:
            reported.add(case.place(lost.maker))
            text = tr(
                "{reason} So the backward pass on line {line} does not see how the gradient "
                "depends on the input of {function}."
            ).format(
                reason=reason(case, lost), line=backward.spot, function=f"`{lost.function.name}`"
            )
            yield finding("second_derivative_lost", "error", line_of(case, lost), title, text,
                          [lost.maker, lost.use], (), advice(lost))  # fmt: skip
        cut = None if lost is not None else _cut_behind(case, backward.roots, cuts)
        if cut is not None and case.place(cut[0]) not in reported:
            reported.add(case.place(cut[0]))
            text = tr(
                "{cut} drops a history in a backward pass that is recorded (`create_graph=True`), "
                "and {use} computes with the result. So the backward pass on line {line} does not "
                "see that part of how the gradient was computed."
            ).format(cut=case.say(cut[0]), use=case.say(cut[1]), line=backward.spot)
            fix = Fix(
                tr("Compute it there with its history if it is meant to be differentiated."), []
            )
            yield finding("second_derivative_lost", "warning", cut[0].spot, title, text,
                          list(cut), (), fix)  # fmt: skip


def lost_behind(case: Case, roots: Iterable[int]) -> Lost | None:
    """Return the first value without history that a custom backward used to compute `roots`."""
    inside = case.in_custom_forwards
    if not inside:
        return None
    stack = list(roots)
    seen = set(stack)
    made_in = case.made_in_passes
    while stack:
        value = stack.pop()
        fresh = [one for one in made_in.get(value, ()) if one not in seen]
        stack += fresh
        seen.update(fresh)
        use = case.run.producers.get(value)
        if use is None or use.phase == "optimizer":
            continue
        if use.phase == "backward" and use.grad_mode:
            for value in use.inputs:
                tensor = case.tensor(value)
                found = inside.get(tensor.storage)
                if found is not None and not tensor.requires_grad:
                    return Lost(*found, use)
        stack += [value for value in use.inputs if value not in seen]
        seen.update(use.inputs)
    return None


_Cut = tuple[Operation, Operation]
"""An operation in a backward pass that dropped a history, and one that used its result."""


def _cut_behind(case: Case, roots: Iterable[int], cuts: dict[int, _Cut]) -> _Cut | None:
    """Return the first cut behind the roots of a pass.

    Only operations are followed: what the engine computes itself hides which value went where.
    """
    makers = (maker for _, maker in case.run.behind(roots) if maker is not None) if cuts else ()
    return next((cuts[maker.id] for maker in makers if maker.id in cuts), None)


def _cuts(case: Case) -> dict[int, _Cut]:
    """Return the first cut of each operation that has some, by the id of the one that used it.

    What a checkpoint computes again begins with detached inputs, and loses nothing.
    """
    found: dict[int, _Cut] = {}
    for use in case.run.units.like(lambda form: form.phase == "backward" and form.grad_mode):
        for value in use.inputs:
            maker = case.run.producers.get(value)
            if maker is None or maker.phase != "backward":
                continue
            if use.recomputation is not None and maker.recomputation is None:
                continue
            drops = maker.reason == "detached" or (maker.would_record and is_own(maker.cause))
            if drops and any(case.run.requiring.at(one, maker.event) for one in maker.inputs):
                found.setdefault(use.id, (maker, use))
    return found


def reason(case: Case, lost: Lost) -> str:
    kept = _kept(case, lost)
    said = {
        "maker": case.say(lost.maker), "function": f"`{lost.function.name}.forward`",
        "use": case.say(lost.use),
    }  # fmt: skip
    text = tr(
        "{maker} ran inside {function}, where nothing is recorded, and the custom backward "
        "computes with its result: {use}."
    )
    if kept is not None:
        text = tr(
            "{kept} keeps the result of {maker}, which ran inside {function}, where nothing is "
            "recorded. The custom backward computes with it: {use}."
        )
        code = f"`{case.source.segment(kept)}`"
        said["kept"] = tr("{code} on line {line}").format(code=code, line=case.source.spot(kept))
    return text.format(**said)


def line_of(case: Case, lost: Lost) -> int | None:
    """Return the line that keeps the value for backward, or else the line that makes it."""
    kept = _kept(case, lost)
    return lost.maker.spot if kept is None else case.source.spot(kept)


def advice(lost: Lost) -> Fix:
    text = tr("Save the inputs with ctx.save_for_backward, and compute this value again in {name}.")
    return Fix(text.format(name=f"`{lost.function.name}.backward`"), [])


def _kept(case: Case, lost: Lost) -> ast.stmt | None:
    """`ctx.mid = mid`, or the line that saves it with ctx.save_for_backward."""
    names = {case.run.name(value) for value in lost.maker.outputs}
    for defined in case.source.parts(ast.ClassDef):
        if defined.name != lost.function.name:
            continue
        for node in ast.walk(defined):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
                is_it = isinstance(node.value, ast.Name) and node.value.id in names
                if is_it or node.lineno == lost.maker.spot:
                    return node
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                given = {arg.id for arg in node.value.args if isinstance(arg, ast.Name)}
                saves = any(case.source.calls(node, "save_for_backward"))
                if saves and given & names:
                    return node
    return None
