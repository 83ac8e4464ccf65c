"""Every text of the Why column, side by side, so that they can be reviewed together.

Each function gives the sentence or two for one `WhyCode`; `fixes` has the suggestions.  Names are
the snippet's own, lines are named wherever there is one.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.contract.records import BackwardPass, Error, Operation, Tensor
from app.session.explain import phrases as say
from app.session.explain.history import Happening
from app.session.explain.reach import Cuts
from app.session.index import TraceIndex

# ----------------------------------------------------------------------------- .grad has a value


def accumulated(name: str, added: Happening, before: Happening | None, retained: bool) -> str:
    text = f"The backward pass{say.on_line(added.line)} reached {name}"
    kept = before is not None and before.kind != "cleared"
    text += " and added to its .grad." if kept else " and filled its .grad."
    if before is not None and before.kind == "assigned":
        text += f" It was set by hand{say.on_line(before.line)} before, so both are in it."
    if retained:
        text += f" {name} is no leaf; retain_grad() is why its gradient was kept."
    return text


def accumulated_repeatedly(name: str, added: Sequence[Happening]) -> str:
    count = len(added)
    lines = [f"line {h.line}" for h in added if h.line is not None]
    where = f" ({say.listed(lines)})" if lines else ""
    return (
        f"{count} backward passes{where} added up in {name}.grad: "
        "nothing cleared it between them, so it is the sum of their gradients."
    )


def assigned(name: str, last: Happening | None) -> str:
    if last is None:
        return f"No backward pass of this run was seen to add to {name}.grad; it was set otherwise."
    if last.kind == "zeroed":
        return (
            f"{name}.grad was filled with zeros{say.on_line(last.line)}; nothing was added since."
        )
    return f"{name}.grad was set by hand{say.on_line(last.line)}, not by a backward pass."


# ------------------------------------------------------------------------ .grad is None: the tensor


def frozen(name: str, line: int | None, origin: str) -> str:
    """`origin` is a clause on where the tensor came from, where no line froze it."""
    if line is not None:
        return f"{name}.grad is None: requires_grad was set to False on line {line}."
    return f"{name}.grad is None: {name} does not require grad; {origin}."


def made_without_grad(index: TraceIndex, op: Operation) -> str:
    return f"it is the result of {say.operation(index, op)}, which {say.not_recorded(op)}"


def cannot_require_grad(tensor: Tensor) -> str:
    return f"a tensor of type {tensor.dtype} cannot, only floating point and complex ones can"


NOT_ASKED_FOR = "it was made without requires_grad=True"


def non_leaf(
    name: str, index: TraceIndex, maker: Operation | None, leaves: Sequence[str], updated: bool
) -> str:
    origin = "an operation" if maker is None else say.operation(index, maker)
    text = f"{name}.grad is None: {name} is the result of {origin}, and grads are kept for leaves."
    if updated:
        text += f" The name {name} no longer stands for the leaf that it was computed from."
    elif leaves:
        text += (
            f" The leaf is {say.listed(leaves)}."
            if len(leaves) == 1
            else (f" The leaves are {say.listed(leaves)}.")
        )
    return text


def cleared(name: str, added: Happening | None, last: Happening, later: str | None) -> str:
    had = "It had one"
    if added is not None and added.kind == "accumulated":
        had = f"The backward pass{say.on_line(added.line)} had filled it"
    elif added is not None:
        had = f"It had been set by hand{say.on_line(added.line)}"
    text = f"{name}.grad is None: it was set to None{say.on_line(last.line)}. {had}."
    return text if later is None else f"{text} No backward pass since has reached it: {later}"


# --------------------------------------------------------------------- .grad is None: the passes


def no_backward(name: str, asked_others: Sequence[BackwardPass]) -> str:
    if asked_others:
        line = say.on_line(asked_others[-1].line)
        return (
            f"{name}.grad is None: backward() was not called. "
            f"torch.autograd.grad{line} returns gradients and leaves .grad alone."
        )
    return f"{name}.grad is None: backward() was not called."


def backward_failed(name: str, failed: BackwardPass, error: Error | None) -> str:
    where = say.on_line(failed.line)
    text = (
        f"the backward pass{where} failed" if failed.steps else f"backward(){where} would not start"
    )
    if error is not None and (error.line == failed.line or error.line is None):
        message = error.message.strip().split("\n")[0].rstrip(".")
        text += f", with {error.type}: {message}"
    return f"{name}.grad is None: {text}."


def returned(name: str, asked: BackwardPass) -> str:
    return (
        f"{name}.grad is None: torch.autograd.grad{say.on_line(asked.line)} returned the gradient "
        "to its caller and leaves .grad alone."
    )


def none_returned(name: str, index: TraceIndex, by: Operation | None, line: int | None) -> str:
    culprit = "a custom backward" if by is None else f"the backward of {say.operation(index, by)}"
    return (
        f"{name}.grad is None: the backward pass{say.on_line(line)} came as far as {name}, "
        f"but {culprit} returned None for it."
    )


# ----------------------------------------------------------------------- .grad is None: the way


def unused(name: str, backward: BackwardPass | None) -> str:
    text = f"{name}.grad is None: no operation used {name}"
    if backward is None or backward.line is None:
        return f"{text}."
    return f"{text}, so the backward pass on line {backward.line} had no way to it."


def only_skipped(name: str, index: TraceIndex, uses: Sequence[Operation], late: str | None) -> str:
    told = say.listed([f"{say.operation(index, op)} {say.not_recorded(op)}" for op in uses])
    lead = (
        "the only operation that used it was not recorded"
        if len(uses) == 1
        else (f"none of the {len(uses)} operations that used it was recorded")
    )
    if late is not None:
        return f"{name}.grad is None: {lead}, because {late}."
    return f"{name}.grad is None: {lead}: {told}."


def cut_again(index: TraceIndex, cuts: Sequence[Operation], loss: str) -> str:
    """A further sentence: what stands between those operations and the loss."""
    told = "; and at ".join(say.cuts(index, cuts))
    return f" Beyond that the way to {loss} is cut again: at {told}."


def not_yet(name: str, op: str, line: int | None) -> str:
    """A clause: requires_grad came too late."""
    return f"{name} did not require grad yet when {op} ran; it was set{say.on_line(line)}"


def cut(name: str, index: TraceIndex, use: Operation, cuts: Cuts, loss: str) -> str:
    lead = f"{name}.grad is None: {say.operation(index, use)} was recorded, but "
    if cuts.through:
        told = ", and then through ".join(say.cuts(index, cuts.through))
        text = f"{lead}its result reaches {loss} only through {told}."
        if cuts.also:
            again = "; and at ".join(say.cuts(index, cuts.also))
            text += f" Every way is cut once more besides, one of them at {again}."
        return text
    told = "; or at ".join(say.cuts(index, cuts.nearest[::-1]))
    return f"{lead}every way from there to {loss} is cut: at {told}."


def cut_elsewhere(index: TraceIndex, cuts: Sequence[Operation]) -> str:
    """A further sentence: what stands in the way of other backward passes."""
    told = "; or at ".join(say.cuts(index, cuts))
    return f" In other backward passes it is cut elsewhere: at {told}."


def led_nowhere(count: int, loss: str) -> str:
    """A further sentence: of later passes, to which no way led at all."""
    passes = "the backward pass" if count == 1 else f"the {count} backward passes"
    return f" In {passes} after that one its result does not lead to {loss} at all."


def not_on_path(name: str, index: TraceIndex, use: Operation, loss: str, line: int | None) -> str:
    return (
        f"{name}.grad is None: {say.operation(index, use)} was recorded, but its result does not "
        f"lead to {loss}, on which backward was called{say.on_line(line)}."
    )


def not_in_gradients(
    name: str, index: TraceIndex, use: Operation, loss: str, made: BackwardPass
) -> str:
    return (
        f"{name}.grad is None: {say.operation(index, use)} was recorded, but {loss} was computed "
        f"from gradients that {made.call}{say.on_line(made.line)} had made, and these do not "
        f"depend on {name}."
    )


def used_after(name: str, index: TraceIndex, use: Operation, line: int | None) -> str:
    return (
        f"{name}.grad is None: the backward pass{say.on_line(line)} had already run when "
        f"{say.operation(index, use)} used it."
    )


def not_asked_for(name: str, line: int | None) -> str:
    return (
        f"{name}.grad is None: backward(inputs=...){say.on_line(line)} was told to fill the .grad "
        f"of other tensors only."
    )


def not_connected(name: str, index: TraceIndex, use: Operation, line: int | None) -> str:
    return (
        f"{name}.grad is None: {say.operation(index, use)} was recorded and its result leads to "
        f"where backward was called{say.on_line(line)}, but autograd's own graph has no connection "
        f"from there to {name}: the operation does not compute with its values."
    )


def too_late(name: str, late: str) -> str:
    return f"{name}.grad is None: {late}."
