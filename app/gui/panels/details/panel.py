"""The details of the selected operation, tensor or module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.gui.controls.elided_label import ElidedLabel
from app.gui.controls.tooltips import tooltip_of
from app.gui.panels.chip import Chip
from app.gui.panels.details.decision_list import DecisionList
from app.gui.panels.details.facts_box import FactsBox
from app.gui.panels.details.saved_table import SavedTable
from app.gui.panels.flow_text import FlowText, spans_of
from app.gui.theme import Theme
from app.gui.theme.metrics import DOCK_HEADER_HEIGHT, FONT_SECONDARY, SPACE, SPACE_SMALL
from app.session.language import tr, translatable

if TYPE_CHECKING:
    from app.session.details.facts import DetailBox, Details

EMPTY = translatable("Select an operation or a tensor to see how torch decided about it.")
_MOST_BOXES = 6
_LEAST_TITLE = 64


class DetailsPanel(QWidget):
    """Its widgets are made once and filled for each selection, which is fast."""

    linkChosen = Signal(object)
    """A `facts_box.Link`: a row that leads elsewhere was chosen."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("detailsPanel")
        self.setAccessibleName(tr("Details of the selection"))
        self._title = ElidedLabel()
        self._title.setProperty("heading", True)
        self._title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._title.setMinimumWidth(_LEAST_TITLE)
        self._expression = QLabel()
        self._expression.setProperty("code", True)
        self._expression.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.chip = Chip(theme)
        self._caption = QLabel(wordWrap=True)
        self._caption.setProperty("secondary", True)
        self._text = FlowText(theme, FONT_SECONDARY)
        self.decision = DecisionList(theme)
        self.saved = SavedTable(theme)
        self._box_titles = [QLabel() for _ in range(_MOST_BOXES)]
        self.boxes = [FactsBox(theme) for _ in range(_MOST_BOXES)]
        for title, box in zip(self._box_titles, self.boxes, strict=True):
            title.setProperty("secondary", True)
            box.linkChosen.connect(self.linkChosen)
        self._build()
        self.clear()

    def _build(self) -> None:
        head = self._head = QWidget()
        head.setFixedHeight(DOCK_HEADER_HEIGHT)
        head.setProperty("panelHeader", True)
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(head)
        row.setContentsMargins(SPACE, 0, SPACE, 0)
        row.setSpacing(SPACE_SMALL)
        row.addWidget(self._title)
        row.addWidget(self._expression, 1)
        row.addWidget(self.chip)
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, SPACE, 0, SPACE)
        body.setSpacing(0)
        body.addWidget(_inset(self._caption, below=10))
        body.addWidget(_inset(self._text, below=10))
        body.addWidget(self.saved)
        body.addWidget(self.decision)
        for title, box in zip(self._box_titles, self.boxes, strict=True):
            body.addWidget(_inset(title, above=SPACE, below=SPACE_SMALL // 2))
            body.addWidget(_inset(box))
        body.addStretch(1)
        scroll = QScrollArea()
        scroll.setAccessibleName(tr("Details"))
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(scroll, 1)
        self._scroll = scroll

    def set_theme(self, theme: Theme) -> None:
        self.chip.set_theme(theme)
        self._text.set_theme(theme)
        self.decision.set_theme(theme)
        self.saved.set_theme(theme)
        for box in self.boxes:
            box.set_theme(theme)

    @property
    def title(self) -> str:
        return self._title.text()

    @property
    def text(self) -> str:
        """Its sentences as plain text."""
        return self._text.text

    def clear(self) -> None:
        self.show_details(None)

    def show_details(self, details: Details | None) -> None:
        self._body.setUpdatesEnabled(False)
        self._head.setVisible(details is not None)
        self._title.setText(details.title if details else tr("Details"))
        self._title.setToolTip(tooltip_of(details.title) if details else "")
        self._expression.setText(details.expression if details else "")
        self._expression.setToolTip(tooltip_of(details.expression) if details else "")
        self.chip.setVisible(details is not None)
        if details:
            self.chip.set_status(details.glyph, details.tone, details.words)
        self._set_label(self._caption, details.caption if details else tr(EMPTY))
        self._text.set_spans(spans_of(details.text if details else ""))
        _row(self._text).setVisible(bool(details and details.text))
        self.decision.set_steps(
            details.steps if details else (), details.tone if details else "neutral"
        )
        self.decision.setVisible(bool(details and details.steps))
        boxes = details.boxes if details else ()
        for place in range(_MOST_BOXES):
            self._fill_box(place, boxes[place] if place < len(boxes) else None)
        self._scroll.verticalScrollBar().setValue(0)
        self._body.setUpdatesEnabled(True)

    def _fill_box(self, place: int, box: DetailBox | None) -> None:
        shown = box is not None and bool(box.facts)
        self._set_label(self._box_titles[place], box.title if box and shown else "")
        self.boxes[place].set_facts(box.facts if box else ())
        _row(self.boxes[place]).setVisible(shown)

    def _set_label(self, label: QLabel, text: str) -> None:
        label.setText(text)
        _row(label).setVisible(bool(text))


def _inset(widget: QWidget, above: int = 0, below: int = 0) -> QWidget:
    """The widget with the panel's margin on both sides, shown and hidden with its gaps."""
    row = QWidget()
    column = QVBoxLayout(row)
    column.setContentsMargins(SPACE, above, SPACE, below)
    column.addWidget(widget)
    return row


def _row(widget: QWidget) -> QWidget:
    """The row that `_inset` put the widget in."""
    row = widget.parentWidget()
    assert row is not None
    return row
