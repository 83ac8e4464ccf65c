"""See that this machine has what the tests need from outside Python; as root in CI, install it.

python tests/tools/prepare_system.py              print what is missing and the packages; exit 1
python tests/tools/prepare_system.py --install    install it with apt-get first (root, Debian)
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable

from app.gui.system_check import LIBRARIES, Packages, advice, missing_libraries

PROGRAMS = {
    "dot": Packages("graphviz", "graphviz", "graphviz"),
    "Xvfb": Packages("xvfb", "xorg-x11-server-Xvfb"),
    "fc-list": Packages("fontconfig", "fontconfig"),
}
FONTS = {
    "Liberation Sans": Packages("fonts-liberation", "liberation-sans-fonts"),
    "DejaVu Sans Mono": Packages("fonts-dejavu-core", "dejavu-sans-mono-fonts"),
}
"""What the window's words and code are set in on a Linux system that names no font of its own."""
BROWSER = {
    "libXcomposite.so.1": Packages("libxcomposite1", "libXcomposite"),
    "libXdamage.so.1": Packages("libxdamage1", "libXdamage"),
    "libXrandr.so.2": Packages("libxrandr2", "libXrandr"),
    "libXtst.so.6": Packages("libxtst6", "libXtst"),
    "libasound.so.2": Packages("libasound2", "alsa-lib"),
    "libgbm.so.1": Packages("libgbm1", "mesa-libgbm"),
    "libgssapi_krb5.so.2": Packages("libgssapi-krb5-2", "krb5-libs"),
    "libnss3.so": Packages("libnss3", "nss"),
    "libudev.so.1": Packages("libudev1", "systemd-libs"),
    "libxkbfile.so.1": Packages("libxkbfile1", "libxkbfile"),
}
"""What Qt WebEngine, in which the tests read pages, takes from a Linux system."""
KNOWN = {**LIBRARIES, **PROGRAMS, **FONTS, **BROWSER}


def missing_things() -> list[str]:
    """Libraries, programs and fonts that the tests need and this machine lacks."""
    missing = missing_libraries()
    if sys.platform.startswith("linux"):
        missing += [program for program in PROGRAMS if shutil.which(program) is None]
        missing += [font for font in FONTS if not _has_font(font)]
        missing += [library for library in BROWSER if not _has_library(library)]
    return missing


def _has_font(family: str) -> bool:
    fc_list = shutil.which("fc-list")
    return fc_list is not None and bool(subprocess.check_output([fc_list, family]))


def _has_library(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def install(missing: Iterable[str]) -> None:
    """Raises CalledProcessError where apt-get fails."""
    packages = sorted({KNOWN[name].debian for name in missing if name in KNOWN})
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run(
            ["apt-get", "-qq", *command], env=environment, stdin=subprocess.DEVNULL, check=True
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--install", action="store_true", help="install what is missing (apt-get)")
    arguments = parser.parse_args()
    missing = missing_things()
    if missing and arguments.install and os.geteuid() == 0 and shutil.which("apt-get"):
        install(missing)
        missing = missing_things()
    if missing:
        print("The tests cannot run yet. " + advice(missing, KNOWN), file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
