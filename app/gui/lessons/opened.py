"""A lecture as the window has it: its texts, where they are kept, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.session.lectures.files import ZIP, folder_of, read_files, write_files
from app.session.lectures.lecture import Lecture
from app.session.lectures.reading import lecture_of


@dataclass(eq=False, slots=True)
class OpenLecture:
    """`path` is its folder or zip; None of those that come along.

    `files` are the texts as they are there, by name; `lecture` may be newer.
    """

    lecture: Lecture
    path: Path | None = None
    files: dict[str, str] = field(default_factory=dict)

    def read_again(self, texts: Mapping[str, str]) -> None:
        """Take over edited texts.  Raises LectureProblem, and keeps the lecture as it is."""
        self.lecture = lecture_of(self.lecture.key, {**self.files, **texts})

    def save(self, name: str, text: str) -> None:
        """Write a text into the folder or zip.  Raises OSError."""
        assert self.path is not None
        files = self.files | {name: text}
        whole = self.path.suffix.lower() == ZIP
        write_files(self.path, files if whole else {name: text})
        self.files = files


def open_lecture(path: Path) -> OpenLecture:
    """Read a lecture.  Raises LectureProblem."""
    path = folder_of(path)
    files = read_files(path)
    return OpenLecture(lecture_of(path.name.removesuffix(ZIP), files), path, files)
