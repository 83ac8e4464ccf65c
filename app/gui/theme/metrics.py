"""Measures that more than one view shares, in logical pixels."""

from __future__ import annotations

from typing import Final

SPACE_TINY: Final = 4
SPACE_SMALL: Final = 8
SPACE: Final = 12
SPACE_MEDIUM: Final = 16
SPACE_LARGE: Final = 24

RADIUS_TICK: Final = 3
RADIUS: Final = 6
RADIUS_CARD: Final = 8

FONT_SMALL: Final = 11
"""Edge labels, headers, pills.  Nothing is written smaller."""
FONT_SECONDARY: Final = 12
FONT_BASE: Final = 13

GLYPH_SIZE: Final = 16
GLYPH_STROKE: Final = 1.5

TOOLBAR_HEIGHT: Final = 44
DOCK_HEADER_HEIGHT: Final = 36
ROOM_HEADER_HEIGHT: Final = 48
TABLE_HEADER_HEIGHT: Final = 26
TABLE_ROW_HEIGHT: Final = 30
TREE_ROW_HEIGHT: Final = 28
STATUS_BAR_HEIGHT: Final = 24
BUTTON_HEIGHT: Final = 28
EDITOR_LINE_HEIGHT: Final = 24
EDITOR_HEAD_HEIGHT: Final = 28
