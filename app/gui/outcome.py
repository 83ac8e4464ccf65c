"""How a run ended, in the words of the status bar, the banner and the error's line."""

from __future__ import annotations

from dataclasses import dataclass

from app.contract.records import Error, Trace
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.session.numbers import counted, duration

_PARTIAL = "The graph shows what ran before the error."


@dataclass(frozen=True, slots=True)
class Outcome:
    """`title` and `detail` are the banner's; without a title there is none."""

    status: str
    glyph: Glyph
    tone: ToneKey | None
    title: str = ""
    detail: str = ""


def outcome(trace: Trace, time_limit: float) -> Outcome:
    run, error = trace.run, trace.error
    ran = counted(len(trace.operations), "operation")
    if run.status == "ok":
        return _finished(trace)
    if run.status == "stopped":
        return Outcome(
            f"Stopped after {ran}.", "stop", None,
            f"Stopped after {ran}.", "The graph shows what ran until then.",
        )  # fmt: skip
    if run.status == "timeout":
        title = f"Stopped after {time_limit:g} s."
        detail = f"{ran} ran until then. Raise the limit in Run settings."
        return Outcome(title, "waiting", "cut", title, detail)
    if error is None:
        return Outcome("The run did not end well.", "warning", "cut", "The run did not end well.")
    return _failed(trace, error)


def _finished(trace: Trace) -> Outcome:
    status = f"Finished in {duration(trace.run.seconds)}"
    title = detail = ""
    if trace.run.truncated:
        title = f"Recording stopped after {counted(len(trace.operations), 'operation')}."
        detail = "The snippet itself ran to its end."
    elif not trace.operations:
        title = "No tensor was made or used."
        detail = "The snippet ran to its end and called nothing in torch."
    return Outcome(status, "check", "recorded", title, detail)


def _failed(trace: Trace, error: Error) -> Outcome:
    where = f" on line {error.line}" if error.line is not None else ""
    message = error.message.strip().split("\n")[0]
    text = f"{error.type}{where}: {message}" if message else f"{error.type}{where}"
    if trace.run.status in ("crashed", "out_of_memory"):
        text = error.message
    if trace.run.status == "syntax_error":
        detail = "Nothing was run."
    else:
        detail = _PARTIAL if trace.operations else "Nothing in torch was called before the error."
    if error.hint:
        detail = f"{error.hint} {detail}"
    return Outcome(f"{error.type}{where}", "warning", "cut", text, detail)
