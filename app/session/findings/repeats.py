"""Removes findings that repeat what a more severe one says about the same parameters."""

from __future__ import annotations

from app.contract.records import Finding
from app.session.findings.case import SEVERITIES, Case

_CUTS = (
    "cut_by_grad_mode", "cut_by_detach", "left_torch", "rewrapped_tensor",
    "not_differentiable_on_path", "unregistered_module", "non_leaf_parameter",
)  # fmt: skip
_SAID_BY: dict[str, tuple[str, ...]] = {
    "step_without_gradient": ("nothing_trains", "gradient_thrown_away", *_CUTS),
    "gradient_thrown_away": ("nothing_trains",),
    "frozen_in_optimizer": ("nothing_trains",),
    "gradients_add_up": ("target_gets_gradients", "never_updated"),
    "not_in_loss": ("computed_outside_torch", "named_not_called", "data_write_unseen"),
    "not_in_optimizer": ("unregistered_module",),
    "data_write_unseen": ("data_write_on_saved",),
}
"""By code: the findings that give the reason for it."""


def without_repeats(case: Case, found: list[Finding]) -> list[Finding]:
    """Return the findings without those whose parameters all have their reason in another one
    that is at least as severe."""
    return [one for one in found if not any(_says(case, other, one) for other in found)]


def _says(case: Case, other: Finding, one: Finding) -> bool:
    if other.code not in _SAID_BY.get(one.code, ()) or not one.tensors:
        return False
    if SEVERITIES.index(other.severity) > SEVERITIES.index(one.severity):
        return False
    reported = {case.identity(tensor) for tensor in other.tensors}
    return all(case.identity(tensor) in reported for tensor in one.tensors)
