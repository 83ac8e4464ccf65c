"""The real window on a real (virtual) screen: it opens, runs an example and can be photographed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from app.gui.theme import Theme


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Xvfb is a Linux matter")
@pytest.mark.needs("Xvfb")
def test_a_run_under_xvfb_leaves_pictures_of_the_traced_example(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "tests.tools.screenshots",
        str(tmp_path),
        "01_three",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    sizes = {path.name: QImage(str(path)).size().toTuple() for path in tmp_path.iterdir()}
    assert sizes == {
        f"01_three_linear_layers-{width}x{height}-{theme}.png": (width, height)
        for width, height in ((1280, 800), (1920, 1080))
        for theme in ("light", "dark")
    }
    for path in tmp_path.iterdir():
        theme = Theme("dark" if "dark" in path.name else "light")
        drawn = colours(QImage(str(path)))
        for status in ("recorded", "no_grad", "cut"):  # what this example has to show
            assert theme.tone(status).graphic.rgb() in drawn, (path.name, status)


def colours(image: QImage) -> set[int]:
    """Every colour in the picture, as `QColor.rgb` has it."""
    pixels = image.convertToFormat(QImage.Format.Format_RGB32).constBits()
    return set(memoryview(bytes(pixels)).cast("I"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Xvfb is a Linux matter")
@pytest.mark.needs("Xvfb")
def test_a_panel_is_photographed_with_what_stands_over_the_window(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.tools.panel_pictures", str(tmp_path)]
    done = subprocess.run([*command, "about"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    light, dark = (QImage(str(tmp_path / f"about-{theme}.png")) for theme in ("light", "dark"))
    assert light.size().toTuple() == dark.size().toTuple() == (1440, 900)
    assert light.pixelColor(720, 400) != dark.pixelColor(720, 400)
