"""Snippets on disk: read and written whole, and what can go wrong in a sentence."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QIODevice, QSaveFile

from app.session.language import tr

_LARGEST = 2_000_000


class FileProblem(Exception):
    """A file could not be read or written; the text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class SnippetText:
    text: str
    newline: str
    """How the file ends its lines; `text` itself has plain newlines."""


def read(path: Path) -> SnippetText:
    """Raises FileProblem where the file is missing, too large, or no UTF-8 text."""
    data = read_bytes(path)
    if len(data) > _LARGEST:
        size = f"{len(data) / 1e6:.1f} MB"
        text = tr("{name} is {size}: a snippet may have 2 MB. Open a part of it.")
        raise FileProblem(text.format(name=path.name, size=size))
    try:
        text = data.decode("utf-8-sig")
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
    newline = "\r\n" if "\r\n" in text else "\n"
    return SnippetText(text.replace("\r\n", "\n").replace("\r", "\n"), newline)


def read_bytes(path: Path) -> bytes:
    """Raises FileProblem where there is no such file or it cannot be read."""
    try:
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


def write(path: Path, snippet: SnippetText) -> None:
    """All of it or, with a FileProblem, none: the file that was there stays as it was."""
    write_bytes(path, snippet.text.replace("\n", snippet.newline).encode("utf-8"))


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
    """Qt says "Unknown error" then."""
    return path.parent.is_dir() and shutil.disk_usage(path.parent).free < len(data)
