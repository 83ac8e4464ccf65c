"""A what-if beside the run as written: what is said of its operations and gradients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from app.session.language import tr, translatable

if TYPE_CHECKING:
    from app.session.comparing.differences import Differences
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


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences from the run as `written`: `operations` by id, `gradients` by tensor."""

    written: Run
    operations: Mapping[int, Flipped]
    gradients: Mapping[int, str]
    sentences: tuple[str, ...]


def compare(run: Run, written: Run) -> Comparison:
    """Compare a what-if with the run of the same text as written."""
    from app.session.comparing.differences import differences  # the window starts without it
    from app.session.comparing.sentences import sentences

    found = differences(written, run)
    said = sentences(found, tr("the run as written"))
    if not said:
        said = [tr("It makes no difference: the same is recorded, and every .grad is equal.")]
    gradients = dict(_gradients(written, found))
    return Comparison(written, dict(_changes(found)), gradients, tuple(said))


def _changes(found: Differences) -> Iterator[tuple[int, Flipped]]:
    from app.session.words import status_note

    for one, other in found.fates:
        is_recorded, is_unchanged = other.status == "recorded", other.reason == "unchanged"
        yield other.id, Flipped(is_recorded, status_note(one), is_unchanged)


def _gradients(written: Run, found: Differences) -> Iterator[tuple[int, str]]:
    from app.session.summary.why import short_why

    for _, first, second, change in found.gradients:
        if first is None or second is None:
            continue
        match change:
            case "appeared":
                why = short_why(written, first)
                yield second.tensor, tr("None in the run as written: {why}").format(why=why)
            case "vanished":
                yield second.tensor, tr("set in the run as written")
            case "values":
                yield second.tensor, tr("has other values in the run as written")
            case "reason":
                pass
