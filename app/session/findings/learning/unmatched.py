"""Names that match nothing: a state loaded with `strict=False`, a freeze by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from difflib import get_close_matches

from app.contract.records import Edit, Finding, Fix
from app.session.explain.phrases import listed
from app.session.findings.case import Case, finding
from app.session.findings.edits import called_name
from app.session.language import tr
from app.session.source.not_run import lines_that_ran
from app.session.source.parsing import unparsed


def state_not_loaded(case: Case) -> Iterator[Finding]:
    """Find calls of `load_state_dict(…, strict=False)` that gave no parameter a value."""
    defined = (one.name for one in case.source.parts(ast.FunctionDef))
    if case.trace.run.partial is not None or "load_state_dict" in defined:
        return
    ran, loaded = lines_that_ran(case.trace), _lines_that_copy(case)
    for call in case.calls("load_state_dict"):
        line = case.source.spot(call)
        if line not in ran or line in loaded or not _is_lenient(call):
            continue
        owner = unparsed(call.func.value) if isinstance(call.func, ast.Attribute) else "?"
        title = tr("`load_state_dict` loaded nothing")
        text = tr(
            "Line {line} gave no parameter of {name} a value: the state has no key that is the "
            "name of one, and `strict=False` lets that pass."
        ).format(line=line, name=f"`{owner}`")
        fix = Fix(
            tr(
                "Print what {call} returns: `unexpected_keys` are the keys that nothing has. Often "
                "they begin with a prefix such as “module.” that has to be removed."
            ).format(call="`load_state_dict`"),
            [],
        )
        yield finding("state_not_loaded", "warning", line, title, text, [], [], fix)


def _is_lenient(call: ast.Call) -> bool:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    strict = given.get("strict", call.args[1] if len(call.args) > 1 else None)
    return isinstance(strict, ast.Constant) and strict.value is False and "assign" not in given


def _lines_that_copy(case: Case) -> set[int | None]:
    """The spots of operations that copied something into a parameter."""
    copies = case.run.operation_columns.like(lambda form: form.name == "copy_")
    return {
        one.spot
        for one in copies
        if any(case.tensor(out).kind == "parameter" for out in one.outputs)
    }


def freeze_matches_nothing(case: Case) -> Iterator[Finding]:
    """Find conditions on the names of parameters, in loops that freeze, which were never true."""
    ran = lines_that_ran(case.trace)
    for loop in case.source.parts(ast.For):
        named = _named(loop)
        if named is None or not any(map(_freezes, ast.walk(loop))):
            continue
        for test in (one for one in loop.body if isinstance(one, ast.If)):
            branches = list(_branches(test))
            first = case.source.spot(test)
            bodies = [case.source.spot(one.body[0]) for one in branches]
            is_known = first in ran and all(_is_of_names(one.test, named) for one in branches)
            if is_known and first not in bodies and ran.isdisjoint(bodies):
                yield _matches_nothing(case, loop, branches)


def _named(loop: ast.For) -> str | None:
    """`name` of `for name, p in net.named_parameters()`."""
    match loop:
        case ast.For(
            target=ast.Tuple(elts=[ast.Name(id=name), _]),
            iter=ast.Call(func=ast.Attribute(attr="named_parameters" | "named_modules")),
        ):
            return name
    return None


def _freezes(node: ast.AST) -> bool:
    match node:
        case ast.Assign(targets=[ast.Attribute(attr="requires_grad")]):
            return True
        case ast.Call():
            return called_name(node) == "requires_grad_"
    return False


def _branches(test: ast.If) -> Iterator[ast.If]:
    """It, and each `elif`."""
    yield test
    if len(test.orelse) == 1 and isinstance(test.orelse[0], ast.If):
        yield from _branches(test.orelse[0])


def _is_of_names(test: ast.expr, name: str) -> bool:
    """Whether a condition only compares a name with literal texts."""
    parts = test.values if isinstance(test, ast.BoolOp) else [test]
    return all(
        any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(part))
        and bool(_texts(part))
        for part in parts
    )


def _texts(test: ast.expr) -> list[ast.Constant]:
    constants = (one for one in ast.walk(test) if isinstance(one, ast.Constant))
    return [one for one in constants if isinstance(one.value, str)]


def _matches_nothing(case: Case, loop: ast.For, branches: list[ast.If]) -> Finding:
    line = case.source.spot(branches[0])
    tests = listed(f"`{case.source.segment(one.test)}`" for one in branches)
    title = tr("A condition on names holds for no parameter")
    text = tr("{tests} was never true, so line {line} never ran.").format(
        tests=tests, line=case.source.spot(branches[0].body[0])
    )
    names = _names(case, loop)
    texts = [one for branch in branches for one in _texts(branch.test)]
    known = {part for name in names for part in name.split(".")}
    edits: list[Edit] = []
    description = None
    for constant in texts:
        meant = get_close_matches(str(constant.value), known, 1, 0.75)
        if meant and description is None:
            description = tr("Write {name}, which is in the names of parameters.").format(
                name=f'`"{meant[0]}"`'
            )
            edits = [case.source.replaced(constant, f'"{meant[0]}"')]
    if description is None and names:
        description = tr("The names are {names}.").format(
            names=listed(f"`{name}`" for name in names)
        )
    fix = None if description is None else Fix(description, edits)
    return finding("freeze_matches_nothing", "warning", line, title, text, [], [], fix)


def _names(case: Case, loop: ast.For) -> list[str]:
    """The names of the parameters of what the loop is over, as `named_parameters` gives them."""
    match loop.iter:
        case ast.Call(func=ast.Attribute(value=owner)):
            prefix = f"{unparsed(owner)}."
        case _:
            return []
    rows = (row.name for row in case.rows.values())
    return [name.removeprefix(prefix) for name in rows if name.startswith(prefix)]
