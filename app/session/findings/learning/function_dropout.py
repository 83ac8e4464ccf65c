"""`F.dropout(x)`, which drops values in evaluation too."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import Edit, Finding, Fix, Operation
from app.session.findings.case import Case, finding
from app.session.findings.edits import Source, called_name
from app.session.language import tr
from app.session.timeline.modes import Modes

_DROPPING = ("dropout", "dropout1d", "dropout2d", "dropout3d")
"""Functions whose argument `training` is True unless it is given."""


def functions_in_training(case: Case) -> Iterator[Finding]:
    """Find `F.dropout(x)` in evaluation mode: it does not know the module's mode."""
    modes, reported = Modes(case.run), set[tuple[object, ...]]()
    for operation in case.run.units.like(lambda form: form.name.endswith("dropout")):
        module = operation.module
        if module is None:
            continue
        mode, call = modes.at(module, operation.event), case.call_of(operation)
        if mode is None or mode.training or "Dropout" in case.run.modules[module].type:
            continue
        if call is None or not _leaves_training_open(call):
            continue
        if case.place(operation) in reported or not _changed_values(case, operation):
            continue
        reported.add(case.place(operation))
        title = tr("{call} drops values in evaluation too").format(call=f"`{called_name(call)}`")
        text = tr(
            "{operation} ran inside {module}, which was in evaluation mode, and still dropped "
            "values: its argument training defaults to True."
        ).format(
            operation=tr("{code} on line {line}").format(
                code=f"`{case.source.short(call) or operation.name}`", line=operation.spot
            ),
            module=f"`{case.run.modules[module].path}`",
        )  # fmt: skip
        fix = Fix(tr("Pass training=self.training."), _with_training(case.source, call))
        yield finding("training_mode_in_evaluation", "warning", operation.spot, title, text,
                      [operation], [], fix)  # fmt: skip


def _leaves_training_open(call: ast.Call) -> bool:
    """`F.dropout(x)` or `F.dropout(x, 0.5)`."""
    known = all(keyword.arg in ("p", "inplace", "input") for keyword in call.keywords)
    starred = any(isinstance(argument, ast.Starred) for argument in call.args)
    return known and not starred and len(call.args) < 3 and called_name(call) in _DROPPING


def _changed_values(case: Case, operation: Operation) -> bool:
    """Return whether output and input differ, according to their summaries."""
    if not operation.inputs or not operation.outputs:
        return False
    before = case.tensor(operation.inputs[0]).summary
    after = case.tensor(operation.outputs[0]).summary
    return (before.min, before.max, before.norm, before.zeros) != (
        after.min, after.max, after.norm, after.zeros,
    )  # fmt: skip


def _with_training(source: Source, call: ast.Call) -> list[Edit]:
    """Return edits that pass `training=self.training`, inside a method."""
    line, column = call.end_lineno or 0, call.end_col_offset or 0
    methods = source.parts(ast.FunctionDef)
    around = [m for m in methods if m.lineno <= call.lineno <= (m.end_lineno or 0)]
    arguments = around[-1].args.args if around else []
    if not arguments or arguments[0].arg != "self" or not (call.args or call.keywords):
        return []
    end = source.column(line, column) - 1
    return [source.edit(line, end, line, end, ", training=self.training")]
