"""The `dot` that is installed on this system."""

from __future__ import annotations

import shutil
import subprocess

from graphviz_render.model import LayoutError

PACKAGES = "Debian/Ubuntu: graphviz, Fedora: graphviz, macOS: brew install graphviz"


def find_dot() -> str | None:
    """The path of `dot`, None where none is installed."""
    return shutil.which("dot")


def run_dot(source: str, output_format: str, timeout: float | None) -> bytes:
    """What `dot` makes of `source`.

    Raises `LayoutError` where it is not installed, fails, or takes more than `timeout` seconds; it
    is then killed.
    """
    dot = find_dot()
    if dot is None:
        raise LayoutError(f"Graphviz's program dot was not found. Install it ({PACKAGES}).")
    try:
        done = subprocess.run(
            [dot, f"-T{output_format}"],
            input=source.encode(),
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LayoutError(
            f"{dot} did not finish within {timeout:g} s. Show fewer nodes, or fold some."
        ) from error
    except OSError as error:
        raise LayoutError(f"{dot} could not be started: {error.strerror or error}.") from error
    if done.returncode != 0:
        raise LayoutError(f"{dot} {_ending(done.returncode)}{_last_line(done.stderr)}")
    return done.stdout


def _ending(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"failed with status {code}"


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return f": {lines[-1].strip()}" if lines else "."
