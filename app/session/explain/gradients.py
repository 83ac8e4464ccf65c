from __future__ import annotations

from collections.abc import Iterable

from app.contract.records import Gradient, Trace, Why
from app.session.explain.candidates import Candidate


def gradients(trace: Trace, candidates: Iterable[Candidate]) -> list[Gradient]:
    return [
        Gradient(
            c.tensor.id,
            c.name,
            c.requires_grad,
            c.grad,
            c.shape,
            [],
            Why("accumulated" if c.grad else "no_backward", "", [], [], None),
        )
        for c in candidates
    ]
