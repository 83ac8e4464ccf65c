"""That a record is partial, why, and where it ends, in words."""

from __future__ import annotations

from typing import assert_never

from app.contract.records import Partial, Trace
from app.session.language import ngettext, number, paragraph, tr
from app.session.recorder_words import translated


def partial_words(trace: Trace) -> str | None:
    """Return the sentences on a partial record; None where it holds the whole run.

    An error of the program's own is the program's end and speaks for itself.
    """
    partial = trace.run.partial
    if partial is None or (reason := _reason(trace, partial)) is None:
        return None
    return paragraph((reason, place(trace, partial)))


def _reason(trace: Trace, partial: Partial) -> str | None:
    match partial.because:
        case "raised":
            return None
        case "max_ops":
            count = len(trace.operations)
            text = ngettext(
                "The record is partial: recording stopped after {count} operation, as asked.",
                "The record is partial: recording stopped after {count} operations, as asked.",
                count,
            )
            return text.format(count=number(count))
        case "lost_rows":
            return tr("The record is partial: Tapescope could not record everything.")
        case "timeout":
            return tr("The record is partial: the run reached its time limit.")
        case "out_of_memory":
            return tr("The record is partial: the run ran out of memory.")
        case "crashed":
            return tr("The record is partial: the process ended early.")
        case "stopped":
            return tr("The record is partial: the run was stopped.")
        case "running":
            return tr("The record is partial: the program is still running.")
        case _:
            assert_never(partial.because)


def place(trace: Trace, partial: Partial) -> str:
    """Return where the record ends, or where something is first missing; "" without a record."""
    if partial.because == "lost_rows":
        return _first_missing(trace, partial)
    line = last_line(trace, partial)
    if line is None:
        return ""
    if partial.inside == "backward":
        text = tr("It ends in the backward pass on line {line}.")
    elif partial.inside == "optimizer":
        text = tr("It ends in the optimizer step on line {line}.")
    else:
        text = tr("It ends on line {line}.")
    return text.format(line=line)


def _first_missing(trace: Trace, partial: Partial) -> str:
    note = next((note for note in trace.notes if note.code == "incomplete"), None)
    if note is not None and note.event <= partial.after_event:
        text = tr("Line {line}: {what}") if note.spot is not None else "{what}"
        return text.format(line=note.spot, what=translated(note.text))
    line = last_line(trace, partial)
    if line is None:
        return ""
    return tr("Something is missing after line {line}.").format(line=line)


def last_line(trace: Trace, partial: Partial) -> int | None:
    """Return the line of the last thing that is known to have happened, or None."""
    happened = [
        (one.event, one.spot)
        for kind in (trace.operations, trace.optimizer_steps, trace.backward_passes, trace.facts)
        for one in kind
        if one.event <= partial.after_event and one.spot is not None
    ]
    if partial.inside == "backward":
        passes = [(b.event, b.spot) for b in trace.backward_passes if b.spot is not None]
        happened = [one for one in passes if one[0] <= partial.after_event] or happened
    return max(happened, default=(0, None))[1]
