"""Methods that are named and not called: `optimizer.step` without parentheses."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import Finding, Fix
from app.session.findings.case import Case, finding
from app.session.language import tr
from app.session.source.not_run import lines_that_ran

_METHODS = frozenset(("step", "zero_grad", "backward", "eval", "train", "detach_"))


def named_not_called(case: Case) -> Iterator[Finding]:
    """Find statements that ran and only name a method, which does nothing."""
    ran = lines_that_ran(case.trace)
    for statement in case.source.parts(ast.Expr):
        named = statement.value
        if not isinstance(named, ast.Attribute) or named.attr not in _METHODS:
            continue
        line = case.source.spot(statement)
        if line not in ran:
            continue
        code = case.source.segment(named)
        title = tr("{code} is named, not called").format(code=f"`{code}`")
        text = tr("Without parentheses, line {line} does nothing.").format(line=line)
        fix = Fix(
            tr("Write {code}.").format(code=f"`{code}()`"),
            [case.source.replaced(named, f"{code}()")],
        )
        yield finding("named_not_called", "warning", line, title, text, [], [], fix)
