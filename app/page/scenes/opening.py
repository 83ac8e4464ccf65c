"""Which node of a graph opens at a step of a backward pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from app.contract.records import BackwardStep
from app.session.chain_rule.model import OpenedStep, StepPlace
from app.session.chain_rule.node import node_of_step
from app.session.chain_rule.opening import opened_step
from app.session.run import Run
from app.session.timeline import Snapshot

if TYPE_CHECKING:
    import networkx as nx

Open = Callable[[StepPlace], OpenedStep]
Ask = Callable[[StepPlace], OpenedStep | None]
"""Asks torch for the numbers of a step, in a run of its own; None where there is no answer."""
_SECONDS: Final = 20.0
"""So long torch is asked for steps of a run; the others have the numbers of the trace."""


def opener(run: Run, ask: Ask) -> Open:
    """Return what opens the steps of a run, asking torch as long as that does not take long."""
    limit = time.monotonic() + _SECONDS

    def open_step(place: StepPlace) -> OpenedStep:
        is_soon = time.monotonic() + run.trace.run.seconds < limit
        return (ask(place) if is_soon else None) or opened_step(run, *place)

    return open_step


class OpenNode(NamedTuple):
    key: str
    place: StepPlace


def open_node(graph: nx.MultiDiGraph[str], then: Snapshot) -> OpenNode | None:
    """Return the node of the step at a moment; None if it does not have its own."""
    step = None if then.moment is None else then.moment.records[0]
    if then.moment is None or then.backward is None or not isinstance(step, BackwardStep):
        return None
    nodes = ((key, data["item"]) for key, data in graph.nodes(data=True))
    key = node_of_step(nodes, then.history.run, step)
    return None if key is None else OpenNode(key, StepPlace(then.backward.id, then.moment.step))
