"""Forms: a caption and a field in each row, aligned alike in every dialog."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from app.gui.commands import plain
from app.gui.theme.metrics import SPACE, SPACE_MEDIUM


def form_of(rows: Iterable[tuple[str, QWidget]]) -> QFormLayout:
    """Return a form; a caption's mnemonic (&) focuses its field, and the caption names it."""
    form = QFormLayout()
    form.setHorizontalSpacing(SPACE_MEDIUM)
    form.setVerticalSpacing(SPACE)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    for label, widget in rows:
        form.addRow(label, widget)
        caption = form.labelForField(widget)
        assert isinstance(caption, QLabel)
        field = widget.focusProxy() or widget
        caption.setBuddy(field)
        field.setAccessibleName(plain(label))
    return form
