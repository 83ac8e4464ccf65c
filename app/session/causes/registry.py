"""The kinds of causes: whoever wants to say, show or do something about one asks here."""

from __future__ import annotations

from typing import Literal, assert_never, get_args

from app.contract.records import Cause, CauseKind, GradModeSpan, Operation
from app.session.causes.backward import InBackward
from app.session.causes.call import SetByCall
from app.session.causes.custom_function import InFunction
from app.session.causes.decorator import Decorator
from app.session.causes.kind import Kind
from app.session.causes.library import Library
from app.session.causes.optimizer import InOptimizer
from app.session.causes.what_if import WhatIf
from app.session.causes.with_block import WithBlock


def _made(kind: CauseKind) -> Kind:
    match kind:
        case "with":
            return WithBlock()
        case "decorator":
            return Decorator()
        case "call":
            return SetByCall()
        case "optimizer":
            return InOptimizer()
        case "custom_function":
            return InFunction()
        case "backward":
            return InBackward()
        case "library":
            return Library()
        case "what_if":
            return WhatIf()
        case _:
            assert_never(kind)


_KINDS: dict[CauseKind, Kind] = {kind: _made(kind) for kind in get_args(CauseKind)}


def kind_of(cause: Cause) -> Kind:
    return _KINDS[cause.kind]


def is_own(cause: Cause | None) -> bool:
    """Whether the snippet itself opened the region."""
    return cause is not None and kind_of(cause).is_own


def is_by_mode(operation: Operation) -> bool:
    """Whether grad mode or inference mode kept it from being recorded."""
    return operation.reason in ("no_grad", "inference_mode")


def mode_of(span: GradModeSpan) -> Literal["no_grad", "inference_mode"]:
    return "inference_mode" if span.kind == "inference_mode" else "no_grad"


def turns_off(span: GradModeSpan) -> bool:
    """Whether a region turns recording off; one that has no effect in a what-if does not."""
    return span.effective and would_turn_off(span)


def would_turn_off(span: GradModeSpan) -> bool:
    """Whether a region turns recording off unless a what-if takes its effect away."""
    return span.enabled == (span.kind == "inference_mode")
