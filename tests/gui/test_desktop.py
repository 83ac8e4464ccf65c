"""What a desktop wants to know of a program: its entry in the menus and its icon."""

from __future__ import annotations

import configparser
import tomllib
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from app.gui.theme.glyphs import program_icon
from app.session import resources

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("size", [16, 32, 64])
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_the_icon_is_sharp_at_every_size(qtbot: QtBot, size: int, ratio: float) -> None:
    image = program_icon().pixmap(QSize(size, size), ratio).toImage()
    assert image.width() == round(size * ratio)
    middle = image.pixelColor(image.width() // 2, image.height() // 2)
    assert middle.alpha() == 255
    assert image.pixelColor(0, 0).alpha() == 0  # round corners


def test_the_entry_names_the_program_and_the_icon() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(resources.path("desktop", "tapescope.desktop"), encoding="utf-8")
    values = entry["Desktop Entry"]
    assert values["type"] == "Application"
    assert values["exec"] == "tapescope %f"
    assert values["icon"] == "tapescope"
    assert values["startupwmclass"] == "tapescope"  # as the window's class, for the task bar


def test_a_wheel_puts_both_where_desktops_look() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert all((ROOT / source).is_file() for source in shared)
    assert "share/applications/tapescope.desktop" in shared.values()
    assert "share/icons/hicolor/scalable/apps/tapescope.svg" in shared.values()
