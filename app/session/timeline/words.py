"""The words for a moment: on its block, beside the slider, below the editor."""

from __future__ import annotations

from bisect import bisect_right
from itertools import islice
from typing import assert_never

from app.contract.records import BackwardPass, BackwardStep, Fact, GradModeSpan, Operation, Summary
from app.session.explain.phrases import joined, listed, more
from app.session.language import ngettext, number, tr
from app.session.lookup import expression, tensor_name
from app.session.numbers import shape, short
from app.session.places import at_line
from app.session.run import Run
from app.session.timeline.history import History, Snapshot
from app.session.timeline.moments import Moment
from app.session.words import status_note

_MOST_LISTED = 12
_MOST_NAMED = 4


def block_text(run: Run, moment: Moment) -> str:
    """Return a word or two for a block."""
    match moment.kind:
        case "optimizer":
            return tr("optimizer step")
        case "clear":
            return f"{_owners(run, moment)} = None"
        case "assign":
            return f"{_owners(run, moment)} = …"
        case "operation" | "enter" | "leave" | "step" | "accumulate" | "change":
            return _record_text(run, moment)
        case _:
            assert_never(moment.kind)


def _record_text(run: Run, moment: Moment) -> str:
    match moment.records[0]:
        case Operation() as operation:
            spot = operation.spot
            line = "" if spot is None else f" {spot}" if ":" in f"{spot}" else f" :{spot}"
            return f"{operation.name}{line}"
        case GradModeSpan() as span:
            return region_text(span)
        case BackwardStep() as step:
            return step.grad_fn if step.tensor is None else tensor_name(run, step.tensor)
        case Fact():
            return moment.kind
        case _:
            assert_never(moment.records[0])


def region_text(span: GradModeSpan) -> str:
    text = f"torch.{span.kind}()"
    if span.spot is not None:
        many = span.end_spot is not None and span.end_spot > span.spot
        lines = tr("lines {line}–{end_line}") if many else tr("line {line}")
        text = f"{text}  {lines.format(line=span.spot, end_line=span.end_spot)}"
    return text if span.effective else tr("{region}: off for this run").format(region=text)


def position_text(then: Snapshot) -> str:
    """Return the text beside the buttons: "backward step 7 of 11: ReluBackward0"."""
    if then.moment is None:
        return position_of_ends(then.position, len(then.history))
    return f"{note_text(then)}: {block_text(then.history.run, then.moment)}"


def position_of_ends(position: int, steps: int) -> str:
    """Return the text beside the buttons before the first step, or after the last."""
    if not steps:
        return ""
    text = tr("after step {total} of {total}") if position else tr("before step 1 of {total}")
    return text.format(total=number(steps))


def note_text(then: Snapshot) -> str:
    """Return the note at the right of the line in the editor."""
    if then.moment is None:
        return ""
    if then.backward is not None:
        return _backward_text(tr("backward step {step} of {total}"), then, then.backward)
    return step_text(then.position, len(then.history))


def _backward_text(text: str, then: Snapshot, backward: BackwardPass) -> str:
    """Return `text` with the step of a pass, or another with the number of the pass as well."""
    passes, step = then.history.passes, 0 if then.moment is None else then.moment.step
    steps = {"step": number(step), "total": number(len(backward.steps))}
    if len(passes) < 2:
        return text.format(**steps)
    text = tr("backward pass {number} of {count}, step {step} of {total}")
    place = number(passes[backward.id])
    return text.format(number=place, count=number(len(passes)), **steps)


def step_text(position: int, steps: int) -> str:
    return tr("step {step} of {total}").format(step=number(position), total=number(steps))


def graph_note(then: Snapshot) -> str:
    """Return the note in the graph's header."""
    if then.moment is None:
        return tr("before the first step")
    if then.backward is not None:
        return _backward_text(tr("backward, step {step} of {total}"), then, then.backward)
    return note_text(then)


def caption(history: History, position: int) -> str:
    """Return a sentence about a position, with code between backquotes.

    "Step 7 of 15, backward: `AddmmBackward0` of `lin2(x2)`, line 11: gradient [4, 3], norm 0.82."
    """
    then = history.at(position)
    total = number(len(history))
    if then.moment is None:
        if not then.is_end:
            return before_text(len(history))
        text = ngettext(
            "The run is over: {count} step.", "The run is over: {count} steps.", len(history)
        )
        return text.format(count=total)
    text = tr("Step {step} of {total}: {what}.")
    if then.backward is not None:
        text = tr("Step {step} of {total}, backward: {what}.")
    return text.format(step=number(then.position), total=total, what=happening(then, then.moment))


def before_text(steps: int) -> str:
    """Return a sentence about the position before the first step."""
    text = ngettext(
        "Before the first of {count} step: nothing has run yet.",
        "Before the first of {count} steps: nothing has run yet.",
        steps,
    )
    return text.format(count=number(steps))


