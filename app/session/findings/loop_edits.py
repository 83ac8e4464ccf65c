"""Changes of the text that end what one pass of a loop hands on to the next."""

from __future__ import annotations

import ast

from app.contract.records import Edit
from app.session.findings.case import Case
from app.session.source.parsing import unparsed


def detached_where_carried(case: Case, line: int | None) -> list[Edit]:
    """`h = cell(x, h)` becomes `h = cell(x, h.detach())`: what a statement reads and replaces."""
    statement = case.source.statement(line)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return []
    target = statement.targets[0]
    parts = [part for part in ast.walk(target) if isinstance(part, (ast.Name, ast.Attribute))]
    kept = {unparsed(part) for part in parts if isinstance(part.ctx, ast.Store)}
    read = [
        node
        for node in ast.walk(statement.value)
        if isinstance(node, (ast.Name, ast.Attribute)) and unparsed(node) in kept
    ]
    if any(_is_number_at_first(case, name) for name in kept):
        return []  # then there is nothing to detach in the first pass
    if not read or len({unparsed(node) for node in read}) != len(read):
        return []
    return [case.source.replaced(node, f"{case.source.segment(node)}.detach()") for node in read]


def _is_number_at_first(case: Case, name: str) -> bool:
    return any(
        isinstance(assign.value, ast.Constant) and name in map(unparsed, assign.targets)
        for assign in case.source.parts(ast.Assign)
    )


def moved_into(case: Case, values: list[int], around: list[int]) -> list[Edit]:
    """The statements before loops that compute these values become the first of the inmost one.

    `around` are the lines of the loops, outermost first.
    """
    loops = {
        node.lineno: node
        for node in case.source.parts(ast.stmt)
        if isinstance(node, (ast.For, ast.While))
    }
    names = {case.run.name(value) for value in values}
    if len(names) != 1 or not all(line in loops for line in around):
        return []
    outer, loop = loops[around[0]], loops[around[-1]]
    if not outer.lineno <= loop.lineno <= (outer.end_lineno or 0):
        return []
    statements = _computing(case, names.pop(), outer)
    removed = [case.source.without(statement) for statement in statements]
    inside = loop.body[0]
    if not statements or not all(removed) or inside.lineno == loop.lineno:
        return []
    if isinstance(inside, (ast.FunctionDef, ast.ClassDef)):
        return []
    code = [case.source.segment(statement) for statement in statements]
    return [*(edit for edit in removed if edit is not None), case.source.before(inside, *code)]


def _computing(case: Case, name: str | None, loop: ast.stmt) -> list[ast.stmt]:
    """The assignment of a variable, and of those with history that it is computed from."""
    block = case.source.block(loop)
    ahead = block[: block.index(loop)]
    tensors = case.run.tensor_columns.like(lambda form: form.grad_fn is not None)
    recorded = {case.run.names.get(tensor.identity) for tensor in tensors}
    wanted = {name}
    found: list[ast.stmt] = []
    for statement in reversed(ahead):
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target in wanted:
                if case.source.statement(statement.lineno) is not statement:
                    return []
                found.insert(0, statement)
                wanted.discard(target)
                read = (node.id for node in ast.walk(value) if isinstance(node, ast.Name))
                wanted.update(name for name in read if name in recorded)
    return found
