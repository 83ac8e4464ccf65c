"""The editor's marks, made from `app.session.source.lines`."""

from __future__ import annotations

from app.gui.editor.marks import Mark
from app.session.language import tr
from app.session.look.marks import LINES
from app.session.run import Run
from app.session.source.lines import marks


def marks_of(run: Run) -> dict[int, Mark]:
    """Return a mark for every line with a statement.

    If it is unknown which lines ran, return one for every line that is not blank.
    """
    found: dict[int, Mark] = {}
    if run.trace.lines is None:
        lines = enumerate(run.trace.snippet.text.split("\n"), start=1)
        nothing = Mark("dot", "plain", tooltip=tr("No operation on a tensor"))
        found = {number: nothing for number, text in lines if text.strip()}
    for number, mark in marks(run).items():
        glyph, tone = LINES[mark.key]
        found[number] = Mark(
            glyph, tone, mark.note, mark.region, mark.tooltip, mark.is_off, is_cast=mark.is_cast
        )
    return found
