"""A summary of a group: operations by status, and the gradients of its parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.contract.records import Gradient
from app.session.graph.payloads import STATUS_OF_REASON, StatusKey
from app.session.language import listing, number, tr
from app.session.run import Run
from app.session.words import fates


@dataclass(frozen=True, slots=True)
class Held:
    status: StatusKey
    """Recorded if any operation is, otherwise the most frequent status."""
    parts: tuple[tuple[StatusKey, int], ...]
    words: str
    missing: tuple[str, ...]

    @classmethod
    def of(
        cls,
        counts: Mapping[StatusKey, int],
        parameters: Sequence[Gradient],
        *,
        is_set: Callable[[Gradient], bool],
        cut: bool,
    ) -> Held:
        """`counts` is of operations by status, each above 0; `cut`, whether one of them cuts."""
        active = [part for part in counts.items() if part[0] != "neutral"]
        parts = sorted(active, key=lambda part: (part[0] != "recorded", -part[1]))
        if "neutral" in counts:
            parts.append(("neutral", counts["neutral"]))
        training = [row for row in parameters if row.requires_grad]
        missing = tuple(row.name for row in training if not is_set(row))
        words = [_count_words(counts)]
        if training:
            found = len(training) - len(missing)
            words.append(tr("grads {count}/{total}").format(count=found, total=len(training)))
        elif parameters:
            words.append(tr("{count} frozen").format(count=number(len(parameters))))
        if cut:
            words.append(tr("cut"))
        return cls(parts[0][0], tuple(parts), listing(words), missing)


def has_grad(row: Gradient) -> bool:
    """Return whether a row has a gradient at the end of the run."""
    return row.grad is not None


def statuses(run: Run, operations: Iterable[int]) -> Iterator[StatusKey]:
    """Yield the status of each of some operations, which are given by id."""
    made = run.operation_columns
    return (STATUS_OF_REASON[made.form_at(at).reason] for at in made.places.of(operations))


def counted(run: Run, operations: Iterable[int]) -> Counter[StatusKey]:
    """Count some operations, which are given by id, by status."""
    made = run.operation_columns
    forms = Counter(map(made.form.__getitem__, made.places.of(operations)))
    found = Counter[StatusKey]()
    for form, count in forms.items():
        found[STATUS_OF_REASON[made.forms.values[form].reason]] += count
    return found


def leaves_of(run: Run, operations: Iterable[int]) -> list[Gradient]:
    """The rows of the parameters and other leaves that operations take, which are given by id."""
    rows = map(run.gradient_of.get, run.taken_by(operations))
    return [row for row in rows if row is not None and run.tensors[row.tensor].is_leaf]


def summary_words(run: Run, operations: Iterable[int]) -> str:
    """ "12 recorded, 3 skipped"."""
    return _count_words(counted(run, operations))


def _count_words(counts: Mapping[StatusKey, int]) -> str:
    recorded, total = counts.get("recorded", 0), sum(counts.values())
    return fates(recorded, total - recorded - counts.get("neutral", 0), total)
