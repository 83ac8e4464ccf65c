"""The backward passes of a run, step by step, each with its node open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from app.page.markup import Markup, element
from app.page.pen import Pen
from app.page.scenes.opening import Open
from app.page.scenes.pictures import ScenePictures
from app.page.scenes.stepper import Stepping
from app.session.chain_rule.words import step_in_words
from app.session.language import ngettext, number, paragraph, tr
from app.session.scenes.matching import Index
from app.session.scenes.records import Scene
from app.session.shown import Shown
from app.session.timeline import History
from app.session.timeline.words import block_text, happening, position_text

_ROOM: Final = 1_000_000
"""The largest number of characters of SVG for all steps."""
_MOST: Final = 100
"""Steps inside folded groups share their drawings, but each takes time."""


def backward_steps(
    shown: Shown,
    pen: Pen,
    stepping: Stepping,
    open_step: Open,
    tick: Callable[[], object],
) -> list[Markup]:
    """Return a section that steps through the passes, nothing if there are none.

    `tick` is called before each step.  Raises LayoutError.
    """
    total = sum(len(one.steps) for one in shown.run.trace.backward_passes)
    if not total:
        return []
    pictures = ScenePictures(shown.run, pen, stepping.parts, open_step, shown)
    numbers: list[int] = []
    for scene in islice(_scenes(shown.history, pictures.index), _MOST):
        if stepping.parts.size > _ROOM:
            break
        tick()
        numbers.append(stepping.add(scene, pictures.draw(scene)))
    if not numbers:
        return []
    title = tr("Backward, step by step")
    parts = [element("h2", title), stepping.stepper(numbers, 0, title)]
    if len(numbers) < total:
        text = ngettext(
            "Only the first step of {total} is on this page, to keep it small.",
            "Only the first {count} steps of {total} are on this page, to keep it small.",
            len(numbers),
        )
        said = text.format(count=number(len(numbers)), total=number(total))
        parts.append(element("p", said, class_="said"))
    return [element("section", *parts, class_="wide")]


def _scenes(history: History, index: Index) -> Iterator[Scene]:
    """Yield a scene for each step, in the order of the run."""
    run = history.run
    is_only = len(run.trace.backward_passes) == 1
    for moment in history.moments:
        if moment.backward is None:
            continue
        then = history.at(history.position_of(moment.event))
        words = (f"{happening(then, moment)}.", *(text for _, text in step_in_words(then)))
        yield Scene(
            name=block_text(run, moment) if is_only else position_text(then),
            sentence=paragraph(words),
            moment=index.moment(moment),
            numbers=True,
        )
