"""The parts of sentences: operations with their lines, reasons with theirs, lists of things."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import assert_never

from app.contract.records import BackwardPass, Cause, Operation
from app.session.causes.registry import kind_of
from app.session.language import ngettext, number, tr
from app.session.places import on_line
from app.session.run import Run

_NAMED = 4
"""How many of a kind are named one by one; the rest is counted."""


def joined(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return tr("{parts} and {last}").format(parts=", ".join(parts[:-1]), last=parts[-1])


def more(count: int) -> str:
    """What ends a list that is too long: "12 more"."""
    return tr("{count} more").format(count=number(count))


def listed(parts: Iterable[str]) -> str:
    """Joined, each once, the first few by name: "a, b, c, d and 12 more"."""
    unique = list(dict.fromkeys(parts))
    if len(unique) > _NAMED + 1:
        unique = [*unique[:_NAMED], more(len(unique) - _NAMED)]
    return joined(unique)


def placed(line: int | None, there: str, anywhere: str) -> str:
    """The text that names the line, or the one for where no line is known."""
    return anywhere if line is None else there


def operation(run: Run, op: Operation) -> str:
    """ "lin1(x1) on line 10"."""
    return on_line(run.code(op), op.line)


def loss(run: Run, backward: BackwardPass) -> str:
    """What backward was called on: its name, or the expression that made it."""
    names = []
    for root in backward.roots:
        maker = run.producers.get(root)
        names.append(run.name(root) or (run.code(maker) if maker else tr("the loss")))
    return listed(names) or tr("the loss")


def region(cause: Cause | None, otherwise: str) -> str:
    """Where recording was off: "under torch.no_grad() (line 9)"."""
    if cause is None:
        return tr("under {region}").format(region=otherwise)
    return kind_of(cause).where(cause)


def _region_of(op: Operation) -> str:
    return region(op.cause, f"torch.{op.reason}()")


def not_recorded(call: str, op: Operation) -> str:
    """What became of an operation that was not recorded, as a clause of its own."""
    match op.reason:
        case "no_grad" | "inference_mode":
            return tr("{call} ran {region}").format(call=call, region=_region_of(op))
        case "detached" if op.name in ("tensor", "as_tensor", "asarray"):
            text = tr("{call} copied the values without their history")
        case "detached":
            text = tr("{call} passed the values on without their history")
        case "to_python":
            text = tr("{call} took the values out of torch")
        case "no_input_requires_grad":
            text = tr("{call} was not recorded, as no input required grad")
        case "source":
            text = tr("{call} took no tensor in")
        case "not_differentiable" | "unchanged" | "recorded":
            text = tr("{call} is not differentiable")
        case _:
            assert_never(op.reason)
    return text.format(call=call)


def which_was_not_recorded(calls: str, op: Operation, count: int = 1) -> str:
    """The same as a relative clause, of `count` operations with the reason of this one."""
    match op.reason:
        case "no_grad" | "inference_mode":
            text = ngettext("{calls}, which ran {region}", "{calls}, which ran {region}", count)
            return text.format(calls=calls, region=_region_of(op))
        case "detached" if op.name in ("tensor", "as_tensor", "asarray"):
            text = ngettext(
                "{calls}, which copied the values without their history",
                "{calls}, which copied the values without their history",
                count,
            )
        case "detached":
            text = ngettext(
                "{calls}, which passed the values on without their history",
                "{calls}, which passed the values on without their history",
                count,
            )
        case "to_python":
            text = ngettext(
                "{calls}, which took the values out of torch",
                "{calls}, which took the values out of torch",
                count,
            )
        case "no_input_requires_grad":
            text = ngettext(
                "{calls}, which was not recorded, as no input required grad",
                "{calls}, which were not recorded, as no input required grad",
                count,
            )
        case "source":
            text = ngettext(
                "{calls}, which took no tensor in", "{calls}, which took no tensor in", count
            )
        case "not_differentiable" | "unchanged" | "recorded":
            text = ngettext(
                "{calls}, which is not differentiable",
                "{calls}, which are not differentiable",
                count,
            )
        case _:
            assert_never(op.reason)
    return text.format(calls=calls)


def _which_stops(calls: str, op: Operation, count: int = 1) -> str:
    """Why a gradient cannot pass an operation that stands between a tensor and the loss."""
    if op.reason in ("recorded", "no_input_requires_grad"):
        text = ngettext(
            "{calls}, which gives a result that cannot carry a gradient",
            "{calls}, which give results that cannot carry a gradient",
            count,
        )
        return text.format(calls=calls)
    return which_was_not_recorded(calls, op, count)


def cuts(run: Run, operations: Sequence[Operation]) -> list[str]:
    """Operations in a row, those with one reason together, each with a relative clause."""
    told = []
    for _, group in groupby(operations, key=lambda op: _which_stops("", op)):
        alike = list(group)
        names = listed(operation(run, op) for op in alike)
        told.append(_which_stops(names, alike[0], len(alike)))
    return told
