"""Confusions of eval(), which changes what layers compute, and no_grad(), which stops recording."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.contract.records import Cause, Edit, Finding, Fix, ModuleMode, Operation
from app.session.causes.registry import is_own
from app.session.explain import phrases
from app.session.findings.case import Case, Severity, finding
from app.session.findings.learning.function_dropout import functions_in_training
from app.session.findings.learning.left_in_evaluation import left_in_evaluation
from app.session.findings.learning.measured import is_measured
from app.session.language import ngettext, number, paragraph, tr
from app.session.numbers import size
from app.session.source.code_marks import as_code
from app.session.timeline.modes import Modes
from app.session.trace.columns.operations import OperationForm

_Ends = dict[Cause, int]


class _Evaluated(NamedTuple):
    """The recorded operations of modules that `eval()` on `line` had switched."""

    line: int
    operations: list[Operation]


def _evaluated(case: Case) -> list[_Evaluated]:
    modes = Modes(case.run)
    lines: dict[int, list[Operation]] = defaultdict(list)
    for operation in case.run.units.like(_is_recorded_in_module):
        if operation.recomputation is None:
            mode = modes.at(operation.module or 0, operation.event)
            if mode is not None and not mode.training and mode.spot is not None:
                lines[mode.spot].append(operation)
    return [_Evaluated(line, lines[line]) for line in sorted(lines)]


def _is_recorded_in_module(form: OperationForm) -> bool:
    return form.status == "recorded" and form.phase == "forward" and form.module is not None


def _used(case: Case) -> set[int]:
    """Return the operations that backward passes can reach, and the calls that contain them."""
    found = {node.operation for node in case.trace.autograd_nodes}
    found |= {step.operation for b in case.trace.backward_passes for step in b.steps}
    used: set[int] = set()
    for operation in found:
        while operation is not None and operation not in used:
            used.add(operation)
            operation = case.run.operations[operation].parent
    return used


def evaluation_records(case: Case) -> Iterator[Finding]:
    if not case.is_whole:
        return
    used = _used(case)
    for one in _evaluated(case):
        unused = [op for op in one.operations if op.id not in used]
        kept = sum(op.saved_bytes for op in unused)
        if not kept or len(unused) < len(one.operations):
            continue
        title = tr("An evaluation was recorded for nothing")
        text = tr(
            "After eval() on line {line} autograd still recorded {first}, and kept {bytes} for a "
            "backward pass that never ran. eval() changes what layers compute, not what is "
            "recorded."
        ).format(line=one.line, first=case.say(unused[0]), bytes=size(kept))
        if len(unused) > 1:
            text = tr(
                "After eval() on line {line} autograd still recorded {count} operations, {first} "
                "the first of them, and kept {bytes} for a backward pass that never ran. eval() "
                "changes what layers compute, not what is recorded."
            ).format(
                line=one.line, count=number(len(unused)), first=case.say(unused[0]),
                bytes=size(kept),
            )  # fmt: skip
        fix = Fix(
            tr("Evaluate inside `with torch.no_grad():` as well."),
            _evaluated_without_grad(case, one.line, unused),
        )
        line = unused[0].spot
        yield finding("evaluation_records", "warning", line, title, text, unused[:1], [], fix)


def _evaluated_without_grad(case: Case, line: int, unused: list[Operation]) -> list[Edit]:
    """The statements after `eval()`, up to the next `train()`, in a block of their own: those that
    made the calls or name the model, else all."""
    source = case.source
    statement, torch = source.statement(line), source.torch(line)
    if statement is None or torch is None:
        return []
    block = source.block(statement)
    after = block[block.index(statement) + 1 :]
    trains = (n for n, one in enumerate(after) if any(source.calls(one, "train")))
    after = after[: next(trains, None)]
    theirs = {
        found
        for operation in unused
        if operation.spot is not None
        and (found := source.enclosing(operation.spot, after)) is not None
    }
    if any(source.enclosing(op.spot or 0, after) is None for op in unused):
        roots = {_root(case, op) for op in unused if op.module is not None}
        theirs |= {one for one in after if any(source.loads(root, one) for root in roots)}
    chosen = [one for one in after if one in theirs] or after
    if not chosen:
        return []
    return source.wrapped(chosen[0], chosen[-1], f"with {torch}.no_grad():")


def _used_for_itself(case: Case) -> dict[int | None, set[int | None]]:
    """Return, by model, the operations of backward passes that filled only its gradients."""
    found: dict[int | None, set[int | None]] = defaultdict(set)
    for backward in case.backwards:
        roots = {case.root_of(case.identity(leaf)) for leaf in backward.accumulated_into}
        if len(roots) == 1:
            found[roots.pop()] |= {step.operation for step in backward.steps}
    return found


def eval_is_not_no_grad(case: Case) -> Iterator[Finding]:
    """Find models that record under eval() by mistake.

    Only if a backward pass filled the gradients of its parameters and of nothing else: a saliency
    map, or an input that is optimized, needs the recording.
    """
    left = left_in_evaluation(case)
    used = _used_for_itself(case)
    for one in _evaluated(case):
        operations = [op for op in one.operations if op.id in used[case.outermost(op.module)]]
        if operations and one.line not in left:
            title = tr("eval() does not stop recording")
            text = tr(
                "After eval() on line {line} autograd recorded {first}, and a backward pass went "
                "through it. eval() changes what layers compute; recording is up to no_grad()."
            ).format(line=one.line, first=case.say(operations[0]))
            text = paragraph((text, *_differs(case, one.operations)))
            yield finding("eval_is_not_no_grad", "info", one.line, title, text, operations[:1])


def _differs(case: Case, operations: Sequence[Operation]) -> Iterator[str]:
    """Say which layers computed something else than in training."""
    roots = {case.outermost(operation.module) for operation in operations}
    names = [
        f"`{module.path}`"
        for module in case.trace.modules
        if module.mode_sensitive and module.calls and case.outermost(module.id) in roots
    ]
    if names:
        yield ngettext(
            "{names} computes otherwise than in training.",
            "{names} compute otherwise than in training.",
            len(names),
        ).format(names=phrases.listed(names))


def training_mode_in_evaluation(case: Case) -> Iterator[Finding]:
    yield from _layers_in_training(case)
    yield from functions_in_training(case)


def _layers_in_training(case: Case) -> Iterator[Finding]:
    """Find layers in training mode under no_grad.

    A warning if the output is measured, as in an evaluation; a note if it is only looked at, like
    a sample of a generator.
    """
    modes, ends = Modes(case.run), _ends(case)
    places: dict[int | None, list[Operation]] = defaultdict(list)
    for operation in case.run.units.like(
        lambda form: form.cause is not None and (form.inference or not form.grad_mode)
    ):
        cause, module = operation.cause, operation.module
        if cause is None or not is_own(cause) or module is None:
            continue
        mode = modes.at(module, operation.event)
        if mode is None or not mode.training or not _ran_in_training(case, operation):
            continue
        if modes.is_evaluated_around(module, operation.event):
            continue  # dropout that is switched on again by itself is meant so
        if not case.in_losses.isdisjoint(operation.outputs):
            continue  # a target or teacher network: what it says goes into a loss
        if not _is_switched_inside(cause, ends, mode):
            places[cause.spot].append(operation)
    for operations in places.values():
        first = operations[0]
        names = phrases.listed(
            f"`{case.run.modules[op.module].path}`" for op in operations if op.module is not None
        )
        title = tr("Layers ran in training mode where nothing is recorded")
        text = _effect(operations).format(names=names, region=case.phrases.region(first))
        text += " " + tr("no_grad() does not change that; eval() does.")
        severity: Severity = "warning" if is_measured(case, operations) else "info"
        fix = Fix(
            tr("If it is an evaluation, call eval() of the model before it."),
            _in_evaluation_mode(case, operations),
        )
        yield finding(
            "training_mode_in_evaluation", severity, first.spot, title, text, [first], [], fix
        )


def _effect(operations: list[Operation]) -> str:
    norms = [operation.name == "batch_norm" for operation in operations]
    if all(norms):
        return tr(
            "{names} ran in training mode {region}: batch norm normalizes with the batch and "
            "updates its running statistics."
        )
    if not any(norms):
        return tr("{names} ran in training mode {region}: dropout drops values at random.")
    return tr(
        "{names} ran in training mode {region}: dropout drops values at random, and batch norm "
        "updates its running statistics."
    )


def _in_evaluation_mode(case: Case, operations: list[Operation]) -> list[Edit]:
    """`net.eval()` before the `with` block, and `net.train()` behind it if `net` trains later."""
    source, cause = case.source, operations[0].cause
    roots = {_root(case, op) for op in operations if op.module is not None}
    name = as_code(roots.pop()) if len(roots) == 1 else None
    if cause is None or cause.kind != "with" or name is None or cause.file:
        return []  # in another file than the snippet the model may have another name
    blocks = [block for block in source.parts(ast.With) if block.lineno == cause.spot]
    if len(blocks) != 1:
        return []
    trains = any(
        op.event > operations[0].event
        and op.status == "recorded"
        and op.module is not None
        and as_code(_root(case, op)) == name
        for op in case.run.units
    )
    after = [source.after(blocks[0], f"{name}.train()")] if trains else []
    return [source.before(blocks[0], f"{name}.eval()"), *after]


def _root(case: Case, operation: Operation) -> str:
    """The path of the outermost module around an operation."""
    return case.run.modules[case.outermost(operation.module) or 0].path


def _ran_in_training(case: Case, operation: Operation) -> bool:
    """Return whether dropout changed its input, or batch norm updated its statistics."""
    module = case.run.modules[operation.module or 0]
    if not module.mode_sensitive:
        return False
    if operation.name == "batch_norm":
        return bool(operation.mutates)
    is_dropout = operation.name.endswith("dropout") and "Dropout" in module.type
    return is_dropout and not set(operation.outputs) & set(operation.inputs)


def _ends(case: Case) -> _Ends:
    """The last lines of the regions, by their causes."""
    return {
        span.cause: span.end_spot for span in case.trace.grad_modes if span.end_spot is not None
    }


def _is_switched_inside(cause: Cause, ends: _Ends, mode: ModuleMode) -> bool:
    """Return whether `train()` was called inside this region, which is then intended."""
    end = ends.get(cause)
    if mode.spot is None or cause.spot is None or end is None:
        return False
    return cause.spot < mode.spot <= end