def happening(then: Snapshot, moment: Moment) -> str:
    """Return what a moment does, with code between backquotes and without a point."""
    run = then.history.run
    record = moment.records[0]
    if moment.kind == "operation" and isinstance(record, Operation):
        return _operation(run, record)
    if isinstance(record, GradModeSpan):
        text = tr("{region} begins") if moment.kind == "enter" else tr("{region} ends")
        return at_line(text.format(region=f"`torch.{record.kind}()`"), moment.line)
    if isinstance(record, BackwardStep):
        return _step(then, record)
    return _on_grads(then, moment)


def _operation(run: Run, op: Operation) -> str:
    facts = [at_line(f"`{expression(run, op)}`", op.spot)]
    facts += [shape(run.tensors[made].shape) for made in op.outputs[:1]]
    return f"{', '.join(facts)}: {status_note(op)}"


def _step(then: Snapshot, step: BackwardStep) -> str:
    run = then.history.run
    gradient = _gradient(step.grad, step.shape)
    if step.tensor is not None:
        name = tensor_name(run, step.tensor)
        change = then.grad(run.identity(step.tensor))
        if step.grad is None:
            return tr("no gradient arrived for {name}").format(name=f"`{name}`")
        text = tr("{gradient} becomes {grad}")
        if change is not None and change.added > 1:
            text = tr("{gradient} is added to what {grad} holds")
        return text.format(gradient=gradient, grad=f"`{name}.grad`")
    owner = run.operations.get(step.operation) if step.operation is not None else None
    node = f"`{step.grad_fn}`"
    if owner is not None:
        node = tr("{node} of {call}").format(node=node, call=f"`{run.code(owner)}`")
        node = at_line(node, owner.spot)
    return f"{node}: {gradient}"


def _gradient(grad: Summary | None, sizes: list[int]) -> str:
    if grad is None:
        return tr("no gradient arrived")
    return tr("gradient {shape}, norm {norm}").format(shape=shape(sizes), norm=short(grad.norm))


def _on_grads(then: Snapshot, moment: Moment) -> str:
    run, record = then.history.run, moment.records[0]
    owners = _owners(run, moment, code=True)
    if moment.kind == "optimizer":
        changed = {t for op in moment.records if isinstance(op, Operation) for t in op.outputs}
        text = ngettext(
            "{step} changed {count} tensor", "{step} changed {count} tensors", len(changed)
        ).format(step="`Optimizer.step()`", count=number(len(changed)))
    elif moment.kind == "clear":
        text = tr("{grads} set to None").format(grads=owners)
    elif moment.kind == "assign":
        text = tr("{grads} set by hand").format(grads=owners)
    else:
        name = record.name if isinstance(record, Operation) else "zero"
        text = tr("{grads} changed in place by {call}").format(grads=owners, call=f"`{name}`")
    return at_line(text, moment.line)


def _owners(run: Run, moment: Moment, *, code: bool = False) -> str:
    """Return whose `.grad` a moment is about: "w.grad", ".grad of 4 tensors"."""
    names = []
    for record in moment.records[: _MOST_LISTED + 1]:
        if isinstance(record, Fact):
            names.append(f"{tensor_name(run, record.tensor)}.grad")
        elif isinstance(record, Operation):
            names.extend(run.name(made) or "" for made in record.outputs)
    unique = list(dict.fromkeys(name for name in names if name))
    if len(moment.records) > _MOST_LISTED:
        count = len(moment.records)
        text = ngettext(".grad of {count} tensor", ".grad of {count} tensors", count)
        return text.format(count=number(count))
    if not code and len(unique) > 1:
        return f"{len(unique)} .grad"
    return listed(f"`{name}`" if code else name for name in unique)


def sentences_of_backward(then: Snapshot) -> list[tuple[str, str]]:
    """Return items of the panel below the editor: (glyph, sentence), at most two.

    They say what the running backward pass has filled, and what is still to come.
    """
    said: list[tuple[str, str]] = []
    if then.backward is None or then.moment is None:
        return said
    fillings = then.history.fillings(then.backward)
    place = bisect_right(fillings, then.moment.step)
    if place:
        names = (_filled(then.history.run, then.backward, n) for n in fillings[:_MOST_NAMED])
        done = [*islice(names, place)]
        said.append(("done", tr("Filled so far: {names}.").format(names=_counted(done, place))))
    if place < len(fillings):
        ahead = fillings[place : place + _MOST_NAMED]
        steps = [
            tr("{name} in step {step}").format(
                name=_filled(then.history.run, then.backward, step), step=number(step)
            )
            for step in ahead
        ]
        to_come = _counted(steps, len(fillings) - place)
        said.append(("waiting", tr("Still to come: {names}.").format(names=to_come)))
    return said


def _filled(run: Run, backward: BackwardPass, step: int) -> str:
    tensor = backward.steps[step - 1].tensor
    return f"`{tensor_name(run, tensor)}`" if tensor is not None else ""


def _counted(named: list[str], total: int) -> str:
    """Return the named ones, and how many more there are."""
    return joined(named if len(named) == total else [*named, more(total - len(named))])
