"""Training that goes on in evaluation mode, because nothing called `train()` again."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from app.contract.records import BackwardPass, Edit, Finding, Fix, Module, Operation
from app.session.findings.case import Case, finding
from app.session.language import tr
from app.session.timeline.modes import Modes


def training_in_evaluation_mode(case: Case) -> Iterator[Finding]:
    for line, (module, operation, backward) in left_in_evaluation(case).items():
        root = _root(case, module)
        name = f"`{root.path}.eval()`"
        title = tr("The model trains in evaluation mode")
        text = tr(
            "{eval} on line {line} is still in force when {call} runs for the backward pass on "
            "line {passed}: dropout is off, and batch norm uses its running statistics."
        ).format(eval=name, line=line, call=case.say(operation), passed=backward.spot)
        description = tr("Call {call} before training goes on, at the start of each epoch.")
        fix = Fix(
            description.format(call=f"`{root.path}.train()`"), _train(case, root, backward, line)
        )
        yield finding("training_in_evaluation_mode", "warning", line, title, text, [operation],
                      [], fix)  # fmt: skip


def left_in_evaluation(case: Case) -> dict[int, tuple[Module, Operation, BackwardPass]]:
    """By the line of an `eval()`: the first layer that trained in the mode that it left.

    Only where the mode makes a difference, where everything around the layer is in evaluation
    mode too, and where the same layer trained before or was evaluated in between: a model that is
    trained in evaluation mode from the start is meant so.
    """
    found: dict[int, tuple[Module, Operation, BackwardPass]] = {}
    modes = Modes(case.run)
    runs = _runs(case)
    passes = _passes(case)
    for number, operations in runs.items():
        module = case.run.modules[number]
        for operation in operations:
            mode = modes.at(number, operation.event)
            if mode is None or mode.training or mode.spot is None or mode.spot in found:
                continue
            if not modes.is_evaluated_throughout(number, operation.event):
                continue
            before = [one for one in operations if one.event < operation.event]
            if not any(_is_training(modes, one) or not _records(one) for one in before):
                continue
            for backward in _led_to(case, operation, passes):
                if _trains(case, module, backward):
                    found.setdefault(mode.spot, (module, operation, backward))
    return found


def _runs(case: Case) -> dict[int, list[Operation]]:
    """The operations of each layer whose result depends on the mode, in order."""
    found: dict[int, list[Operation]] = defaultdict(list)
    sensitive = {module.id for module in case.trace.modules if module.mode_sensitive}
    for operation in case.run.units.like(lambda form: form.module in sensitive):
        found[operation.module or 0].append(operation)
    return found


def _is_training(modes: Modes, operation: Operation) -> bool:
    mode = modes.at(operation.module or 0, operation.event)
    return mode is not None and mode.training


def _records(operation: Operation) -> bool:
    return operation.grad_mode and not operation.inference


def _passes(case: Case) -> dict[int, list[BackwardPass]]:
    """The backward passes that went through each operation."""
    found: dict[int, list[BackwardPass]] = defaultdict(list)
    for backward in case.backwards:
        for number in {step.operation for step in backward.steps} - {None}:
            found[number or 0].append(backward)
    return found


def _led_to(
    case: Case, operation: Operation, passes: dict[int, list[BackwardPass]]
) -> Iterator[BackwardPass]:
    """The passes that went through it.

    Dropout in evaluation mode hands its input on and has no node: what made that input counts.
    """
    makers = [case.run.producers.get(value) for value in operation.outputs]
    for number in {operation.id, *(maker.id for maker in makers if maker is not None)}:
        yield from passes.get(number, ())


def _trains(case: Case, module: Module, backward: BackwardPass) -> bool:
    """Whether an optimizer step used a gradient of the model that this pass gave."""
    inside = f"{_root(case, module).path}."
    for parameter in backward.accumulated_into:
        if not (case.run.name(parameter) or "").startswith(inside):
            continue
        identity = case.identity(parameter)
        step = next((s for s in case.evidence.steps(identity) if s.event > backward.event), None)
        if step is not None and not any(
            happening.kind in ("cleared", "zeroed")
            for happening in case.histories.of(identity)
            if backward.event < happening.event < step.event
        ):
            return True
    return False


def _root(case: Case, module: Module) -> Module:
    while module.parent is not None:
        module = case.run.modules[module.parent]
    return module


def _train(case: Case, root: Module, backward: BackwardPass, line: int) -> list[Edit]:
    """`model.train()` as the first statement of the outermost loop around the training."""
    loops = [
        node for node in case.source.tree(None).body
        if isinstance(node, (ast.For, ast.While)) and backward.spot is not None
        and node.lineno < backward.spot <= (node.end_lineno or 0)
    ]  # fmt: skip
    if len(loops) != 1 or not root.path.isidentifier() or loops[0].body[0].lineno == line:
        return []
    return [case.source.before(loops[0].body[0], f"{root.path}.train()")]
