"""Measures of what the graph shows, in logical pixels at 100 %."""

from __future__ import annotations

from typing import Final

# An operation: a title row, a status row, and rows of parameter pills.
NODE_WIDTH: Final = 272
NODE_MAX_WIDTH: Final = 320
NODE_HEIGHT: Final = 48
NODE_RADIUS: Final = 6
BORDER_WIDTH: Final = 1.5
NODE_INSET: Final = 12
WIDTH_STEP: Final = 8
TITLE_X: Final = 36
TITLE_BASELINE: Final = 22.5
TITLE_GAP: Final = 10
"""After a title, before the text beside it."""
END_GAP: Final = 12
"""Before the text at the right end."""
LEAST_DETAIL: Final = 24
LEAST_SHAPE: Final = 40
"""Narrower room is left free."""
STATUS_BASELINE: Final = 40
GLYPH: Final = 16
GLYPH_TOP: Final = 10
DOUBLE_INSET: Final = 3
"""Of the second line of a double border."""
STACK_OFFSET: Final = 4
"""Between the outlines of nodes that lie below another."""
NOTE_GLYPH: Final = 12
NOTE_GLYPH_RISE: Final = 10
"""Above the baseline of the words beside it."""
NOTE_GAP: Final = 5

# Seen from afar: one row with glyph and name, or the glyph alone.  Pixels on the screen.
ROW_INSET: Final = 10
ROW_GAP: Final = 6
ROW_TIGHT: Final = 3
"""Around glyph and name where these need the whole row."""
ROW_GLYPH: Final = 14
ROW_TITLE_X: Final = 30
ROW_LEAST_GLYPH: Final = 6
ROW_DROP: Final = 0.36
"""From the middle to the baseline, as a share of the font's size."""
ROW_BORDER: Final = 1.2
"""The least width of a border."""
TILE: Final = 16
"""Of parameters."""
TILE_LEAST: Final = 8
TILE_GAP: Final = 4
TILE_MIDDLE: Final = 18
TILE_FOOT: Final = 27
"""Of tiles in the title row, from the top of the node: the middle, and how far down they reach."""
TITLE_TAG: Final = 17
"""The height of a title that floats above its frame."""
TITLE_TAG_PADDING: Final = 4
TITLE_TAG_LEAST: Final = 48
"""Frames that are narrower have no title."""

DIVIDER_TOP: Final = 50.5
PILL_INSET: Final = 10
PILL_TOP: Final = 56
PILL_HEIGHT: Final = 22
PILL_GAP: Final = 8
PILL_BOTTOM: Final = 6
PILLS_IN_ROW: Final = 2
PILL_ROWS: Final = 3
"""More parameters than fit are counted in the last pill."""
PILL_PADDING: Final = 10
PILL_RADIUS: Final = 10.5
PILL_BASELINE: Final = 15
PILL_NAME_GAP: Final = 4
PILL_GLYPH: Final = 12
PILL_WARNING: Final = 13
PILL_WARNING_TOP: Final = 4
PILL_WARNING_ROOM: Final = 16
MAP_WIDTH: Final = 24
MAP_HEIGHT: Final = 12
MAP_CELL_WIDTH: Final = 10
MAP_CELL_HEIGHT: Final = 8
"""At most: of a small gradient, drawn in its pill."""

# For a room: one row of the whole width, at a zoom of 1.5.
WIDE_HEIGHT: Final = 32
WIDE_LARGE_HEIGHT: Final = 37
WIDE_HIGH: Final = 560
"""From this height of the room on rows are the larger ones."""
WIDE_TENSOR: Final = 27
WIDE_LEAST: Final = 440
WIDE_MOST: Final = 600
WIDE_INSET: Final = 11
WIDE_TITLE: Final = 35
WIDE_NAME_GAP: Final = 6
WIDE_STATUS: Final = 122
"""Where the statuses begin, or as a share of the width:"""
WIDE_STATUS_SHARE: Final = 0.235
WIDE_LINE: Final = 56
"""The column of the lines at the right end."""
WIDE_DROP: Final = 4.6
"""From the middle to the baseline."""
WIDE_PILL: Final = 100
WIDE_PILL_LARGE: Final = 124
WIDE_WITH_LARGE: Final = 560
"""From this width on pills are the larger ones."""
WIDE_PILL_GAP: Final = 7
WIDE_PILLS: Final = 2
WIDE_RANK_GAP: Final = 12
WIDE_MOST_GAP: Final = 34

COMPACT_WIDTH: Final = 104
COMPACT_HEIGHT: Final = 28

