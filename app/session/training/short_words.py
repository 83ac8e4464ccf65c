"""The states of parameters in two or three words, for chips."""

from __future__ import annotations

from typing import assert_never

from app.contract.records import TrainState
from app.session.language import ngettext, number, tr


def short_words(state: TrainState, count: int) -> str:
    """ "203 frozen"; the group's own sentence says it in full."""
    return _text(state, count).format(count=number(count))


def _text(state: TrainState, n: int) -> str:
    match state:
        case "trained":
            return ngettext("{count} trains", "{count} train", n)
        case "no_step":
            return tr("{count} not stepped")
        case "stepped_without_gradient":
            return tr("{count} with zero or no gradient")
        case "moved_while_frozen":
            return tr("{count} moved while frozen")
        case "unchanged":
            return tr("{count} unchanged")
        case "frozen":
            return tr("{count} frozen")
        case "cut":
            return tr("{count} cut off")
        case "not_on_path":
            return tr("{count} not reached")
        case "only_skipped":
            return tr("{count} used without recording")
        case "unused":
            return tr("{count} never used")
        case "unknown":
            return tr("{count} unknown")
        case _:
            assert_never(state)
