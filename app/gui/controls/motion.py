"""Whether the user's system wants animations."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def animates(widget: QWidget) -> bool:
    from PySide6.QtWidgets import QStyle  # makes 600 names: not at the start

    hint = QStyle.StyleHint.SH_Widget_Animation_Duration
    return widget.isVisible() and widget.style().styleHint(hint, None, widget) > 0