GROUP_WIDTH: Final = 168
GROUP_MAX_WIDTH: Final = 376
GROUP_HEIGHT: Final = 48
STRIP_HEIGHT: Final = 34
"""What the strip of several alike groups adds to the height."""
STRIP_TOP: Final = 2
STRIP_CELL: Final = 22
STRIP_CELL_WIDTH: Final = 26
STRIP_CELL_LEAST: Final = 8
STRIP_GAP: Final = 4
STRIP_RADIUS: Final = 4
GROUP_GLYPH: Final = 14
GROUP_GLYPH_X: Final = 11
GROUP_TITLE_X: Final = 32
GROUP_BAR_WIDTH: Final = 64
GROUP_BAR_HEIGHT: Final = 6
BYTES_WIDTH: Final = 72
"""Of the bar of what a node keeps for backward; it ends so far from the right edge:"""
BYTES_END: Final = 78
BYTES_ROW_WIDTH: Final = 44
BYTES_ROW_LEAST: Final = 12
BYTES_HEIGHT: Final = 8
BYTES_LEAST: Final = 3
GROUP_BAR_RADIUS: Final = 2
GROUP_BAR_RISE: Final = 8
"""Above the baseline of the summary."""
GROUP_BAR_GAP: Final = 8

TENSOR_HEIGHT: Final = 30
TENSOR_WIDTH: Final = 120
TENSOR_INSET: Final = 14
TENSOR_GLYPH: Final = 14
TENSOR_GLYPH_X: Final = 12
TENSOR_TITLE_X: Final = 32
TENSOR_DROP: Final = 4.5
TENSOR_DETAIL_DROP: Final = 4
"""From the middle to the baselines."""

CUT_HEIGHT: Final = 28
CUT_BLOCK: Final = 67
CUT_WORD_X: Final = 27
CUT_GLYPH: Final = 14
CUT_GLYPH_INSET: Final = 7
CUT_GAP: Final = 9
CUT_BASELINE: Final = 18.5
CUT_MAX_WIDTH: Final = 440

FRAME_PADDING: Final = 16
FRAME_HEADER: Final = 26
GROUP_HEADER: Final = 32
"""The header of an unfolded group."""
HEADER_BASELINE: Final = 18
GROUP_HEADER_BASELINE: Final = 20.5
HEADER_GLYPH: Final = 14
HEADER_GLYPH_RISE: Final = 11.5
"""Above the baseline of the title beside it."""
HEADER_GLYPH_GAP: Final = 6
HEADER_LINE_GAP: Final = 8
GROUP_HEADER_X: Final = 11
GROUND_TOP: Final = 5
GROUND_MARGIN: Final = 3
"""Around a text below which no line shows."""
STEP_BUTTON: Final = 20
STEP_BUTTON_RADIUS: Final = 3
STEP_GLYPH: Final = 12
STEP_GLYPH_INSET: Final = 4
STEP_END: Final = 8
"""Between the buttons and the end of the header."""
STEP_GAP: Final = 6
"""Between the buttons and the words before them."""
MODE_SWITCH: Final = 118, 24
"""The switch between train and eval in the header of a module."""
MODE_SWITCH_RADIUS: Final = 6
MODE_SWITCH_BASELINE: Final = 20.5
LEAST_WITH_SWITCH: Final = 300
"""The width of a frame whose header has room for it."""
FRAME_HEADER_OVERLAP: Final = 12
"""How far the header reaches into the padding above the first node."""
FRAME_RADIUS: Final = 8

LABEL_GAP: Final = 14
LABEL_HEIGHT: Final = 16
LABEL_BASELINE: Final = 12
LABEL_LINE: Final = 15
"""From the first baseline to the second."""
LABEL_NAME_GAP: Final = 8
LABEL_MAX_WIDTH: Final = 190
LABEL_LIFT: Final = 4
"""Between a level line and a label above or below it."""
LABEL_SLACK: Final = 10
"""How much of a label's height fits into the gap between ranks."""
RANK_GAP: Final = 28
NODE_GAP: Final = 32
ELBOW_RADIUS: Final = 6
ARROW_LENGTH: Final = 6
ARROW_HALF_WIDTH: Final = 4.5
CHEVRON_HALF_WIDTH: Final = 5
CHEVRON_HALF_HEIGHT: Final = 2.5
CHEVRON_SPACING: Final = 16
TWO_CHEVRONS_ABOVE: Final = 44

DATA_WIDTH: Final = 1.5
GRADIENT_WIDTH: Final = 3.0
LEAST_WIDTH: Final = 0.6
"""Pixels on the screen, however far one zooms out."""
CHEVRON_WIDTH: Final = 2.0
CHEVRON_HALO: Final = 6.0

RING_OFFSET: Final = 4
RING_WIDTH: Final = 2


def snap_up(width: float) -> float:
    """The next multiple of the step in which widths grow."""
    return -(-width // WIDTH_STEP) * WIDTH_STEP
