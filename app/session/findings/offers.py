"""What is known of a fix: whether its edits are still to be tried, or may be offered."""

from __future__ import annotations

from app.contract.records import Fix


def is_pending(fix: Fix | None) -> bool:
    """Whether a fix has edits of which nothing is known yet."""
    return fix is not None and bool(fix.edits) and fix.effect is None and fix.untried is None


def is_offered(fix: Fix | None) -> bool:
    """Whether the edits may be offered: they were tried, or the user is told why they were not."""
    return fix is not None and bool(fix.edits) and not is_pending(fix)
