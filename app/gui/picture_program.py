"""The program that draws the pictures of `tapescope trace -o graph.svg`, as the window draws them.

    python -m app.gui.picture_program PICTURE... < trace.json

It runs by itself, so that the command line neither loads Qt nor needs a screen.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app.session.language import tr

NOTHING_DRAWN = 2
"""The exit status if nothing was drawn; standard error has a sentence with the reason."""


def main(names: list[str]) -> int:
    """Draw the trace on standard input into each of these files."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    from app.gui.graph.painting.export import ExportError
    from graphviz_render import LayoutError

    application = QApplication(sys.argv[:1])
    application.setStyle("Fusion")
    try:
        _draw(sys.stdin.buffer.read(), [Path(name) for name in names])
    except (ExportError, LayoutError) as problem:
        print(problem, file=sys.stderr)
        return NOTHING_DRAWN
    except OSError as error:
        text = tr("{path} cannot be written: {error}")
        print(text.format(path=error.filename, error=error.strerror or error), file=sys.stderr)
        return NOTHING_DRAWN
    return 0


def _draw(document: bytes, paths: list[Path]) -> None:
    from app.gui.graph.painting.export import ExportError, SceneImage
    from app.gui.graph.scenes.making import ANYHOW, make_scene
    from app.gui.theme import Theme
    from app.session.graph.building import build
    from app.session.trace.document import load
    from graphviz_render import layout

    scene = make_scene(build(load(document)), ANYHOW, layout)
    if not scene.nodes:
        raise ExportError(tr("No operation on a tensor ran, so there is nothing to draw."))
    picture = SceneImage(scene, Theme("light"))
    for path in paths:
        path.write_bytes(picture.data(path.suffix.lower()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
