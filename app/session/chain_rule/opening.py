"""Puts an opened step together from a run and from what its hidden run answered."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from app.contract.messages import OpenedRow
from app.contract.records import BackwardStep
from app.session.chain_rule.answers import StepAnswers, Values
from app.session.chain_rule.equations import StepParts, accumulation, equations, listed, matrix
from app.session.chain_rule.expressions import expression, names_in
from app.session.chain_rule.model import (
    Equation,
    NotAsked,
    OpenedStep,
    Rule,
    SavedRow,
    StepPlace,
)
from app.session.chain_rule.naming import Operand, StepNames
from app.session.chain_rule.rules.rule import known_of
from app.session.chain_rule.rules.table import RULES, rule_of
from app.session.chain_rule.symbols import Formula, Piece
from app.session.language import ngettext, number, tr
from app.session.run import Run
from app.session.source.effects import first_effect
from app.session.trace.values.summaries import flatten

_LONGEST_LINE = 40
"""A longer one is not written behind the name of the operation."""
_EQUAL = 1e-4
"""Norms that differ by a smaller share are those of the same numbers."""


def opened_step(
    run: Run, backward: int, step: int, rows: Sequence[Any] | None = None
) -> OpenedStep:
    """Return a step (from 1) of a backward pass; without `rows`, what the trace itself has."""
    record = run.passes[backward].steps[step - 1]
    operation = None if record.operation is None else run.operations[record.operation]
    node = None if record.node is None else run.node_columns.by_id.get(record.node)
    fills = run.passes[backward].call == "backward"
    naming = StepNames(run, operation, node, record.grad_fn, fills=fills)
    title, code, line = record.grad_fn, "", None
    if operation is not None:
        title, line = operation.name, operation.spot
        text = "" if line is None else run.line_text(line)
        code = text if 0 < len(text) <= _LONGEST_LINE else run.code(operation)
    leaf = None if record.tensor is None else naming.leaf(record.tensor)
    if leaf is not None:
        title, line = leaf.full, leaf.line
    base = OpenedStep(step, record.grad_fn, title, code, record.operation, line)
    if rows is None:
        return replace(base, equations=tuple(_from_trace(record, naming, leaf)))
    answers = StepAnswers()
    answers.add(rows)
    if (problem := _problem(record, answers)) is not None:
        return replace(base, problem=problem, equations=tuple(_from_trace(record, naming, leaf)))
    row = answers.row
    assert row is not None
    if leaf is None:
        return _node_step(base, _parts(backward, naming, answers, row))
    naming.result = leaf
    return _leaf_step(base, StepParts(naming, answers, row, None, {}, {}, backward, {}), leaf)


def not_asked(run: Run, place: StepPlace) -> OpenedStep | None:
    """Return a step as the trace has it if the program must not run again; None if it may."""
    effect = first_effect(run.trace.snippet.text)
    if effect is None:
        return None
    text = tr("Line {line} has effects outside the program ({call}): it is not run again.")
    problem = text.format(line=effect.line, call=effect.call)
    return replace(opened_step(run, *place), problem=problem)


def _from_trace(
    record: BackwardStep, naming: StepNames, leaf: Operand | None
) -> Iterator[Equation]:
    """Yield what arrives, as the trace has it."""
    grad = record.grad
    if grad is None:
        return
    norm = grad.norm if isinstance(grad.norm, (int, float)) else None
    try:
        numbers = tuple(float(one) for one in flatten(grad.values) if one is not None) or None
    except ValueError:  # complex numbers
        numbers = None
    values = Values(tuple(record.shape), numbers, norm, grad.picture)
    name = naming.gradient(naming.result if leaf is None else leaf)
    yield Equation(1, tr("What arrives"), "", (matrix(values, name, "", "gradient"),))


def _problem(record: BackwardStep, answers: StepAnswers) -> str | None:
    """Return why there is no answer that belongs to this step, None if there is one."""
    other = tr("The program gave other numbers when it ran again. Fix its seed to open its steps.")
    if answers.refused == "not_reached":
        return tr("The program did not reach this step when it ran again. Fix its seed to open it.")
    if answers.refused:
        return tr("torch has no numbers for this step: {error}").format(error=answers.refused)
    if answers.row is None:
        return tr("The program ended before it answered. Run it again to open its steps.")
    if answers.row.name != record.grad_fn:
        return other
    arrived = answers.first_arrived
    if record.grad is None or arrived is None or arrived.norm is None:
        return None
    before = record.grad.norm
    if isinstance(before, (int, float)) and not math.isclose(
        before, arrived.norm, rel_tol=_EQUAL, abs_tol=1e-12
    ):
        return other
    return None


def _parts(backward: int, naming: StepNames, answers: StepAnswers, row: OpenedRow) -> StepParts:
    made = naming.operation
    own = row.settings if made is None else {**row.settings, "call": made.name}
    kept = naming.saved_names.union(name for role, _, name in answers.values if role == "saved")
    rule = rule_of(row.name, {**own, **dict.fromkeys(kept, True)})
    if rule is not None and naming.is_complex and not rule.is_linear(own):
        rule = None
    edges = row.edges
    names = [f"input{at}" for at in range(len(edges))] if rule is None else rule.inputs(len(edges))
    inputs = dict(zip(names, naming.inputs(names, edges), strict=False))
    given = _shape_of_first(names, answers)
    arrived = answers.first_arrived
    settings = known_of(own, given, () if arrived is None else arrived.shape)
    parts = StepParts(naming, answers, row, rule, settings, inputs, backward, {})
    for name, one in inputs.items():
        if one.identity is None:
            one.number = _single(answers.saved(name))
    for name in _needed(parts, list(inputs)) - inputs.keys() - {"result"}:
        found = naming.saved(name)
        found.number = _single(answers.saved(name))
        parts.others[name] = found
    return parts


def _shape_of_first(names: list[str], answers: StepAnswers) -> tuple[int, ...]:
    """Return the shape of the first input as far as it is known."""
    going = answers.value("going", 0)
    saved = answers.saved(names[0]) if names else None
    return going.shape if going is not None else saved.shape if saved is not None else ()


def _single(values: Values | None) -> float | None:
    if values is None or values.shape or values.numbers is None:
        return None
    (number,) = values.numbers
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _needed(parts: StepParts, inputs: Iterable[str]) -> set[str]:
    """Return what the rule names for the gradients of these inputs, and for the result."""
    trees = [parts.expression_of(name) for name in inputs]
    if parts.rule is not None:
        trees.append(expression(parts.rule.forward, parts.settings))
    return set().union(*(names_in(tree) for tree in trees if tree is not None))


def _node_step(base: OpenedStep, parts: StepParts) -> OpenedStep:
    asked = parts.asked
    return replace(
        base,
        rule=_rule(parts),
        no_rule=_no_rule(base, parts),
        not_asked=tuple(_not_asked(parts, asked)),
        equations=tuple(equations(parts)),
        saved=tuple(_saved(parts, asked)),
        problem=_limit(parts.row.limit),
    )


def _limit(limit: str) -> str:
    if limit == "hooks":
        return tr(
            "The saved tensors of this node pass through hooks, which are not called again: "
            "in and out are measured."
        )
    if limit and limit != "custom":
        return tr("torch has no derivative for this step: {error}").format(error=limit)
    return ""


def _no_rule(base: OpenedStep, parts: StepParts) -> str:
    if parts.rule is not None:
        return ""
    if parts.naming.is_complex and base.grad_fn in RULES:
        text = tr("The rule of {node} is for real numbers; in and out are measured.")
    elif base.grad_fn in RULES:
        text = tr("The rule of {node} does not fit its settings; in and out are measured.")
    elif parts.row.limit == "custom":
        text = tr("{node} is a Function of the program: in and out are measured.")
    else:
        text = tr("torch gives no formula for {node}; in and out are measured.")
    return text.format(node=base.grad_fn)


def _rule(parts: StepParts) -> Rule | None:
    if parts.rule is None:
        return None
    is_one = Piece(" = ")
    forward = parts.formula(expression(parts.rule.forward, parts.settings))
    backward: list[Formula] = []
    for name in parts.shown:
        tree = parts.expression_of(name)
        if tree is not None:
            left = parts.naming.gradient(parts.inputs[name])
            right = parts.formula(tree)
            if parts.is_summed(tree, list(parts.inputs).index(name)):
                right = (Piece("Σ("), *right, Piece(")"))
            backward.append((*left, is_one, *right))
    outputs = [parts.naming.output(slot).name for slot in parts.answers.arrived]
    forward = (*listed(outputs), is_one, *forward)
    words = tr(parts.rule.words)
    if left_out := len(parts.asked) - len(parts.shown):
        more = ngettext("{count} more input gets", "{count} more inputs get", left_out)
        more = more.format(count=number(left_out))
        words = tr("{words} {inputs} a gradient too.").format(words=words, inputs=more)
    return Rule(forward, tuple(backward), words)


def _not_asked(parts: StepParts, asked: list[str]) -> Iterator[NotAsked]:
    for (name, one), slot in zip(parts.inputs.items(), parts.row.edges, strict=False):
        if name in asked or one.number is not None:
            continue
        if slot >= 0:
            yield NotAsked(parts.naming.gradient(one), tr("is not needed in this pass"))
        elif one.identity is not None:
            yield NotAsked(parts.naming.gradient(one), tr("is not asked for"))


def _saved(parts: StepParts, asked: list[str]) -> Iterator[SavedRow]:
    """Yield what forward kept, and what it would have kept for gradients that are not asked for."""
    node = parts.naming.node
    kept = () if node is None else node.saved
    seen = set()
    for one in kept:
        seen.add(one.name)
        known = parts.inputs.get(one.name) or parts.others.get(one.name)
        operand = known or parts.naming.saved(one.name)
        need = [name for name in asked if one.name in _needs(parts, name)]
        yield _saved_row(parts, operand, one.name, one.bytes, need)
    for name in parts.inputs:
        if name in asked or parts.inputs[name].identity is None:
            continue
        for missing in sorted(_needs(parts, name) & parts.inputs.keys() - seen):
            seen.add(missing)
            operand = parts.inputs[missing]
            text = tr("would only be needed for")
            grad = parts.naming.gradient(parts.inputs[name])
            yield SavedRow(operand.full, "", 0, text, grad, operand.line)


def _needs(parts: StepParts, name: str) -> set[str]:
    tree = parts.expression_of(name)
    return set() if tree is None else names_in(tree)


def _saved_row(
    parts: StepParts, operand: Operand, as_: str, size: int, need: list[str]
) -> SavedRow:
    line = operand.line
    grad = parts.naming.gradient(parts.inputs[need[0]]) if need else ()
    if line is not None and need:
        text = tr("line {line}, for").format(line=line)
    elif need:
        text = tr("for")
    else:
        text = "" if line is None else tr("line {line}").format(line=line)
    return SavedRow(operand.full, as_, size, text, grad, line)


def _leaf_step(base: OpenedStep, parts: StepParts, leaf: Operand) -> OpenedStep:
    """Return a step that adds to the `.grad` of a leaf."""
    name = (*leaf.name, Piece(".grad", "italic"))
    left = (*name, Piece(" = "), *name, Piece(" + "), *parts.naming.gradient(leaf))
    words = tr("What arrives is added to what .grad holds, or becomes it.")
    return replace(base, rule=Rule((), (left,), words), equations=tuple(accumulation(parts, leaf)))
