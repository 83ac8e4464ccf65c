"""How a run ended, in the words of the status bar, the banner and the error's line."""

from __future__ import annotations

from dataclasses import dataclass

from app.contract.records import Error, Trace
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.session.cells.marks import cell_at
from app.session.language import ngettext, number, paragraph, tr, translatable
from app.session.numbers import duration
from app.session.places import message_of
from app.session.ranks.naming import is_one_of_several, process_name
from app.session.recorder_words import translated
from app.session.summary.partial_words import partial_words, place
from app.session.trace.partial import is_cut_short

NO_TENSORS = translatable(
    "No tensor of this snippet requires grad, so there is no .grad to explain."
)
_BEFORE_THE_ERROR = translatable("The graph shows what ran before the error.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`title` and `detail` are the banner's; without a title there is none.

    `settings`: whether other run settings would help.
    """

    status: str
    glyph: Glyph
    tone: ToneKey | None
    title: str = ""
    detail: str = ""
    settings: bool = False


def outcome(trace: Trace, ran: int, time_limit: float) -> Outcome:
    """Return how a run ended after `ran` operations; `time_limit` is in seconds, 0 if unknown."""
    run, error = trace.run, trace.error
    if run.status == "ok":
        return _finished(trace)
    if run.status == "running":
        return Outcome(tr("Running…"), "waiting", "gradient")
    if run.status == "stopped":
        title = ngettext(
            "Stopped after {count} operation.", "Stopped after {count} operations.", ran
        )
        title = title.format(count=number(ran))
        detail = paragraph((tr("The graph shows what ran until then."), _place(trace)))
        return Outcome(title, "stop", None, title, detail)
    if run.status == "timeout":
        seconds = time_limit or round(run.seconds, 1)  # the limit is not in a saved trace
        title = tr("Stopped after {seconds:g} s.").format(seconds=seconds)
        detail = ngettext(
            "{count} operation ran until then. Raise the limit in Run settings.",
            "{count} operations ran until then. Raise the limit in Run settings.",
            ran,
        )
        detail = paragraph((detail.format(count=number(ran)), _place(trace)))
        return Outcome(title, "waiting", "cut", title, detail, settings=True)
    if error is None:
        title = tr("The run did not end normally.")
        return Outcome(title, "warning", "cut", title)
    return _failed(trace, error)


def no_gradients(trace: Trace) -> str:
    """Return the reason why the table of gradients is empty."""
    if trace.run.status == "syntax_error":
        return tr("Nothing was run, so there is no .grad to explain.")
    if trace.error is not None or is_cut_short(trace.run):
        return tr("The run ended before any tensor required grad.")
    return tr(NO_TENSORS)


def _finished(trace: Trace) -> Outcome:
    status = tr("Finished in {duration}").format(duration=duration(trace.run.seconds))
    last = trace.run.last_line
    cell = None if last is None else cell_at(trace.snippet.cells, last)
    if cell is not None and cell.number is not None:
        status = tr("Ran to cell {number} in {duration}").format(
            number=cell.number, duration=duration(trace.run.seconds)
        )
    if (count := trace.run.iterations) is not None:
        status = ngettext(
            "Ended after {count} iteration, in {duration}",
            "Ended after {count} iterations, in {duration}",
            count,
        ).format(count=number(count), duration=duration(trace.run.seconds))
    title = detail = ""
    if trace.run.truncated:
        count = len(trace.operations)
        title = ngettext(
            "Recording stopped after {count} operation.",
            "Recording stopped after {count} operations.",
            count,
        ).format(count=number(count))
        detail = paragraph((_place(trace), tr("The snippet itself ran to its end.")))
    elif trace.run.partial is not None:
        title = tr("The record is partial: Tapescope could not record everything.")
        detail = _place(trace)
    elif not trace.operations:
        title = tr("No tensor was made or used.")
        detail = tr("The snippet ran to its end and called nothing in torch.")
    return Outcome(status, "check", "recorded", title, detail)


def _place(trace: Trace) -> str:
    partial = trace.run.partial
    return "" if partial is None else place(trace, partial)


def _failed(trace: Trace, error: Error) -> Outcome:
    kind = error.type
    if error.spot is not None:
        text = tr("{error} on line {line}")
        if trace.run.status == "raised" and is_one_of_several(trace.run):
            text = tr("{rank} raised {error} on line {line}")
        rank = process_name(trace.run.rank, trace.run.child).title
        kind = text.format(rank=rank, error=error.type, line=error.spot)
    message = message_of(error).split("\n")[0]
    is_found = any(found.severity == "error" for found in trace.findings)
    is_found = is_found and not trace.run.what_if  # else the hint is about the what-if
    if is_found:  # it says more, and exactly; the whole message is in the console
        message = message.split(". ")[0]
    text = f"{kind}: {message}" if message else kind
    if trace.run.status in ("crashed", "out_of_memory"):
        text = error.message
    if trace.run.status == "syntax_error":
        detail = tr("Nothing was run.")
    elif trace.operations:
        detail = partial_words(trace) or tr(_BEFORE_THE_ERROR)
    else:
        detail = tr("Nothing in torch was called before the error.")
    if error.hint and not is_found:
        detail = paragraph((translated(error.hint), detail))
    asks = error.type == "SystemExit" and bool(error.hint)
    return Outcome(kind, "warning", "cut", text, detail, settings=asks)
