"""The files of a trace: one number and one name for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from app.contract.records import Cell, File
from app.contract.spots import FileId
from app.session.language import tr


class FileIds(dict[int, FileId]):
    """The number of each file, as all records of a trace have it."""

    def __missing__(self, number: int) -> FileId:
        found = self[number] = FileId(number)
        return found

    def read(self, kind: type, number: Any) -> FileId:
        """Return the number of a file that was decoded.  Raises TypeError if it is none."""
        if kind is not FileId or type(number) is not int:
            raise TypeError(f"expected int, got {type(number).__name__}")
        return self[number]

    def name(self, files: Sequence[File]) -> None:
        """Name the files, if there are several."""
        if len(files) > 1:
            for file, name in zip(files, file_names(files), strict=True):
                self[file.id].name = name

    def name_cells(self, cells: Sequence[Cell]) -> None:
        """Name the lines of the snippet by its cells, if it has some."""
        self[0].cells = [cell.line for cell in cells if cell.kind == "code"]
        self[0].in_cell = tr("cell {number}:{line}")


def file_names(files: Sequence[File]) -> list[str]:
    """Return a name to show for each file.

    >>> files = File(FileId(0), None, "snippet", ""), File(FileId(1), "/work/model.py", "user", "")
    >>> file_names(files)
    ['<snippet>', 'model.py']
    """
    unnamed = {0: "<snippet>"}  # as in tracebacks
    return names_of([file.path or unnamed.get(file.id, f"file {file.id}") for file in files])


def names_of(paths: Sequence[str]) -> list[str]:
    """Return a name to show for each file, with the folders that distinguish it from the others.

    >>> names_of(["/work/train.py", "/work/a/model.py", "/work/b/model.py"])
    ['train.py', 'a/model.py', 'b/model.py']
    """
    parts = [PurePath(path).parts for path in paths]
    lengths = [1] * len(paths)
    while True:
        names = ["/".join(one[-n:]) for one, n in zip(parts, lengths, strict=True)]
        counts = Counter(names)
        longer = [
            n + 1 if counts[name] > 1 and n < len(one) else n
            for name, one, n in zip(names, parts, lengths, strict=True)
        ]
        if longer == lengths:
            return names
        lengths = longer
