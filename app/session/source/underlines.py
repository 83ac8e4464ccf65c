"""The ranges of the text that errors and findings are about."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import Literal

from app.contract.records import Error, Finding
from app.contract.spots import line_and_file, spot
from app.session.language import shown
from app.session.places import message_of
from app.session.recorder_words import translated
from app.session.run import Run
from app.session.source.code_marks import unmarked
from app.session.source.parsing import parsed

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Underline:
    """Lines are spots, columns 0-based characters; a `column` of None is the whole line, an
    `end_column` of None the end of the line."""

    line: int
    column: int | None
    end_line: int
    end_column: int | None
    severity: Severity
    text: str


def underlines(run: Run) -> list[Underline]:
    """Return the underlines: the error first, then the findings in their order."""
    trace = run.trace
    found = [] if trace.error is None else of_error(trace.error, run.text_of(trace.error.file))
    for finding in trace.findings:
        found += _of_finding(run, finding)
    return found


def of_error(error: Error, text: str) -> list[Underline]:
    """Return the range that raised an error, in the `text` of its file; none without a line."""
    if error.spot is None:
        return []
    title = shown(f"{error.type}: {message_of(error)}".strip().rstrip(":"))
    message = f"{title}\n{translated(error.hint)}" if error.hint else title
    end_line, end_column = error.end_spot or error.spot, error.end_column
    if error.end_spot is None and error.column is not None:
        line, file = line_and_file(error.spot)
        end, end_column = _expression_end(text, line, error.column)
        end_line = spot(file, end)
    return [Underline(error.spot, error.column, end_line, end_column, "error", message)]


def _of_finding(run: Run, finding: Finding) -> list[Underline]:
    """Return the range of the error that it explains, or of its operation, or the whole line."""
    if finding.spot is None:
        return []
    text = unmarked(f"{finding.title}\n{finding.text}" if finding.text else finding.title)
    error = run.trace.error
    if error is not None and error.spot == finding.spot and finding.severity == "error":
        (place,) = of_error(error, run.text_of(error.file))
        return [replace(place, text=text)]
    for id_ in finding.operations:
        operation = run.operations.get(id_)
        if operation is not None and operation.spot == finding.spot:
            end = operation.end_spot or finding.spot
            return [Underline(finding.spot, operation.column, end, operation.end_column,
                              finding.severity, text)]  # fmt: skip
    return [Underline(finding.spot, None, finding.spot, None, finding.severity, text)]


def _expression_end(text: str, line: int, column: int) -> tuple[int, int | None]:
    """Return the end of the longest expression that begins there, if the document has none."""
    source = "".join(text.split("\n")[line - 1 : line])
    offset = len(source[:column].encode())
    ends = [
        (node.end_lineno, node.end_col_offset)
        for node in ast.walk(parsed(text))
        if isinstance(node, ast.expr)
        and (node.lineno, node.col_offset) == (line, offset)
        and node.end_lineno is not None
        and node.end_col_offset is not None
    ]
    if not ends:
        return line, None
    end_line, end_offset = max(ends)
    return end_line, len(text.split("\n")[end_line - 1].encode()[:end_offset].decode())
