"""What a what-if changed in numbers, beside the run as written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.gui.controls.icon_button import IconButton
from app.gui.panels.comparing.measure_list import MeasureList
from app.gui.panels.header import Header
from app.gui.theme import Theme
from app.session.comparing.sides import Sides
from app.session.language import tr
from app.session.ranks.naming import ProcessName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.session.comparing.measures import Measure


class WhatItChanged(QScrollArea):
    def __init__(self, theme: Theme, compare: QAction) -> None:
        super().__init__(widgetResizable=True)
        self.setObjectName("whatItChanged")
        self.setAccessibleName(tr("What it changed"))
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header = Header(tr("As written, what if"))
        button = IconButton(compare)
        button.setText(tr("Compare side by side"))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        compare.changed.connect(lambda: button.setText(tr("Compare side by side")))
        header.add_widget(button)
        self.measures = MeasureList(theme)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(header)
        column.addWidget(self.measures)
        column.addStretch(1)
        self.setWidget(content)

    def set_theme(self, theme: Theme) -> None:
        self.measures.set_theme(theme)

    def show_measures(self, measures: Sequence[Measure]) -> None:
        written = tr("the run as written")
        sides = Sides(
            ProcessName(tr("As written"), tr("as written"), written),
            ProcessName(tr("What if"), tr("in the what-if"), tr("the what-if")),
        )
        self.measures.show_measures(measures, sides)
