"""The states of lines as the child sends them, as ranges."""

from __future__ import annotations

from app.contract.messages import LinesRow
from app.contract.records import LineRange, Lines


def lines_of(row: LinesRow) -> Lines:
    """
    >>> lines_of(LinesRow("+. +--. -"))
    Lines(ran=[LineRange(first=1, last=2), LineRange(first=4, last=4)], \
not_run=[LineRange(first=5, last=7), LineRange(first=9, last=9)])
    """
    found: dict[str, list[LineRange]] = {"+": [], "-": []}
    state = ""
    for number, letter in enumerate(row.states, start=1):
        state = state if letter == "." else letter
        ranges = found.get(state)
        if ranges is None:
            continue
        if ranges and ranges[-1].last == number - 1:
            ranges[-1] = ranges[-1]._replace(last=number)
        else:
            ranges.append(LineRange(number, number))
    return Lines(found["+"], found["-"])
