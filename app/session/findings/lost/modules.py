"""Parameters that nothing uses, and layers that `parameters()` does not find."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from app.contract.records import Edit, Finding, Fix, Gradient, Module
from app.session.explain import phrases
from app.session.findings.case import Case, finding
from app.session.findings.raised import distributed
from app.session.language import paragraph, tr


def unused_parameter(case: Case) -> Iterator[Finding]:
    stopped = distributed.ended_by_reduction(case)
    if not (case.is_whole or stopped) or not case.backwards:
        return
    unused = [
        row
        for row in case.trace.gradients
        if row.why.code == "unused"
        and row.requires_grad
        and case.tensor(row.tensor).kind == "parameter"
        and case.is_meant_to_train(row)
    ]
    rows = [row for row in case.trace.gradients if case.tensor(row.tensor).kind == "parameter"]
    modules = {module.path for module in case.trace.modules}
    groups: dict[str, list[Gradient]] = defaultdict(list)
    for row in unused:
        groups[_whole(row.name, modules, rows, unused)].append(row)
    for name, group in groups.items():
        is_module = name != group[0].name
        if is_module and _is_a_template(case, name, group[0]):
            continue
        title = (
            tr("{name} is never used") if is_module else tr("The parameter {name} is never used")
        )
        text = tr("No operation used it, so no backward pass can reach it.")
        if is_module:
            text = tr("No operation used any of its parameters, so no backward pass reaches them.")
        tensors = [row.tensor for row in group]
        line = made_on = case.run.made_on(case.identity(group[0].tensor))
        if stopped and made_on is not None:  # then the whole wrapped module is what it is about
            text = paragraph((text, tr("It is made on line {line}.").format(line=made_on)))
            line = _assigned(case, name.partition(".")[0]) or made_on
        title = title.format(name=f"`{name}`")
        yield finding("unused_parameter", "warning", line, title, text, [], tensors)


def _assigned(case: Case, name: str) -> int | None:
    """Where the only assignment to a variable is."""
    found = [
        case.source.spot(assign)
        for assign in case.source.parts(ast.Assign)
        if any(isinstance(t, ast.Name) and t.id == name for t in assign.targets)
    ]
    return found[0] if len(found) == 1 else None


def _is_a_template(case: Case, path: str, row: Gradient) -> bool:
    """Whether a module that nothing uses was copied: what `nn.TransformerEncoder` is given."""
    is_root = any(m.path == path and m.parent is None for m in case.trace.modules)
    values = case.run.values[case.identity(row.tensor)]
    users = (op for value in values for op in case.run.users.get(value.id, ()))
    return is_root and any(op.set_up == "copy" for op in users)


def _whole(name: str, modules: set[str], rows: list[Gradient], unused: list[Gradient]) -> str:
    """The outermost module of which every parameter is unused; else the parameter itself."""
    found, path = name, name.rpartition(".")[0]
    names = {row.name for row in unused}
    while path in modules:
        below = [row.name for row in rows if row.name.startswith(f"{path}.")]
        if not all(one in names for one in below):
            break
        found, path = path, path.rpartition(".")[0]
    return found


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
        for defined in case.source.parts(ast.ClassDef)
        if defined.name == kind
        for node in ast.walk(defined)
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Attribute) and t.attr == attribute for t in node.targets)
    ]
    return found[0] if len(found) == 1 else None


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
