"""Shared by the rules about errors: where an error was raised, and words for places."""

from __future__ import annotations

import ast

from app.contract.records import BackwardPass
from app.session.findings.case import Case
from app.session.language import tr
from app.session.words import line_words


def error_line(case: Case) -> int | None:
    """Where the error was raised."""
    return None if case.trace.error is None else case.trace.error.spot


def line_or_call(line: int | None) -> str:
    """ "line 9"; "the call" where no line is known."""
    return line_words(line) or tr("the call")


def at(line: int | None) -> str:
    """ "on line 9"."""
    return "" if line is None else tr("on line {line}").format(line=line)


def pass_words(backward: BackwardPass) -> str:
    """ "The backward pass on line 9"."""
    if backward.spot is None:
        return tr("This backward pass")
    return tr("The backward pass on line {line}").format(line=backward.spot)


def reads_grad(statement: ast.stmt) -> bool:
    """Whether a statement reads a `.grad`, as an update by hand does."""
    return any(isinstance(n, ast.Attribute) and n.attr == "grad" for n in ast.walk(statement))
