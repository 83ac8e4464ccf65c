"""Parameters that are a copy of a trained one: targets, teachers, fast weights."""

from __future__ import annotations

from collections.abc import Iterable

from app.contract.records import Gradient, Optimizer, Tensor
from app.session.findings.case import Case

_Key = tuple[object, ...]


def copied_modules(case: Case) -> set[int]:
    """Return the outermost modules that are copies of a trained one.

    A parameter of a copy had, at some time, the values of an optimizer's parameter in another
    outermost module.  Values are compared because `deepcopy` is not an operation.  Where only the
    optimizer still has the original, the other replaced it and follows nothing.  Where the original
    got no gradient, the optimizer was given the copy.
    """
    owned = case.evidence.optimizers
    originals: dict[_Key, set[int | None]] = {}
    for identity in owned:
        if is_only_in_optimizers(case, identity) or not case.evidence.arrivals(identity):
            continue
        for value in case.run.values[identity]:
            if (key := _key(value)) is not None:
                originals.setdefault(key, set()).add(case.root_of(identity))
    found = set()
    for identity in case.evidence.parameters:
        root = case.root_of(identity)
        if root is None or identity in owned:
            continue
        keys = map(_key, case.run.values[identity])
        if any(originals.get(key, set()) - {root} for key in keys if key is not None):
            found.add(root)
    return found


def held_instead(case: Case, rows: Iterable[Gradient], optimizer: Optimizer) -> list[Gradient]:
    """Return the parameters of an optimizer that got no gradient and belong to a copy of `rows`."""
    values = (value for row in rows for value in case.run.values[case.identity(row.tensor)])
    wanted = {key for value in values if (key := _key(value)) is not None}
    held = [case.identity(one) for one in optimizer.parameters]
    held = [one for one in held if one in case.rows and not case.evidence.arrivals(one)]
    copies = {
        case.root_of(one)
        for one in held
        if any(_key(value) in wanted for value in case.run.values[one])
    }
    return [case.rows[one] for one in held if case.root_of(one) in copies]


def is_only_in_optimizers(case: Case, identity: int) -> bool:
    """Whether neither a module nor a variable has a parameter of an optimizer at the end."""
    name = case.run.names.get(identity)
    is_named = name is not None and case.parameters_of_name.get(name, [identity])[-1] == identity
    return case.root_of(identity) is None and not is_named


def _key(value: Tensor) -> _Key | None:
    """Return a key that is equal for equal values; None if all elements are equal (`zeros_`)."""
    summary = value.summary
    if summary.norm is None or summary.min == summary.max:
        return None
    figures = (summary.min, summary.max, summary.mean, summary.norm)
    return (*value.shape, *figures)
