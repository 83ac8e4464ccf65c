"""A lecture as one page: its text, scenes to step through, and questions to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from app.page import controls, tables
from app.page.code import listing
from app.page.html import document
from app.page.lectures.asking import question
from app.page.lectures.prose import prose
from app.page.markup import Markup, data, element
from app.page.pen import Pen, icon
from app.page.scenes import stepper
from app.page.scenes.pictures import ScenePictures
from app.page.scenes.stepper import Stepping
from app.session.chain_rule.model import OpenedStep, StepPlace
from app.session.chain_rule.opening import opened_step
from app.session.language import tr
from app.session.lectures.lecture import Lecture, Page, PageBlock
from app.session.places import error_words
from app.session.run import Run
from app.session.scenes.records import Beside, Scene
from app.session.trace.anonymous import anonymous
from graphviz_render import LayoutError

Ground = Literal["reader", "white", "dark"]
AskStep = Callable[[str, StepPlace], "list[list[Any]] | None"]
"""Returns what torch answers about a step of a program, by its name; None where it is not asked."""
_THEMES: Final[dict[Ground, str | None]] = {"reader": None, "white": "light", "dark": "dark"}


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What a page shows; `ground` is the reader's theme, or one for all."""

    ground: Ground = "reader"
    questions: bool = True
    code: bool = True
    gradients: bool = True


def lecture_page(
    lecture: Lecture,
    runs: Mapping[str, Run],
    options: PageOptions | None = None,
    changed: Mapping[tuple[str, Beside], Run] | None = None,
    ask: AskStep = lambda _, __: None,
) -> bytes:
    """Return a whole document in UTF-8 that refers to nothing outside itself.

    `runs` are those of the programs, by name, and `changed` those that scenes have beside them.
    `ask` asks torch for the numbers of a step.
    """
    return _Writer(lecture, runs, options or PageOptions(), changed or {}, ask).page()


class _Writer:
    def __init__(
        self,
        lecture: Lecture,
        runs: Mapping[str, Run],
        options: PageOptions,
        changed: Mapping[tuple[str, Beside], Run],
        ask: AskStep,
    ) -> None:
        self._ask = ask
        self._lecture, self._options = lecture, options
        self._runs = {name: Run(anonymous(run.trace)) for name, run in runs.items()}
        self._changed = {key: Run(anonymous(run.trace)) for key, run in changed.items()}
        self._pen, self._stepping = Pen(), Stepping()
        self._pictures: dict[str, ScenePictures] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        """By the names of a program and of a scene."""

    def page(self) -> bytes:
        pages = [self._page(page) for page in self._lecture.pages]
        reader = self._options.ground == "reader"
        head = element("h1", self._lecture.title)
        header = element("header", head, controls.theme() if reader else "")
        footer = element("footer", element("p", tr("made with Tapescope")))
        content = [
            header,
            self._stepping.parts.markup(),
            element("main", *pages, class_="lecture"),
            footer,
            self._stepping.data(),
            data("words", _words()),
        ]
        scripts = ("parts", "theme", "stepper", "lecture")
        theme = _THEMES[self._options.ground]
        return document(self._lecture.title, self._pen, content, scripts, theme)

    def _page(self, page: Page) -> Markup:
        run = None if page.program is None else self._runs.get(page.program)
        before, after = _around_answer(page)
        parts = [part for block in before for part in self._block(page, block)]
        answer = [part for block in after for part in self._block(page, block)]
        if answer and self._options.questions and run is not None:
            answer = [element("div", *answer, class_="afterwards")]
        parts += answer
        shows = any(block.kind == "program" for block in page.blocks)
        if self._options.gradients and shows and run is not None and run.trace.gradients:
            title = element("summary", tr("Gradients at the end of the run"))
            parts.append(element("details", title, tables.gradients(run), class_="grads"))
        is_first = page is self._lecture.pages[0]
        heading = Markup() if is_first else element("h2", page.title)
        return element("section", heading, *parts, class_="page")

    def _block(self, page: Page, block: PageBlock) -> Iterator[Markup]:
        run = None if page.program is None else self._runs.get(page.program)
        match block.kind:
            case "prose":
                yield prose(block.text)
            case "program":
                if self._options.code:
                    yield listing(page.snippet, block.text)
                if run is not None and run.trace.error is not None:
                    yield _error(run)
            case "scene":
                yield self._scene(page, block)
            case "question" if self._options.questions and run is not None:
                yield question(page, run)
            case "afterwards":
                yield prose(block.text)

    # ------------------------------------------------------------------------------- scenes

    def _scene(self, page: Page, block: PageBlock) -> Markup:
        scene, program = self._lecture.scene(page, block.text), page.program
        if scene is None or program is None or program not in self._runs:
            text = tr("There is no run of {program}.").format(program=program)
            if scene is None:
                text = self._lecture.why_unknown(page, block.text)
            return element("p", icon("warning", "cut"), " ", text, class_="problem")
        scenes = self._lecture.scenes_of(program)
        try:
            numbers = [self._number(program, one) for one in scenes]
        except LayoutError as error:
            text = tr("The graph could not be laid out: {error}").format(error=error)
            return element("p", icon("warning", "cut"), " ", text, class_="problem")
        label = tr("Scenes of {program}").format(program=program)
        after = page.blocks[page.blocks.index(block) + 1 :]
        has_text = bool(after) and after[0].kind == "prose"
        return self._stepping.stepper(numbers, scenes.index(scene), label, has_text=has_text)

    def _number(self, program: str, scene: Scene) -> int:
        key = program, scene.name
        if key not in self._numbers:
            if program not in self._pictures:
                run = self._runs[program]
                self._pictures[program] = ScenePictures(
                    run, self._pen, self._stepping.parts, partial(self._opened, program),
                    other=partial(self._beside, program),
                )  # fmt: skip
            drawn = self._pictures[program].draw(scene)
            self._numbers[key] = self._stepping.add(scene, drawn)
        return self._numbers[key]

    def _opened(self, program: str, place: StepPlace) -> OpenedStep:
        return opened_step(self._runs[program], *place, self._ask(program, place))

    def _beside(self, program: str, beside: Beside) -> Run | None:
        """Return the run that a scene of a program has beside it."""
        if beside.program:
            return self._runs.get(beside.program)
        return self._changed.get((program, beside))


def _around_answer(page: Page) -> tuple[tuple[PageBlock, ...], tuple[PageBlock, ...]]:
    """Return the blocks of a page, and those that its reader sees once the question is answered."""
    kinds = [block.kind for block in page.blocks]
    end = kinds.index("afterwards") if "afterwards" in kinds else len(kinds)
    return page.blocks[:end], page.blocks[end:]


def _error(run: Run) -> Markup:
    error = run.trace.error
    assert error is not None
    return element("p", icon("warning", "cut"), " ", error_words(error), class_="error")


def _words() -> dict[str, str]:
    return {
        **stepper.words(),
        "score": tr("{count} of {total} right"),
        "right": tr("Right."),
        "wrong": tr("Wrong."),
    }
