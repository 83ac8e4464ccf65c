"""What a process of a run of several is called."""

from __future__ import annotations

from typing import NamedTuple

from app.contract.records import RunInfo
from app.session.language import tr


class ProcessName(NamedTuple):
    """A process as a title, as the place where something is, and in a sentence."""

    title: str
    where: str
    name: str
    badge: str = ""
    """The number of a rank."""


def is_one_of_several(info: RunInfo) -> bool:
    """Return whether a trace is of a rank, or of a process that another one started."""
    return info.rank is not None or info.child is not None


def process_name(rank: int | None, child: int | None) -> ProcessName:
    """Return what a process of a run is called, by `RunInfo.rank` and `RunInfo.child`.

    >>> process_name(1, None).where, process_name(None, 2).title, process_name(None, None).name
    ('on rank 1', 'Worker 2', 'the main process')
    """
    if rank is None and child is None:
        return ProcessName(tr("Main"), tr("in the main process"), tr("the main process"))
    if rank is None:
        title, where, name = tr("Worker {child}"), tr("in worker {child}"), tr("worker {child}")
    elif child is None:
        title, where, name = tr("Rank {rank}"), tr("on rank {rank}"), tr("rank {rank}")
    else:
        title = tr("Rank {rank}, worker {child}")
        where = tr("in worker {child} of rank {rank}")
        name = tr("worker {child} of rank {rank}")
    title, where, name = (text.format(rank=rank, child=child) for text in (title, where, name))
    return ProcessName(title, where, name, badge=str(rank) if child is None else "")


def how_ended(names: str, status: str, error: str) -> str:
    """Return how processes ended that did not end well, by `RunInfo.status` and `Error.type`.

    >>> how_ended("Rank 1", "raised", "ValueError"), how_ended("Rank 1", "crashed", "Crashed")
    ('Rank 1 raised ValueError', 'Rank 1 crashed')
    """
    text = tr("{processes} ended with {error}")
    if status == "raised":
        text = tr("{processes} raised {error}")
    elif status == "crashed":
        text = tr("{processes} crashed")
    elif status == "out_of_memory":
        text = tr("{processes} ran out of memory")
    return text.format(processes=names, error=error)
