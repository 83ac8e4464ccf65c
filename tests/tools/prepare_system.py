"""See that this machine has what the window or the tests need from outside Python, or get it.

python -m tests.tools.prepare_system window    what Qt needs to open a window
python -m tests.tools.prepare_system tests     that, and the programs, fonts and libraries of tests

What is missing is installed with apt-get where that needs no password, and after a question where
somebody sits at a terminal; elsewhere the packages are named.  The exit status is 1 where Qt cannot
start, and in CI where anything is missing: outside CI, tests that need the rest are skipped.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence

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


def missing_for_tests() -> list[str]:
    """Programs, fonts and libraries that some tests need and this machine lacks.

    Empty on other systems than Linux, where those tests are skipped or need nothing more.
    """
    if not sys.platform.startswith("linux"):
        return []
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    missing += [font for font in FONTS if not _has_font(font)]
    return missing + [library for library in BROWSER if not _has_library(library)]


def _has_font(family: str) -> bool:
    fc_list = shutil.which("fc-list")
    return fc_list is not None and bool(subprocess.check_output([fc_list, family]))


def _has_library(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


# ------------------------------------------------------------------------------------ installing


def as_root(packages: Sequence[str]) -> list[str] | None:
    """The words in front of a command that make it root's; None where nobody allows it.

    Asks on a terminal, and only there, before sudo asks for a password.
    """
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    if subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0:
        return ["sudo", "-n"]
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    print(f"Missing packages: {' '.join(packages)}", file=sys.stderr)
    print("Install them with sudo apt-get? [Y/n] ", end="", file=sys.stderr, flush=True)
    return ["sudo"] if sys.stdin.readline().strip().lower() in ("", "y", "yes") else None


def install(missing: Iterable[str]) -> None:
    """Install the packages of what is missing, as far as apt-get is there and allowed."""
    packages = sorted({KNOWN[name].debian for name in missing if name in KNOWN})
    if not packages or shutil.which("apt-get") is None or (root := as_root(packages)) is None:
        return
    quietly = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run([*quietly, *command], stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            print(f"apt-get {command[0]} failed with {done.returncode}.", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["window", "tests"])
    for_tests = parser.parse_args().what == "tests"

    def missing_things() -> tuple[list[str], list[str]]:
        return missing_libraries(), missing_for_tests() if for_tests else []

    if any(before := missing_things()):
        install([name for part in before for name in part])
    libraries, others = missing_things()
    if libraries:
        print("Qt cannot start yet. " + advice(libraries, KNOWN), file=sys.stderr)
    if others:
        said = advice(others, KNOWN)
        print(f"Tests that need what is missing are skipped. {said}", file=sys.stderr)
    return 1 if libraries or (others and os.environ.get("CI")) else 0


if __name__ == "__main__":
    raise SystemExit(main())
