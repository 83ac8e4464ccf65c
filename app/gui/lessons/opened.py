"""A lecture as the window has it: its texts, where they are kept, and what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from app.session.lectures.files import ZIP, folder_of, read_files
from app.session.lectures.lecture import Lecture
from app.session.lectures.reading import lecture_of


@dataclass(eq=False, slots=True)
class OpenLecture:
    """`path` is its folder or zip; None of those that come along.  `files` are texts by name."""

    lecture: Lecture
    path: Path | None = None
    files: dict[str, str] = field(default_factory=dict)


def open_lecture(path: Path) -> OpenLecture:
    """Read a lecture.  Raises LectureProblem."""
    path = folder_of(path)
    files = read_files(path)
    return OpenLecture(lecture_of(path.name.removesuffix(ZIP), files), path, files)
