"""The bar above graph and gradients: what trains; it opens to show the parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.contract.records import Finding, Training
from app.gui.controls.elided_label import ElidedLabel
from app.gui.controls.tooltips import tooltip_of
from app.gui.panels.chip import GlyphLabel
from app.gui.panels.sentences import SEVERITIES
from app.gui.panels.verdict.chips import VerdictChips
from app.gui.panels.verdict.group import VerdictGroup
from app.gui.panels.verdict.processes import ProcessButtons
from app.gui.panels.verdict.share import ShareBar
from app.gui.panels.verdict.stop_after import StopAfter
from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.findings.words import titled
from app.session.language import ngettext, number, tr
from app.session.source.code_marks import unmarked
from app.session.training.headline import Headline, HeadlineLook
from app.session.training.short_words import short_words

_HEIGHT = 44
_MOST_OPEN = 320
"""The largest height of the open bar, in pixels; more scrolls."""
_SHARE_OF_WINDOW = 0.26
"""The largest share of the window's height for the open bar."""
_SHARE_FROM = 700
"""The share is shown from this width on."""
_SWITCH = 300
"""The room that the switch between processes takes."""
_MARGINS, _LEAST_FAULT = 150, 120
"""The room for glyph, button and gaps, and the least for the fault."""


_RUNNING: tuple[Glyph, ToneKey] = "gradient", "gradient"
_GOOD: tuple[Glyph, ToneKey] = "check", "gradient"
_WARNING: tuple[Glyph, ToneKey] = "warning", "no_grad"
_ERROR: tuple[Glyph, ToneKey] = "warning", "cut"
_LOOKS: dict[HeadlineLook, tuple[Glyph, ToneKey]] = {
    "good": _GOOD, "warning": _WARNING, "error": _ERROR
}  # fmt: skip


