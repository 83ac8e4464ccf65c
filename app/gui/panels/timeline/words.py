"""What is said of each moment: on its block, beside the slider, under the editor."""

from __future__ import annotations

from bisect import bisect_right
from itertools import islice

from app.contract.records import BackwardPass, BackwardStep, Fact, GradModeSpan, Operation, Summary
from app.session.explain.phrases import joined, listed
from app.session.index import TraceIndex
from app.session.lookup import expression, tensor_name
from app.session.numbers import counted, shape, short
from app.session.timeline import History, Moment, Then
from app.session.words import status_note

_MOST_LISTED = 12
_MOST_NAMED = 4


def block_text(index: TraceIndex, moment: Moment) -> str:
    """A word or two, as a block has room for."""
    record = moment.records[0]
    match moment.kind:
        case "optimizer":
            return "optimizer step"
        case "clear":
            return f"{_owners(index, moment)} = None"
        case "assign":
            return f"{_owners(index, moment)} = …"
    if isinstance(record, Operation):
        line = f" :{record.line}" if record.line is not None else ""
        return f"{record.name}{line}"
    if isinstance(record, GradModeSpan):
        return region_text(record)
    if isinstance(record, BackwardStep) and record.tensor is not None:
        return tensor_name(index, record.tensor)
    return record.grad_fn if isinstance(record, BackwardStep) else moment.kind


def region_text(span: GradModeSpan) -> str:
    if span.line is None:
        return f"torch.{span.kind}()"
    many = span.end_line is not None and span.end_line > span.line
    lines = f"lines {span.line}–{span.end_line}" if many else f"line {span.line}"
    return f"torch.{span.kind}()  {lines}"


def position_text(then: Then) -> str:
    """Beside the buttons: "backward step 7 of 11: ReluBackward0", "after step 11 of 11"."""
    total = f"{len(then.history):,}"
    if not len(then.history):
        return ""
    if then.moment is None:
        return f"after step {total} of {total}" if then.is_end else f"before step 1 of {total}"
    what = block_text(then.history.index, then.moment)
    if then.backward is not None:
        steps = f"{len(then.backward.steps):,}"
        return f"backward step {then.moment.step:,} of {steps}: {what}"
    return f"step {then.position:,} of {total}: {what}"


def note_text(then: Then) -> str:
    """At the right of the line in the editor."""
    if then.moment is None:
        return ""
    if then.backward is not None:
        return f"backward step {then.moment.step:,} of {len(then.backward.steps):,}"
    return f"step {then.position:,} of {len(then.history):,}"


def graph_note(then: Then) -> str:
    """In the graph's header."""
    if then.moment is None:
        return "before the first step"
    if then.backward is not None:
        return f"backward, step {then.moment.step:,} of {len(then.backward.steps):,}"
    return f"step {then.position:,} of {len(then.history):,}"


def caption(history: History, position: int) -> str:
    """A whole sentence, code between backquotes.

    "Step 7 of 15, backward: `AddmmBackward0` of `lin2(x2)`, line 11: gradient [4, 3], norm 0.82."
    """
    then = history.at(position)
    total = f"{len(history):,}"
    if then.moment is None:
        if then.is_end:
            return f"The run is over: {counted(len(history), 'step')}."
        return f"Before the first of {counted(len(history), 'step')}: nothing has run yet."
    phase = ", backward" if then.backward is not None else ""
    return f"Step {then.position:,} of {total}{phase}: {_sentence(then, then.moment)}."


def _sentence(then: Then, moment: Moment) -> str:
    index = then.history.index
    record = moment.records[0]
    if moment.kind == "operation" and isinstance(record, Operation):
        return _operation(index, record)
    if isinstance(record, GradModeSpan):
        verb = "begins" if moment.kind == "enter" else "ends"
        return f"`torch.{record.kind}()` {verb}{_line(moment.line)}"
    if isinstance(record, BackwardStep):
        return _step(then, record)
    return _on_grads(then, moment)


