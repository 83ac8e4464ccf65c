"""Tooltips with the user's own names: limited in length, and never read as HTML."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.gui.controls.shortened import shortened

MOST = 600
"""Characters: a tooltip is read at a glance, and a longer one covers what it explains."""
_LONG = 80
"""A longer line is wrapped, which Qt does for rich text alone."""


def tooltip_of(text: str) -> str:
    """Return a tooltip that shows `text` literally, or its beginning if it is long.

    >>> tooltip_of("model.fc.weight")
    'model.fc.weight'
    >>> tooltip_of("d['<b>']")
    '<p style="white-space: pre-wrap">d[&#x27;&lt;b&gt;&#x27;]</p>'
    """
    text = shortened(text, MOST)
    if "<" not in text and "&" not in text and all(len(s) <= _LONG for s in text.split("\n")):
        return text
    return f'<p style="white-space: pre-wrap">{escape(text)}</p>'


def show_explained(widget: QWidget, event: QHelpEvent, text: str, mark: str) -> None:
    """Show a tooltip with `text` and what a mark means, named as in `session.cards`."""
    from app.session.cards import meaning  # which knows runs: not at the start

    said = "\n\n".join(part for part in (text, meaning(mark)) if part)
    QToolTip.showText(event.globalPos(), tooltip_of(said), widget)
