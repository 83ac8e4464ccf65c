"""The second mark of nodes: what happened to the parameters in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, assert_never

from app.contract.records import TrainState
from app.session.graph.payloads import Tile, TileKind
from app.session.language import ngettext, number, tr
from app.session.run import Run

_OF_STATE: Final[dict[TrainState, TileKind]] = {
    "trained": "trained",
    "no_step": "no_step",
    "stepped_without_gradient": "no_step",
    "unchanged": "unchanged",
    "frozen": "frozen",
    "moved_while_frozen": "frozen",
    "cut": "not_reached",
    "not_on_path": "not_reached",
    "only_skipped": "not_reached",
    "unused": "not_reached",
    "unknown": "unknown",
}
_WORST_FIRST: Final[tuple[TileKind, ...]] = (
    "unregistered", "not_reached", "frozen", "no_step", "unchanged", "unknown",
    "trained",
)  # fmt: skip


class Tiles:
    """Counts parameters by what happened to them in the whole run, as its verdict has it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._kinds: dict[int, TileKind] = {}
        training = run.trace.training
        for group in () if training is None else training.groups:
            kind = _OF_STATE[group.state]
            self._kinds |= dict.fromkeys((run.identity(id_) for id_ in group.tensors), kind)
        for module in run.trace.modules:
            for id_ in () if module.registered else module.parameters:
                identity = run.identity(id_)
                if self._kinds.get(identity, "trained") != "trained":
                    self._kinds[identity] = "unregistered"

    def of(self, operations: Iterable[int]) -> tuple[Tile, ...]:
        """Return the tiles of the parameters that operations take, by id; the worst first."""
        if not self._kinds:
            return ()
        kinds, taken = self._kinds, self._run.taken_by(operations)
        counts = Counter(kinds[identity] for identity in taken if identity in kinds)
        return tuple(Tile(kind, counts[kind]) for kind in _WORST_FIRST if kind in counts)


def tile_words(tile: Tile) -> str:
    """ "12 frozen"."""
    return _text(tile.kind, tile.parameters).format(count=number(tile.parameters))


def _text(kind: TileKind, n: int) -> str:
    match kind:
        case "trained":
            return ngettext("{count} trains", "{count} train", n)
        case "no_step":
            return tr("{count} not stepped")
        case "unchanged":
            return tr("{count} unchanged")
        case "frozen":
            return tr("{count} frozen")
        case "not_reached":
            return tr("{count} not reached")
        case "unregistered":
            return tr("{count} not registered")
        case "unknown":
            return tr("{count} unknown")
        case _:
            assert_never(kind)