class VerdictBar(QWidget):
    groupChosen = Signal(list, str)
    """The tensors and the words of the chosen group; empty if all are shown again."""
    lineChosen = Signal(int)
    """The line of the snippet that was clicked in a group."""
    faultChosen = Signal()
    runningChanged = Signal()
    """It shows how far a run has come, or no longer."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._groups: list[VerdictGroup] = []
        self._training: Training | None = None
        self._headline: Headline | None = None
        self._fault: Finding | None = None
        self._is_growing = False
        self._progress: tuple[str, Sequence[str]] | None = None
        """What is shown in place of the verdict while a program runs."""
        self._chosen: int | None = None
        """The place of the chosen group, or None."""
        self.setObjectName("verdictBar")
        self.setProperty("verdict", "plain")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._glyph = GlyphLabel(theme, "check", "gradient")
        self._title = QLabel()
        self._title.setProperty("title", True)
        self._lead = QLabel()
        self._lead.setProperty("subtitle", True)
        self._detail = ElidedLabel()
        self._detail.setProperty("subtitle", True)
        self.stop_after = StopAfter()
        self.stop_after.hide()
        self.fault = QToolButton()
        self.fault.setProperty("chip", True)
        self.fault.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._fault_text = ""
        self.fault.setAccessibleName(tr("Finding"))
        self.fault.clicked.connect(self.faultChosen)
        self.chips = VerdictChips(theme)
        self.chips.chosen.connect(lambda place, on: self.choose(place if on else None))
        self.chips.lineChosen.connect(self.lineChosen)
        self._share = ShareBar(theme)
        self.processes = ProcessButtons(theme)
        self.processes.appeared.connect(self._fit)
        self.opener = QToolButton()
        self.opener.setCheckable(True)
        self.opener.setProperty("flat", True)
        self.opener.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.opener.setAccessibleName(tr("Show the parameters"))
        self.opener.setToolTip(tr("Show which parameters train, and why the others do not"))
        self.opener.toggled.connect(self._open)
        self.chips.moreWanted.connect(self.opener.click)
        self._build()
        self.set_theme(theme)

    def _build(self) -> None:
        line = QWidget()
        line.setFixedHeight(_HEIGHT - 1)
        row = QHBoxLayout(line)
        row.setContentsMargins(SPACE, 0, SPACE_SMALL, 0)
        row.setSpacing(SPACE_SMALL)
        row.addWidget(self._glyph)
        row.addWidget(self._title)
        row.addSpacing(SPACE_SMALL)
        row.addWidget(self.fault)
        row.addWidget(self._lead)
        row.addWidget(self.chips, 1)
        row.addWidget(self._detail, 1)
        row.addWidget(self._share)
        row.addWidget(self.processes)
        row.addWidget(self.stop_after)
        row.addWidget(self.opener)
        body = QWidget()
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(0, 0, 0, SPACE_SMALL)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setAccessibleName(tr("Parameters"))
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its rows take the keyboard
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(body)
        self._scroll.hide()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 1)
        outer.setSpacing(0)
        outer.addWidget(line)
        outer.addWidget(self._scroll)
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._glyph.set_theme(theme)
        self._share.set_theme(theme)
        self.chips.set_theme(theme)
        self.processes.set_theme(theme)
        for group in self._groups:
            group.set_theme(theme)
        self.opener.setIcon(
            theme.icon("chevron_up" if self.opener.isChecked() else "chevron_down", size=14)
        )

    # ------------------------------------------------------------------------------ the verdict

    def show_training(
        self,
        training: Training,
        fault: Finding | None = None,
        headline: Headline | None = None,
        *,
        is_running: bool = False,
    ) -> None:
        """Show what trains, or what has trained so far if the run goes on, or else `headline`.

        `fault` is what else is wrong, such as NaN in the gradients of parameters that train.
        """
        self._fault, self._is_growing = fault, is_running
        self._headline = headline
        self._share.show_training(training)
        self._fill(training)
        self._show_line()

    def show_without_parameters(self, fault: Finding | None, headline: Headline | None) -> None:
        """Show no groups: a process of several has no parameters, or there is no run."""
        self._fault, self._is_growing, self._headline = fault, False, headline
        self._fill(None)
        self._show_line()

    def show_progress(self, title: str, parts: Sequence[str]) -> None:
        """Show how far a run has come, in place of the verdict, until `end_progress`."""
        if self._progress != (title, parts):
            was_running, self._progress = self.is_running, (title, parts)
            self._show_line()
            if not was_running:
                self.runningChanged.emit()

    def end_progress(self) -> None:
        if self.is_running:
            self._progress = None
            self.stop_after.hide()
            self._show_line()
            self.runningChanged.emit()

    @property
    def is_running(self) -> bool:
        return self._progress is not None

    def _show_line(self) -> None:
        training = self._training
        if self._progress is not None or self._is_growing:
            self._show_running(*(self._progress or (tr("Running"), ())))
        elif training is not None:
            self._show_verdict(training)
        elif self._headline is not None:
            self._show_title(self._headline.text, *_LOOKS[self._headline.look])
        else:
            glyph = ("info", None) if self._fault is None else SEVERITIES[self._fault.severity]
            self._show_title(tr("This process has no parameters"), *glyph)
        self._fit()

    def _show_running(self, title: str, parts: Sequence[str]) -> None:
        if self._is_growing and self._training is not None:
            parts = (*parts, _so_far(self._training))
        self._show_title(title, *_RUNNING)
        self._show_fault(None)
        self.chips.hide()
        self._detail.setText("  ·  ".join(parts))
        self._detail.setToolTip(tooltip_of("\n".join(parts)))
        self._detail.show()
        self.setAccessibleName(". ".join((title, *parts)))

    def _show_verdict(self, training: Training) -> None:
        verdict, fault, headline = unmarked(training.verdict), self._fault, self._headline
        first = re.split(r"\. |(?<=。)", verdict)[0].rstrip(".")
        if headline is None:
            self._show_title(first, *_look(training, fault))
        else:
            verdict = f"{headline.text}. {verdict}"
            self._show_title(headline.text, *_LOOKS[headline.look])
        self._title.setToolTip(tooltip_of(verdict))
        self.setAccessibleName(verdict)
        others = training.parameters - training.trained
        text = ngettext("{count} does not:", "{count} do not:", others)
        lead = text.format(count=number(others)) if others else ""
        self._lead.setText(lead if headline is None else first)
        says_more = fault is not None and self.processes.is_available
        self._lead.setVisible(bool(training.trained and self._lead.text()) and not says_more)

    def _show_title(self, title: str, glyph: Glyph, tone: ToneKey | None) -> None:
        """Show a title with the fault and the chips, and hide what else may be in the line."""
        self._title.setText(title)
        self._title.setToolTip("")
        self.setAccessibleName(title)
        self._lead.hide()
        self._detail.hide()
        self.chips.show()
        self._show_fault(self._fault)
        self._glyph.set_glyph(glyph, tone)
        self._set_ground("error" if tone == "cut" else "plain")

    def _show_fault(self, fault: Finding | None) -> None:
        self.fault.setVisible(fault is not None)
        detail = "" if self._headline is None else self._headline.detail
        self._fault_text = "" if fault is None else detail or unmarked(fault.title).rstrip(".")
        if fault is not None:
            self.fault.setAccessibleName(unmarked(titled(fault)))

    def _set_ground(self, kind: str) -> None:
        if self.property("verdict") != kind:
            self.setProperty("verdict", kind)
            self.style().unpolish(self)
            self.style().polish(self)

    def _fill(self, training: Training | None) -> None:
        for group in self._groups:
            self._column.removeWidget(group)
            group.deleteLater()
        self._chosen = None
        self._training = training
        found = [] if training is None else training.groups
        self.chips.set_groups(found)
        self._groups = [VerdictGroup(self._theme, group) for group in found]
        for place, group in enumerate(self._groups):
            group.toggled.connect(self._on_group)
            group.lineChosen.connect(self.lineChosen)
            group.resized.connect(self._fit)
            self._column.insertWidget(place, group)
        self.opener.setVisible(training is not None)

    @property
    def text(self) -> str:
        """The text of the verdict; empty while there is none."""
        return "" if self.isHidden() else self.accessibleName()

    @property
    def groups(self) -> list[VerdictGroup]:
        return self._groups

    # --------------------------------------------------------------------------------- opening

    def _open(self, on: bool) -> None:
        self._scroll.setVisible(on)
        self.opener.setIcon(self._theme.icon("chevron_up" if on else "chevron_down", size=14))
        self._fit()

    def _on_group(self, group: VerdictGroup, on: bool) -> None:
        self.choose(self._groups.index(group) if on else None)

    def choose(self, place: int | None) -> None:
        """Show the parameters of one group only; None for all."""
        if self._training is None or place == self._chosen:
            return
        self._chosen = place
        self.chips.set_chosen(place)
        for number_, group in enumerate(self._groups):
            group.set_open(number_ == place)
        if place is None:
            self.groupChosen.emit([], "")
        else:
            chosen = self._training.groups[place]
            words = short_words(chosen.state, len(chosen.names))
            self.groupChosen.emit(chosen.tensors, words)

    def _fit(self) -> None:
        wanted = sum(group.wanted_height for group in self._groups) + SPACE_SMALL
        most = min(_MOST_OPEN, round(_SHARE_OF_WINDOW * self.window().height()))
        is_open = self.opener.isChecked() and self._training is not None
        inside = min(wanted, most) if is_open else 0
        self._fit_line()
        self._scroll.setFixedHeight(inside)
        self.setFixedHeight(_HEIGHT + inside)

    def _fit_line(self) -> None:
        """Leave out the share where it is narrow, and shorten the fault to what is left."""
        least = _SHARE_FROM + (_SWITCH if self.processes.is_available else 0)
        has_room = self.width() >= least and not self.is_running
        self._share.setVisible(has_room and self._training is not None)
        others = (self._title, self._lead, self._share, self.processes)
        taken = sum(one.sizeHint().width() for one in others if not one.isHidden())
        room = max(_LEAST_FAULT, self.width() - taken - _MARGINS)
        metrics = self.fault.fontMetrics()
        text = metrics.elidedText(self._fault_text, Qt.TextElideMode.ElideRight, room)
        self.fault.setText(text)
        hint = tr("Show the finding")
        whole = f"{self._fault_text}\n{hint}" if text != self._fault_text else hint
        self.fault.setToolTip(tooltip_of(whole))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # else the release goes elsewhere

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open or close the bar on a click anywhere in its line."""
        if event.position().y() < _HEIGHT and self._training is not None:
            self.opener.toggle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


def _so_far(training: Training) -> str:
    text = ngettext(
        "{trained} of {total} parameter trained so far",
        "{trained} of {total} parameters trained so far",
        training.parameters,
    )
    return text.format(trained=number(training.trained), total=number(training.parameters))


def _look(training: Training, fault: Finding | None) -> tuple[Glyph, ToneKey]:
    if not training.trained or (fault is not None and fault.severity == "error"):
        return _ERROR
    if fault is not None:
        return _WARNING
    is_good = all(group.state in ("trained", "frozen") for group in training.groups)
    return _GOOD if is_good else _WARNING
