"""Fields for the index of an element of a leaf that is too large to be shown whole."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QWidget

from app.contract.messages import NUDGE_CELLS
from app.gui.theme.metrics import SPACE_MEDIUM, SPACE_SMALL
from app.session.language import number, tr
from app.session.numbers import shape as shape_text

_HEIGHT = 24
_MOST = 6
"""Dimensions that have a field; the first ones of more have index 0."""


class ElementFields(QWidget):
    elementWanted = Signal(tuple)

    def __init__(self) -> None:
        super().__init__()
        self._shape: Sequence[int] = ()
        self._element: tuple[int, ...] = ()
        self._before = QLabel(tr("Element"))
        self._after = QLabel()
        self.fields = [QSpinBox() for _ in range(_MOST)]
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_MEDIUM, SPACE_SMALL, SPACE_MEDIUM, 0)
        row.setSpacing(SPACE_SMALL)
        row.addWidget(self._before)
        for place, field in enumerate(self.fields):
            field.setFixedHeight(_HEIGHT)
            field.setKeyboardTracking(False)
            field.setAccessibleName(tr("Index {place}").format(place=number(place + 1)))
            field.lineEdit().setTextMargins(SPACE_SMALL, 0, SPACE_SMALL, 0)
            field.valueChanged.connect(self._tell)
            row.addWidget(field)
        row.addWidget(self._after)
        row.addStretch(1)
        for label in (self._before, self._after):
            label.setProperty("secondary", True)

    def show_element(self, shape: Sequence[int], element: tuple[int, ...]) -> None:
        """Show an index; nothing for a leaf whose values are all shown together."""
        self._shape, self._element = shape, element
        shown = shape[-_MOST:]
        for place, field in enumerate(self.fields):
            field.setVisible(place < len(shown))
            if place < len(shown):
                field.blockSignals(True)
                field.setRange(0, max(0, shown[place] - 1))
                field.setValue(element[len(shape) - len(shown) + place])
                field.blockSignals(False)
        self._after.setText(tr("of {shape}").format(shape=shape_text(shape)))
        small = all(one <= NUDGE_CELLS for one in shape[-2:]) and len(shape) <= 2
        self.setVisible(not small)

    def _tell(self) -> None:
        shown = min(len(self._shape), _MOST)
        values = tuple(field.value() for field in self.fields[:shown])
        self.elementWanted.emit(self._element[: len(self._shape) - shown] + values)
