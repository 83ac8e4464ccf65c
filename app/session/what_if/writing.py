"""Edits that make a change of a what-if part of the text, where exactly one edit is right."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from app.contract.records import FIRST, Change, Edit
from app.session.findings.edits import Source, apply, called_name, overlap
from app.session.language import tr
from app.session.source.code_marks import as_code
from app.session.source.files import FileText
from app.session.source.parsing import compiles
from app.session.what_if.switches import switches

_METHODS = {
    "freeze": "requires_grad_(False)", "unfreeze": "requires_grad_(True)",
    "eval": "eval()", "train": "train()",
}  # fmt: skip
_SETTING = {
    "freeze": ("requires_grad", "requires_grad_"), "unfreeze": ("requires_grad", "requires_grad_"),
    "eval": ("train", "eval"), "train": ("train", "eval"),
}  # fmt: skip
"""What the program must not say itself: the change has the last word, an edit would not."""


class Plan(NamedTuple):
    """The changes that can be written, with all their edits, and why the others cannot."""

    changes: tuple[Change, ...]
    edits: list[Edit]
    problems: tuple[str, ...]


def plan(text: str, changes: Sequence[Change]) -> Plan:
    """Return how to write changes into the text of the program."""
    source = Source([FileText(FIRST, text, None)])
    written: list[Change] = []
    edits: list[Edit] = []
    problems: list[str] = []
    for change in changes:
        found = _edits(source, text, change)
        if isinstance(found, str):
            problems.append(found)
        elif overlap([*edits, *found]) or not compiles(apply(text, [*edits, *found])):
            problems.append(tr("Two changes edit the same place: write one of them first."))
        else:
            written.append(change)
            edits += found
    return Plan(tuple(written), edits, tuple(dict.fromkeys(problems)))


def _edits(source: Source, text: str, change: Change) -> list[Edit] | str:
    """Return the edits of a change, or why there are none."""
    if (place := change.place) is not None:
        path, line = place
        if path is not None:
            return tr("Line {line} is in another file.").format(line=line)
        if found := _without(source, text, line):
            return found
        return tr("There is no simple edit that leaves out line {line}.").format(line=line)
    if change.kind not in _METHODS:
        return tr("A mode for the whole program is not an edit of one place.")
    return _held(source, change)


def _without(source: Source, text: str, line: int) -> list[Edit]:
    """Return the edits that take what a line says about recording out of it."""
    found = switches(text).get(line, ())
    if {one.form for one in found} == {"with"}:
        return source.without_block(line)
    if {one.form for one in found} == {"decorator"}:
        return source.without_decorator(line)
    if {one.name for one in found} == {"set_grad_enabled"}:
        statement = source.statement(line)
        edit = None if statement is None else source.without(statement)
        return [] if edit is None else [edit]
    if {one.name for one in found} != {"detach"}:
        return []
    calls = [
        node
        for node in ast.walk(source.tree(None))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and called_name(node) == "detach"
        and node.func.end_lineno == line
    ]
    if any(call.args or call.keywords for call in calls):  # torch.detach(x)
        return []
    return [_behind(source, call) for call in calls]


def _behind(source: Source, call: ast.Call) -> Edit:
    """Return an edit that removes `.detach()` behind an expression."""
    assert isinstance(call.func, ast.Attribute)
    value = call.func.value
    line, end_line = value.end_lineno or value.lineno, call.end_lineno or call.lineno
    end = source.column(end_line, call.end_col_offset or 0)
    start = source.column(line, value.end_col_offset or 0)
    segment = source.segment(call)
    rest = segment[segment.rindex(".detach") :]
    if line == end_line:  # the value may be in parentheses, which stay
        start = end - len(rest)
    return Edit(line, start, end_line, end, "")


def _held(source: Source, change: Change) -> list[Edit] | str:
    """Return the edit that sets a state right after the variable is assigned."""
    name = change.target.removesuffix(".*")
    code = None if "*" in name or "?" in name else as_code(name)
    if code is None:
        return tr("{name} is a pattern: there is no one place for it.").format(name=change.target)
    root = code.partition(".")[0].partition("[")[0]
    stores = [
        node
        for node in ast.walk(source.tree(None))
        if isinstance(node, ast.Name) and node.id == root and isinstance(node.ctx, ast.Store)
    ]
    made = [
        node
        for node in source.tree(None).body
        if isinstance(node, ast.Assign) and [t for t in node.targets if t in stores]
    ]
    if len(stores) != 1 or len(made) != 1 or made[0].targets != stores:
        text = tr("{name} is not assigned at exactly one place of the program.")
        return text.format(name=root)
    said = {node.attr for node in ast.walk(source.tree(None)) if isinstance(node, ast.Attribute)}
    if said & set(_SETTING[change.kind]):
        text = tr("The program itself sets {what}, so one more line would not be all.")
        return text.format(what=_SETTING[change.kind][0])
    return [source.after(made[0], f"{code}.{_METHODS[change.kind]}")]
