"""The files of a lecture: a folder, or a zip of one, read with limits and written as it was.

Nothing of a zip is unpacked to the disk, and what is not part of a lecture is not read.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path, PurePosixPath

from app.contract.records import ENDINGS
from app.session.language import number, tr
from app.session.lectures.lecture import Lecture
from app.session.lectures.reading import SCENES, LectureProblem, lecture_of

ZIP = ".zip"
_ENDINGS = (".md", ".py")
_MOST_FILES = 500
_MOST_BYTES = 16 << 20
"""Of all files together; a lecture is text."""
_MOST_OF_TRACE = 256 << 20
_UNREADABLE = (
    OSError, EOFError, RuntimeError, NotImplementedError, ValueError, zlib.error,
    zipfile.BadZipFile,
)  # fmt: skip
_IS_UTF8 = 0x800
"""A flag of an entry of a zip."""


def is_lecture(path: Path) -> bool:
    """Whether a path is opened as a lecture: a folder, a zip, or a text in a folder."""
    return path.is_dir() or path.suffix.lower() in (ZIP, ".md")


def read_lecture(path: Path) -> Lecture:
    """Return the lecture in a folder or a zip, or of a text in a folder.  Raises LectureProblem."""
    path = folder_of(path)
    return lecture_of(path.name.removesuffix(ZIP), read_files(path))


def folder_of(path: Path) -> Path:
    """Return the folder or zip of a lecture, which may be named by its text."""
    return path.resolve().parent if path.suffix.lower() == ".md" else path.resolve()


def read_files(path: Path) -> dict[str, str]:
    """Return the texts of a lecture by name.  Raises LectureProblem."""
    try:
        pieces = _in_folder(path) if path.is_dir() else _in_zip(path)
        return dict(_decoded(path, pieces))
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> LectureProblem:
    text = tr("Cannot read the lecture “{name}”: {error}. Check that it is a folder or a zip.")
    return LectureProblem(text.format(name=path.name, error=error))


def read_trace(path: Path, program: str) -> bytes | None:
    """Return the saved trace beside a program: `cut.json` or `cut.json.gz` beside `cut.py`.

    None if there is none.  Raises LectureProblem.
    """
    names = [program.removesuffix(".py") + ending for ending in ENDINGS]
    try:
        if path.is_dir():
            found = next((path / name for name in names if (path / name).is_file()), None)
            return None if found is None else found.read_bytes()
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if PurePosixPath(_name_of(entry)).name in names:
                    with archive.open(entry) as opened:
                        return opened.read(_MOST_OF_TRACE)
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error
    return None


def write_files(path: Path, files: Mapping[str, str]) -> None:
    """Write the texts of a lecture to a folder or a zip, whose other files stay.

    Raises OSError.
    """
    if path.suffix.lower() != ZIP:
        path.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            _replace(path / name, text.encode())
        return
    beside = path.with_name(f".{path.name}.new")
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in sorted(files.items()):
                archive.writestr(f"{path.stem}/{name}", text)
            if path.is_file():
                _keep_others(path, archive)
        os.replace(beside, path)
    except _UNREADABLE as error:
        beside.unlink(missing_ok=True)
        raise OSError(str(error)) from error


def _keep_others(path: Path, archive: zipfile.ZipFile) -> None:
    """Copy from a zip what is not text of its lecture, such as saved traces and pictures."""
    with zipfile.ZipFile(path) as before:
        for entry in before.infolist():
            place = PurePosixPath(entry.filename)
            is_text = len(place.parts) <= 2 and _is_part(place.name)
            if not entry.is_dir() and not is_text:
                archive.writestr(entry, before.read(entry))


def _replace(path: Path, data: bytes) -> None:
    """Write a file so that it is never half there."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    os.replace(beside, path)


def _is_part(name: str) -> bool:
    return name == SCENES or (name.endswith(_ENDINGS) and not name.startswith("."))


def _in_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    parts = (one for one in sorted(path.iterdir()) if _is_part(one.name) and one.is_file())
    for file in islice(parts, _MOST_FILES):
        with file.open("rb") as opened:
            yield file.name, opened.read(_MOST_BYTES + 1)


def _in_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if len(entries) > _MOST_FILES:
            text = tr("“{name}” has {count} files; a lecture has at most {most}.")
            count, most = number(len(entries)), number(_MOST_FILES)
            raise LectureProblem(text.format(name=path.name, count=count, most=most))
        for entry in entries:
            place = PurePosixPath(_name_of(entry).replace("\\", "/"))
            if place.is_absolute() or ".." in place.parts or _is_link(entry):
                text = tr("“{name}” has a file outside its folder, “{file}”. Zip the folder again.")
                raise LectureProblem(text.format(name=path.name, file=entry.filename))
            if not entry.is_dir() and len(place.parts) <= 2 and _is_part(place.name):
                with archive.open(entry) as opened:
                    yield place.name, opened.read(_MOST_BYTES + 1)


def _name_of(entry: zipfile.ZipInfo) -> str:
    """Return the name of a file, also where the zip does not say how it is encoded.

    macOS writes UTF-8 without the flag, and Windows in China its own encoding.
    """
    if not entry.flag_bits & _IS_UTF8:
        written = entry.filename.encode("cp437", "replace")
        for encoding in ("utf-8", "gb2312"):
            with suppress(UnicodeError):
                return written.decode(encoding)
    return entry.filename


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(entry.external_attr >> 16)


def _decoded(path: Path, pieces: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
    room = _MOST_BYTES
    for name, data in pieces:
        room -= len(data)
        if room < 0:
            text = tr("“{name}” is larger than {most} MiB. A lecture is text; leave other files "
                      "out.")  # fmt: skip
            raise LectureProblem(text.format(name=path.name, most=_MOST_BYTES >> 20))
        try:
            yield name, data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            text = tr("{file}, line {line}: this is not UTF-8. Save the file as UTF-8.")
            raise LectureProblem(text.format(file=name, line=line)) from error
