"""The turn of a card: it narrows, shows its other side, and widens again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QVariantAnimation

DURATION_MS: Final = 160
_LEAST: Final = 0.12
"""The share of its width of a card that is seen edge-on."""


class CardTurn(QObject):
    """One turn at a time; another one ends it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._animation = QVariantAnimation(self)
        self._animation.setDuration(DURATION_MS)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.valueChanged.connect(self._step)
        self._animation.finished.connect(self.finish)
        self._show: Callable[[float], None] | None = None
        self._change: Callable[[], None] | None = None

    def start(
        self, show: Callable[[float], None], change: Callable[[], None], *, animated: bool
    ) -> None:
        """Show the card at shares of its width, and `change` its side at the narrowest.

        Without an animation only the side changes, at once.
        """
        self.finish()
        if not animated:
            change()
            return
        self._show, self._change = show, change
        self._animation.start()

    def finish(self) -> None:
        """Show the other side in its full width."""
        show, change = self._show, self._change
        self._show = self._change = None
        self._animation.stop()
        if change is not None:
            change()
        if show is not None:
            show(1.0)

    def _step(self, share: float) -> None:
        if self._show is None:
            return
        if share >= 0.5 and self._change is not None:
            change, self._change = self._change, None
            self._show(_LEAST)
            change()
        self._show(_LEAST + (1 - _LEAST) * abs(1 - 2 * share))
