"""Every rule by the code of what it finds, and the order in which findings are reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from app.contract.records import Finding, Fix, Trace
from app.session.findings.case import SEVERITIES, Case
from app.session.findings.edits import edited_texts, overlap
from app.session.findings.learning import (
    accumulation,
    aliases,
    by_hand,
    evaluation,
    freezing,
    kept,
    left_in_evaluation,
    optimizers,
    partly,
    read_late,
    scaled,
    stale,
    targets,
    thrown_away,
    training,
    uncalled,
    unmatched,
)
from app.session.findings.lost import (
    custom_backward,
    cuts,
    dropped,
    hidden,
    leaves,
    modules,
    outside,
    regions,
    unregistered,
)
from app.session.findings.raised import (
    deep_copies,
    distributed,
    empty_optimizers,
    errors,
    freed,
    hooked_views,
    in_place,
    parts,
    refused_parameters,
    shapes,
    without_history,
)
from app.session.findings.repeats import without_repeats
from app.session.findings.wrong_values import (
    constant_terms,
    exploding,
    gradients,
    losses,
    non_finite,
    symmetry,
)
from app.session.source.parsing import compiles
from app.session.training.evidence import Evidence

Rule = Callable[[Case], Iterator[Finding]]

OF_ERRORS: dict[str, Rule] = {
    "backward_without_history": without_history.backward_without_history,
    "non_scalar_backward": errors.non_scalar_backward,
    "in_place_on_leaf": in_place.in_place_on_leaf,
    "in_place_on_saved": in_place.in_place_on_saved,
    "graph_freed": freed.graph_freed,
    "inference_tensor_in_autograd": errors.inference_tensor_in_autograd,
    "integer_requires_grad": errors.integer_requires_grad,
    "unused_in_ddp": distributed.unused_in_ddp,
    "shape_mismatch": shapes.shape_mismatch,
    "empty_optimizer": empty_optimizers.empty_optimizer,
    "non_leaf_in_optimizer": refused_parameters.non_leaf_in_optimizer,
    "sparse_gradient_refused": refused_parameters.sparse_gradient_refused,
    "copied_with_history": deep_copies.copied_with_history,
    "hooked_view_in_place": hooked_views.hooked_view_in_place,
    "requires_grad_on_part": parts.requires_grad_on_part,
}
"""The rules that explain an error which ended the run."""
RULES: dict[str, Rule] = OF_ERRORS | {
    "nothing_trains": training.nothing_trains,
    "ddp_never_called": distributed.ddp_never_called,
    "patched_loss": leaves.patched_loss,
    "data_write_on_saved": hidden.data_write_on_saved,
    "data_write_unseen": hidden.data_write_unseen,
    "second_derivative_lost": custom_backward.second_derivative_lost,
    "non_finite_gradient": non_finite.non_finite_gradient,
    "non_finite_loss": non_finite.non_finite_loss,
    "gradient_explodes": exploding.gradient_explodes,
    "named_not_called": uncalled.named_not_called,
    "cut_by_grad_mode": cuts.cut_by_grad_mode,
    "cut_by_detach": cuts.cut_by_detach,
    "left_torch": cuts.left_torch,
    "rewrapped_tensor": cuts.rewrapped_tensor,
    "computed_outside_torch": outside.computed_outside_torch,
    "not_differentiable_on_path": cuts.not_differentiable_on_path,
    "non_leaf_parameter": leaves.non_leaf_parameter,
    "set_too_late": leaves.set_too_late,
    "grad_mode_left_off": regions.grad_mode_left_off,
    "checkpoint_without_grad_input": hidden.checkpoint_without_grad_input,
    "unregistered_module": unregistered.unregistered_module,
    "unregistered_tensor": unregistered.unregistered_tensor,
    "unused_parameter": modules.unused_parameter,
    "not_in_loss": partly.not_in_loss,
    "gradient_not_returned": partly.gradient_not_returned,
    "step_without_gradient": training.step_without_gradient,
    "freeze_undone": freezing.freeze_undone,
    "freeze_matches_nothing": unmatched.freeze_matches_nothing,
    "state_not_loaded": unmatched.state_not_loaded,
    "requires_grad_on_module": freezing.requires_grad_on_module,
    "requires_grad_misspelt": freezing.requires_grad_misspelt,
    "moved_while_frozen": training.moved_while_frozen,
    "statistics_move_while_frozen": freezing.statistics_move_while_frozen,
    "training_in_evaluation_mode": left_in_evaluation.training_in_evaluation_mode,
    "update_not_kept": by_hand.update_not_kept,
    "never_updated": by_hand.never_updated,
    "steps_change_nothing": partly.steps_change_nothing,
    "not_in_optimizer": optimizers.not_in_optimizer,
    "optimizer_never_steps": optimizers.optimizer_never_steps,
    "optimizer_made_again": optimizers.optimizer_made_again,
    "broadcast_loss": losses.broadcast_loss,
    "normalised_before_loss": losses.normalised_before_loss,
    "term_without_gradient": constant_terms.term_without_gradient,
    "clipped_nothing": scaled.clipped_nothing,
    "clipped_while_scaled": scaled.clipped_while_scaled,
    "stepped_while_scaled": scaled.stepped_while_scaled,
    "zero_gradient": gradients.zero_gradient,
    "target_gets_gradients": targets.target_gets_gradients,
    "loss_not_computed_again": stale.loss_not_computed_again,
    "gradients_add_up": accumulation.gradients_add_up,
    "detach_not_used": dropped.detach_not_used,
    "gradient_thrown_away": thrown_away.gradient_thrown_away,
    "averaged_with_itself": aliases.averaged_with_itself,
    "parameters_share_memory": aliases.parameters_share_memory,
    "units_are_alike": symmetry.units_are_alike,
    "kept_by_reference": aliases.kept_by_reference,
    "graph_kept": kept.graph_kept,
    "evaluation_records": evaluation.evaluation_records,
    "training_mode_in_evaluation": evaluation.training_mode_in_evaluation,
    "non_leaf_grad_read": leaves.non_leaf_grad_read,
    "cleared_grad_read": read_late.cleared_grad_read,
    "eval_is_not_no_grad": evaluation.eval_is_not_no_grad,
    "frozen_in_optimizer": optimizers.frozen_in_optimizer,
    "gradient_changed": gradients.gradient_changed,
    "ran_eagerly": hidden.ran_eagerly,
    "ran_unseen": hidden.ran_unseen,
}
"""The gravest first, as far as severities do not decide."""


def findings(evidence: Evidence) -> list[Finding]:
    """Return the findings of a trace whose gradients and training have been explained: errors,
    warnings, then the rest, each by line.  Takes time in proportion to the trace."""
    trace = evidence.trace
    if not trace.operations and trace.error is None:
        return []
    case = Case(evidence)
    found = without_repeats(case, [one for rule in RULES.values() for one in rule(case)])
    found = [replace(one, fix=_checked(trace, one.fix)) for one in found]
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), one.spot or 0))


def tells_of_error(trace: Trace) -> bool:
    """Whether a finding explains the error that ended the run."""
    return trace.error is not None and any(one.code in OF_ERRORS for one in trace.findings)


def _checked(trace: Trace, fix: Fix | None) -> Fix | None:
    """None where an edited text is not Python, and in a what-if: what the text does is seen in a
    run of the text.  The files of libraries are not edited."""
    if fix is None or trace.run.what_if:
        return None
    libraries = {file.id for file in trace.files if file.kind == "library"}
    if any(edit.file in libraries for edit in fix.edits):
        return replace(fix, edits=[])
    if overlap(fix.edits) or not all(map(compiles, edited_texts(trace, fix.edits).values())):
        return None
    return fix
