"""`copy.deepcopy` of something that holds a tensor with history."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import Edit, FailedCall, Finding, Fix, Operation
from app.session.findings.case import Case, finding
from app.session.findings.raised.failing import error_line
from app.session.language import tr
from app.session.source.code_marks import as_code
from app.session.source.parsing import unparsed

_WEIGHT_NORMS = ("torch.nn.utils.weight_norm", "nn.utils.weight_norm")


def copied_with_history(case: Case) -> Iterator[Finding]:
    call = case.failed_call
    if call is None or call.name != "deepcopy" or not call.inputs:
        return
    if not case.message_has("support the deepcopy protocol"):
        return
    value, line = call.inputs[0], error_line(case)
    maker = case.run.producers.get(value)
    copying = _copying(case, line)
    name = _name(case, call, copying)
    title = tr("deepcopy cannot copy a tensor with history")
    text = tr("{name} is the result of a recorded operation, not a leaf.").format(name=name)
    if maker is not None:
        text = tr("{name} is the result of {maker}, not a leaf.")
        text = text.format(name=name, maker=case.say(maker))
    stored = _storing(case, call, maker)
    if stored is not None and (maker is None or stored != maker.spot):
        text = f"{text} " + tr("Line {line} stored it.").format(line=stored)
    fix = _weight_norm(case, maker) or _fix(case, call, copying, stored, name)
    made = [maker] if maker is not None else []
    yield finding("copied_with_history", "error", line, title, text, made, [value], fix)


def _copying(case: Case, line: int | None) -> ast.Call | None:
    """The only call of `deepcopy` on the line."""
    statement = case.source.statement(line)
    calls = [] if statement is None else list(case.source.calls(statement, "deepcopy"))
    return calls[0] if len(calls) == 1 and len(calls[0].args) == 1 else None


def _path(case: Case, call: FailedCall, copying: ast.Call | None) -> str | None:
    """The code that reaches the tensor: `agent.net.memory` for a copy of `agent.net`."""
    if copying is None or not isinstance(copying.args[0], ast.Name | ast.Attribute):
        return None
    base = case.source.segment(copying.args[0])
    return as_code(base if call.attribute is None else f"{base}.{call.attribute}")


def _name(case: Case, call: FailedCall, copying: ast.Call | None) -> str:
    known, path = case.run.name(call.inputs[0]), _path(case, call, copying)
    is_entry = known is not None and not known.isidentifier()
    if known is not None and (is_entry or path is None or call.attribute is None):
        return f"`{known}`"
    if path is not None:
        return f"`{path}`"
    if call.attribute is not None:
        return tr("The attribute {name}").format(name=f"`{call.attribute}`")
    return case.name(call.inputs[0])


def _storing(case: Case, call: FailedCall, maker: Operation | None) -> int | None:
    """Where the attribute was set: the only assignment to one of that name, or where the value
    was made."""
    name = (call.attribute or "").rpartition(".")[2]
    found = [
        case.source.spot(assign)
        for assign in case.source.parts(ast.Assign)
        if any(isinstance(t, ast.Attribute) and t.attr == name for t in assign.targets)
        and not isinstance(assign.value, ast.Constant)
    ]
    here = [spot for spot in found if maker is not None and spot == maker.spot]
    return next(iter(here or (found if len(found) == 1 else [])), None)


def _fix(
    case: Case, call: FailedCall, copying: ast.Call | None, stored: int | None, name: str
) -> Fix:
    if call.attribute is None:
        edits = []
        if copying is not None:
            code = f"{case.source.in_parentheses(copying.args[0])}.detach().clone()"
            edits = [case.source.replaced(copying, code)]
        return Fix(tr("Copy it with `.detach().clone()`."), edits)
    description = tr("Store its detach(), or detach {name} before the copy.").format(name=name)
    path, statement = _path(case, call, copying), case.source.statement(error_line(case))
    if path is None or stored is None or statement is None:
        return Fix(description, [])
    return Fix(description, [case.source.before(statement, f"{path} = {path}.detach()")])


def _weight_norm(case: Case, maker: Operation | None) -> Fix | None:
    """Its older form stores the weight that it computes; the newer one computes it when asked."""
    if maker is None or "weight_norm" not in maker.name:
        return None
    edits: list[Edit] = []
    for call in case.calls("weight_norm"):
        code = unparsed(call.func)
        if code in _WEIGHT_NORMS:
            whole = code.replace("utils.", "utils.parametrizations.")
            edits.append(case.source.replaced(call.func, whole))
    text = tr("Use `torch.nn.utils.parametrizations.weight_norm`, whose modules can be copied.")
    return Fix(text, edits)
