"""Whether changes are animated."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

_STILL = "animationsOff"


def animate(on: bool) -> None:
    """Leave animations to the user's system, or do without them."""
    application = QCoreApplication.instance()
    assert application is not None
    application.setProperty(_STILL, not on)


def animates(widget: QWidget) -> bool:
    from PySide6.QtWidgets import QStyle  # makes 600 names: not at the start

    application = QCoreApplication.instance()
    if not widget.isVisible() or application is None or application.property(_STILL):
        return False
    hint = QStyle.StyleHint.SH_Widget_Animation_Duration
    return widget.style().styleHint(hint, None, widget) > 0
