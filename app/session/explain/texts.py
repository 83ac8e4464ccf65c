"""Every text of the Why column, side by side, so that they can be reviewed together.

Each function gives the sentence or two for one `WhyCode`; `fixes` has the suggestions.  Names are
the snippet's own, lines are named wherever there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.contract.records import BackwardPass, Error, Operation, Partial, Tensor
from app.session.explain import phrases as say
from app.session.explain.history import Happening
from app.session.language import ngettext, number, tr
from app.session.run import Run

if TYPE_CHECKING:
    from app.session.explain.reach import Cuts  # loads networkx, which the window's start needs not

# ----------------------------------------------------------------------------- .grad has a value


def accumulated(name: str, added: Happening, before: Happening | None, retained: bool) -> str:
    if before is not None and before.kind != "cleared":
        text = say.placed(
            added.line,
            tr("The backward pass on line {line} reached {name} and added to its .grad."),
            tr("The backward pass reached {name} and added to its .grad."),
        )
    else:
        text = say.placed(
            added.line,
            tr("The backward pass on line {line} reached {name} and filled its .grad."),
            tr("The backward pass reached {name} and filled its .grad."),
        )
    sentences = [text.format(line=added.line, name=name)]
    if before is not None and before.kind == "assigned":
        text = say.placed(
            before.line,
            tr("It was set by hand on line {line} before, so both are in it."),
            tr("It was set by hand before, so both are in it."),
        )
        sentences.append(text.format(line=before.line))
    if retained:
        text = tr("{name} is not a leaf; its gradient was kept because of retain_grad().")
        sentences.append(text.format(name=name))
    return " ".join(sentences)


def accumulated_repeatedly(name: str, added: Sequence[Happening]) -> str:
    lines = [tr("line {line}").format(line=h.line) for h in added if h.line is not None]
    if lines:
        text = ngettext(
            "{count} backward pass ({lines}) added up in {name}.grad: "
            "nothing cleared it between them, so it is the sum of their gradients.",
            "{count} backward passes ({lines}) added up in {name}.grad: "
            "nothing cleared it between them, so it is the sum of their gradients.",
            len(added),
        )
    else:
        text = ngettext(
            "{count} backward pass added up in {name}.grad: "
            "nothing cleared it between them, so it is the sum of their gradients.",
            "{count} backward passes added up in {name}.grad: "
            "nothing cleared it between them, so it is the sum of their gradients.",
            len(added),
        )
    return text.format(count=number(len(added)), lines=say.listed(lines), name=name)


def assigned(name: str, last: Happening | None) -> str:
    if last is None:
        text = tr(
            "No backward pass of this run was seen to add to {name}.grad; it was set otherwise."
        )
        return text.format(name=name)
    if last.kind == "zeroed":
        text = say.placed(
            last.line,
            tr("{name}.grad was filled with zeros on line {line}; nothing was added since."),
            tr("{name}.grad was filled with zeros; nothing was added since."),
        )
    else:
        text = say.placed(
            last.line,
            tr("{name}.grad was set by hand on line {line}, not by a backward pass."),
            tr("{name}.grad was set by hand, not by a backward pass."),
        )
    return text.format(name=name, line=last.line)


def replaced(name: str, line: int | None) -> str:
    text = say.placed(
        line,
        tr("The backward pass on line {line} filled the .grad of an earlier {name}."),
        tr("A backward pass filled the .grad of an earlier {name}."),
    )
    return text.format(name=name, line=line)


def made_again(name: str, times: int, line: int) -> str:
    text = tr("{name} was made {count} times on line {line}; this is the last one.")
    return text.format(name=name, count=number(times), line=line)


# ------------------------------------------------------------------------------- .grad is None


def is_none(name: str, reason: str) -> str:
    """What all of the following begin with; `reason` goes on after the colon."""
    return tr("{name}.grad is None: {reason}").format(name=name, reason=reason)


def reason_alone(name: str, text: str) -> str:
    """A text of the following without that beginning."""
    return text.removeprefix(is_none(name, ""))


# ------------------------------------------------------------------------ .grad is None: the tensor


def frozen(name: str, line: int | None, origin: str, updated: bool) -> str:
    """`origin` is a clause on where the tensor came from, where no line froze it.

    `updated`: it took the name of the leaf that it was computed from.
    """
    text = say.placed(
        line,
        tr("requires_grad was set to False on line {line}."),
        tr("{name} does not require grad; {origin}."),
    )
    text = text.format(line=line, name=name, origin=origin)
    return is_none(name, f"{text} {_no_longer_the_leaf(name)}" if updated else text)


def _no_longer_the_leaf(name: str) -> str:
    text = tr("The name {name} no longer stands for the leaf that it was computed from.")
    return text.format(name=name)


def detached_in_place(run: Run, op: Operation) -> str:
    return tr("{call} dropped its history").format(call=say.operation(run, op))


def made_without_grad(run: Run, op: Operation) -> str:
    made = say.which_was_not_recorded(say.operation(run, op), op)
    return tr("it is the result of {call}").format(call=made)


def cannot_require_grad(tensor: Tensor) -> str:
    text = tr("a tensor of type {dtype} cannot, only floating point and complex ones can")
    return text.format(dtype=tensor.dtype)


def not_asked_for_grad() -> str:
    return tr("it was made without requires_grad=True")


def computed_anew(name: str, originals: Sequence[str]) -> str:
    text = ngettext(
        "the module computes {name} each time from {originals}, and backward() fills the .grad of "
        "that leaf.",
        "the module computes {name} each time from {originals}, and backward() fills the .grad of "
        "those leaves.",
        len(originals),
    )
    return is_none(name, text.format(name=name, originals=say.listed(originals)))


def non_leaf(
    name: str, run: Run, maker: Operation | None, leaves: Sequence[str], updated: bool
) -> str:
    if maker is None:
        text = tr("{name} is the result of an operation, and grads are kept for leaves.")
    else:
        text = tr("{name} is the result of {call}, and grads are kept for leaves.")
    call = "" if maker is None else say.operation(run, maker)
    sentences = [text.format(name=name, call=call)]
    if updated:
        sentences.append(_no_longer_the_leaf(name))
    elif leaves:
        text = ngettext("The leaf is {leaves}.", "The leaves are {leaves}.", len(leaves))
        sentences.append(text.format(leaves=say.listed(leaves)))
    return is_none(name, " ".join(sentences))


def cleared(name: str, added: Happening | None, last: Happening, later: str | None) -> str:
    text = say.placed(
        last.line, tr("it was set to None on line {line}."), tr("it was set to None.")
    )
    sentences = [text.format(line=last.line)]
    if added is None:
        sentences.append(tr("It had one."))
    elif added.kind == "accumulated":
        text = say.placed(
            added.line,
            tr("The backward pass on line {line} had filled it."),
            tr("The backward pass had filled it."),
        )
        sentences.append(text.format(line=added.line))
    else:
        text = say.placed(
            added.line,
            tr("It had been set by hand on line {line}."),
            tr("It had been set by hand."),
        )
        sentences.append(text.format(line=added.line))
    if later is not None:
        text = tr("No backward pass since has reached it: {reason}")
        sentences.append(text.format(reason=later))
    return is_none(name, " ".join(sentences))


# --------------------------------------------------------------------- .grad is None: the passes


def no_backward(name: str, asked_others: Sequence[BackwardPass], failed: bool) -> str:
    sentences = [tr("backward() was not called.")]
    if failed:
        sentences = [tr("backward() was not called before the error.")]
    if asked_others:
        line = asked_others[-1].line
        text = say.placed(
            line,
            tr("torch.autograd.grad on line {line} returns gradients and leaves .grad alone."),
            tr("torch.autograd.grad returns gradients and leaves .grad alone."),
        )
        sentences.append(text.format(line=line))
    return is_none(name, " ".join(sentences))


def no_pass_yet(name: str) -> str:
    return is_none(name, tr("the run was cut short before a backward pass."))


def not_reached_yet(name: str, interrupted: BackwardPass) -> str:
    text = say.placed(
        interrupted.line,
        tr("the run was cut short in the backward pass on line {line}, before it reached {name}."),
        tr("the run was cut short in a backward pass, before it reached {name}."),
    )
    return is_none(name, text.format(line=interrupted.line, name=name))


def not_read(name: str, interrupted: BackwardPass) -> str:
    """A gradient had arrived, and the process ended before the sum could be read."""
    text = say.placed(
        interrupted.line,
        tr(
            "The backward pass on line {line} had added to {name}.grad when the run was cut short. "
            "Its value was not read."
        ),
        tr(
            "A backward pass had added to {name}.grad when the run was cut short. "
            "Its value was not read."
        ),
    )
    return text.format(line=interrupted.line, name=name)


def not_used_yet(name: str) -> str:
    return is_none(name, tr("no operation had used it when the run was cut short."))


def not_passed_yet(name: str, run: Run, use: Operation) -> str:
    text = tr("the run was cut short between {use} and the next backward pass.")
    return is_none(name, text.format(use=say.operation(run, use)))


def none_unseen(name: str, partial: Partial) -> str:
    if partial.because == "max_ops":
        text = tr("recording stopped at the limit of operations, so the reason is unknown.")
    else:
        text = tr("part of the record is missing, so the reason is unknown.")
    return is_none(name, text)


def set_unseen(name: str, partial: Partial) -> str:
    if partial.because == "max_ops":
        text = tr(
            "{name}.grad has a value. Recording stopped at the limit of operations, so it is "
            "unknown which backward passes added to it."
        )
    else:
        text = tr(
            "{name}.grad has a value. Part of the record is missing, so it is unknown which "
            "backward passes added to it."
        )
    return text.format(name=name)


def backward_failed(name: str, failed: BackwardPass, error: Error | None) -> str:
    if failed.steps:
        text = say.placed(
            failed.line,
            tr("the backward pass on line {line} failed"),
            tr("the backward pass failed"),
        )
    else:
        text = say.placed(
            failed.line,
            tr("backward() on line {line} would not start"),
            tr("backward() would not start"),
        )
    text = text.format(line=failed.line)
    if error is not None and (error.line == failed.line or error.line is None):
        message = error.message.strip().split("\n")[0].partition(" Hint: ")[0].rstrip(".")
        text = tr("{what}, with {error}").format(what=text, error=f"{error.type}: {message}")
    return is_none(name, f"{text}.")


def would_not_have_come(text: str, name: str, reason: str) -> str:
    """A failed pass that would not have reached it either, and why."""
    besides = tr("It would not have reached {name}: {reason}").format(name=name, reason=reason)
    return f"{text} {besides}"


def returned(name: str, asked: BackwardPass) -> str:
    text = say.placed(
        asked.line,
        tr(
            "torch.autograd.grad on line {line} returned the gradient to its caller "
            "and leaves .grad alone."
        ),
        tr("torch.autograd.grad returned the gradient to its caller and leaves .grad alone."),
    )
    return is_none(name, text.format(line=asked.line))


def none_returned(name: str, run: Run, by: Operation | None, line: int | None) -> str:
    if by is None:
        culprit = tr("a custom backward")
    else:
        culprit = tr("the backward of {call}").format(call=say.operation(run, by))
    text = say.placed(
        line,
        tr(
            "the backward pass on line {line} came as far as {name}, "
            "but {culprit} returned None for it."
        ),
        tr("the backward pass came as far as {name}, but {culprit} returned None for it."),
    )
    return is_none(name, text.format(line=line, name=name, culprit=culprit))


# ----------------------------------------------------------------------- .grad is None: the way


def unused(name: str, backward: BackwardPass | None, copied: int | None) -> str:
    """`copied` is the line that made a deep copy of it, if one did."""
    line = None if backward is None else backward.line
    if copied is not None:
        text = tr(
            "no operation used {name} itself. It was only copied, on line {line}, and a copy has "
            "a .grad of its own."
        )
        return is_none(name, text.format(name=name, line=copied))
    text = say.placed(
        line,
        tr("no operation used {name}, so the backward pass on line {line} could not reach it."),
        tr("no operation used {name}."),
    )
    return is_none(name, text.format(name=name, line=line))


def only_skipped(name: str, run: Run, uses: Sequence[Operation], late: str | None) -> str:
    if late is not None:
        text = ngettext(
            "the only operation that used it was not recorded, because {reason}.",
            "none of the {count} operations that used it was recorded, because {reason}.",
            len(uses),
        )
    else:
        text = ngettext(
            "the only operation that used it was not recorded: {reason}.",
            "none of the {count} operations that used it was recorded: {reason}.",
            len(uses),
        )
    told = say.listed([say.not_recorded(say.operation(run, op), op) for op in uses])
    return is_none(name, text.format(count=number(len(uses)), reason=late or told))


def cut_again(text: str, run: Run, cuts: Sequence[Operation], loss: str) -> str:
    """With a further sentence: what stands between those operations and the loss."""
    further = tr("Beyond that the path to {loss} is cut again: at {cuts}.")
    return f"{text} {further.format(loss=loss, cuts=_and_at(run, cuts))}"


def not_yet(name: str, op: str, line: int | None) -> str:
    """A clause: requires_grad came too late."""
    text = say.placed(
        line,
        tr("{name} did not require grad yet when {call} ran; it was set on line {line}"),
        tr("{name} did not require grad yet when {call} ran; it was set"),
    )
    return text.format(name=name, call=op, line=line)


def cut(name: str, run: Run, use: Operation, cuts: Cuts, loss: str) -> str:
    call = say.operation(run, use)
    if not cuts.through:
        text = tr("{call} was recorded, but every path from there to {loss} is cut: at {cuts}.")
        told = tr("; or at ").join(say.cuts(run, cuts.nearest[::-1]))
        return is_none(name, text.format(call=call, loss=loss, cuts=told))
    text = tr("{call} was recorded, but its result reaches {loss} only through {cuts}.")
    told = tr(", and then through ").join(say.cuts(run, cuts.through))
    text = text.format(call=call, loss=loss, cuts=told)
    if cuts.also:
        further = tr("Every path is also cut a second time, for example at {cuts}.")
        text = f"{text} {further.format(cuts=_and_at(run, cuts.also))}"
    return is_none(name, text)


def cut_elsewhere(text: str, run: Run, cuts: Sequence[Operation]) -> str:
    """With a further sentence: what stands in the way of other backward passes."""
    further = tr("In other backward passes it is cut elsewhere: at {cuts}.")
    told = tr("; or at ").join(say.cuts(run, cuts))
    return f"{text} {further.format(cuts=told)}"


def _and_at(run: Run, cuts: Sequence[Operation]) -> str:
    return tr("; and at ").join(say.cuts(run, cuts))


def led_nowhere(text: str, count: int, loss: str) -> str:
    """With a further sentence: of later passes, to which no way led at all."""
    further = ngettext(
        "In the backward pass after that one its result does not lead to {loss} at all.",
        "In the {count} backward passes after that one its result does not lead to {loss} at all.",
        count,
    )
    return f"{text} {further.format(count=number(count), loss=loss)}"


def not_on_path(name: str, run: Run, use: Operation, loss: str, line: int | None) -> str:
    text = say.placed(
        line,
        tr(
            "{call} was recorded, but its result does not lead to {loss}, "
            "on which backward was called on line {line}."
        ),
        tr(
            "{call} was recorded, but its result does not lead to {loss}, "
            "on which backward was called."
        ),
    )
    return is_none(name, text.format(call=say.operation(run, use), loss=loss, line=line))


def not_in_gradients(name: str, run: Run, use: Operation, loss: str, made: BackwardPass) -> str:
    text = say.placed(
        made.line,
        tr(
            "{call} was recorded, but {loss} was computed from gradients that {maker} on line "
            "{line} had made, and these do not depend on {name}."
        ),
        tr(
            "{call} was recorded, but {loss} was computed from gradients that {maker} had made, "
            "and these do not depend on {name}."
        ),
    )
    call = say.operation(run, use)
    text = text.format(call=call, loss=loss, maker=made.call, line=made.line, name=name)
    return is_none(name, text)


def used_after(name: str, run: Run, use: Operation, line: int | None) -> str:
    text = say.placed(
        line,
        tr("the backward pass on line {line} had already run when {call} used it."),
        tr("the backward pass had already run when {call} used it."),
    )
    return is_none(name, text.format(line=line, call=say.operation(run, use)))


def not_asked_for(name: str, line: int | None) -> str:
    text = say.placed(
        line,
        tr("backward(inputs=...) on line {line} was told to fill the .grad of other tensors only."),
        tr("backward(inputs=...) was told to fill the .grad of other tensors only."),
    )
    return is_none(name, text.format(line=line))


def not_connected(name: str, run: Run, use: Operation, line: int | None) -> str:
    text = say.placed(
        line,
        tr(
            "{call} was recorded and its result leads to where backward was called on line {line}, "
            "but autograd's own graph has no connection from there to {name}: "
            "the operation does not compute with its values."
        ),
        tr(
            "{call} was recorded and its result leads to where backward was called, "
            "but autograd's own graph has no connection from there to {name}: "
            "the operation does not compute with its values."
        ),
    )
    return is_none(name, text.format(call=say.operation(run, use), line=line, name=name))


def too_late(name: str, late: str) -> str:
    return is_none(name, f"{late}.")
