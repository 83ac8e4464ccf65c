"""The recorder's knowledge of a living tensor."""

from __future__ import annotations

from app.tracer.weak import Weak


class Tracked(Weak):
    """A weak reference to a tensor of the snippet, with what is known of it."""

    __slots__ = (
        "cut_off",
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
    """Whether it is an inference tensor, which has no version."""
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
    """Whether its name was searched among the variables, or follows from the call that made it."""
    would_require_grad: bool
    """Whether it would require grad had grad mode been on all along."""
    cut_off: bool
    """Whether the call that made it dropped a history: `loss.data`."""
    exact: bool
    leaf: bool
    outdated: bool
    """Whether it is a view whose storage was changed elsewhere, so that its grad_fn is outdated."""
    requires_grad: bool
    deserves_row: bool
    """Whether it is a parameter, or a leaf that requires or required grad."""
