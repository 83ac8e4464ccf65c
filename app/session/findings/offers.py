"""Whether a fix still has to be tried, or may be offered."""

from __future__ import annotations

from app.contract.records import Fix


def is_pending(fix: Fix | None) -> bool:
    """Return whether a fix has edits that were not tried yet."""
    return fix is not None and bool(fix.edits) and fix.effect is None and fix.untried is None


def is_offered(fix: Fix | None) -> bool:
    """Return whether the edits may be offered: they were tried, or the fix says why not."""
    return fix is not None and bool(fix.edits) and not is_pending(fix)
