"""Leaves that one line of the snippet makes repeatedly, such as a layer made in `forward`."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from app.session.run import Run


class Remade(NamedTuple):
    """Leaves of one name that one line made, in order."""

    identities: tuple[int, ...]
    line: int

    @property
    def times(self) -> int:
        return len(self.identities)


def remade(run: Run) -> dict[int, Remade]:
    """Return, by identity, the leaves that share their name and their line with others."""
    groups: dict[tuple[str, int], list[int]] = defaultdict(list)
    for identity, values in run.values.items():
        last = values[-1]
        is_leaf = last.kind == "parameter" or (last.is_leaf and last.requires_grad)
        name = run.names.get(identity)
        line = run.made_on(identity) if is_leaf and name is not None else None
        if name is not None and line is not None:
            groups[name, line].append(identity)
    return {
        identity: Remade(tuple(group), line)
        for (_, line), group in groups.items()
        if len(group) > 1
        for identity in group
    }
