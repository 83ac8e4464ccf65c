"""An optimizer that was given no parameters: a used-up iterator, a frozen or an empty module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from app.contract.records import Edit, FailedCall, Finding, Fix
from app.session.explain import phrases
from app.session.findings.case import Case, finding
from app.session.findings.raised.failing import error_line
from app.session.findings.raised.shape_edits import failed_expression
from app.session.language import tr
from app.session.source.parsing import unparsed

_READS_NOTHING = ("print", "type", "isinstance", "id", "repr", "hasattr", "callable", "next")
"""Functions that do not read an iterator to its end."""
_FRAME = re.compile(r"^ +File .*, line (\d+), in ", re.MULTILINE)


def empty_optimizer(case: Case) -> Iterator[Finding]:
    call = case.failed_call
    if call is None or call.name != "Optimizer":
        return
    found = _frozen(case) or _used_up(case, call) or _without_parameters(case)
    if found is not None:
        yield found


def _finding(case: Case, text: str, fix: Fix) -> Finding:
    title = tr("The optimizer was given no parameters")
    return finding("empty_optimizer", "error", error_line(case), title, text, fix=fix)


def _frozen(case: Case) -> Finding | None:
    """No parameter of any module requires grad, and the program passes on only those that do."""
    parameters = [case.tensor(one) for module in case.trace.modules for one in module.parameters]
    if not parameters or any(tensor.requires_grad for tensor in parameters):
        return None
    identities = {tensor.identity for tensor in parameters}
    facts = case.trace.facts
    lines = {fact.spot: None for fact in facts if fact.kind == "requires_grad" and not fact.value
             and fact.spot is not None and case.identity(fact.tensor) in identities}  # fmt: skip
    text = tr("No parameter of a module requires grad, so the optimizer received none.")
    if lines:
        text = tr("All parameters are frozen ({lines}), so the optimizer received none.").format(
            lines=phrases.listed(tr("line {line}").format(line=line) for line in lines)
        )
    return _finding(case, text, Fix(tr("Do not freeze the parameters that should train."), []))


def _used_up(case: Case, call: FailedCall) -> Finding | None:
    """An iterator was given that the program had read before."""
    name = call.attribute or _argument(case)
    reader = None if name is None or call.iterator is None else _reader(case, name)
    if name is None or reader is None:
        return None
    made = _making(case, name)
    text = tr(
        "{name} is an iterator (`{kind}`), which can be read only once. Line {line} had read it "
        "before, so nothing was left for the optimizer."
    )
    text = text.format(name=f"`{name}`", kind=call.iterator, line=reader)
    fix = Fix(tr("Keep the parameters in a list: `list(...)`."), _as_list(case, made))
    return _finding(case, text, fix)


def _argument(case: Case) -> str | None:
    """Return the variable or attribute that the failed call received as parameters, or None."""
    expression = failed_expression(case)
    if not isinstance(expression, ast.Call):
        return None
    named = [keyword.value for keyword in expression.keywords if keyword.arg == "params"]
    given = next(iter((*named, *expression.args)), None)
    return unparsed(given) if isinstance(given, ast.Name | ast.Attribute) else None


def _reader(case: Case, name: str) -> int | None:
    """The first line that ran and read the iterator, apart from the calls that failed."""
    error, ran = case.trace.error, case.trace.lines
    failed = set() if error is None else set(map(int, _FRAME.findall(error.traceback)))
    lines = sorted(line for line in _reading(case, name) if line not in failed)
    if ran is None:
        return None
    return next((one for one in lines if any(a <= one <= b for a, b in ran.ran)), None)


def _reading(case: Case, name: str) -> Iterator[int]:
    """The lines that go through a variable or pass it to a function."""
    for node in ast.walk(case.source.tree(None)):
        given: list[ast.expr] = []
        match node:
            case ast.For(iter=one) | ast.comprehension(iter=one) | ast.Starred(value=one):
                given = [one]
            case ast.Call(args=args, keywords=keywords):
                if not isinstance(node.func, ast.Name) or node.func.id not in _READS_NOTHING:
                    given = [*args, *(keyword.value for keyword in keywords)]
            case _:
                continue
        yield from (one.lineno for one in given if unparsed(one) == name)


def _making(case: Case, name: str) -> ast.Assign | None:
    """The only assignment to a variable or an attribute."""
    found = [
        node
        for node in case.source.parts(ast.Assign)
        if any(unparsed(t) == name for t in node.targets)
    ]
    return found[0] if len(found) == 1 else None


def _as_list(case: Case, made: ast.Assign | None) -> list[Edit]:
    """`params = filter(wanted, every)` becomes `params = list(filter(wanted, every))`."""
    if made is None or not isinstance(made.value, ast.Call | ast.GeneratorExp):
        return []
    code = case.source.segment(made.value)
    in_brackets = isinstance(made.value, ast.GeneratorExp) and code.startswith("(")
    return [case.source.replaced(made.value, f"list{code}" if in_brackets else f"list({code})")]


def _without_parameters(case: Case) -> Finding | None:
    """Modules that keep their layers where `parameters()` does not find them."""
    hidden = [module for module in case.trace.modules if not module.registered]
    if not hidden:
        return None
    text = tr("{names} are in a plain list or dict, where `parameters()` does not find them.")
    if len(hidden) == 1:
        text = tr("{names} is in a plain list or dict, where `parameters()` does not find it.")
    text = text.format(names=phrases.listed(f"`{module.path}`" for module in hidden))
    return _finding(case, text, Fix(tr("Keep them in an nn.ModuleList or nn.ModuleDict."), []))
