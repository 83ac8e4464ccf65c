"""The order in which Tab goes through a window: as it is read, whatever was made or moved last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget


def move_focus(window: QWidget, *, forward: bool) -> bool:
    """Give the focus to the stop after the focused widget, or before it.  Returns whether one is.

    After the last one comes the first.
    """
    focused = window.focusWidget()
    order = list(stops(window, beside=focused))
    if not order:
        return False
    here = order.index(focused) if focused in order else -1 if forward else 0
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    order[(here + (1 if forward else -1)) % len(order)].setFocus(reason)
    return True


def stops(root: QWidget, beside: QWidget | None = None) -> Iterator[QWidget]:
    """Yield the widgets in it, itself first, that Tab leads to, in the order of reading.

    `beside` is among them wherever it is, so that Tab goes on from there.
    """
    if root is beside or _takes_focus(root):
        yield root
    blocks = []
    for child in root.children():
        if isinstance(child, QWidget) and child.isVisible() and not child.isWindow():
            inside = list(stops(child, beside))
            if inside:
                blocks.append((child.geometry(), inside))
    for _, inside in _read(blocks):
        yield from inside


def _takes_focus(widget: QWidget) -> bool:
    hints, policy = QGuiApplication.styleHints(), Qt.FocusPolicy
    to_all = hints.tabFocusBehavior() == Qt.TabFocusBehavior.TabFocusAllControls
    wanted = policy.TabFocus if to_all else policy.StrongFocus
    is_wanted = widget.focusPolicy() & wanted == wanted
    return is_wanted and widget.isEnabled() and widget.focusProxy() is None


_Block = tuple[QRect, list[QWidget]]


def _read(blocks: Sequence[_Block]) -> list[_Block]:
    """Sort blocks: rows from top to bottom, in each the columns from left to right, and so on."""
    if len(blocks) < 2:
        return list(blocks)
    for is_row in (True, False):
        parts = _cut(blocks, is_row=is_row)
        if len(parts) > 1:
            return [block for part in parts for block in _read(part)]
    return sorted(blocks, key=lambda block: (block[0].top(), block[0].left()))


def _cut(blocks: Sequence[_Block], *, is_row: bool) -> list[list[_Block]]:
    """Part blocks where a straight line across all of them touches none."""
    parts: list[list[_Block]] = []
    end = 0
    for start, stop, block in sorted(
        (
            (place.top(), place.bottom(), (place, inside))
            if is_row
            else (place.left(), place.right(), (place, inside))
            for place, inside in blocks
        ),
        key=lambda one: one[:2],
    ):
        if not parts or start > end:
            parts.append([])
            end = stop
        parts[-1].append(block)
        end = max(end, stop)
    return parts
