"""Values that were to be kept and are the parameters' own memory: `best = model.state_dict()`."""

from __future__ import annotations

from collections.abc import Iterator

from app.contract.records import Finding, Fix, Operation
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
