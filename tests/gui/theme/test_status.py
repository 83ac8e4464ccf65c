"""Statuses must be distinguishable without colour."""

from __future__ import annotations

from typing import get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from app.drawing.shapes import STATUS_BORDERS
from app.gui.theme import Theme
from app.gui.theme.status import LEGEND_ORDER, STATUS_STYLES, pen
from app.session.graph.payloads import StatusKey

STATUSES: tuple[StatusKey, ...] = get_args(StatusKey)


def test_every_status_has_a_style() -> None:
    assert set(STATUS_STYLES) == set(STATUSES)
    assert set(LEGEND_ORDER) == set(STATUSES) - {"neutral", "failed", "covered"}


def test_no_two_statuses_share_a_glyph_a_word_or_a_border() -> None:
    styles = [STATUS_STYLES[key] for key in LEGEND_ORDER]
    assert len({style.glyph for style in styles}) == len(styles)
    assert len({style.label for style in styles}) == len(styles)
    assert len({(style.dash, style.doubled) for style in styles}) == len(styles)


@pytest.mark.parametrize("key", LEGEND_ORDER)
def test_a_border_has_its_dashes_in_pixels(key: StatusKey) -> None:
    style = STATUS_STYLES[key]
    border = Theme("light").pen(STATUS_BORDERS[key])
    assert border.widthF() == style.width
    pixels = [length * border.widthF() for length in border.dashPattern()]
    assert pixels == pytest.approx(list(style.dash))


def test_dots_have_round_caps_and_dashes_have_flat_ones() -> None:
    color = QColor("#4B7F9B")
    assert pen(color, 2, (1.5, 3.5), dotted=True).capStyle() == Qt.PenCapStyle.RoundCap
    assert pen(color, 1.5, (6, 4)).capStyle() == Qt.PenCapStyle.FlatCap
    assert pen(color, 1.5).style() == Qt.PenStyle.SolidLine
