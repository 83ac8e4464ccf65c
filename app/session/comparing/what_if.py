"""A what-if beside the run as written: what is said of its operations and gradients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from app.session.language import tr, translatable
from app.session.numbers import short

if TYPE_CHECKING:
    from app.session.comparing.differences import Differences
    from app.session.comparing.measures import Measure
    from app.session.look.colors import ToneKey
    from app.session.look.glyphs import Glyph
    from app.session.run import Run


NOT_COMPARED = translatable("Run it as written too, to compare the two.")


class Flipped(NamedTuple):
    """An operation that is recorded in only one of the two runs."""

    is_recorded: bool
    as_written: str
    """Its status in the run as written: "skipped — no_grad, line 5"."""
    is_unchanged: bool = False
    """Whether it hands on its input, as dropout does in evaluation."""

    @property
    def words(self) -> str:
        """The words on its node, instead of the status."""
        if self.is_recorded:
            return tr("recorded (skipped as written)")
        if self.is_unchanged:
            return tr("passes through (recorded as written)")
        return tr("skipped (recorded as written)")


class AsWritten(NamedTuple):
    """A `.grad` in the run as written: its norm, or None with the reason."""

    text: str
    differs: bool
    """Whether it is another one than that of the what-if."""
    requires_grad: bool
    glyph: Glyph
    tone: ToneKey
    """The sign of the norm or the reason."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences from the run as `written`: `operations` by id, `gradients` by tensor.

    `gradients` has all of them, equal ones too.  `counted` is what can be counted of both.
    """

    written: Run
    operations: Mapping[int, Flipped]
    gradients: Mapping[int, AsWritten]
    sentences: tuple[str, ...]
    counted: tuple[Measure, ...]


def compare(run: Run, written: Run) -> Comparison:
    """Compare a what-if with the run of the same text as written."""
    from app.session.comparing.differences import differences  # the window starts without it
    from app.session.comparing.measures import measures
    from app.session.comparing.sentences import sentences

    found = differences(written, run)
    said = sentences(written, run, found, tr("the run as written"))
    if not said:
        said = [tr("It makes no difference: the same is recorded, and every .grad is equal.")]
    return Comparison(
        written,
        dict(_changes(found)),
        dict(_gradients(run, written, found)),
        tuple(said),
        tuple(measures(written, run, found)),
    )


def _changes(found: Differences) -> Iterator[tuple[int, Flipped]]:
    from app.session.words import status_note

    for one, other in found.fates:
        is_recorded, is_unchanged = other.status == "recorded", other.reason == "unchanged"
        yield other.id, Flipped(is_recorded, status_note(one), is_unchanged)


def _gradients(run: Run, written: Run, found: Differences) -> Iterator[tuple[int, AsWritten]]:
    from app.session.look.marks import why_look
    from app.session.summary.why import short_why

    rows = {row.name: row for row in written.trace.gradients}
    differ = {row.name for row in found.gradients if row.change != "reason"}
    for row in run.trace.gradients:
        before = rows.get(row.name)
        if before is None:
            continue
        if before.grad is not None:
            text = short(before.grad.norm)
        else:
            text = tr("None: {why}").format(why=short_why(written, before))
        look = why_look(before, written.operations)
        yield row.tensor, AsWritten(text, row.name in differ, before.requires_grad, *look)
