"""The places of a snippet that called torch, each once, for lists to choose from."""

from __future__ import annotations

from dataclasses import dataclass

from app.session.run import Run


@dataclass(frozen=True, slots=True)
class CallPlace:
    """`operation` is what was called there first."""

    title: str
    line: int
    operation: int


def call_places(run: Run) -> list[CallPlace]:
    """In the order of the run.  Looks at every operation: not for the window's thread."""
    found: dict[tuple[int, int | None, str], CallPlace] = {}
    for operation in run.trace.operations:
        if operation.line is None:
            continue
        place = operation.line, operation.column, operation.name
        if place not in found:
            module = "" if operation.module is None else run.modules[operation.module].path
            title = f"{operation.name} {module}".rstrip()
            title = f"{title} — {run.line_text(operation.line)}"
            found[place] = CallPlace(title, operation.line, operation.id)
    return list(found.values())
