"""Attempts to freeze that do not hold, or hold only in part."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from app.contract.records import Edit, Fact, Finding, Fix, Module, Operation
from app.session.explain import phrases
from app.session.findings.case import Case, finding
from app.session.language import ngettext, tr
from app.session.source.not_run import not_run
from app.session.source.parsing import unparsed


def freeze_undone(case: Case) -> Iterator[Finding]:
    """Find lines whose freezing was undone before anything used the parameters."""
    facts = [
        fact for fact in case.trace.facts
        if fact.kind == "requires_grad" and case.tensor(fact.tensor).kind == "parameter"
    ]  # fmt: skip
    following = _following(case, facts)
    reported: set[tuple[int | None, ...]] = set()
    for (frozen_on, value), group in groupby(facts, key=lambda fact: (fact.spot, fact.value)):
        frozen = list(group)
        undone = [following.get(fact.event) for fact in frozen]
        back = [fact for fact in undone if fact is not None]
        if value or len(back) < len(frozen):
            continue
        used = any(_is_used(case, one, other) for one, other in zip(frozen, back, strict=True))
        lines = tuple(dict.fromkeys((frozen_on, *(fact.spot for fact in back))))
        if used or lines in reported:
            continue
        reported.add(lines)
        yield _undone(case, frozen, back)


def _following(case: Case, facts: list[Fact]) -> dict[int, Fact]:
    """For each freeze, by event, the next time that the same variable was set."""
    last: dict[int, Fact] = {}
    found: dict[int, Fact] = {}
    for fact in facts:
        identity = case.identity(fact.tensor)
        if identity in last and fact.value:
            found[last[identity].event] = fact
        last[identity] = fact
    return found


def _is_used(case: Case, frozen: Fact, back: Fact) -> bool:
    values = case.run.values[case.identity(frozen.tensor)]
    return any(
        frozen.event < operation.event < back.event
        for value in values
        for operation in case.run.users.get(value.id, ())
    )


def _undone(case: Case, frozen: list[Fact], back: list[Fact]) -> Finding:
    rows = [case.rows[i] for i in (case.identity(f.tensor) for f in frozen) if i in case.rows]
    text = tr(
        "Line {frozen} froze {names}, and line {back} set `requires_grad` back to True before "
        "anything used it. The freeze has no effect."
    ).format(frozen=frozen[0].spot, names=case.owners(rows), back=back[0].spot)
    fix = Fix(
        tr("Freeze after line {line}, or drop that line.").format(line=back[0].spot),
        _without_line(case, back),
    )
    title = tr("A freeze is undone before it has any effect")
    return finding("freeze_undone", "warning", back[0].spot, title, text, [],
                   [fact.tensor for fact in frozen], fix)  # fmt: skip


def _without_line(case: Case, back: list[Fact]) -> list[Edit]:
    """Return the edit that drops the line which set `requires_grad` back, if it does only that."""
    if len({fact.spot for fact in back}) > 1:
        return []
    match statement := case.source.statement(back[0].spot):
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="requires_grad_"))):
            edit = case.source.without(statement)
        case ast.Assign(targets=[ast.Attribute(attr="requires_grad")]):
            edit = case.source.without(statement)
        case _:
            edit = None
    return [] if edit is None else [edit]


# ------------------------------------------------------------------- an attribute of the module


class _Setting(NamedTuple):
    """A statement that sets `requires_grad` of something; `owner` is the code of that thing."""

    statement: ast.Assign
    owner: ast.expr
    value: ast.expr


def requires_grad_on_module(case: Case) -> Iterator[Finding]:
    places: dict[int, tuple[_Setting, list[Module]]] = {}
    for module in case.trace.modules:
        if module.requires_grad is None or not _differs(case, module):
            continue
        setting = _set_on(case, module)
        if setting is not None:
            places.setdefault(case.source.spot(setting.statement), (setting, []))[1].append(module)
    for line, (setting, modules) in places.items():
        names = phrases.listed(f"`{module.path}`" for module in modules)
        title = tr("`requires_grad` of a module freezes nothing")
        text = ngettext(
            "Line {line} sets an attribute on the module {names}. It does not reach the "
            "parameters, whose `requires_grad` stays {value}.",
            "Line {line} sets an attribute on the modules {names}. It does not reach the "
            "parameters, whose `requires_grad` stays {value}.",
            len(modules),
        ).format(line=line, names=names, value=f"`{not modules[0].requires_grad}`")
        owner = case.source.segment(setting.owner)
        call = f"{owner}.requires_grad_({case.source.segment(setting.value)})"
        fix = Fix(tr("Call {call}.").format(call=f"`{call}`"), _as_call(case, setting, call))
        tensors = [one for module in modules for one in _below(case, module)]
        yield finding("requires_grad_on_module", "warning", line, title, text, [], tensors, fix)


_MISSPELT = (
    "require_grad",
    "require_grads",
    "requires_grads",
    "requires_gradient",
    "requires_gard",
)


def requires_grad_misspelt(case: Case) -> Iterator[Finding]:
    """Find `p.require_grad = False`: any object takes an attribute of any name."""
    skipped = {line for one in not_run(case.trace) for line in one.lines}
    for assign in case.source.parts(ast.Assign):
        line, target = case.source.spot(assign), assign.targets[0]
        if not isinstance(target, ast.Attribute) or target.attr not in _MISSPELT:
            continue
        if unparsed(target.value) == "self" or line in skipped:
            continue
        right = f"{case.source.segment(target.value)}.requires_grad"
        title = tr("{name} is misspelled").format(name=f"`{target.attr}`")
        text = tr(
            "Line {line} sets {name}, which nothing reads: {right} stays as it was, so this "
            "neither freezes a parameter nor lets it train."
        ).format(line=line, name=f"`{case.source.segment(target)}`", right=f"`{right}`")
        fix = Fix(
            tr("Write {right}.").format(right=f"`{right}`"), [case.source.replaced(target, right)]
        )
        yield finding("requires_grad_misspelt", "warning", line, title, text, [], [], fix)


def _below(case: Case, module: Module) -> list[int]:
    """The parameters of a module and of those in it."""
    inside = f"{module.path}."
    modules = [m for m in case.trace.modules if m is module or m.path.startswith(inside)]
    return [parameter for one in modules for parameter in one.parameters]


def _differs(case: Case, module: Module) -> bool:
    """Return whether a parameter of the module differs from the attribute."""
    return any(
        case.tensor(parameter).requires_grad != module.requires_grad
        for parameter in _below(case, module)
    )


def _set_on(case: Case, module: Module) -> _Setting | None:
    """The statement that set the attribute, if it is clear which one did.

    A class may use its own `self.requires_grad` for anything, so that is left out.
    """
    found = [one for one in _settings(case) if one.statement.lineno not in _of_tensors(case)]
    if any(isinstance(one.owner, ast.Name) and one.owner.id == "self" for one in found):
        return None
    name = module.path.rpartition(".")[2]
    named = [one for one in found if _last_name(one.owner) == name]
    best = named or found
    return best[0] if len({one.statement.lineno for one in best}) == 1 else None


def _settings(case: Case) -> list[_Setting]:
    return [
        _Setting(assign, target.value, assign.value)
        for assign in case.source.parts(ast.Assign)
        for target in assign.targets
        if isinstance(target, ast.Attribute) and target.attr == "requires_grad"
    ]


def _of_tensors(case: Case) -> set[int | None]:
    """Return the lines that set `requires_grad` of tensors."""
    return {fact.spot for fact in case.trace.facts if fact.kind == "requires_grad"}


def _last_name(owner: ast.expr) -> str | None:
    match owner:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=value)):
            return str(value)
        case _:
            return None


def _as_call(case: Case, setting: _Setting, call: str) -> list[Edit]:
    assigned = setting.statement
    if case.source.statement(assigned.lineno) is not assigned or len(assigned.targets) != 1:
        return []
    return [case.source.replaced(assigned, call)]


# ---------------------------------------------------------------------------------- statistics


def statistics_move_while_frozen(case: Case) -> Iterator[Finding]:
    """Batch norm in training mode whose own parameters a line of the program froze."""
    training = case.trace.training
    if training is None or not training.trained:
        return
    found: dict[int, list[tuple[Module, Operation]]] = defaultdict(list)
    for operation in case.run.units.like(lambda form: form.name == "batch_norm"):
        if operation.mutates and operation.module is not None:
            module = case.run.modules[operation.module]
            line = _frozen_on(case, module, operation)
            if line is not None:
                found[line].append((module, operation))
    for line, moved in found.items():
        first = moved[0][1]
        names = phrases.listed(f"`{module.path}`" for module, _ in moved)
        title = tr("Frozen batch norm still updates its statistics")
        text = tr(
            "Line {line} froze {names}, but {call} still runs in training mode: it normalizes with "
            "each batch and updates `running_mean` and `running_var`."
        ).format(line=line, names=names, call=case.say(first))
        fix = Fix(
            tr("Call `eval()` on the frozen part too, after each `train()`."), _eval(case, line)
        )
        parameters = list(dict.fromkeys(p for module, _ in moved for p in module.parameters))
        yield finding("statistics_move_while_frozen", "warning", line, title, text, [first],
                      parameters, fix)  # fmt: skip


def _frozen_on(case: Case, module: Module, operation: Operation) -> int | None:
    """The line that froze all of its parameters, unless the program moves them by hand: the
    statistics of an averaged copy are meant to follow."""
    line = None
    for parameter in module.parameters:
        facts = [
            fact for value in case.run.values[case.identity(parameter)]
            for fact in case.run.requiring.changes(value.id) if fact.event < operation.event
        ]  # fmt: skip
        if not facts or facts[-1].value:
            return None
        if any(change.step is None for change in case.evidence.changes(case.identity(parameter))):
            return None
        line = facts[-1].spot
    return line


def _eval(case: Case, line: int) -> list[Edit]:
    """`model.eval()` behind `model.requires_grad_(False)`."""
    statement = case.source.statement(line)
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return []
    called = statement.value.func
    if not isinstance(called, ast.Attribute) or called.attr != "requires_grad_":
        return []
    return [case.source.after(statement, f"{case.source.segment(called.value)}.eval()")]
