"""Which process of a distributed run this is, as launchers such as torchrun say it."""

from __future__ import annotations

from collections.abc import Mapping


def rank_in(environment: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Return the process's rank and the number of ranks; None where they are not known.

    >>> rank_in({"RANK": "1", "WORLD_SIZE": "2"}), rank_in({"WORLD_SIZE": "2"})
    ((1, 2), (None, None))
    """
    rank, world = (_number(environment.get(name, "")) for name in ("RANK", "WORLD_SIZE"))
    return rank, None if rank is None else world


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None
