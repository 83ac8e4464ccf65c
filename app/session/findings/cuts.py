"""Where the gradient of something that wants one is cut on its way back from the loss."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from app.contract.records import Edit, Finding, Fix, Gradient, Operation
from app.session.explain import fixes, phrases
from app.session.findings.case import CHECKPOINT, Case, finding
from app.session.language import tr

_COPYING = ("tensor", "as_tensor", "asarray")
_CUT = ("cut", "only_skipped", "cleared")


def cut_by_grad_mode(case: Case) -> Iterator[Finding]:
    for cut, rows in _cuts(case, lambda op: op.reason in ("no_grad", "inference_mode")):
        mode = "inference_mode" if cut.reason == "inference_mode" else "no_grad"
        title = tr("{mode} cuts the gradient").format(mode=mode)
        yield _told(case, "cut_by_grad_mode", title, cut, rows)


def cut_by_detach(case: Case) -> Iterator[Finding]:
    def detaches(op: Operation) -> bool:
        return op.reason == "detached" and op.name not in _COPYING

    for cut, rows in _cuts(case, detaches):
        title = tr("{call} cuts the gradient").format(call=f"`{cut.name}`")
        yield _told(case, "cut_by_detach", title, cut, rows)


def rewrapped_tensor(case: Case) -> Iterator[Finding]:
    def copies(op: Operation) -> bool:
        return op.reason == "detached" and op.name in _COPYING

    for cut, rows in _cuts(case, copies):
        title = tr("{call} copies values and drops their history").format(call=f"`{cut.name}`")
        yield _told(case, "rewrapped_tensor", title, cut, rows)


def left_torch(case: Case) -> Iterator[Finding]:
    for cut, rows in _cuts(case, lambda op: op.reason == "to_python"):
        title = tr("A value left torch by {call} and came back").format(call=f"`{cut.name}`")
        yield _told(case, "left_torch", title, cut, rows)


def not_differentiable_on_path(case: Case) -> Iterator[Finding]:
    reasons = ("not_differentiable", "recorded", "no_input_requires_grad")
    for cut, rows in _cuts(case, lambda op: op.reason in reasons):
        title = tr("{call} is not differentiable").format(call=f"`{cut.name}`")
        yield _told(case, "not_differentiable_on_path", title, cut, rows)


def _cuts(
    case: Case, belongs: Callable[[Operation], bool]
) -> Iterator[tuple[Operation, list[Gradient]]]:
    """The places nearest to the loss at which gradients stop, and whose they were."""
    places: dict[tuple[object, ...], tuple[Operation, list[Gradient]]] = {}
    for row in case.trace.gradients:
        if row.why.code not in _CUT or not row.why.cuts or not case.is_meant_to_train(row):
            continue
        cut = case.index.operations[row.why.cuts[0]]
        if belongs(cut) and not _is_checkpointed(case, cut):
            places.setdefault(case.place(cut), (cut, []))[1].append(row)
    yield from places.values()


def _is_checkpointed(case: Case, cut: Operation) -> bool:
    """Inside a checkpoint that was not recorded: `checkpoint_without_grad_input` tells of that."""
    parent = cut.parent
    while parent is not None:
        around = case.index.operations[parent]
        if around.qualified_name == CHECKPOINT:
            return True
        parent = around.parent
    return False


def _told(case: Case, code: str, title: str, cut: Operation, rows: list[Gradient]) -> Finding:
    text = tr("{names} got no gradient: on the way to the loss stands {cut}.").format(
        names=case.owners(rows), cut=phrases.which_was_not_recorded(case.say(cut), cut)
    )
    tensors = [row.tensor for row in rows]
    return finding(code, "warning", cut.line, title, text, [cut], tensors, _fix(case, cut, rows))


def _fix(case: Case, cut: Operation, rows: list[Gradient]) -> Fix | None:
    description = next((case.marked(row.why, row.why.fix) for row in rows if row.why.fix), None)
    if description is None:
        description = fixes.for_cuts(case.index, [cut])
    return None if description is None else Fix(description, _edits(case, cut, rows))


def _edits(case: Case, cut: Operation, rows: list[Gradient]) -> list[Edit]:
    """Sure to let the gradient through only where nothing else cuts it."""
    for row in rows:
        told = [case.index.operations[id_] for id_ in row.why.operations]
        others = [op for op in told if op.status == "skipped" and case.place(op) != case.place(cut)]
        if others or row.why.code not in ("cut", "only_skipped"):
            return []
    if cut.name == "detach" and cut.reason == "detached":
        return _without_detach(case, cut)
    if cut.cause is not None and cut.cause.line is not None:
        if cut.cause.kind == "with":
            return case.source.without_block(cut.cause.line)
        if cut.cause.kind == "decorator":
            return case.source.without_decorator(cut.cause.line)
    return []


def _without_detach(case: Case, cut: Operation) -> list[Edit]:
    """`x.detach()` becomes `x`."""
    if cut.line is None or cut.column is None or cut.end_line is None or cut.end_column is None:
        return []
    call = case.source.expression(cut.line, cut.column, cut.end_line, cut.end_column)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return []
    if call.func.attr != "detach" or call.args or call.keywords:
        return []
    return [case.source.replaced(call, case.source.segment(call.func.value))]
