"""Parameters that nothing uses."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from app.contract.records import Finding, Gradient
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
    """The outermost module with only unused parameters; else the parameter itself."""
    found, path = name, name.rpartition(".")[0]
    names = {row.name for row in unused}
    while path in modules:
        below = [row.name for row in rows if row.name.startswith(f"{path}.")]
        if not all(one in names for one in below):
            break
        found, path = path, path.rpartition(".")[0]
    return found
