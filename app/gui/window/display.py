"""What the panels show of a trace: put there, shown anew, taken away."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.contract.records import Trace
from app.gui.letting_go import let_go
from app.gui.outcome import Outcome, no_gradients, outcome
from app.gui.panels.sentences import findings_of
from app.session.language import ngettext, number, tr, translatable
from app.session.where import environment_from

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.prepared import Prepared

_LARGE = 5000
"""Operations of a trace whose end takes the window's thread longer than a frame."""
_NOTHING_RUN = translatable("Nothing was run, so there is nothing to draw.")
_NOTHING_TO_DRAW = translatable("No operation on a tensor ran, so there is nothing to draw.")
_NOTHING_RECORDED = translatable("Autograd recorded nothing in this run, so it has no nodes.")


class Display(QObject):
    """One trace at a time, in every panel."""

    changed = Signal(object)
    """A `Prepared` when another trace is shown, None when none is shown any more."""
    regraphed = Signal(object)
    """A `Prepared` of the same trace, when its graph is another."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.prepared: Prepared | None = None
        """What is shown."""
        window.documents.opened.connect(self._show_tab)

    @property
    def trace(self) -> Trace | None:
        return self.prepared.run.trace if self.prepared else None

    def show(self, prepared: Prepared) -> None:
        """A trace of a run that everybody has followed."""
        self._show(prepared)
        if _has_traceback(prepared.run.trace):
            self._window.bottom.lend_console()
        self._reveal_error(prepared.run.trace)

    def _reveal_error(self, trace: Trace) -> None:
        """What is found takes room from the text, and the line at fault may be what it covers."""
        if trace.error is None or trace.error.line is None:
            return
        if (line := self._window.editor.line_now(trace.error.line)) is not None:
            self._window.editor.reveal(line)

    def _show(self, prepared: Prepared) -> None:
        window, trace = self._window, prepared.run.trace
        before, self.prepared = self.prepared, prepared
        window.editor.set_marks(prepared.marks, trace.snippet.text)
        window.editor.set_underlines(prepared.underlines)
        window.snippet.describe()
        window.snippet.show_words(prepared.words)
        self.show_findings()
        window.gradients.show_rows(prepared.rows, prepared.leaves, no_gradients(trace))
        window.link.show(prepared)
        self._show_outcome(trace, outcome(trace, prepared.time_limit))
        self._show_graph(prepared)
        if not _has_traceback(trace):
            window.bottom.take_console_back()
        self.changed.emit(prepared)
        _let_go(before)

    def show_findings(self) -> None:
        """The findings of what is shown, each fix with what is known of it now."""
        assert self.prepared is not None
        items = findings_of(self.prepared.run.trace, are_tried=self.prepared.job is not None)
        self._window.snippet.show_findings(items)

    def show_again(self, prepared: Prepared) -> None:
        """A trace whose run nobody followed: its output is all new to the console."""
        console, trace = self._window.console, prepared.run.trace
        console.start(trace.snippet.path)
        console.add_output("stdout", trace.output.stdout)
        console.add_output("stderr", trace.output.stderr)
        self._show(prepared)

    def _show_tab(self) -> None:
        """Another text is in the editor."""
        prepared = self._window.documents.current.prepared
        if prepared is None:
            self.forget()
        else:
            self.show_again(prepared)

    def forget(self) -> None:
        """Another text: what is known of the one before says nothing about it."""
        window = self._window
        before, self.prepared = self.prepared, None
        window.editor.clear_marks()
        window.editor.set_underlines(())
        window.snippet.describe()
        window.snippet.show_words(())
        window.snippet.show_findings(())
        window.gradients.show_rows(None)
        window.link.show(None)
        window.banner.hide()
        window.console.start()
        window.bottom.take_console_back()
        window.graph.clear()
        window.graph_header.set_note("")
        self.show_status()
        window.status.set_calls("")
        self.changed.emit(None)
        _let_go(before)

    def show_graph_again(self, prepared: Prepared, held: str) -> None:
        """Another graph of the trace that is shown; the group `held` stays where it is."""
        self._show_graph(prepared, again=True, held=held)
        self.regraphed.emit(prepared)

    def take_back(self, prepared: Prepared) -> None:
        """The picture of the trace that is shown is still this one, which was shown before."""
        self.prepared = self._window.documents.current.prepared = prepared
        self._window.graph_header.set_note(prepared.note)
        self.regraphed.emit(prepared)

    def _show_graph(self, prepared: Prepared, *, again: bool = False, held: str = "") -> None:
        window = self._window
        self.prepared = window.documents.current.prepared = prepared
        window.graph_header.set_note(prepared.note)
        calls = ngettext("{count} call", "{count} calls", prepared.calls)
        window.status.set_calls(calls.format(count=number(prepared.calls)))
        if prepared.graph:
            window.graph.show_graph(prepared.graph, prepared.counts, again=again, held=held)
        else:
            window.graph.clear(tr(_nothing_to_draw(prepared)))

    def show_progress(self, text: str) -> None:
        """How far a run is, where nothing is shown yet; without a text: no run is going on."""
        if self.prepared is None:
            self._window.graph.set_message(text)
            self._window.gradients.set_hint(text)

    def show_status(self) -> None:
        """In the status bar, how the run ended that is shown."""
        status = self._window.status
        if self.prepared is None:
            status.set_run(tr("Ready"))
        else:
            found = outcome(self.prepared.run.trace, self.prepared.time_limit)
            status.set_run(found.status, found.glyph, found.tone)
            status.set_environment(environment_from(self.prepared.run.trace, platform.node()))

    def _show_outcome(self, trace: Trace, found: Outcome) -> None:
        window = self._window
        self.show_status()
        window.banner.hide()
        if found.title:
            window.banner.show_message(found.title, found.detail)
        error = trace.error
        if error is not None and error.traceback.strip() not in trace.output.stderr:
            window.console.add_error(error)


def _nothing_to_draw(prepared: Prepared) -> str:
    if prepared.run.trace.run.status == "syntax_error":
        return _NOTHING_RUN
    return _NOTHING_RECORDED if prepared.choice.level == "autograd" else _NOTHING_TO_DRAW


def _has_traceback(trace: Trace) -> bool:
    return trace.error is not None and bool(trace.error.traceback)


def _let_go(before: Prepared | None) -> None:
    if before is not None and len(before.run.trace.operations) > _LARGE:
        let_go(before)
