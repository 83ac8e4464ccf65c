"""Layers, parameters and tensors that `parameters()` does not find."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import TypeVar

from app.contract.records import Edit, Finding, Fix, Gradient, Module
from app.session.explain import phrases
from app.session.findings.case import Case, finding
from app.session.findings.edits import called_name
from app.session.language import tr

N = TypeVar("N", bound=ast.AST)


def unregistered_module(case: Case) -> Iterator[Finding]:
    for (parent, attribute), hidden in _hidden(case).items():
        modules = [module for module in hidden if _trains(case, module)]
        if modules:
            owner = case.run.modules[parent]
            statement = _assignment(case, owner.type, attribute)
            title = tr("The layers in {name} are not registered").format(
                name=f"`{owner.path}.{attribute}`"
            )
            fix = Fix(
                tr("Put them into an nn.ModuleList or an nn.ModuleDict."),
                _registered(case, statement, len(hidden), "ModuleList"),
            )
            tensors = [parameter for module in modules for parameter in module.parameters]
            names = [module.path for module in modules]
            yield _unregistered(case, owner, title, names, tensors, statement, fix)
    for (parent, attribute), rows in _hidden_parameters(case).items():
        owner = case.run.modules[parent]
        statement = _assignment(case, owner.type, attribute)
        title = tr("The parameters in {name} are not registered").format(
            name=f"`{owner.path}.{attribute}`"
        )
        fix = Fix(
            tr("Put them into an nn.ParameterList or an nn.ParameterDict."),
            _registered(case, statement, len(rows), "ParameterList"),
        )
        names, tensors = [row.name for row in rows], [row.tensor for row in rows]
        yield _unregistered(case, owner, title, names, tensors, statement, fix)


def _unregistered(
    case: Case,
    owner: Module,
    title: str,
    names: list[str],
    tensors: list[int],
    statement: ast.Assign | None,
    fix: Fix,
) -> Finding:
    text = tr(
        "A plain list or dict hides {names} from {owner}.parameters(), so an optimizer that is "
        "made from it does not train them, and state_dict() leaves them out."
    ).format(names=phrases.listed(f"`{name}`" for name in names), owner=owner.path)
    line = None if statement is None else case.source.spot(statement)
    return finding("unregistered_module", "warning", line, title, text, [], tensors, fix)


def unregistered_tensor(case: Case) -> Iterator[Finding]:
    """Find tensors that a module keeps, that want a gradient as its parameters do, and that
    `parameters()` does not list: plain tensors and buffers."""
    roots = set(map(case.root_of, case.given))
    paths = {module.path: module for module in case.trace.modules}
    for row in case.trace.gradients:
        path, _, attribute = row.name.rpartition(".")
        owner, tensor = paths.get(path), case.tensor(row.tensor)
        identity = case.identity(row.tensor)
        if owner is None or tensor.kind not in ("leaf", "buffer") or row.grad is None:
            continue
        if case.outermost(owner.id) not in roots or not _is_left_out(case, identity):
            continue
        if case.evidence.changes(identity):  # the program moves it itself
            continue
        said = {"name": f"`{row.name}`", "owner": path}
        title = tr("{name} is not registered as a parameter").format(**said)
        text = tr(
            "It is a plain tensor that requires grad. {owner}.parameters() lists what is an "
            "nn.Parameter, so an optimizer that is made from it does not train it, and "
            "state_dict() leaves it out."
        )
        if tensor.kind == "buffer":
            text = tr(
                "It is a buffer that requires grad. {owner}.parameters() does not list buffers, "
                "so an optimizer that is made from it does not train it."
            )
        statement, edits = _as_parameter(case, owner.type, attribute)
        fix = Fix(tr("Make it an nn.Parameter."), edits)
        yield finding("unregistered_tensor", "warning", statement, title, text.format(**said), [],
                      [row.tensor], fix)  # fmt: skip


def _as_parameter(case: Case, kind: str, attribute: str) -> tuple[int | None, list[Edit]]:
    """Return the spot that sets a tensor or registers a buffer, and what makes it a parameter."""
    statement = _assignment(case, kind, attribute)
    calls = [
        call
        for call in _parts_of(case, kind, ast.Call)
        if called_name(call) == "register_buffer"
        and len(call.args) >= 2
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value == attribute
    ]
    whole: ast.expr
    if statement is not None:
        whole, value, start = statement.value, statement.value, ""
    elif len(calls) == 1 and isinstance(calls[0].func, ast.Attribute):
        whole, value = calls[0], calls[0].args[1]
        start = f"{case.source.segment(calls[0].func.value)}.{attribute} = "
    else:
        return None, []
    torch = case.source.torch(whole.lineno)
    code = f"{start}{torch}.nn.Parameter({case.source.segment(value)})"
    edits = [] if torch is None else [case.source.replaced(whole, code)]
    return case.source.spot(whole), edits


def _hidden_parameters(case: Case) -> dict[tuple[int, str], list[Gradient]]:
    """The parameters that train in no optimizer and that a module keeps in a plain list or dict,
    by that module and its attribute.  Their names say so: `net.scales[0]`."""
    registered = {case.identity(p) for module in case.trace.modules for p in module.parameters}
    paths = {module.path: module.id for module in case.trace.modules}
    groups: dict[tuple[int, str], list[Gradient]] = defaultdict(list)
    for row in case.trace.gradients:
        identity = case.identity(row.tensor)
        if case.tensor(row.tensor).kind != "parameter" or identity in registered:
            continue
        path, _, attribute = row.name.partition("[")[0].rpartition(".")
        if path in paths and "[" in row.name and _is_left_out(case, identity):
            groups[paths[path], attribute].append(row)
    return groups


def _is_left_out(case: Case, identity: int) -> bool:
    """Whether it was used, wants a gradient, and no optimizer has it."""
    return identity not in case.given and any(
        op.status == "recorded" and case.run.requiring.at(value.id, op.event)
        for value in case.run.values[identity]
        for op in case.run.users.get(value.id, ())
    )


def _hidden(case: Case) -> dict[tuple[int, str], list[Module]]:
    """The modules kept in plain lists and dicts, by the module around them and its attribute."""
    groups: dict[tuple[int, str], list[Module]] = defaultdict(list)
    for module in case.trace.modules:
        if not module.registered and module.parent is not None:
            attribute = module.path.removeprefix(f"{case.run.modules[module.parent].path}.")
            groups[module.parent, attribute.partition("[")[0]].append(module)
    return groups


def _trains(case: Case, module: Module) -> bool:
    """Whether it has parameters that were used and want a gradient, and no optimizer has them."""
    below = [m for m in case.trace.modules if m is module or m.path.startswith(f"{module.path}.")]
    return any(
        _is_left_out(case, case.identity(parameter))
        for inner in below
        for parameter in inner.parameters
    )


def _assignment(case: Case, kind: str, attribute: str) -> ast.Assign | None:
    """Where the class sets the attribute, if that is in one place."""
    found = [
        node
        for node in _parts_of(case, kind, ast.Assign)
        if any(isinstance(t, ast.Attribute) and t.attr == attribute for t in node.targets)
    ]
    return found[0] if len(found) == 1 else None


def _parts_of(case: Case, kind: str, of: type[N]) -> Iterator[N]:
    """Yield what the classes of this name have of a kind of expression or statement."""
    for defined in case.source.parts(ast.ClassDef):
        if defined.name == kind:
            yield from (node for node in ast.walk(defined) if isinstance(node, of))


def _registered(case: Case, statement: ast.Assign | None, count: int, container: str) -> list[Edit]:
    """A list that is written out or made by a comprehension, of layers or parameters alone, in a
    container that torch looks into."""
    torch = None if statement is None else case.source.torch(statement.lineno)
    if statement is None or torch is None:
        return []
    value = statement.value
    written_out = isinstance(value, ast.List) and len(value.elts) == count
    if not written_out and not isinstance(value, ast.ListComp):
        return []
    code = f"{torch}.nn.{container}({case.source.segment(value)})"
    return [case.source.replaced(value, code)]
