"""Compares a what-if with the run as written: which operations and which `.grad` differ.

Operations are the same if they were called from the same place of the snippet for the same time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from app.contract.records import Gradient, Mode, Operation, Summary, Trace
from app.session.explain.phrases import listed
from app.session.graph.setup_work import is_setup
from app.session.language import ngettext, number, tr, translatable
from app.session.numbers import size
from app.session.run import Run
from app.session.summary.why import short_why
from app.session.words import status_note


class ModeSign(NamedTuple):
    """The words that mark a run as a what-if, and their status."""

    icon: Literal["recorded", "no_grad", "inference_mode"]
    text: str


SIGNS: dict[Mode, ModeSign] = {
    "grad": ModeSign("recorded", translatable("What if: grad everywhere")),
    "no-grad": ModeSign("no_grad", translatable("What if: no_grad everywhere")),
    "inference": ModeSign("inference_mode", translatable("What if: inference_mode everywhere")),
}
NOT_COMPARED = translatable("Run it as written too, to compare the two.")
_NAMED = 3
"""The number of leaves that are named; further ones are counted."""

_Place = tuple[object, ...]


class _Fate(NamedTuple):
    is_recorded: bool
    note: str


class _Grad(NamedTuple):
    summary: Summary | None
    why: str


@dataclass(frozen=True, slots=True)
class AsWritten:
    """The part of a run as written that comparisons need; the trace itself may be large."""

    fates: Mapping[_Place, _Fate]
    gradients: Mapping[str, _Grad]
    saved_bytes: int

    @classmethod
    def of(cls, run: Run) -> AsWritten:
        return cls(
            {
                _place(unit): _Fate(unit.status == "recorded", status_note(unit))
                for unit in _compared(run)
            },
            {row.name: _Grad(row.grad, short_why(run, row)) for row in run.trace.gradients},
            _saved_bytes(run.trace),
        )


class Change(NamedTuple):
    """An operation that is recorded in only one of the two runs."""

    is_recorded: bool
    as_written: str
    """Its status in the run as written: "skipped — no_grad, line 5"."""

    @property
    def words(self) -> str:
        """The words on its node, instead of the status."""
        if self.is_recorded:
            return tr("recorded (skipped as written)")
        return tr("skipped (recorded as written)")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences: `operations` by id, `gradients` by tensor, each with the run as written."""

    operations: Mapping[int, Change]
    gradients: Mapping[int, str]
    sentences: tuple[str, ...]


def compare(run: Run, written: AsWritten) -> Comparison:
    """Compare a what-if with the run of the same text as written."""
    changes = dict(_changes(run, written))
    rows = [(row, written.gradients[row.name]) for row in run.trace.gradients
            if row.name in written.gradients]  # fmt: skip
    gained = [row for row, grad in rows if row.grad is not None and grad.summary is None]
    lost = [row for row, grad in rows if row.grad is None and grad.summary is not None]
    other = [row for row, grad in rows if _is_other(row.grad, grad.summary)]
    gradients = {
        **{row.tensor: _was_none(written.gradients[row.name]) for row in gained},
        **{row.tensor: tr("set in the run as written") for row in lost},
        **{row.tensor: tr("has other values in the run as written") for row in other},
    }
    sentences = [
        *_of_operations(list(changes.values())),
        *_of_gradients(gained, lost, other),
        *_of_memory(_saved_bytes(run.trace), written.saved_bytes),
    ]
    if not sentences:
        sentences = [tr("It makes no difference: the same is recorded, and every .grad is equal.")]
    return Comparison(changes, gradients, tuple(sentences))


def _compared(run: Run) -> Iterator[Operation]:
    return (unit for unit in run.units if not is_setup(run, unit))


def _place(operation: Operation) -> _Place:
    where = operation.spot, operation.column, operation.end_spot, operation.end_column
    return *where, operation.qualified_name, operation.occurrence


def _saved_bytes(trace: Trace) -> int:
    return sum(operation.saved_bytes for operation in trace.operations)


def _changes(run: Run, written: AsWritten) -> Iterator[tuple[int, Change]]:
    for unit in _compared(run):
        fate, is_recorded = written.fates.get(_place(unit)), unit.status == "recorded"
        if fate is not None and fate.is_recorded != is_recorded:
            yield unit.id, Change(is_recorded, fate.note)


def _is_other(here: Summary | None, written: Summary | None) -> bool:
    """Return whether both exist and have different numbers."""
    return here is not None and written is not None and here != written


def _was_none(written: _Grad) -> str:
    return tr("None in the run as written: {why}").format(why=written.why)


def _of_operations(changes: Sequence[Change]) -> Iterator[str]:
    recorded = sum(change.is_recorded for change in changes)
    if recorded:
        yield ngettext(
            "{count} operation is recorded here and skipped in the run as written.",
            "{count} operations are recorded here and skipped in the run as written.",
            recorded,
        ).format(count=number(recorded))
    if skipped := len(changes) - recorded:
        yield ngettext(
            "{count} operation is skipped here and recorded in the run as written.",
            "{count} operations are skipped here and recorded in the run as written.",
            skipped,
        ).format(count=number(skipped))


def _of_gradients(
    gained: Sequence[Gradient], lost: Sequence[Gradient], other: Sequence[Gradient]
) -> Iterator[str]:
    if gained:
        text = ngettext(
            "{names} has a gradient here; in the run as written it is None.",
            "{names} have gradients here; in the run as written they are None.",
            len(gained),
        )
        yield text.format(names=_names(gained))
    if lost:
        text = ngettext(
            "{names} is None here; in the run as written it has a gradient.",
            "{names} are None here; in the run as written they have gradients.",
            len(lost),
        )
        yield text.format(names=_names(lost))
    if other:
        text = ngettext(
            "{names} differs from the run as written.",
            "{names} differ from the run as written.",
            len(other),
        )
        yield text.format(names=_names(other))


def _names(rows: Sequence[Gradient]) -> str:
    if len(rows) > _NAMED:
        return tr("{count} gradients").format(count=number(len(rows)))
    return listed(f"`{row.name}.grad`" for row in rows)


def _of_memory(here: int, written: int) -> Iterator[str]:
    if here != written:
        yield tr(
            "Autograd keeps {here} for backward; in the run as written it keeps {written}."
        ).format(here=size(here), written=size(written))
