"""The parts of sentences: operations with their lines, reasons with theirs, lists of things."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from app.contract.records import BackwardPass, Cause, Operation
from app.session.index import TraceIndex
from app.session.language import ngettext, number, tr

_NAMED = 4
"""How many of a kind are named one by one; the rest is counted."""


def joined(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return tr("{parts} and {last}").format(parts=", ".join(parts[:-1]), last=parts[-1])


def more(count: int) -> str:
    """What ends a list that is too long: "12 more"."""
    return ngettext("{count} more", "{count} more", count).format(count=number(count))


def listed(parts: Iterable[str]) -> str:
    """Joined, each once, the first few by name: "a, b, c, d and 12 more"."""
    unique = list(dict.fromkeys(parts))
    if len(unique) > _NAMED + 1:
        unique = [*unique[:_NAMED], more(len(unique) - _NAMED)]
    return joined(unique)


def on_line(line: int | None) -> str:
    return "" if line is None else f" on line {line}"


def in_brackets(line: int | None) -> str:
    return "" if line is None else f" (line {line})"


def operation(index: TraceIndex, op: Operation) -> str:
    """ "lin1(x1) on line 10"."""
    return f"{index.code(op)}{on_line(op.line)}"


def loss(index: TraceIndex, backward: BackwardPass) -> str:
    """What backward was called on: its name, or the expression that made it."""
    names = []
    for root in backward.roots:
        maker = index.producers.get(root)
        names.append(index.name(root) or (index.code(maker) if maker else "the loss"))
    return listed(names) or "the loss"


def region(cause: Cause | None, otherwise: str) -> str:
    """Where recording was off: "under torch.no_grad() (line 9)"."""
    if cause is None:
        return f"under {otherwise}"
    where = f"{cause.text}{in_brackets(cause.line)}"
    if cause.kind in ("custom_function", "library") and cause.text.startswith("inside "):
        return f"{where}, where autograd is off"
    return {
        "call": f"after {where}",
        "decorator": f"under the decorator {where}",
        "optimizer": f"inside {where}",
        "what_if": f"in the what-if mode {cause.text}",
    }.get(cause.kind, f"under {where}")


def not_recorded(op: Operation, plural: bool = False) -> str:
    """What became of an operation that was not recorded, as a verb phrase."""
    is_, was = ("are", "were") if plural else ("is", "was")
    match op.reason:
        case "no_grad":
            return f"ran {region(op.cause, 'torch.no_grad()')}"
        case "inference_mode":
            return f"ran {region(op.cause, 'torch.inference_mode()')}"
        case "detached" if op.name in ("tensor", "as_tensor", "asarray"):
            return "copied the values without their history"
        case "detached":
            return "passed the values on without their history"
        case "to_python":
            return "took the values out of torch"
        case "no_input_requires_grad":
            return f"{was} not recorded, as no input required grad"
        case "source":
            return "took no tensor in"
        case _:
            return f"{is_} not differentiable"


def _stops(op: Operation, plural: bool = False) -> str:
    """Why a gradient cannot pass an operation that stands between a tensor and the loss."""
    if op.reason in ("recorded", "no_input_requires_grad"):
        return f"{'give results' if plural else 'gives a result'} that cannot carry a gradient"
    return not_recorded(op, plural)


def cuts(index: TraceIndex, operations: Sequence[Operation]) -> list[str]:
    """Operations in a row, those with one reason together, each with a relative clause."""
    told = []
    for _, group in groupby(operations, key=_stops):
        alike = list(group)
        names = listed(operation(index, op) for op in alike)
        told.append(f"{names}, which {_stops(alike[0], len(alike) > 1)}")
    return told
