"""What is known of a tensor while it lives."""

from __future__ import annotations

from app.tracer.weak import Weak


class Tracked(Weak):
    """A tensor of the snippet, by weak reference."""

    __slots__ = (
        "deserves_row",
        "exact",
        "id",
        "identity",
        "inference",
        "key",
        "leaf",
        "line",
        "made_by_call",
        "maker",
        "name",
        "outdated",
        "requires_grad",
        "sought",
        "storage",
        "storage_key",
        "version",
        "view_of",
        "would_require_grad",
    )

    id: int
    """The current value's number in the trace."""
    identity: int
    inference: bool
    """An inference tensor, which keeps no version."""
    key: int
    storage: int
    storage_key: int
    version: int
    view_of: int | None
    name: str | None
    line: int | None
    made_by_call: bool
    maker: int | None
    """The operation that made it or changed it last."""
    sought: bool
    """Its name was looked for among the variables (or follows from the call that made it)."""
    would_require_grad: bool
    """Whether it would require grad had grad mode been on all along."""
    exact: bool
    leaf: bool
    outdated: bool
    """A view whose storage was changed other than through it: its grad_fn is not up to date."""
    requires_grad: bool
    deserves_row: bool
    """A parameter, or a leaf that requires grad or did: its `.grad` may be asked for."""
