"""The runs of the processes that a run started, put together from their rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from app.contract.messages import Exited
from app.contract.packing import Decoder
from app.contract.records import Snippet
from app.session.run import Run
from app.session.trace.assembly import TraceBuilder


def child_runs(folder: Path, snippet: Snippet) -> Iterator[Run]:
    """Yield the run of each of them that called torch, in the order in which they were started.

    `RunInfo.child` numbers them in that order.
    `app.tracer.child.spool` says what the files in `folder` are.
    """
    files = {path.name.partition("@")[0]: path for path in folder.glob("*@*")}
    numbers = count(1)
    for name in sorted(files, key=lambda name: [int(part) for part in name.split(".")]):
        if "." in name and (run := _run(files, name, snippet)) is not None:
            run.trace.run.child = next(numbers)
            yield run


def _run(files: dict[str, Path], name: str, snippet: Snippet) -> Run | None:
    builder, decoder = TraceBuilder(snippet), Decoder()
    builder.add_batch(decoder.feed(_before(files, name)))
    inherited = builder.operation_count
    builder.add_batch(decoder.feed(files[name].read_bytes()))
    if builder.operation_count == inherited:
        return None
    if not builder.has_ended:
        builder.add_exited(Exited(None, None, None))
    return builder.finish()


def _before(files: dict[str, Path], name: str) -> bytes:
    """Return the rows that a process had inherited when it was forked."""
    outer = name.rpartition(".")[0]
    if not outer:
        return b""
    size = int(files[name].name.partition("@")[2])
    return (_before(files, outer) + files[outer].read_bytes())[:size]
