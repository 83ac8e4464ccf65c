"""Which system libraries that Qt needs are missing, and the packages that bring them.

Qt's wheels carry Qt itself and expect the rest (X11, OpenGL, fontconfig, D-Bus) from the system.
Where something is missing, Qt says "could not load the platform plugin" or Python shows a dlopen
error; neither names a package.  This module is asked after Qt has failed.  It needs no Qt and no
display: it asks the dynamic linker, through `ldd`, what was not found.

`python -m app.gui.system_check` prints the advice and exits with 1 where something is missing.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.session.language import listing, tr


@dataclass(frozen=True, slots=True)
class Packages:
    """What to install for one thing.  None: it is part of the system or not to be had there."""

    debian: str
    fedora: str
    macos: str | None = None


LIBRARIES = {
    "libEGL.so.1": Packages("libegl1", "libglvnd-egl"),
    "libGL.so.1": Packages("libgl1", "libglvnd-glx"),
    "libGLX.so.0": Packages("libgl1", "libglvnd-glx"),
    "libX11.so.6": Packages("libx11-6", "libX11"),
    "libX11-xcb.so.1": Packages("libx11-xcb1", "libX11-xcb"),
    "libdbus-1.so.3": Packages("libdbus-1-3", "dbus-libs"),
    "libfontconfig.so.1": Packages("libfontconfig1", "fontconfig"),
    "libfreetype.so.6": Packages("libfreetype6", "freetype"),
    "libglib-2.0.so.0": Packages("libglib2.0-0", "glib2"),
    "libgthread-2.0.so.0": Packages("libglib2.0-0", "glib2"),
    "libxcb.so.1": Packages("libxcb1", "libxcb"),
    "libxcb-cursor.so.0": Packages("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": Packages("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": Packages("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": Packages("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-randr.so.0": Packages("libxcb-randr0", "libxcb"),
    "libxcb-render.so.0": Packages("libxcb-render0", "libxcb"),
    "libxcb-render-util.so.0": Packages("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-shape.so.0": Packages("libxcb-shape0", "libxcb"),
    "libxcb-shm.so.0": Packages("libxcb-shm0", "libxcb"),
    "libxcb-sync.so.1": Packages("libxcb-sync1", "libxcb"),
    "libxcb-util.so.1": Packages("libxcb-util1", "xcb-util"),
    "libxcb-xfixes.so.0": Packages("libxcb-xfixes0", "libxcb"),
    "libxcb-xkb.so.1": Packages("libxcb-xkb1", "libxcb"),
    "libxkbcommon.so.0": Packages("libxkbcommon0", "libxkbcommon"),
    "libxkbcommon-x11.so.0": Packages("libxkbcommon-x11-0", "libxkbcommon-x11"),
    "libzstd.so.1": Packages("libzstd1", "libzstd"),
}
"""The package of each library that Qt's wheels take from a Linux system (PySide6 6.8 to 6.11)."""

LOADED_BY_THE_WINDOW = (
    "QtWidgets.abi3.so",
    "Qt/plugins/platforms/libqxcb.so",
    "Qt/plugins/platforms/libqoffscreen.so",
)


def why_no_window(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return why Qt could not open a window here, and what to do; None if it could.

    Qt itself names no package and no other command.
    """
    try:
        missing = missing_libraries()
    except ModuleNotFoundError as error:
        text = tr("{error}. Install it with: {python} -m pip install PySide6")
        return text.format(error=error, python=sys.executable)
    if missing:
        return tr("Qt cannot open a window yet. {advice}").format(advice=advice(missing))
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(environment.get(name) for name in screens):
        return tr(
            "There is no screen to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set. "
            "`tapescope trace FILE -o graph.svg` needs none."
        )
    return None


def missing_libraries() -> list[str]:
    """Sonames that the dynamic linker does not find, sorted.  Empty on other systems than Linux.

    Raises ModuleNotFoundError where PySide6 is not installed.
    """
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(tr("PySide6 is not installed in this Python"))
    ldd = shutil.which("ldd")
    if not sys.platform.startswith("linux") or ldd is None:
        return []
    package = Path(spec.origin).parent
    files = [path for name in LOADED_BY_THE_WINDOW if (path := package / name).exists()]
    command = [ldd, *map(str, files)]
    return not_found(subprocess.run(command, capture_output=True, text=True, check=False).stdout)


def not_found(ldd_output: str) -> list[str]:
    """The sonames in the output of `ldd`, sorted and each once, that it did not find.

    >>> not_found("libGL.so.1 => not found\\nlibc.so.6 => /lib/libc.so.6 (0x7f)")
    ['libGL.so.1']
    """
    lines = ldd_output.splitlines()
    return sorted({line.split()[0] for line in lines if line.endswith("=> not found")})


def advice(missing: Sequence[str], known: dict[str, Packages] = LIBRARIES) -> str:
    """What to type for what is missing, on Debian and Ubuntu, Fedora and macOS.

    Names that are not in `known` are given as they are, with the command that finds their package.
    """
    packages = [known[name] for name in missing if name in known]
    commands = [
        ("Debian, Ubuntu", "sudo apt-get install", (p.debian for p in packages)),
        ("Fedora", "sudo dnf install", (p.fedora for p in packages)),
        ("macOS", "brew install", (p.macos for p in packages if p.macos)),
    ]
    lines = [tr("Missing on this system: {names}.").format(names=listing(missing))]
    for system, command, names in commands:
        if unique := " ".join(_once(names)):
            lines.append(f"  {system + ':':16}{command} {unique}")
    if unknown := [name for name in missing if name not in known]:
        text = tr(
            "To find the package that provides {names}, run `apt-file search NAME` "
            "or `dnf provides '*/NAME'`."
        )
        lines.append(f"  {text.format(names=', '.join(unknown))}")
    return "\n".join(lines)


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def main() -> int:
    """Print the advice to stderr.  0: the window can open; 1: something is missing."""
    reason = why_no_window()
    if reason is not None:
        print(reason, file=sys.stderr)
    return 0 if reason is None else 1


if __name__ == "__main__":
    raise SystemExit(main())
