"""Pictures of the real window on a real (virtual) screen.

python -m tests.tools.screenshots            the README's, into resources/screenshots
python -m tests.tools.screenshots FOLDER     each example and large snippet at two sizes, light and
                                             dark; a word after it picks those that are named so
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer, SignalInstance
from PySide6.QtWidgets import QApplication

from app.gui.files.examples import examples
from app.gui.main_window import MainWindow
from app.gui.settings import Settings
from app.gui.theme import Theme
from app.session import resources
from app.session.look.colors import ThemeName
from tests.tools.x_display import virtual_display

LARGE = Path(__file__).parents[1] / "snippets"
"""Snippets whose graphs have to be folded to be read."""
SIZES = ((1280, 800), (1920, 1080))
THEMES: tuple[ThemeName, ...] = ("light", "dark")
README_SIZE = (1440, 900)
README_LINE = 10
"""The line of the first example that is selected: the one under no_grad."""
_PATIENCE_MS = 60_000


@contextmanager
def window(folder: Path) -> Iterator[MainWindow]:
    """A window with nobody's settings."""
    shown = MainWindow(Settings(folder / "tapescope.ini"))
    shown.move(0, 0)
    shown.show()
    try:
        yield shown
    finally:
        shown.close()


@contextmanager
def waiting_for(signal: SignalInstance) -> Iterator[None]:
    """Leaves the block once `signal` was emitted.  Raises TimeoutError after a minute."""
    loop = QEventLoop()
    signal.connect(loop.quit)
    late = QTimer(singleShot=True)
    late.timeout.connect(lambda: loop.exit(1))
    late.start(_PATIENCE_MS)
    yield
    if loop.exec():
        raise TimeoutError(f"{signal} was not emitted")
    signal.disconnect(loop.quit)


def take(shown: MainWindow, path: Path, theme: ThemeName) -> None:
    with waiting_for(shown.graph.filled):  # the graph is painted again bit by bit
        shown.set_theme(Theme(theme))
    for _ in range(3):  # a new style, then what it leads to, then painting
        QApplication.processEvents()
    path.parent.mkdir(parents=True, exist_ok=True)
    shown.screen().grabWindow(shown.winId()).save(str(path))
    print(path)


def run(shown: MainWindow, path: Path) -> None:
    shown.documents.open_example(path)
    run_to_the_end(shown)


def run_to_the_end(shown: MainWindow) -> None:
    """Return once the whole run is laid out.  A long run is shown before, as far as it has come."""
    with waiting_for(shown.graph.layoutFinished), waiting_for(shown.traceReady):
        shown.run()


def for_the_readme(folder: Path) -> None:
    with window(folder) as shown:
        shown.resize(*README_SIZE)
        run(shown, examples()[0].path)
        shown.editor.go_to(README_LINE)
        shown.workspace.select_line(README_LINE)
        for theme in THEMES:
            take(shown, resources.path("screenshots", f"main-{theme}.png"), theme)


def of_examples(folder: Path, target: Path, word: str) -> None:
    with window(folder) as shown:
        for path in (*(example.path for example in examples()), *sorted(LARGE.glob("*.py"))):
            if word not in path.name:
                continue
            for size in SIZES:
                shown.resize(*size)
                run(shown, path)
                for theme in THEMES:
                    name = f"{path.stem}-{size[0]}x{size[1]}-{theme}.png"
                    take(shown, target / name, theme)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("word", nargs="?", default="")
    arguments = parser.parse_args()
    with virtual_display() as environment, tempfile.TemporaryDirectory() as folder:
        os.environ.update(environment)
        application = QApplication(sys.argv[:1])
        application.setStyle("Fusion")
        if arguments.folder is None:
            for_the_readme(Path(folder))
        else:
            of_examples(Path(folder), arguments.folder, arguments.word)
        application.processEvents()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
