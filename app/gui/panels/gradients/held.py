"""Whether a row requires grad in the next run, and whether a what-if holds it there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.contract.records import Change
from app.gui.panels.gradients.rows import GradientRow
from app.session.language import paragraph, tr
from app.session.what_if.changes import state_asked


class HeldState(NamedTuple):
    is_frozen: bool
    is_changed: bool

    @property
    def words(self) -> str:
        return tr("frozen") if self.is_frozen else tr("trainable")

    @property
    def hint(self) -> str:
        first = tr("requires_grad is False.") if self.is_frozen else tr("requires_grad is True.")
        if self.is_changed:
            first = tr("Held by the what-if.")
        then = tr("Click to let it require grad in the next run. The text is not changed.")
        if not self.is_frozen:
            then = tr("Click to freeze it in the next run. The text is not changed.")
        return paragraph((first, then))


def held_state(row: GradientRow, changes: Sequence[Change]) -> HeldState:
    """Return the state of a row in a run with these changes, as far as it is known."""
    asked = state_asked(changes, row.gradient.name, "freeze", "unfreeze")
    requires_grad = row.gradient.requires_grad
    if asked is not None:
        return HeldState(asked.kind == "freeze", True)
    if row.as_written is not None:
        requires_grad = row.as_written.requires_grad
    return HeldState(not requires_grad, False)
