"""Pictures that the reader steps through, with buttons, keys or a swipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.page.markup import Markup, data, element, number
from app.page.pen import icon
from app.page.scenes.pictures import Parts, ScenePicture
from app.session.language import tr
from app.session.scenes.records import Scene

_MOST_DOTS: Final = 24
"""With more scenes the dots would not fit beside the buttons."""


class Stepping:
    """The scenes of all steppers of a page; their drawings share their parts."""

    def __init__(self) -> None:
        self.parts = Parts()
        self._drawn: list[tuple[Scene, ScenePicture]] = []

    def add(self, scene: Scene, drawn: ScenePicture) -> int:
        """Return the number of a scene for `stepper`."""
        self._drawn.append((scene, drawn))
        return len(self._drawn) - 1

    def stepper(
        self, numbers: Sequence[int], place: int, label: str, *, has_text: bool = False
    ) -> Markup:
        """Return a picture that goes through scenes and begins with the one at a place.

        Where that one `has_text` after the picture, its sentence is left out.
        """
        scene, drawn = self._drawn[numbers[place]]
        room = element("div", _content(scene, drawn), class_="canvas")
        dots = (element("i", class_="dot") for _ in numbers) if len(numbers) <= _MOST_DOTS else ()
        turn = element(
            "button", icon("covered", "plain"), element("span", tr("Show the answers")),
            type="button", class_="turn", hidden="",
        )  # fmt: skip
        steps = element(
            "div",
            element("button", icon("previous", "plain"), tr("Back"), type="button", data_by="-1"),
            element("span", *dots, class_="dots", aria_hidden="true"),
            element("span", class_="place quiet"),
            turn,
            element("button", tr("Next"), icon("next", "plain"), type="button", data_by="1"),
            class_="scripted steps",
        )
        words = [_missing(drawn), "" if has_text else scene.sentence, _question(drawn)]
        said = element("p", " ".join(filter(None, words)), class_="sentence", aria_live="polite")
        return element(
            "figure", room, steps, element("figcaption", said), class_="stepper", tabindex=0,
            role="group", aria_label=label, data_steps=" ".join(map(str, numbers)),
            data_place=place, data_text="" if has_text else None,
        )  # fmt: skip

    def data(self) -> Markup:
        """Return what the script needs to know of the scenes."""
        return data("steps", [_step(*drawn) for drawn in self._drawn])


def words() -> dict[str, str]:
    """Return the texts of the script."""
    return {
        "place": tr("{place} of {count}: {name}"),
        "turn": tr("Show the answers"),
        "cover": tr("Cover the answers"),
    }


def _content(scene: Scene, drawn: ScenePicture) -> Markup:
    """Return what a scene shows before the script runs: its drawing."""
    shown = (element("use", href=f"#part-{part}") for part in drawn.parts)
    wide, high = drawn.box[2:]
    return element(
        "svg", *shown, class_="graph", viewbox=" ".join(map(number, drawn.box)), width=wide,
        height=high, role="img", aria_label=scene.name,
    )  # fmt: skip


def _step(scene: Scene, drawn: ScenePicture) -> dict[str, object]:
    return {
        "name": scene.name,
        "sentence": scene.sentence,
        "missing": _missing(drawn),
        "question": _question(drawn),
        "parts": drawn.parts,
        "answers": drawn.answers,
        "box": drawn.box,
        "focus": drawn.focus,
        "line": drawn.line,
    }


def _question(drawn: ScenePicture) -> str:
    """Return what a scene asks and what there is to choose from, "" where it asks nothing."""
    asked = drawn.question
    if asked is None:
        return ""
    return f"{asked.words} {' · '.join(option.words for option in asked.options)}"


def _missing(drawn: ScenePicture) -> str:
    """Return a sentence about what of a scene is no longer in the run, "" where all is."""
    if not drawn.missing:
        return ""
    missing = tr("This scene no longer fits the run: {what}.").format(what=", ".join(drawn.missing))
    return f"⚠ {missing}"
