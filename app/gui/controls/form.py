"""Forms: a caption and a field in each row, aligned alike in every dialog."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from app.gui.commands import plain
from app.gui.theme.metrics import SPACE, SPACE_MEDIUM


def fill_form(form: QFormLayout, rows: Iterable[tuple[str, QWidget]]) -> None:
    """Fill a form that is in its place; a caption's mnemonic (&) focuses the field it names."""
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
