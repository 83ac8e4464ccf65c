"""The tensors that get a row in the table of gradients, and what their `.grad` was at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.contract.messages import GradRow
from app.contract.records import Summary, Tensor, Trace
from app.session.language import tr
from app.session.summaries import summary_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """A variable that a user would ask about.  `tensor` is its last value."""

    tensor: Tensor
    name: str
    requires_grad: bool
    grad: Summary | None
    shape: list[int] | None


def candidates(trace: Trace, rows: Iterable[GradRow]) -> list[Candidate]:
    """One candidate per variable, from the last row of each.

    A run that broke off has no final rows; its parameters and named leaves stand in for the ones
    it would have sent, with the `.grad` that was last seen.
    """
    tensors = {tensor.id: tensor for tensor in trace.tensors}
    names = {t.identity: t.name for t in trace.tensors if t.name is not None}
    known = {tensors[row.tensor].identity: row for row in rows}
    final = {identity: row for identity, row in known.items() if row.final}
    if final:
        return [_candidate(tensors[row.tensor], row, names) for row in final.values()]
    leaves = {t.identity: t for t in trace.tensors if _would_be_asked(t)}
    leaves.update((identity, tensors[row.tensor]) for identity, row in known.items())
    return [_candidate(t, known.get(identity), names) for identity, t in leaves.items()]


def _would_be_asked(tensor: Tensor) -> bool:
    named_leaf = tensor.name is not None and tensor.is_leaf and tensor.requires_grad
    return tensor.kind == "parameter" or named_leaf


def _candidate(tensor: Tensor, row: GradRow | None, names: dict[int, str]) -> Candidate:
    name = names.get(tensor.identity) or tr("unnamed tensor")
    if row is None:
        return Candidate(tensor, name, tensor.requires_grad, None, None)
    grad = None if row.grad is None else summary_of(row.grad)
    return Candidate(tensor, name, row.requires_grad, grad, row.shape)
