"""Rows of a hidden run, which are not trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from app.contract.kinds import KINDS


def received(batch: Iterable[Any], *kinds: type) -> Iterator[Any]:
    """Yield the rows of these kinds, each in its type; leave out what does not fit it.

    >>> from app.contract.messages import NotMeasuredRow
    >>> list(received([["not_measured", "no"], ["not_measured", 1], [{}], 7], NotMeasuredRow))
    [NotMeasuredRow(reason='no')]
    """
    wanted = {KINDS[one]: one for one in kinds}
    for row in batch:
        kind = row[0] if type(row) is list and row else None
        if isinstance(kind, str) and kind in wanted:
            try:
                typed: Any = msgspec.convert(row[1:], wanted[kind])
            except msgspec.ValidationError:
                continue
            yield typed
