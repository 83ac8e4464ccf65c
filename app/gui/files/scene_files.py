"""The scenes of a program, in a file beside it: `model.scenes.json` beside `model.py`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.gui.files import snippet_file
from app.gui.files.snippet_file import FileProblem
from app.session.language import tr

if TYPE_CHECKING:
    from app.session.scenes.records import Scene


def path_of(program: Path) -> Path:
    """
    >>> path_of(Path("a/model.py")).name
    'model.scenes.json'
    """
    return program.with_suffix(".scenes.json")


def read(program: Path) -> tuple[Scene, ...]:
    """Return the scenes of a program.  Raises FileProblem if their file cannot be read."""
    path = path_of(program)
    if not path.is_file():
        return ()
    from app.session.scenes.document import LARGEST  # loads msgspec

    return parse(snippet_file.read_bytes(path, LARGEST), path.name)


def parse(data: bytes, name: str) -> tuple[Scene, ...]:
    """Return the scenes of a file's text.  Raises FileProblem that names the file."""
    from app.session.scenes.document import ScenesError, load  # loads msgspec

    try:
        return load(data)
    except ScenesError as error:
        raise FileProblem(tr("{file}: {words}").format(file=name, words=error)) from None


def written(scenes: Sequence[Scene]) -> bytes:
    """Return the text of a file of scenes."""
    from app.session.scenes.document import dump  # loads msgspec

    return dump(scenes)


def write(program: Path, scenes: Sequence[Scene]) -> None:
    """Write the scenes beside the program; without scenes there is no file.

    Raises FileProblem, also if the file that is there cannot be read: then it stays.
    """
    path = path_of(program)
    read(program)
    if scenes:
        snippet_file.write_bytes(path, written(scenes))
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        text = tr("{path} was not deleted: {error}. Delete it yourself.")
        raise FileProblem(text.format(path=path, error=error.strerror)) from None
