"""Whoever reads the window must be able to: the contrasts of DESIGN, computed from the colours."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey, contrast
from app.gui.theme.heat import heat_color, text_on
from app.session.look.colors import LIGHT_TONES

THEMES = [Theme("light"), Theme("dark"), Theme("contrast")]
TEXT = {"light": 4.5, "dark": 4.5, "contrast": 7.0}
GRAPHIC = 3.0


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("key", sorted(LIGHT_TONES))
def test_a_tone_can_be_read_and_seen(theme: Theme, key: ToneKey) -> None:
    tone, colors = theme.tone(key), theme.colors
    for ground in (tone.fill, colors.panel, colors.canvas):
        assert contrast(tone.text, ground) >= TEXT[theme.name]
        assert contrast(tone.graphic, ground) >= GRAPHIC


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_can_be_read_wherever_it_stands(theme: Theme) -> None:
    colors = theme.colors
    grounds = (colors.canvas, colors.panel, colors.raised, colors.node, colors.hover)
    for text in (colors.text, colors.text_secondary, colors.text_tertiary):
        assert all(contrast(text, ground) >= TEXT[theme.name] for ground in grounds)
    for text in (colors.text, colors.text_secondary):
        assert contrast(text, colors.selected) >= TEXT[theme.name]
    assert contrast(colors.text, colors.hit) >= TEXT[theme.name]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_lines_that_mean_something_can_be_seen(theme: Theme) -> None:
    colors = theme.colors
    for ground in (colors.canvas, colors.panel, colors.raised):
        assert contrast(colors.line, ground) >= GRAPHIC
        assert contrast(colors.ink, ground) >= GRAPHIC
    assert contrast(colors.hit_ring, colors.canvas) >= GRAPHIC
    for relation in (colors.input, colors.output):
        assert contrast(relation, colors.canvas) >= GRAPHIC
        assert contrast(colors.on_accent, relation) >= TEXT[theme.name]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("key", ["gradient", "cut"])
def test_labels_on_filled_blocks_can_be_read(theme: Theme, key: ToneKey) -> None:
    assert contrast(theme.colors.on_accent, theme.tone(key).graphic) >= TEXT[theme.name]


@pytest.mark.parametrize("value", [-1.0, -0.6, -0.3, -0.01, 0.0, 0.01, 0.3, 0.6, 1.0])
def test_numbers_in_heat_maps_can_be_read_with_high_contrast(value: float) -> None:
    ground = heat_color(Theme("contrast"), value, 1.0)
    assert contrast(text_on(ground), ground) >= TEXT["contrast"]


def test_contrast_is_that_of_the_web_guidelines() -> None:
    black, white = QColor("#000000"), QColor("#FFFFFF")
    assert contrast(black, white) == pytest.approx(21.0)
    assert contrast(white, white) == pytest.approx(1.0)
    assert contrast(QColor("#777777"), white) == pytest.approx(4.48, abs=0.01)


def test_light_and_dark_differ_in_every_colour_that_carries_meaning() -> None:
    light, dark, _ = THEMES
    for key in LIGHT_TONES:
        assert light.tone(key).graphic != dark.tone(key).graphic
