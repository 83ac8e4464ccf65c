"""Reading the files of a lecture: strict, with errors that say where and what to do.

The text is Markdown, in `lecture.md` or in several files whose names begin with a number.  Each
`# Title` begins a page.  On lines of their own are:

    ```python              the program of the page, up to the closing fence, or
    [any words](name.py)   a program from the lecture's folder
    ![](scene:the-cut)     a scene of the program
    <!-- anything else --> a comment, which nobody sees
    ## Question?
    <!-- ask: none -->     the kind of question, and below it a list of what it asks about
    ## Afterwards          what is shown when the question is answered

The answers are not in the file: they are read off the run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, NoReturn, get_args

from app.session.language import tr
from app.session.lectures.lecture import BlockKind, Lecture, Page, PageBlock, Question, QuestionKind

if TYPE_CHECKING:
    from app.session.scenes.records import Scene

TEXT = "lecture.md"
SCENES = "scenes.json"
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_FENCE = re.compile(r"(```+|~~~+)\s*(\w*)")
_SCENE = re.compile(r"!\[[^\]]*\]\(scene:([^)\s]*)\)")
_PROGRAM = re.compile(r"\[[^\]]*\]\(([^)/\\:]+\.py)\)")
_ASK = re.compile(r"<!--\s*ask:\s*(.*?)\s*-->")
_COMMENT = re.compile(r"<!--.*-->")
_OPTION = re.compile(r"- `(.+)`")


class LectureProblem(Exception):
    """A lecture cannot be read; a sentence that names the file, and the line if there is one."""


def lecture_of(key: str, files: Mapping[str, str]) -> Lecture:
    """Return the lecture of some texts by file name.  Raises LectureProblem."""
    programs = {name: text for name, text in files.items() if name.endswith(".py")}
    pages: list[Page] = []
    for name in _pages_among(files):
        pages += _Reader(name, files[name], programs, pages).pages
    if not pages:
        text = tr("“{name}” has no text. Add a file lecture.md that begins with “# Title”.")
        raise LectureProblem(text.format(name=key))
    return Lecture(key, tuple(pages), programs, _scenes_among(files))


def _scenes_among(files: Mapping[str, str]) -> tuple[Scene, ...]:
    if SCENES not in files:
        return ()
    from app.session.scenes.document import ScenesError, load  # loads msgspec

    try:
        return load(files[SCENES].encode())
    except ScenesError as error:
        raise LectureProblem(tr("{file}: {words}").format(file=SCENES, words=error)) from None


def _pages_among(files: Mapping[str, str]) -> list[str]:
    if TEXT in files:
        return [TEXT]
    return sorted(name for name in files if name.endswith(".md") and name[0].isdigit())


def _lines_of(text: str) -> list[str]:
    """Return the lines as an editor counts them: a form feed in a program does not end one."""
    *lines, rest = _LINE_BREAK.split(text)
    return [*lines, rest] if rest else lines


def with_program(text: str, line: int, code: str) -> str | None:
    """Return a text with another program in the block of Python that begins on a line.

    None if no such block begins there.
    """
    lines = text.split("\n")
    fence = _FENCE.match(lines[line - 1]) if line <= len(lines) else None
    if fence is None or fence[2] != "python":
        return None
    end = next((n for n in range(line, len(lines)) if lines[n].strip() == fence[1]), None)
    if end is None:
        return None
    marks, inside = fence[1], code.rstrip("\n").split("\n")
    while any(one.strip() == marks for one in inside):
        marks += marks[0]
    whole = [*lines[: line - 1], f"{marks}python", *inside, marks, *lines[end + 1 :]]
    return "\n".join(whole)


class _Reader:
    """Reads one file of text.  Programs in it are added to `programs`."""

    def __init__(self, name: str, text: str, programs: dict[str, str], before: list[Page]) -> None:
        self._name, self._lines = name, _lines_of(text)
        self._programs, self._before = programs, before
        self._at = 0
        """The number of lines that have been read."""
        self.pages: list[Page] = []
        while self._at < len(self._lines):
            self._read_page()

    def _fail(self, line: int, words: str) -> NoReturn:
        text = tr("{file}, line {line}: {words}")
        raise LectureProblem(text.format(file=self._name, line=line, words=words))

    @property
    def _program(self) -> str | None:
        """The program that was shown last."""
        shown = self.pages or self._before
        return shown[-1].program if shown else None

    def _read_page(self) -> None:
        line = self._skip_blank()
        if self._at == len(self._lines):
            return
        if not self._lines[self._at].startswith("# "):
            self._fail(line, tr("a page begins with “# Title”. Put one before this line."))
        stem = self._name.removesuffix(".md")
        key = f"{stem}-{len(self.pages) + 1}" if self.pages else stem
        page = _PageReader(key, self._program)
        title = self._lines[self._at][2:].strip()
        self._at += 1
        while self._at < len(self._lines) and not self._lines[self._at].startswith("# "):
            self._read_block(page)
        page.end_prose()
        snippet = self._programs[page.program] if page.program else ""
        found = Page(
            key, title, self._name, line, tuple(page.blocks), page.program, snippet, page.question
        )
        self.pages.append(found)

    def _skip_blank(self) -> int:
        while self._at < len(self._lines) and not self._lines[self._at].strip():
            self._at += 1
        return self._at + 1

    def _read_block(self, page: _PageReader) -> None:
        text, line = self._lines[self._at].rstrip(), self._at + 1
        if fence := _FENCE.match(text):
            self._read_code(page, fence[1], is_program=fence[2] == "python")
        elif scene := _SCENE.fullmatch(text):
            page.add("scene", scene[1], line)
        elif program := _PROGRAM.fullmatch(text):
            self._use(page, program[1], line)
        elif text.startswith("## Afterwards"):
            if page.question is None:
                words = tr("“Afterwards” is shown when a question is answered, and this page asks "
                           "none. Add a question, or take another heading.")  # fmt: skip
                self._fail(line, words)
            page.begin_afterwards()
        elif text.startswith("## ") and (asked := self._asked_next()) is not None:
            self._read_question(page, text[3:].strip(), line, asked)
            return
        elif ask := _ASK.fullmatch(text):
            self._fail(line, tr("“ask: {kind}” needs its question as a heading, “## Question?”, "
                                "on the line before.").format(kind=ask[1]))  # fmt: skip
        elif not _COMMENT.fullmatch(text):
            page.add_line(self._lines[self._at], line)
        self._at += 1

    def _asked_next(self) -> re.Match[str] | None:
        """Return what asks on the next line that is not blank: formatters put blank ones there."""
        following = (one.strip() for one in islice(self._lines, self._at + 1, None))
        return _ASK.fullmatch(next(filter(None, following), ""))

    def _read_code(self, page: _PageReader, fence: str, *, is_program: bool) -> None:
        start = self._at
        while True:
            self._at += 1
            if self._at == len(self._lines):
                self._fail(start + 1, tr("this block of code does not end. Add a line “{fence}” "
                                         "after it.").format(fence=fence))  # fmt: skip
            if self._lines[self._at].strip() == fence:
                break
        code = self._lines[start + 1 : self._at]
        if not is_program:
            for place in range(start, self._at + 1):
                page.add_line(self._lines[place], place + 1)
            return
        name = f"{page.key}.py"
        self._programs[name] = "".join(f"{one}\n" for one in code)
        self._use(page, name, start + 1)

    def _use(self, page: _PageReader, name: str, line: int) -> None:
        if name not in self._programs:
            words = tr("there is no file “{name}” in this lecture. Add it to the folder, or "
                       "correct the name.")  # fmt: skip
            self._fail(line, words.format(name=name))
        if any(block.kind == "program" for block in page.blocks):
            self._fail(line, tr("this page has a program already. Begin another page with "
                                "“# Title” before this line."))  # fmt: skip
        page.program = name
        page.add("program", name, line)

    def _read_question(self, page: _PageReader, text: str, line: int, asked: re.Match[str]) -> None:
        self._at += 1
        at = self._skip_blank()
        kind = next((kind for kind in get_args(QuestionKind) if kind == asked[1]), None)
        if kind is None:
            kinds = ", ".join(get_args(QuestionKind))
            words = tr("“{kind}” is not a kind of question. Choose one of: {kinds}.")
            self._fail(at, words.format(kind=asked[1], kinds=kinds))
        if page.question is not None:
            self._fail(line, tr("this page asks a question already. Begin another page with "
                                "“# Title” before this line."))  # fmt: skip
        if page.program is None:
            self._fail(line, tr("the answer is read off a run, and no program comes before this "
                                "question. Add one, in a block “```python”."))  # fmt: skip
        self._at += 1
        self._skip_blank()
        options = []
        while self._at < len(self._lines) and (one := _OPTION.fullmatch(self._lines[self._at])):
            options.append(one[1])
            self._at += 1
        if not options:
            words = tr("this question has no options. List them below it, each as “- `name`”.")
            self._fail(line, words)
        page.question = Question(kind, text, tuple(options))
        page.add("question", text, line)


class _PageReader:
    """Collects the blocks of a page; lines of prose that follow each other are one block."""

    def __init__(self, key: str, program: str | None) -> None:
        self.key, self.program = key, program
        self.question: Question | None = None
        self.blocks: list[PageBlock] = []
        self._prose: list[str] = []
        self._line = 0
        self._is_afterwards = False

    def add_line(self, text: str, line: int) -> None:
        if not self._prose:
            self._line = line
        self._prose.append(text)

    def end_prose(self) -> None:
        text = "\n".join(self._prose)
        if text.strip():
            line = self._line + next(n for n, one in enumerate(self._prose) if one.strip())
            kind: BlockKind = "afterwards" if self._is_afterwards else "prose"
            self.blocks.append(PageBlock(kind, text.strip("\n"), line))
        self._prose.clear()

    def add(self, kind: BlockKind, text: str, line: int) -> None:
        self.end_prose()
        self.blocks.append(PageBlock(kind, text, line))

    def begin_afterwards(self) -> None:
        self.end_prose()
        self._is_afterwards = True
