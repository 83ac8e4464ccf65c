"""What a run is asked to change, and the words on what each change applied to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.contract.messages import MatchedRow
from app.contract.records import Change
from app.tracer.grad_modes.what_if import RequestedMode, requested_mode


class Changes:
    """The changes of a run, and rows for what matches them, each sent once."""

    def __init__(self, asked: Sequence[Change], put: Callable[[MatchedRow], None]) -> None:
        self.asked = asked
        self._put = put
        self._reported: set[MatchedRow] = set()

    @property
    def mode(self) -> RequestedMode | None:
        """The last mode that was asked for."""
        modes = [mode for kind, _ in self.asked if (mode := requested_mode(kind)) is not None]
        return modes[-1] if modes else None

    def of_kinds(self, *kinds: str) -> list[tuple[int, Change]]:
        """Return the changes of some kinds, each with its place, the last one first."""
        found = [(place, one) for place, one in enumerate(self.asked) if one.kind in kinds]
        return found[::-1]

    def matched(
        self,
        change: int,
        text: str,
        *,
        line: int | None = None,
        tensor: int | None = None,
        module: int | None = None,
    ) -> MatchedRow:
        """Report what a change, given by its place, applied to."""
        return self._report(MatchedRow(change, text, line, tensor, module))

    def changed(self, matched: MatchedRow) -> None:
        """Report that the program used what a change applied to in another state than its own."""
        self._report(matched._replace(changed=True))

    def _report(self, row: MatchedRow) -> MatchedRow:
        if row not in self._reported:
            self._reported.add(row)
            self._put(row)
        return row
