"""The `dot` that is installed on this system, run by the `graphviz` package."""

from __future__ import annotations

import shutil

from graphviz_render.model import LayoutError

PACKAGES = "Debian/Ubuntu: graphviz, Fedora: graphviz, macOS: brew install graphviz"


def find_dot() -> str | None:
    """Return the path of `dot`, None where it is not installed."""
    return shutil.which("dot")


def run_dot(source: str, output_format: str) -> bytes:
    """Return what `dot` makes of `source`.  It may take minutes for a large graph.

    Raises `LayoutError` where `dot` is not installed, cannot be started or fails.
    """
    import graphviz  # not above: a window that has its layouts made elsewhere starts sooner

    dot = find_dot()
    if dot is None:
        raise LayoutError(f"Graphviz's program dot was not found. Install it ({PACKAGES}).")
    try:
        answer: bytes = graphviz.pipe("dot", output_format, source.encode(), quiet=True)
    except graphviz.CalledProcessError as error:
        ending = _ending(error.returncode)
        raise LayoutError(f"{dot} {ending}{_last_line(error.stderr)}") from error
    except (OSError, graphviz.ExecutableNotFound) as error:
        reason = error if isinstance(error, OSError) else error.__cause__
        text = getattr(reason, "strerror", None) or reason
        raise LayoutError(f"{dot} could not be started: {text}.") from error
    return answer


def _ending(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"failed with status {code}"


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return f": {lines[-1].strip()}" if lines else "."
