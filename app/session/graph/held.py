"""What a group holds, summed up: operations by status, and how its parameters' grads stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.contract.records import Gradient, Operation
from app.session.graph_items import STATUS_OF_REASON, StatusKey
from app.session.language import ngettext, number, tr
from app.session.words import fates


@dataclass(frozen=True, slots=True)
class Held:
    status: StatusKey
    """Recorded if anything is; else what befell most of it."""
    parts: tuple[tuple[StatusKey, int], ...]
    words: str
    missing: tuple[str, ...]

    @classmethod
    def of(
        cls,
        units: Sequence[Operation],
        parameters: Sequence[Gradient],
        cutting: Collection[int],
    ) -> Held:
        counts = Counter(STATUS_OF_REASON[unit.reason] for unit in units)
        neutral = counts.pop("neutral", 0)
        parts = sorted(counts.items(), key=lambda part: (part[0] != "recorded", -part[1]))
        if neutral:
            parts.append(("neutral", neutral))
        cut = any(unit.id in cutting for unit in units)
        words = [summary_words(units), *_grad_words(parameters), *([tr("cut")] if cut else [])]
        missing = (row.name for row in parameters if row.requires_grad and row.grad is None)
        return cls(parts[0][0], tuple(parts), ", ".join(words), tuple(missing))


def _grad_words(parameters: Sequence[Gradient]) -> list[str]:
    training = [row for row in parameters if row.requires_grad]
    if training:
        found = sum(row.grad is not None for row in training)
        return [tr("grads {count}/{total}").format(count=found, total=len(training))]
    text = ngettext("{count} frozen", "{count} frozen", len(parameters))
    return [text.format(count=number(len(parameters)))] if parameters else []


def summary_words(units: Sequence[Operation]) -> str:
    """ "12 recorded, 3 skipped"."""
    recorded = sum(unit.status == "recorded" for unit in units)
    skipped = sum(unit.status == "skipped" and unit.reason != "unchanged" for unit in units)
    return fates(recorded, skipped, len(units))
