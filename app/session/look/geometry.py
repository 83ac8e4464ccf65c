"""Measures of what stands on the graph, in logical pixels at 100 %."""

from __future__ import annotations

from typing import Final

# An operation: a title row, a status row, and rows of parameter pills.
NODE_WIDTH: Final = 272
NODE_MAX_WIDTH: Final = 320
NODE_HEIGHT: Final = 48
NODE_RADIUS: Final = 6
NODE_INSET: Final = 12
WIDTH_STEP: Final = 8
TITLE_X: Final = 36
TITLE_BASELINE: Final = 22.5
STATUS_BASELINE: Final = 40
GLYPH: Final = 16
GLYPH_TOP: Final = 10

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

COMPACT_WIDTH: Final = 104
COMPACT_HEIGHT: Final = 28
COMPACT_TITLE_X: Final = 34

GROUP_WIDTH: Final = 168
GROUP_MAX_WIDTH: Final = 376
GROUP_HEIGHT: Final = 48
GROUP_GLYPH: Final = 14
GROUP_TITLE_X: Final = 32
GROUP_BAR_WIDTH: Final = 64
GROUP_BAR_HEIGHT: Final = 6
STACK_OFFSET: Final = 4

TENSOR_HEIGHT: Final = 30
TENSOR_WIDTH: Final = 120
TENSOR_INSET: Final = 14
TENSOR_GLYPH: Final = 14
TENSOR_TITLE_X: Final = 32

CUT_HEIGHT: Final = 28
CUT_BLOCK: Final = 67
CUT_WORD_X: Final = 27
CUT_MAX_WIDTH: Final = 440

FRAME_PADDING: Final = 16
FRAME_HEADER: Final = 26
GROUP_HEADER: Final = 32
"""The header of an unfolded group."""
STEP_BUTTON: Final = 20
FRAME_HEADER_OVERLAP: Final = 12
"""How far the header reaches into the padding above the first node."""
FRAME_RADIUS: Final = 8

LABEL_GAP: Final = 14
LABEL_HEIGHT: Final = 16
LABEL_MAX_WIDTH: Final = 190
LABEL_LIFT: Final = 4
"""Between a level line and a label above or below it."""
LABEL_SLACK: Final = 10
"""How much of a label's height fits into the gap that stands between ranks anyway."""
RANK_GAP: Final = 28
NODE_GAP: Final = 32
ELBOW_RADIUS: Final = 6
ARROW_LENGTH: Final = 6
ARROW_HALF_WIDTH: Final = 4.5
CHEVRON_HALF_WIDTH: Final = 5
CHEVRON_HALF_HEIGHT: Final = 2.5
CHEVRON_SPACING: Final = 16
TWO_CHEVRONS_ABOVE: Final = 44

RING_OFFSET: Final = 4
RING_WIDTH: Final = 2


def snap_up(width: float) -> float:
    """The next multiple of the step in which widths grow."""
    return -(-width // WIDTH_STEP) * WIDTH_STEP
