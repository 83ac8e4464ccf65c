"""A full backward hook passes views on, which cannot be changed in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import Edit, FailedCall, Finding, Fix
from app.session.findings.case import Case, finding
from app.session.findings.raised.failing import at, error_line
from app.session.findings.raised.in_place import inplace_module, out_of_place_edits
from app.session.findings.raised.shape_edits import failed_expression
from app.session.language import tr

_HOOKS = ("register_full_backward_hook", "register_full_backward_pre_hook")


def hooked_view_in_place(case: Case) -> Iterator[Finding]:
    call = case.failed_call
    if call is None or not call.inputs or not case.message_has("BackwardHookFunction"):
        return
    line, value = error_line(case), call.inputs[0]
    module = None if call.module is None else case.run.modules[call.module]
    in_place = inplace_module(case, call.module)
    title = tr("A view from a full backward hook was changed in place")
    who = f"`{call.name}` {at(line)}".strip()
    if module is not None and in_place is not None:
        who = tr("{module} ({type}, inplace=True)").format(module=f"`{module.path}`",
                                                           type=module.type)  # fmt: skip
    text = tr("{who} changes its input in place, and that input is a view.").format(who=who)
    hooks = [str(n) for n in _hook_lines(case)]
    text += " " + (
        tr("The full backward hook registered on line {line} made it.").format(line=hooks[0])
        if len(hooks) == 1
        else tr("A module with a full backward hook passes its inputs and outputs on as views.")
    )
    edits = _written_out(case, call, line) if in_place is None else in_place.edits
    description = tr("Use the out-of-place form.")
    fix = Fix(description if in_place is None else in_place.description, edits)
    yield finding("hooked_view_in_place", "error", line, title, text, [], [value], fix)


def _hook_lines(case: Case) -> list[int]:
    """Where the program registers such hooks."""
    return sorted({case.source.spot(call) for name in _HOOKS for call in case.calls(name)})


def _written_out(case: Case, call: FailedCall, line: int | None) -> list[Edit]:
    """`x += 1` becomes `x = x + 1`, `relu(x, inplace=True)` loses its flag, `x.relu_()` its bar."""
    expression = failed_expression(case)
    if isinstance(expression, ast.Call):
        for keyword in expression.keywords:
            if keyword.arg == "inplace":
                return [case.source.replaced(keyword.value, "False")]
    edits = out_of_place_edits(case, line, _changed(case, line))
    if edits:
        return edits
    match expression:
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name == call.name:
            if name.endswith("_") and not name.endswith("__") and not _is_statement(case, line):
                code = f"{case.source.segment(value)}.{name[:-1]}"
                return [case.source.replaced(expression.func, code)]
    return []


def _changed(case: Case, line: int | None) -> str | None:
    """The variable that a line changes in place; the view that a hook makes may have no name."""
    match case.source.statement(line):
        case ast.AugAssign(target=ast.Name(id=name)):
            return name
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name
    return None


def _is_statement(case: Case, line: int | None) -> bool:
    """Whether the result of the line is dropped: then only the change in place counted."""
    return isinstance(case.source.statement(line), ast.Expr)
