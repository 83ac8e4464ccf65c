"""Reading and writing snippets; problems are sentences for the user."""

from __future__ import annotations

import re
import shutil
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QIODevice, QSaveFile

from app.gui.editor.text.stand_ins import reserved
from app.session.cells.marks import is_notebook
from app.session.language import tr

if TYPE_CHECKING:
    from app.session.cells.notebook import Notebook

_LARGEST = 2_000_000
_LARGEST_NOTEBOOK = 200_000_000
_MARK = "\ufeff"
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


class FileProblem(Exception):
    """A file could not be read or written; the text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class SnippetText:
    """A text, and what is needed to restore the exact characters of its file.

    `text` has plain newlines.  `newline` is how most lines of the file end; `endings` has those of
    the others, by line from 0.  `marked` says whether the file begins with a byte order mark.
    """

    text: str
    newline: str = "\n"
    endings: Mapping[int, str] = field(default_factory=dict)
    marked: bool = False
    notebook: Notebook | None = field(default=None, compare=False, repr=False)
    """The notebook whose cells these are, for all that is not in the text."""

    @property
    def exact(self) -> str:
        """The characters of the file."""
        mark = _MARK if self.marked else ""
        if not self.endings:
            return mark + self.text.replace("\n", self.newline)
        lines = self.text.split("\n")
        ends = [self.endings.get(place, self.newline) for place in range(len(lines) - 1)]
        return mark + "".join(line + end for line, end in zip(lines, [*ends, ""], strict=True))


def parse(exact: str) -> SnippetText:
    """Return the text with these characters, the inverse of `SnippetText.exact`.

    >>> parse("a\\r\\nb\\nc\\r\\n")
    SnippetText(text='a\\nb\\nc\\n', newline='\\r\\n', endings={1: '\\n'}, marked=False)
    """
    marked, text = exact.startswith(_MARK), exact.removeprefix(_MARK)
    if "\r" not in text:
        return SnippetText(text, marked=marked)
    ends = _LINE_BREAK.findall(text)
    newline = Counter(ends).most_common(1)[0][0]
    others = {place: end for place, end in enumerate(ends) if end != newline}
    return SnippetText(_LINE_BREAK.sub("\n", text), newline, others, marked)


def read(path: Path) -> SnippetText:
    """Read a snippet or a notebook.

    Raises FileProblem if it is missing, too large, or cannot be kept as is.  The first notebook
    takes some 200 milliseconds.
    """
    if is_notebook(path):
        return _read_notebook(read_bytes(path, _LARGEST_NOTEBOOK), path)
    data = read_bytes(path, _LARGEST)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = tr(
            "{name} is not UTF-8 text: line {line} holds the byte 0x{byte:02X}. "
            "Save it as UTF-8 and open it again."
        )
        byte = data[error.start]
        raise FileProblem(problem.format(name=path.name, line=line, byte=byte)) from None
    if "\0" in text:
        problem = tr("{name} is not a text file: it holds zero bytes.")
        raise FileProblem(problem.format(name=path.name))
    _check_characters(text, path)
    return parse(text)


def _read_notebook(data: bytes, path: Path) -> SnippetText:
    from app.session.cells.notebook import NotebookError, read

    try:
        notebook = read(data, path.name)
    except NotebookError as problem:
        raise FileProblem(str(problem)) from None
    _check_size(len(notebook.text), path)
    _check_characters(notebook.text, path)
    return replace(parse(notebook.text), newline="\n", endings={}, notebook=notebook)


def _check_size(size: int, path: Path, largest: int = _LARGEST) -> None:
    if size > largest:
        said = f"{size / 1e6:.1f} MB"
        text = tr("{name} is {size}: a snippet may have 2 MB. Open a part of it.")
        if largest != _LARGEST:
            text = tr("{name} is {size}: at most {most} MB can be opened.")
        most = largest // 1_000_000
        raise FileProblem(text.format(name=path.name, size=said, most=most))


def _check_characters(text: str, path: Path) -> None:
    if (character := reserved(text)) is not None:
        line = text.count("\n", 0, text.index(character)) + 1
        problem = tr(
            "{name} cannot be edited here: line {line} contains U+{code:04X}, "
            "which Unicode reserves for programs and which Tapescope uses itself. "
            "Trace it with “tapescope trace”."
        )
        raise FileProblem(problem.format(name=path.name, line=line, code=ord(character)))


def read_bytes(path: Path, largest: int | None = None) -> bytes:
    """Read a file of at most `largest` bytes.

    Raises FileProblem if it is missing, cannot be read, is larger, or is a pipe or a device, whose
    reading may never end.
    """
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode) and not stat.S_ISDIR(state.st_mode):
            text = tr("{path} is a pipe or a device. Save what it holds to a file and open that.")
            raise FileProblem(text.format(path=path))
        if largest is not None:
            _check_size(state.st_size, path, largest)
        return path.read_bytes()
    except FileNotFoundError:
        text = tr("There is no file {path}. Was it moved or renamed?")
        raise FileProblem(text.format(path=path)) from None
    except IsADirectoryError:
        text = tr("{path} is a folder. Open a .py or .json file in it.")
        raise FileProblem(text.format(path=path)) from None
    except OSError as error:
        text = tr("{path} cannot be read: {error}.")
        raise FileProblem(text.format(path=path, error=error.strerror or error)) from None


def for_file(path: Path, snippet: SnippetText) -> SnippetText:
    """Return the text as it will be read from this file: a notebook has its cells only."""
    if not is_notebook(path):
        return replace(snippet, notebook=None)
    from app.session.cells.notebook import empty

    notebook = (snippet.notebook or empty()).with_text(snippet.text)
    return SnippetText(notebook.text, notebook=notebook)


def write(path: Path, snippet: SnippetText) -> None:
    """All of it or, with a FileProblem, none: the file that was there stays as it was."""
    notebook = snippet.notebook
    write_bytes(path, snippet.exact.encode("utf-8") if notebook is None else notebook.dump())


def write_bytes(path: Path, data: bytes) -> None:
    """All of it or, with a FileProblem, none: the file that was there stays as it was."""
    file = QSaveFile(str(path))
    written = (
        file.open(QIODevice.OpenModeFlag.WriteOnly)
        and file.write(data) == len(data)
        and file.commit()
    )
    if not written:
        text = tr("{path} was not saved: {error}. Save it in another folder.")
        error = tr("the disk is full") if _is_full(path, data) else file.errorString()
        raise FileProblem(text.format(path=path, error=error))


def _is_full(path: Path, data: bytes) -> bool:
    """Return whether the disk is full, for which Qt reports "Unknown error"."""
    return path.parent.is_dir() and shutil.disk_usage(path.parent).free < len(data)
