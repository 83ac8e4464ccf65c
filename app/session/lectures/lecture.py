"""What a lecture consists of: pages of text, the programs they show, and scenes of their runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from app.session.language import tr

if TYPE_CHECKING:
    from app.session.scenes.records import Beside, Scene  # loads msgspec

QuestionKind = Literal["recorded", "grads", "none", "several passes", "saves"]
"""Recorded lines; `.grad`s that are there, or that are None; those that several passes added to;
lines that keep tensors for backward."""


@dataclass(frozen=True, slots=True)
class Question:
    """`options` are lines of the program, without indentation, or names of tensors."""

    kind: QuestionKind
    text: str
    options: tuple[str, ...]


BlockKind = Literal["prose", "program", "scene", "question", "afterwards"]


@dataclass(frozen=True, slots=True)
class PageBlock:
    """A part of a page's text, from `line` of its file on.

    `text` is Markdown, the name of a program, or the address of a scene.
    """

    kind: BlockKind
    text: str
    line: int

    def place_of(self, word: str, nth: int) -> tuple[int, int]:
        """Return line and column (from 0) of the `nth` time (from 0) that a word is in the text."""
        found = words_like(word, self.text)
        before = self.text[: found[nth]] if nth < len(found) else ""
        return self.line + before.count("\n"), len(before.rpartition("\n")[2])


@dataclass(frozen=True, slots=True)
class Page:
    """What is read in one go: a title, text, at most one program and at most one question.

    `file` is the Markdown file it is in, from `line` on.  `program` is the name of the program
    that it is about, which an earlier page may have shown, and `snippet` its text.
    """

    key: str
    title: str
    file: str
    line: int
    blocks: tuple[PageBlock, ...]
    program: str | None
    snippet: str
    question: Question | None

    @property
    def afterwards(self) -> str:
        """The Markdown that is shown once the question is answered."""
        return "\n\n".join(block.text for block in self.blocks if block.kind == "afterwards")


@dataclass(frozen=True, slots=True)
class Lecture:
    """`key` is the name of its folder; `programs` are texts by file name."""

    key: str
    pages: tuple[Page, ...]
    programs: Mapping[str, str] = field(default_factory=dict)
    scenes: tuple[Scene, ...] = ()

    @property
    def title(self) -> str:
        return self.pages[0].title

    def block_of(self, program: str) -> tuple[Page, PageBlock] | None:
        """Return where a program is written in the text; None if it has a file."""
        for page in self.pages:
            for block in page.blocks:
                if block.kind == "program" and block.text == program == f"{page.key}.py":
                    return page, block
        return None

    def scene(self, page: Page, address: str) -> Scene | None:
        """Return the scene of a page's program that its text calls by this address."""
        own = self.scenes_of(page.program) if page.program else ()
        return next((scene for scene in own if address_of(scene.name) == address), None)

    def scenes_of(self, program: str | None) -> tuple[Scene, ...]:
        """Return the scenes of a program in their order."""
        return tuple(scene for scene in self.scenes if (scene.snippet or program) == program)

    def what_ifs(self) -> Iterator[tuple[str, Beside]]:
        """Yield each program that a scene shows with changes, and the changes."""
        for program in self.programs:
            besides = (scene.beside for scene in self.scenes_of(program) if scene.beside)
            for beside in dict.fromkeys(one for one in besides if one.what_if):
                yield program, beside

    def unknown_scenes(self) -> Iterator[tuple[Page, PageBlock]]:
        """Yield the places whose scene is not in the lecture, or is one of another program."""
        for page in self.pages:
            for block in page.blocks:
                if block.kind == "scene" and self.scene(page, block.text) is None:
                    yield page, block

    def why_unknown(self, page: Page, address: str) -> str:
        """Return a sentence that says why a page has no scene with this address."""
        if page.program is None:
            text = tr("This page has no program, so it cannot show the scene “{name}”.")
            return text.format(name=address)
        found = next((one for one in self.scenes if address_of(one.name) == address), None)
        if found is None:
            return tr("There is no scene “{name}” in this lecture.").format(name=address)
        text = tr("The scene “{name}” is one of {other}, and this page is about {program}.")
        return text.format(name=address, other=found.snippet, program=page.program)


def address_of(name: str) -> str:
    """Return the name of a scene as it is written in a text: "The cut" is `the-cut`."""
    return re.sub(r"[^\w.]+", "-", name.strip().lower()).strip("-")


def words_like(word: str, text: str) -> list[int]:
    """Return where a word is in a text.

    >>> words_like("x", "x of x2, and `x`")
    [0, 14]
    """
    if not word:
        return []
    return [found.start() for found in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text)]
