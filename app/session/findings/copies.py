"""Parameters that are a copy of a trained one: targets, teachers, fast weights."""

from __future__ import annotations

from app.contract.records import Tensor
from app.session.findings.case import Case

_Key = tuple[object, ...]


def copied_modules(case: Case) -> set[int]:
    """The outermost modules of which a parameter ever held the very values of a parameter that an
    optimizer has, and that belongs to another outermost module.

    By values, as a `deepcopy` leaves no operation that leads from one to the other.
    """
    owned = case.evidence.optimizers
    originals: dict[_Key, set[int | None]] = {}
    for identity in owned:
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


def _key(value: Tensor) -> _Key | None:
    """Equal for equal values; None where all elements are alike, as after `zeros_`."""
    summary = value.summary
    if summary.norm is None or summary.min == summary.max:
        return None
    figures = (summary.min, summary.max, summary.mean, summary.norm)
    return (*value.shape, *figures)
