"""The places of a snippet that called torch, each once."""

from __future__ import annotations

from dataclasses import dataclass

from app.session.run import Run


@dataclass(frozen=True, slots=True)
class CallPlace:
    """A place; `operation` is the first one that was called there."""

    title: str
    line: int
    operation: int


def call_places(run: Run) -> list[CallPlace]:
    """Return the places in the order of the run.

    Reads every operation: do not call it in the window's thread.
    """
    found: dict[tuple[int, int | None, str], CallPlace] = {}
    for operation in run.trace.operations:
        if operation.spot is None:
            continue
        place = operation.spot, operation.column, operation.name
        if place not in found:
            module = "" if operation.module is None else run.modules[operation.module].path
            title = f"{operation.name} {module}".rstrip()
            title = f"{title} — {run.line_text(operation.spot)}"
            found[place] = CallPlace(title, operation.spot, operation.id)
    return list(found.values())
