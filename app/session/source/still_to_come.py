"""Calls in the user's files that train and did not run yet, though their turn may come."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from app.contract.records import Trace
from app.session.source.files import texts_of
from app.session.source.parsing import first_line, parsed, unparsed

_TRAINING = frozenset(("step", "backward", "add_param_group", "requires_grad_"))
_OTHER_STEPS = "sched", "env", "prof"
"""In the names of schedulers, environments and profilers, which have steps of their own."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def may_train_yet(trace: Trace) -> bool:
    """Return whether a statement that did not run calls a step, a backward pass or the like, itself
    or in a function of the program.

    Of two branches of an `if` one is enough, and what nothing calls does not count.
    """
    called: set[str] = set()
    defined: dict[str, set[str]] = {}
    for source in texts_of(trace):
        tree = parsed(source.text)
        defined |= {
            one.name: set(_calls(one)) for one in ast.walk(tree) if isinstance(one, _FUNCTIONS)
        }
        if source.lines is not None:
            missing = {n for first, last in source.lines.not_run for n in range(first, last + 1)}
            for statement in _not_run(tree.body, missing):
                called.update(_calls(statement))
    waiting, training = list(called), set(_TRAINING)
    while waiting:
        name = waiting.pop()
        if name in training:
            return True
        waiting += defined.pop(name, ())
    return False


def _not_run(statements: Sequence[ast.stmt], missing: set[int]) -> Iterator[ast.stmt]:
    """Yield the outermost statements on missing lines, but for branches whose other one ran."""
    for statement in statements:
        if first_line(statement) in missing:
            if not isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):  # only calls matter
                yield statement
            continue
        blocks = [
            block for name in ("body", "handlers", "cases", "orelse", "finalbody")
            if (block := getattr(statement, name, None))
        ]  # fmt: skip
        ran = [block for block in blocks if not _is_missing(block[0], missing)]
        if isinstance(statement, _FUNCTIONS) and not ran:
            continue
        if isinstance(statement, (ast.If, ast.Match)) and len(blocks) > 1 and ran:
            blocks = ran
        for one in blocks:
            for inner in one:
                inside = [inner] if isinstance(inner, ast.stmt) else inner.body
                yield from _not_run(inside, missing)


def _is_missing(node: ast.AST, missing: set[int]) -> bool:
    if isinstance(node, (ast.ExceptHandler, ast.match_case)):
        return _is_missing(node.body[0], missing)
    return isinstance(node, ast.stmt) and first_line(node) in missing


def _calls(node: ast.AST) -> Iterator[str]:
    """Yield the last names of what is called in it: `step` of `optimizer.step()`."""
    for one in ast.walk(node):
        match one:
            case ast.Call(func=ast.Attribute(attr="step", value=owner)):
                if not any(part in unparsed(owner).lower() for part in _OTHER_STEPS):
                    yield "step"
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                yield name
