"""DistributedDataParallel waits for all gradients, and averages them only where it is called."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from app.contract.records import Edit, Finding, Fix, Gradient, Module
from app.session.findings.case import Case, Severity, finding
from app.session.findings.raised.failing import error_line
from app.session.language import tr

_DDP = "DistributedDataParallel"
_ALLOWS = ("find_unused_parameters", "static_graph")
"""Arguments with which it does not wait for all of them."""
_INDICES = re.compile(r"indices which did not receive grad for rank \d+: ([\d ]+)")


def unused_in_ddp(case: Case) -> Iterator[Finding]:
    wrapped = [one for one in case.trace.modules if one.type == _DDP and one.called]
    if len(wrapped) != 1 or not case.backwards:
        return
    failed = ended_by_reduction(case)
    calls = list(_constructors(case))
    if not failed and (not case.is_whole or any(_allows(call) for call in calls)):
        return
    rows = _parameters(case, wrapped[0])
    without = _told_by_torch(case, rows) if failed else []
    without = without or [row for row in rows if row.why.code in _REASONS]
    if not without or len(without) == len(rows):
        return
    line = error_line(case) if failed else next(map(case.source.spot, calls), None)
    title = tr("Parameters of the DistributedDataParallel module get no gradient")
    text = tr("DistributedDataParallel waits for a gradient of every parameter. {reasons}.")
    if not failed:
        text = tr(
            "DistributedDataParallel waits for a gradient of every parameter, so the next forward "
            "pass raises an error. {reasons}."
        )
    fix = Fix(
        tr("Use these parameters in the loss or remove them, or pass find_unused_parameters=True."),
        _with_unused(case, calls),
    )
    severity: Severity = "error" if failed else "warning"
    yield finding("unused_in_ddp", severity, line, title,
                  text.format(reasons=". ".join(_reasons(case, without))), [],
                  [row.tensor for row in without], fix)  # fmt: skip


def ddp_never_called(case: Case) -> Iterator[Finding]:
    """Find a wrapper that is made and passed over: what it wraps is called itself, and trains."""
    wrapped = [one for one in case.trace.modules if one.type == _DDP]
    called = any(one.called for one in wrapped)
    if not wrapped or called or not case.is_whole or not case.trace.optimizer_steps:
        return
    if not any(case.evidence.arrivals(one) for one in case.evidence.optimizers):
        return
    line = next(map(case.source.spot, _constructors(case)), None)
    name = f"`{wrapped[0].path}`"
    title = tr("The DistributedDataParallel module is never called")
    text = tr(
        "The backward passes went through what {name} wraps without calling {name}, so the "
        "gradients are not averaged over the processes, and their parameters drift apart."
    )
    fix = Fix(tr("Call {name} itself in the forward pass.").format(name=name), [])
    yield finding("ddp_never_called", "warning", line, title, text.format(name=name), [], [], fix)


def ended_by_reduction(case: Case) -> bool:
    """Return whether the run ended because gradients were missing in the iteration before."""
    return case.message_has("Expected to have finished reduction in the prior iteration")


def _parameters(case: Case, wrapper: Module) -> list[Gradient]:
    """Return the parameters that it waits for, in the order of `named_parameters()`."""
    inside = [
        module.path
        for module in case.trace.modules
        if module.parent == wrapper.id or any(call.inside == wrapper.id for call in module.called)
    ]
    return [
        row
        for row in case.trace.gradients
        if row.requires_grad
        and case.tensor(row.tensor).kind == "parameter"
        and any(row.name.startswith(f"{path}.") for path in inside)
    ]


def _told_by_torch(case: Case, rows: list[Gradient]) -> list[Gradient]:
    message = "" if case.trace.error is None else case.trace.error.message
    match = _INDICES.search(message)
    numbers = [] if match is None else [int(number) for number in match[1].split()]
    return [rows[number] for number in numbers] if all(n < len(rows) for n in numbers) else []


_REASONS = ("unused", "only_skipped", "cut", "not_on_path")


def _reasons(case: Case, rows: list[Gradient]) -> Iterator[str]:
    """Yield a sentence without its full stop for each reason."""
    groups: dict[tuple[str, int | None], list[Gradient]] = defaultdict(list)
    for row in rows:
        first = (*row.why.cuts, *row.why.operations)[:1]
        groups[row.why.code, first[0] if row.why.code in ("only_skipped", "cut") and first
               else None].append(row)  # fmt: skip
    for (code, number), group in groups.items():
        names = case.owners(group)
        if code == "unused":
            yield tr("No operation uses {names}").format(names=names)
        elif number is not None:
            cut = case.run.operations[number]
            text = tr("{names} got none: {reason}")
            yield text.format(names=names, reason=case.phrases.not_recorded(cut))
        else:
            yield tr("What is computed from {names} does not lead to the loss").format(names=names)


def _constructors(case: Case) -> Iterator[ast.Call]:
    """The calls that wrap a module, under whatever name the class was imported."""
    names = {_DDP}
    for node in case.source.parts(ast.ImportFrom):
        names |= {one.asname for one in node.names if one.name == _DDP and one.asname}
    for name in names:
        yield from case.calls(name)


def _allows(call: ast.Call) -> bool:
    return any(
        keyword.arg is None
        or (keyword.arg in _ALLOWS and getattr(keyword.value, "value", True) is not False)
        for keyword in call.keywords
    )


def _with_unused(case: Case, calls: list[ast.Call]) -> list[Edit]:
    """`DDP(net)` becomes `DDP(net, find_unused_parameters=True)`."""
    if len(calls) != 1 or not calls[0].args:
        return []
    (call,) = calls
    given = next((k.value for k in call.keywords if k.arg == "find_unused_parameters"), None)
    if given is not None:
        return [case.source.replaced(given, "True")]
    code = case.source.segment(call.args[-1])
    return [case.source.replaced(call.args[-1], f"{code}, find_unused_parameters=True")]
