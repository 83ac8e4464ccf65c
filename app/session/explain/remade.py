"""Leaves that one line of the snippet makes repeatedly, such as a layer made in `forward`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from app.contract.records import Tensor
from app.session.run import Run


class Remade(NamedTuple):
    """Leaves of one name that one line made, in order."""

    identities: tuple[int, ...]
    line: int

    @property
    def times(self) -> int:
        return len(self.identities)


def leaves(run: Run) -> Sequence[Tensor]:
    """Return the parameters, and the leaves that require grad."""
    return run.tensor_columns.like(
        lambda form: form.kind == "parameter" or (form.is_leaf and form.requires_grad)
    )


def remade(run: Run) -> dict[int, Remade]:
    """Return, by identity, the leaves that share their name and their line with others."""
    groups: dict[tuple[str, int], list[int]] = defaultdict(list)
    last = [one.identity for one in leaves(run) if run.values[one.identity][-1].id == one.id]
    for identity in sorted(last, key=lambda identity: run.values[identity].places[0]):
        name = run.names.get(identity)
        line = None if name is None else run.made_on(identity)
        if name is not None and line is not None:
            groups[name, line].append(identity)
    return {
        identity: Remade(tuple(group), line)
        for (_, line), group in groups.items()
        if len(group) > 1
        for identity in group
    }
