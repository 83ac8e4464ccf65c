"""What Qt needs from the system: found missing, and named with its packages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import PySide6
import pytest

from app.gui.system_check import (
    LIBRARIES,
    LOADED_BY_THE_WINDOW,
    advice,
    main,
    missing_libraries,
    not_found,
    why_no_window,
)

LDD = """\
/site-packages/PySide6/QtWidgets.abi3.so:
\tlinux-vdso.so.1 (0x00007ffd3a5f2000)
\tlibGL.so.1 => not found
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f5c5a000000)
/site-packages/PySide6/Qt/plugins/platforms/libqxcb.so:
\tlibxcb-cursor.so.0 => not found
\tlibGL.so.1 => not found
"""

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks ldd")


def test_what_the_linker_does_not_find_is_told_once() -> None:
    assert not_found(LDD) == ["libGL.so.1", "libxcb-cursor.so.0"]


def test_nothing_is_missing_where_the_tests_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert missing_libraries() == []
    assert main() == 0
    assert capsys.readouterr().err == ""


@on_linux
def test_a_library_that_is_really_missing_is_found(tmp_path: Path) -> None:
    """A copy of Qt's own plugin away from Qt: the linker cannot find Qt itself there."""
    plugin = LOADED_BY_THE_WINDOW[1]
    (tmp_path / "PySide6" / plugin).parent.mkdir(parents=True)
    (tmp_path / "PySide6/__init__.py").touch()
    (tmp_path / "PySide6" / plugin).write_bytes(
        (Path(PySide6.__file__).parent / plugin).read_bytes()
    )
    child = subprocess.run(
        [sys.executable, "-m", "app.gui.system_check"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 1
    assert "libQt6Gui.so.6" in child.stderr.splitlines()[0]


@on_linux
def test_the_libraries_that_have_packages_are_the_ones_that_qt_loads() -> None:
    package = Path(PySide6.__file__).parent
    files = [package / name for name in LOADED_BY_THE_WINDOW]
    output = subprocess.check_output(["ldd", *files], text=True)
    assert set(LIBRARIES) <= set(re.findall(r"^\s+(\S+) =>", output, re.MULTILINE))


def test_the_advice_names_the_packages_of_each_system() -> None:
    assert advice(["libGL.so.1", "libGLX.so.0", "libEGL.so.1"]).splitlines() == [
        "Missing on this system: libGL.so.1, libGLX.so.0, libEGL.so.1.",
        "  Debian, Ubuntu: sudo apt-get install libgl1 libegl1",
        "  Fedora:         sudo dnf install libglvnd-glx libglvnd-egl",
    ]


def test_the_advice_for_a_library_it_does_not_know_is_how_to_find_it() -> None:
    assert (
        advice(["libnew.so.1"])
        .splitlines()[-1]
        .startswith("  To find the package that provides libnew.so.1, run `apt-file")
    )


@on_linux
def test_without_a_screen_the_advice_is_the_command_that_needs_none() -> None:
    assert why_no_window({"DISPLAY": ":0"}) is None
    assert why_no_window({"WAYLAND_DISPLAY": "wayland-0"}) is None
    assert "tapescope trace" in (why_no_window({}) or "")


def test_without_qt_the_advice_is_to_install_it() -> None:
    command = [sys.executable, "-S", "-m", "app.gui.system_check"]  # -S: no site-packages
    child = subprocess.run(command, capture_output=True, text=True, check=False)
    assert child.returncode == 1
    assert "pip install PySide6" in child.stderr
