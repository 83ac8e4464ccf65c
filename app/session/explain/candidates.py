"""The tensors that get a row in the table of gradients, and what their `.grad` was at the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import inf

from app.contract.messages import GradRow
from app.contract.records import BackwardPass, BackwardStep, Summary, Tensor
from app.session.explain.history import Histories
from app.session.explain.remade import Remade, leaves, remade
from app.session.language import tr
from app.session.run import Run

Row = tuple[GradRow, Summary | None]
"""What was sent of a `.grad`, and its summary."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A variable that a user would ask about.

    `tensor` is its last value.  `remade` says how often a leaf of this name was made on one line
    (a layer that is made in `forward`): it is the last of them.  `replaced` are the leaves whose
    name it took (`model = torch.load(...)`), by identity.
    """

    tensor: Tensor
    name: str
    requires_grad: bool
    grad: Summary | None
    shape: list[int] | None
    remade: Remade | None = None
    replaced: tuple[int, ...] = ()


def candidates(run: Run, rows: Iterable[Row]) -> list[Candidate]:
    """Return one candidate per variable, from the last row of each.

    A run that broke off has no final rows; its parameters and named leaves replace the ones it
    would have sent, with the `.grad` that was last seen.
    """
    tensors, names = run.tensors, run.names
    known = {tensors[row.tensor].identity: (row, grad) for row, grad in rows}
    final = [(row, grad) for row, grad in known.values() if row.final]
    if final:
        found = [_candidate(tensors[row.tensor], (row, grad), names) for row, grad in final]
    else:
        asked = {t.identity: t for t in _asked(run)}
        asked.update((identity, tensors[row.tensor]) for identity, (row, _) in known.items())
        found = [_candidate(t, known.get(identity), names) for identity, t in asked.items()]
        found = _up_to_date(run, found, known)
    return _one_of_each(run, _in_order(run, found))


def _in_order(run: Run, found: list[Candidate]) -> list[Candidate]:
    """Parameters first, in the order of modules and of `named_parameters()`; then as first seen."""
    parameters = (number for module in run.trace.modules for number in module.parameters)
    registered = (run.identity(number) for number in parameters)
    places = {identity: place for place, identity in enumerate(dict.fromkeys(registered))}

    def place(candidate: Candidate) -> tuple[bool, int, int]:
        tensor = candidate.tensor
        outside = places.get(tensor.identity, len(places))
        return tensor.kind != "parameter", outside, tensor.identity

    return sorted(found, key=place)


def _one_of_each(run: Run, found: list[Candidate]) -> list[Candidate]:
    """Of leaves of one name that one line made again and again, the last one alone."""
    made = remade(run)
    last: dict[object, Candidate] = {}
    for candidate in found:
        again = made.get(candidate.tensor.identity)
        key = candidate.tensor.identity if again is None else (candidate.name, again)
        last[key] = replace(candidate, remade=again)
    return _with_replaced(run, list(last.values()))


def _with_replaced(run: Run, found: list[Candidate]) -> list[Candidate]:
    """With the leaves of the same name that have no row, and were not made on the same line."""
    rows = Counter(candidate.name for candidate in found)
    holders: dict[str, dict[int, None]] = defaultdict(dict)
    for tensor in _asked(run):
        if tensor.name is not None and rows[tensor.name] == 1:
            holders[tensor.name][tensor.identity] = None
    return [
        candidate
        if candidate.remade is not None or len(holders[candidate.name]) < 2
        else replace(
            candidate,
            replaced=tuple(i for i in holders[candidate.name] if i != candidate.tensor.identity),
        )
        for candidate in found
    ]


def _up_to_date(run: Run, found: list[Candidate], known: dict[int, Row]) -> list[Candidate]:
    """Follow what happened to each `.grad` after its last row.

    The record ends between a backward pass, or what cleared a `.grad`, and the row that says so.
    """
    histories = Histories(run)

    def settled(candidate: Candidate) -> Candidate:
        identity = candidate.tensor.identity
        since = known[identity][0].event if identity in known else -1
        last = next(histories.before(identity, inf), None)
        if last is None or last.event <= since or last.kind not in ("accumulated", "cleared"):
            return candidate
        before = [h for h in histories.of(identity) if h.backward is not last.backward][-1:]
        if last.backward is None or any(happening.kind != "cleared" for happening in before):
            return replace(candidate, grad=None, shape=None)  # cleared, or the sum was not read
        step = next(_steps_into(run, identity, last.backward), None)
        return candidate if step is None else replace(candidate, grad=step.grad, shape=step.shape)

    return [settled(candidate) for candidate in found]


def _steps_into(run: Run, identity: int, backward: BackwardPass) -> Iterator[BackwardStep]:
    """Yield the steps of a pass that brought a gradient to a leaf, the last one first."""
    for step in reversed(backward.steps):
        if step.tensor is not None and step.grad and run.identity(step.tensor) == identity:
            yield step


def _asked(run: Run) -> Iterator[Tensor]:
    """Yield the parameters, and the named leaves that require grad."""
    return (one for one in leaves(run) if one.kind == "parameter" or one.name is not None)


def _candidate(tensor: Tensor, last: Row | None, names: dict[int, str]) -> Candidate:
    name = names.get(tensor.identity) or tr("unnamed tensor")
    if last is None:
        return Candidate(tensor, name, tensor.requires_grad, None, None)
    row, grad = last
    return Candidate(tensor, name, row.requires_grad, grad, row.shape)
