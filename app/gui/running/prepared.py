"""What is shown of a run, with all that the window's panels list, made before it hears of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from app.contract.records import Frame
from app.gui.editor.line_marks import marks_of
from app.gui.editor.marks import Mark
from app.gui.panels.gradients.over_iterations import OverIterations, over_iterations
from app.gui.panels.gradients.rows import GradientRow, rows_of
from app.gui.panels.gradients.tree import Entry, tree
from app.gui.panels.sentence_list import Item
from app.gui.panels.sentences import words_of
from app.gui.panels.timeline.lanes import Lanes
from app.session.comparing.what_if import Comparison
from app.session.graph.choice import GraphChoice
from app.session.run import Run
from app.session.shown import Shown, show
from app.session.source.imports import imported_at
from app.session.source.kept_notes import LineBytes, kept_notes
from app.session.source.underlines import Underline, underlines
from app.session.source.variables import Variables
from app.session.training.headline import Headline, headline

if TYPE_CHECKING:
    from app.gui.asking.lanes import CoveredLanes
    from app.gui.running.run_controller import Job


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Prepared(Shown):
    marks: Mapping[int, Mark]
    kept_notes: Mapping[int, LineBytes]
    """What lines keep for backward, by spot."""
    words: tuple[Item, ...]
    rows: tuple[GradientRow, ...]
    tree: tuple[Entry, ...]
    """The tree of these rows."""
    over_iterations: OverIterations | None
    """The table of gradients over all iterations, if there are several."""
    lanes: Lanes
    headline: Headline | None
    """Shown in place of the verdict in a run without an optimizer."""
    underlines: tuple[Underline, ...]
    switches: Mapping[int, Sequence[tuple[Frame, ...]]]
    """By spot, the frames that led to changes of `requires_grad` there."""
    imports: Mapping[int, int]
    """The spot that imports each file, by its number."""
    variables: Variables
    time_limit: float
    """Seconds that the run was given; 0 is none."""
    job: Job | None
    """What ran; None for a trace that was read from a file."""
    paths: tuple[Path, ...]
    """The trace files that were opened together, this one first; empty for a run."""
    bare: Prepared | None = None
    """While a room is asked about the run: the run with its answers."""
    covered_lanes: CoveredLanes | None = None
    """The lanes without their answers, then."""

    @property
    def program(self) -> object:
        """What identifies its program: the text that ran, or the path in a trace file."""
        return self.run.trace.snippet.path if self.job is None else self.job.owner

    def redrawn(self, choice: GraphChoice, most: int | None = None) -> Self:
        again = Shown.redrawn(self, choice, most)
        same_steps = again.history is self.history
        return again if same_steps else replace(again, lanes=Lanes(again.history))


def prepare(
    run: Run,
    *,
    choice: GraphChoice,
    time_limit: float = 0.0,
    comparison: Comparison | None = None,
    job: Job | None = None,
    paths: tuple[Path, ...] = (),
) -> Prepared:
    """Compute everything that the window shows of a trace.

    Takes time in proportion to the trace: do not call it in the window's thread.
    """
    shown, rows = show(run, choice, comparison), tuple(rows_of(run, comparison))
    of_rows = tree(rows)
    return Prepared(
        **{field.name: getattr(shown, field.name) for field in fields(shown)},
        marks=marks_of(run),
        kept_notes=kept_notes(run),
        words=tuple(words_of(run, comparison)),
        rows=rows,
        tree=of_rows,
        over_iterations=over_iterations(run, rows, of_rows),
        lanes=Lanes(shown.history),
        headline=headline(run),
        underlines=tuple(underlines(run)),
        switches=_switches(run),
        imports=imported_at(run.trace),
        variables=Variables(run),
        time_limit=time_limit,
        job=job,
        paths=paths,
    )


def _switches(run: Run) -> dict[int, list[tuple[Frame, ...]]]:
    found: dict[int, dict[tuple[Frame, ...], None]] = {}
    for fact in run.trace.facts:
        if fact.stack and fact.spot is not None:
            found.setdefault(fact.spot, {})[tuple(fact.stack)] = None
    return {at: list(stacks) for at, stacks in found.items()}
