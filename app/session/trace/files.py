"""The files of a trace: one number and one name for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from app.contract.records import File
from app.contract.spots import FileId


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
            for file, name in zip(files, names_of(files), strict=True):
                self[file.id].name = name


def names_of(files: Sequence[File]) -> list[str]:
    """Return a name to show for each file, with as many folders as tell it from the others.

    >>> paths = "/work/train.py", "/work/a/model.py", "/work/b/model.py"
    >>> names_of([File(n, path, "user", "") for n, path in enumerate(paths)])
    ['train.py', 'a/model.py', 'b/model.py']
    >>> names_of([File(0, None, "snippet", ""), File(1, "/work/model.py", "user", "")])
    ['<snippet>', 'model.py']
    """
    unnamed = {0: "<snippet>"}  # as in tracebacks
    parts = [PurePath(file.path or unnamed.get(file.id, f"file {file.id}")).parts for file in files]
    lengths = [1] * len(files)
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
