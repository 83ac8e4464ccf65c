"""Tensors that were to be apart and have one memory: `best = model.state_dict()`, `ema = net`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from app.contract.records import Finding, Fix, Gradient, Operation, Summary
from app.session.explain.phrases import listed
from app.session.findings.case import Case, finding
from app.session.findings.edits import called_name
from app.session.language import tr

_COMPARING = frozenset(("sub", "rsub", "eq", "ne", "equal", "allclose", "isclose", "mse_loss"))


def kept_by_reference(case: Case) -> Iterator[Finding]:
    """Find values that are loaded back into a parameter, or compared with it, after it changed,
    and that changed with it: they share its memory."""
    found: dict[tuple[int | None, int | None], tuple[Operation, Operation, list[int]]] = {}
    asked = case.run.operation_columns.like(
        lambda form: form.name == "copy_" or form.name in _COMPARING
    )
    for use in asked:
        if len(use.inputs) < 2:
            continue
        now, kept = use.inputs[:2]
        made = _reference(case, kept, now, use) or (
            None if use.name == "copy_" else _reference(case, now, kept, use)
        )
        if made is not None:
            found.setdefault((made.spot, use.spot), (made, use, []))[2].append(now)
    for made, use, tensors in found.values():
        yield _finding(case, made, use, tensors)


def averaged_with_itself(case: Case) -> Iterator[Finding]:
    """Find an average of weights whose two models are one: `ema = net`."""
    places: dict[int | None, tuple[Operation, list[int]]] = {}
    for average in case.run.changing:
        is_average = average.name == "lerp_" or _adds_to_a_product(case, average)
        if not is_average or average.phase != "forward" or len(average.inputs) < 2:
            continue
        mean, new = average.inputs[:2]
        if _behind(case, mean) == _behind(case, new) and case.tensor(mean).is_leaf:
            places.setdefault(average.spot, (average, []))[1].append(_behind(case, mean))
    for line, (average, identities) in places.items():
        rows = [case.rows[one] for one in dict.fromkeys(identities) if one in case.rows]
        names = case.owners(rows) or case.name(average.inputs[0])
        title = tr("Weights are averaged with themselves")
        text = tr(
            "Line {line} averages {names} with itself: the average and the model are the same "
            "object, so nothing is averaged."
        ).format(line=line, names=names)
        fix = Fix(tr("Make the average of a copy of the model: `copy.deepcopy(model)`."), [])
        yield finding("averaged_with_itself", "warning", line, title, text, [average],
                      [row.tensor for row in rows], fix)  # fmt: skip


def _adds_to_a_product(case: Case, operation: Operation) -> bool:
    """Whether it is the second half of `e.mul_(m).add_(p, alpha=1 - m)`."""
    before = case.run.producers.get(operation.inputs[0]) if operation.inputs else None
    is_chain = before is not None and before.name == "mul_" and before.spot == operation.spot
    return operation.name == "add_" and is_chain


def parameters_share_memory(case: Case) -> Iterator[Finding]:
    """Find parameters of an optimizer that are several and have one memory: tied by `.data`.

    Others may lie side by side in one storage.  These were stepped with different gradients and
    have the same values all the same.
    """
    groups: dict[tuple[int, tuple[int, ...]], list[Gradient]] = defaultdict(list)
    for identity, row in case.rows.items():
        if identity in case.given and case.evidence.steps(identity) and _last_grad(case, identity):
            tensor = case.run.values[identity][-1]
            groups[tensor.storage, tuple(tensor.shape)].append(row)
    for rows in groups.values():
        identities = [case.identity(row.tensor) for row in rows]
        values = {_figures(case.run.values[one][-1].summary) for one in identities}
        grads = {_figures(grad) for one in identities if (grad := _last_grad(case, one))}
        if len(rows) < 2 or len(values) > 1 or len(grads) == 1:
            continue
        names = listed(f"`{row.name}`" for row in rows)
        title = tr("Two parameters have the same memory")
        text = tr(
            "{names} are parameters of their own on one memory. Each has the gradient of its own "
            "uses alone, and each step changes the memory once for each of them."
        ).format(names=names)
        fix = Fix(tr("Assign the parameter itself instead of its `.data`: it is then one."), [])
        line = next((one.spot for one in case.trace.optimizers if one.number is not None), None)
        yield finding("parameters_share_memory", "warning", line, title, text, [],
                      [row.tensor for row in rows], fix)  # fmt: skip


def _last_grad(case: Case, identity: int) -> Summary | None:
    """The last `.grad` that was read and was there, as before `zero_grad()`."""
    readings = case.run.readings.get(identity, ())
    return next((one.grad for one in reversed(readings) if one.grad is not None), None)


def _figures(known: Summary) -> str:
    """What is the same for the same elements."""
    return repr((known.values, known.min, known.max, known.mean, known.norm))


def _reference(case: Case, kept: int, now: int, use: Operation) -> Operation | None:
    """What made `kept` of the same tensor as `now`, before something changed both."""
    made = case.run.producers.get(case.run.values[case.identity(kept)][0].id)
    if made is None or made.reason != "detached" or made.spot == use.spot:
        return None
    if _behind(case, kept) != _behind(case, now):
        return None
    storage = case.tensor(kept).storage
    changed = case.first_change(storage, made.event, use.event)
    return None if changed is None or storage != case.tensor(now).storage else made


def _behind(case: Case, value: int) -> int:
    """The identity of the tensor that a value is, or was detached from."""
    made = case.run.producers.get(case.run.values[case.identity(value)][0].id)
    while made is not None and made.reason == "detached" and made.inputs:
        value = made.inputs[0]
        made = case.run.producers.get(case.run.values[case.identity(value)][0].id)
    return case.identity(value)


def _finding(case: Case, made: Operation, use: Operation, tensors: list[int]) -> Finding:
    identities = dict.fromkeys(_behind(case, one) for one in tensors)
    rows = [case.rows[one] for one in identities if one in case.rows]
    names = case.owners(rows) or case.name(tensors[0])
    title = tr("What was kept changed with the parameters")
    text = tr(
        "{call} shares memory with {names}, so it has every change since. Line {line} therefore "
        "loads what is there already."
    )
    if use.name != "copy_":
        text = tr(
            "{call} shares memory with {names}, so it has every change since. Line {line} "
            "therefore compares values with themselves."
        )
    text = text.format(call=case.say(made), names=names, line=use.spot)
    description = tr("Keep a copy, with `clone()` or `copy.deepcopy`.")
    expression, call = case.source.expression(made), case.call_of(made)
    edits = []
    if expression is not None:
        code = f"{case.source.segment(expression)}.clone()"
        if call is not None and called_name(call) == "state_dict":
            code = f"{{k: v.clone() for k, v in {case.source.segment(call)}.items()}}"
        edits = [case.source.replaced(expression, code)]
    return finding("kept_by_reference", "warning", use.spot, title, text, [made, use],
                   [row.tensor for row in rows], Fix(description, edits))  # fmt: skip
