"""A lecture as the window has it: its texts, where they are kept, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.session.lectures.files import ZIP, folder_of, read_files, write_files
from app.session.lectures.lecture import Lecture
from app.session.lectures.reading import SCENES, lecture_of

if TYPE_CHECKING:
    from app.session.scenes.records import Scene


@dataclass(eq=False, slots=True)
class OpenLecture:
    """`path` is its folder or zip; None for the lectures that come along.

    `files` are the texts as they are there, by name; `lecture` may be newer.
    """

    lecture: Lecture
    path: Path | None = None
    files: dict[str, str] = field(default_factory=dict)

    def read_again(self, texts: Mapping[str, str]) -> None:
        """Take over edited texts.  Raises LectureProblem, and keeps the lecture as it is."""
        self.lecture = lecture_of(self.lecture.key, {**self.files, **texts})

    def save_scenes(self, program: str, scenes: Sequence[Scene]) -> tuple[Scene, ...]:
        """Save the scenes of a program with those of the others; return them as they are there.

        Raises OSError.
        """
        from app.session.scenes.document import dump  # loads msgspec
        from app.session.scenes.taking import free_name

        own = self.lecture.scenes_of(program)
        all_ = self.lecture.scenes
        place = all_.index(own[0]) if own else len(all_)
        others = [scene for scene in all_ if scene not in own]
        names = {scene.name for scene in others}
        named = []
        for scene in scenes:
            named.append(scene.but(name=free_name(names, scene.name), snippet=program))
            names.add(named[-1].name)
        whole = (*others[:place], *named, *others[place:])
        self.save(SCENES, dump(whole).decode())
        self.lecture = replace(self.lecture, scenes=whole)
        return tuple(named)

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
