"""Where the path from the loss back to something that should get a gradient is cut."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from app.contract.records import Finding, Fix, Gradient, Operation
from app.session.causes.registry import is_by_mode
from app.session.explain import fixes, texts
from app.session.explain.phrases import COPYING, listed
from app.session.findings.case import CHECKPOINT, Case, finding
from app.session.findings.lost.uncut import Uncut, uncut
from app.session.language import ngettext, paragraph, tr

_CUT = ("cut", "only_skipped", "cleared")


def cut_by_grad_mode(case: Case) -> Iterator[Finding]:
    for cut, rows in _cuts(case, is_by_mode):
        title = tr("{mode} cuts the gradient").format(mode=cut.reason)
        yield _finding(case, "cut_by_grad_mode", title, cut, rows)


def cut_by_detach(case: Case) -> Iterator[Finding]:
    def detaches(op: Operation) -> bool:
        return op.reason == "detached" and op.name not in COPYING

    for cut, rows in _cuts(case, detaches):
        names = dict.fromkeys(f"`{op.name}`" for op in _at_once(case, rows) if detaches(op))
        title = ngettext("{calls} cuts the gradient", "{calls} cut the gradient", len(names))
        title = title.format(calls=listed(names))
        yield _finding(case, "cut_by_detach", title, cut, rows)


def rewrapped_tensor(case: Case) -> Iterator[Finding]:
    def copies(op: Operation) -> bool:
        return op.reason == "detached" and op.name in COPYING

    for cut, rows in _cuts(case, copies):
        title = tr("{call} copies values and drops their history").format(call=f"`{cut.name}`")
        yield _finding(case, "rewrapped_tensor", title, cut, rows)


def left_torch(case: Case) -> Iterator[Finding]:
    for cut, rows in _cuts(case, lambda op: op.reason == "to_python"):
        title = tr("A value left torch by {call} and came back").format(call=f"`{cut.name}`")
        yield _finding(case, "left_torch", title, cut, rows)


def not_differentiable_on_path(case: Case) -> Iterator[Finding]:
    reasons = ("not_differentiable", "recorded", "no_input_requires_grad")
    for cut, rows in _cuts(case, lambda op: op.reason in reasons):
        title = tr("{call} is not differentiable").format(call=f"`{cut.name}`")
        yield _finding(case, "not_differentiable_on_path", title, cut, rows)


def _cuts(
    case: Case, belongs: Callable[[Operation], bool]
) -> Iterator[tuple[Operation, list[Gradient]]]:
    """The places nearest to the loss at which gradients stop, and whose they were."""
    places: dict[tuple[object, ...], tuple[Operation, list[Gradient]]] = {}
    for row in case.trace.gradients:
        if row.why.code not in _CUT or not row.why.cuts or not case.is_meant_to_train(row):
            continue
        cut = case.run.operations[row.why.cuts[0]]
        if belongs(cut) and not _is_checkpointed(case, cut):
            places.setdefault(case.place(cut), (cut, []))[1].append(row)
    yield from places.values()


def _is_checkpointed(case: Case, cut: Operation) -> bool:
    """Inside an unrecorded checkpoint, which `checkpoint_without_grad_input` reports."""
    parent = cut.parent
    while parent is not None:
        around = case.run.operations[parent]
        if around.qualified_name == CHECKPOINT:
            return True
        parent = around.parent
    return False


def _finding(case: Case, code: str, title: str, cut: Operation, rows: list[Gradient]) -> Finding:
    there = _at_once(case, rows)
    text = tr("{names} got no gradient. The path to the loss is cut at {cut}.")
    if len(there) > 1:
        text = tr("{names} got no gradient. Every path to the loss is cut: at {cut}.")
    text = text.format(names=case.owners(rows), cut=tr("; and at ").join(case.phrases.cuts(there)))
    tensors = [row.tensor for row in rows]
    return finding(code, "warning", cut.spot, title, text, there, tensors, _fix(case, cut, rows))


def _at_once(case: Case, rows: list[Gradient]) -> list[Operation]:
    """Where the gradient stops, on all paths from the loss to these rows, each place once."""
    numbers = sorted({number for row in rows for number in row.why.cuts})
    return _places(case, (case.run.operations[number] for number in numbers))


def _places(case: Case, operations: Iterable[Operation]) -> list[Operation]:
    """The first operation of each place, in the order of the forward pass."""
    first: dict[tuple[object, ...], Operation] = {}
    for operation in sorted(operations, key=lambda operation: operation.event):
        first.setdefault(case.place(operation), operation)
    return list(first.values())


def _fix(case: Case, cut: Operation, rows: list[Gradient]) -> Fix | None:
    changes = _changes(case, cut, rows)
    if changes is None:
        for row in rows:
            row.why.fix = row.why.advice = None  # it would be wrong in the other pass
        return None
    description = _description(case, cut, rows)
    if description is None:
        return None
    for edit in changes.detached:
        instead = tr("Use {code} on line {line} instead.")
        description += " " + instead.format(code=f"`{edit.text}`", line=edit.line)
    return Fix(description, changes.edits)


def _description(case: Case, cut: Operation, rows: list[Gradient]) -> str | None:
    given = dict.fromkeys(filter(None, (texts.advice(case.phrases, row) for row in rows)))
    description = next(iter(given), None)
    if len(given) > 1 or len(_at_once(case, rows)) > 1:
        description = _for_all(case, rows)
    return description or fixes.for_cuts(case.phrases, [cut])


def _for_all(case: Case, rows: list[Gradient]) -> str | None:
    """What to do about every cut: one sentence for each region and for each call."""
    there = _at_once(case, rows)
    causes = [op.cause for op in there if op.cause is not None]
    cutting = list(there)
    for row in rows:
        named = [case.run.operations[number] for number in row.why.operations]
        skipped = [op for op in named if op.status == "skipped"]
        cutting += [op for op in skipped if row.why.code == "cut" or op.cause in causes]
    groups: dict[object, list[Operation]] = {}
    for number in dict.fromkeys(op.id for op in sorted(cutting, key=lambda op: op.event)):
        op = case.run.operations[number]
        groups.setdefault(op.cause or case.place(op), []).append(op)
    advice = (fixes.for_cuts(case.phrases, group) for group in groups.values())
    return paragraph(dict.fromkeys(filter(None, advice))) or None


def _goes_with(case: Case, operation: Operation, cut: Operation) -> bool:
    """Whether what removes a cut lets an operation be recorded too."""
    is_same_region = cut.cause is not None and operation.cause == cut.cause
    around, inside = case.source.expression(cut), case.source.expression(operation)
    is_part = around is not None and any(node is inside for node in ast.walk(around))
    return is_same_region or is_part or case.place(operation) == case.place(cut)


def _changes(case: Case, cut: Operation, rows: list[Gradient]) -> Uncut | None:
    """Sure to let the gradient through only where nothing else cuts it."""
    if len(_at_once(case, rows)) > 1:
        return Uncut([], [])
    for row in rows:
        named = [case.run.operations[id_] for id_ in row.why.operations]
        others = [op for op in named if op.status == "skipped" and not _goes_with(case, op, cut)]
        if others or row.why.code not in _CUT:
            return Uncut([], [])
    return uncut(case, cut, rows)
