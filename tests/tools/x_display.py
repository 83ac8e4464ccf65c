"""A screen of its own for a real window: Xvfb on a free display number."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def virtual_display(
    width: int = 1920, height: int = 1200, pixels_in: Path | None = None
) -> Iterator[dict[str, str]]:
    """The environment in which Qt opens its windows on a new screen of `width` x `height` pixels.

    The screen's memory can be read in a folder that is named.
    Raises FileNotFoundError where Xvfb is not installed, RuntimeError where it does not start.
    """
    read, write = os.pipe()
    # Xvfb chooses the display number, and prints it when it takes connections.
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24"]
    if pixels_in is not None:
        command += ["-fbdir", str(pixels_in)]
    with subprocess.Popen([*command, "-nolisten", "tcp"], pass_fds=[write],
                          stderr=subprocess.PIPE) as server:  # fmt: skip
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        try:
            if not number:
                _, complaint = server.communicate()
                raise RuntimeError(f"Xvfb does not start: {complaint.decode().strip()}")
            yield {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        finally:
            server.terminate()