def _operation(index: TraceIndex, op: Operation) -> str:
    shapes = [shape(index.tensors[made].shape) for made in op.outputs[:1]]
    made = f", {shapes[0]}" if shapes else ""
    return f"`{expression(index, op)}`{_line(op.line)}{made}: {status_note(op)}"


def _step(then: Then, step: BackwardStep) -> str:
    index = then.history.index
    gradient = _gradient(step.grad, step.shape)
    if step.tensor is not None:
        name = tensor_name(index, step.tensor)
        change = then.grad(index.tensors[step.tensor].identity)
        if step.grad is None:
            return f"no gradient came for `{name}`"
        if change is not None and change.added > 1:
            return f"{gradient} is added to what `{name}.grad` holds"
        return f"{gradient} becomes `{name}.grad`"
    owner = index.operations.get(step.operation) if step.operation is not None else None
    of = f" of `{index.code(owner)}`{_line(owner.line)}" if owner is not None else ""
    return f"`{step.grad_fn}`{of}: {gradient}"


def _gradient(grad: Summary | None, sizes: list[int]) -> str:
    if grad is None:
        return "no gradient came"
    return f"gradient {shape(sizes)}, norm {short(grad.norm)}"


def _on_grads(then: Then, moment: Moment) -> str:
    index, record = then.history.index, moment.records[0]
    owners, where = _owners(index, moment, code=True), _line(moment.line)
    if moment.kind == "optimizer":
        changed = {t for op in moment.records if isinstance(op, Operation) for t in op.outputs}
        return f"`Optimizer.step()` changed {counted(len(changed), 'tensor')}{where}"
    if moment.kind == "clear":
        return f"{owners} set to None{where}"
    if moment.kind == "assign":
        return f"{owners} set by hand{where}"
    name = record.name if isinstance(record, Operation) else "zero"
    return f"{owners} changed in place by `{name}`{where}"


def _owners(index: TraceIndex, moment: Moment, *, code: bool = False) -> str:
    """Whose `.grad` it is about: "w.grad", ".grad of 4 tensors"."""
    names = []
    for record in moment.records[: _MOST_LISTED + 1]:
        if isinstance(record, Fact):
            names.append(f"{tensor_name(index, record.tensor)}.grad")
        elif isinstance(record, Operation):
            names.extend(index.name(made) or "" for made in record.outputs)
    unique = list(dict.fromkeys(name for name in names if name))
    if len(moment.records) > _MOST_LISTED:
        return f".grad of {len(moment.records):,} tensors"
    if not code and len(unique) > 1:
        return f"{len(unique)} .grad"
    return listed(f"`{name}`" if code else name for name in unique)


def _line(line: int | None) -> str:
    return "" if line is None else f", line {line}"


def sentences(then: Then) -> list[tuple[str, str]]:
    """The panel under the editor: a kind of sign and a sentence, at most four.

    The present step, what the running pass has filled, and what is still to come.
    """
    told = [("now", caption(then.history, then.position))]
    if then.backward is None or then.moment is None:
        return told
    fillings = then.history.fillings(then.backward)
    place = bisect_right(fillings, then.moment.step)
    if place:
        names = (_filled(then.history.index, then.backward, n) for n in fillings[:_MOST_NAMED])
        done = [*islice(names, place)]
        told.append(("done", f"Filled so far: {_counted(done, place)}."))
    if place < len(fillings):
        ahead = fillings[place : place + _MOST_NAMED]
        steps = [f"{_filled(then.history.index, then.backward, n)} in step {n}" for n in ahead]
        told.append(("waiting", f"Still to come: {_counted(steps, len(fillings) - place)}."))
    return told


def _filled(index: TraceIndex, backward: BackwardPass, number: int) -> str:
    tensor = backward.steps[number - 1].tensor
    return f"`{tensor_name(index, tensor)}`" if tensor is not None else ""


def _counted(named: list[str], total: int) -> str:
    """The ones that are named, and how many more there are."""
    return joined(named if len(named) == total else [*named, f"{total - len(named):,} more"])
