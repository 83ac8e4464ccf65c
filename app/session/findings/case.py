"""The input of the rules: a trace, with the lookups that several rules need."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import islice, takewhile
from typing import Literal, get_args

from app.contract.records import (
    AutogradNode,
    BackwardPass,
    FailedCall,
    Finding,
    Fix,
    Gradient,
    NoteCode,
    Operation,
    Optimizer,
    Tensor,
)
from app.contract.spots import line_and_file
from app.session.explain.history import Happening, Histories
from app.session.explain.phrases import Phrases, listed
from app.session.explain.reach import Reach
from app.session.findings.edits import Source, called_name
from app.session.findings.learning.gradient_uses import GradientChange, GradientUses
from app.session.language import tr
from app.session.source.code_marks import marked
from app.session.source.files import texts_of
from app.session.source.parsing import unparsed
from app.session.trace.columns.operations import OperationForm
from app.session.training.evidence import Evidence

CHECKPOINT = "torch.utils.checkpoint.CheckpointFunction.apply"
"""What a reentrant checkpoint calls."""
Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""The most severe first."""


class Case:
    """A trace whose gradients have been explained."""

    def __init__(self, evidence: Evidence) -> None:
        self.trace = evidence.trace
        self.evidence = evidence
        self.flow = evidence.flow
        self.run = self.flow.run
        self._reaches: dict[int, Reach] = {}

    @cached_property
    def phrases(self) -> Phrases:
        return Phrases(self.run, marks=True)

    @cached_property
    def source(self) -> Source:
        """The files that ran."""
        return Source(texts_of(self.trace))

    def calls(self, name: str) -> list[ast.Call]:
        """Return the calls of a function, method or class of this name."""
        return [call for call in self.source.parts(ast.Call) if called_name(call) == name]

    def variables_of(self, optimizer: Optimizer) -> list[str]:
        """Return what an optimizer was assigned to, where it was made: "optimizer", "self.opt"."""
        made = self.assignment_of(optimizer)
        return [] if made is None else [unparsed(target) for target in made.targets]

    def assignment_of(self, optimizer: Optimizer) -> ast.Assign | None:
        """Return the statement that made an optimizer and gave it a name.

        Of several on its line (`net = Net(); opt = SGD(net.parameters())`) it is the one that
        calls the optimizer's class.
        """
        there = self._assignments.get(optimizer.spot, [])
        made = (one for one in there if any(self.source.calls(one, optimizer.type)))
        statement = self.source.statement(optimizer.spot)
        return next(made, statement if isinstance(statement, ast.Assign) else None)

    @cached_property
    def _assignments(self) -> dict[int | None, list[ast.Assign]]:
        """By the spots of their first lines."""
        found: dict[int | None, list[ast.Assign]] = {}
        for one in self.source.parts(ast.Assign):
            found.setdefault(self.source.spot(one), []).append(one)
        return found

    def call_of(self, operation: Operation) -> ast.Call | None:
        """Return the expression that made a call; None if it is not a call, such as `a + b`."""
        node = self.source.expression(operation)
        return node if isinstance(node, ast.Call) else None

    @property
    def histories(self) -> Histories:
        return self.evidence.histories

    @cached_property
    def gradient_uses(self) -> GradientUses:
        return GradientUses(self.evidence)

    @cached_property
    def backwards(self) -> list[BackwardPass]:
        """Return the calls of `backward()` that succeeded."""
        return [b for b in self.trace.backward_passes if b.call == "backward" and b.ok]

    @cached_property
    def is_whole(self) -> bool:
        """Whether the run finished, or went round often enough, and was recorded whole.

        Only then may a rule say that something did not happen.
        """
        is_known = self.trace.run.partial is None or self.run.goes_round
        return is_known and not self.unseen

    @cached_property
    def unseen(self) -> set[NoteCode]:
        """Return the kinds of what ran unrecorded."""
        kinds: tuple[NoteCode, ...] = ("scripted", "transformed", "unseen", "unsupported")
        return {note.code for note in self.trace.notes if note.code in kinds}

    def reach(self, backward: BackwardPass) -> Reach:
        return self._reaches.setdefault(backward.id, Reach(self.flow, backward))

    @cached_property
    def in_losses(self) -> set[int]:
        """Return the roots of backward passes and all values that they were computed from, also
        without a gradient.  Running statistics of layers are left out."""
        found = {root for backward in self.trace.backward_passes for root in backward.roots}
        stack = list(found)
        while stack:
            for link in self.flow.links(stack.pop()):
                if link.source in found:
                    continue
                operation = link.operation
                if operation is None or not self._moves(operation, link.source):
                    found.add(link.source)
                    stack.append(link.source)
        return found

    def _moves(self, operation: Operation, value: int) -> bool:
        """Return whether an operation changes this value and returns another one."""
        moved = [self.identity(one) for one in operation.mutates]
        return bool(moved) and self.identity(value) in moved

    # ---------------------------------------------------------------------------- what failed

    @property
    def failed_call(self) -> FailedCall | None:
        """The call into torch that ended the run."""
        return None if self.trace.error is None else self.trace.error.call

    @cached_property
    def failed_pass(self) -> BackwardPass | None:
        """The backward pass that ended the run."""
        call = self.failed_call
        number = None if call is None else call.backward_pass
        return next((b for b in self.trace.backward_passes if b.id == number), None)

    def message_has(self, part: str) -> bool:
        return self.trace.error is not None and part in self.trace.error.message

    # -------------------------------------------------------------------------------- tensors

    def tensor(self, id_: int) -> Tensor:
        return self.run.tensors[id_]

    def identity(self, id_: int) -> int:
        columns = self.run.tensor_columns
        return columns.identities[columns.places[id_]]

    def name(self, id_: int) -> str:
        """Return the variable in backquotes, or else the expression that made the value."""
        name = self.run.name(id_)
        maker = self.run.producers.get(id_)
        if name is None and maker is not None:
            name = self.run.code(maker)
        return f"`{name}`" if name is not None else tr("an unnamed tensor")

    @cached_property
    def rows(self) -> dict[int, Gradient]:
        """The rows of the table of gradients, by identity."""
        return {self.identity(row.tensor): row for row in self.trace.gradients}

    @cached_property
    def parameters_of_name(self) -> dict[str, list[int]]:
        """The parameters that had each name, by identity, in the order in which they were made."""
        found: dict[str, list[int]] = defaultdict(list)
        for identity, name in sorted(self.run.names.items()):
            if self.run.values[identity][0].kind == "parameter":
                found[name].append(identity)
        return found

    @cached_property
    def given(self) -> dict[int, int]:
        """Return, by tensor identity, the id of the optimizer that has it and made a step."""
        return {
            self.identity(parameter): optimizer.id
            for optimizer in self.trace.optimizers
            if optimizer.number is not None
            for parameter in optimizer.parameters
        }

    def is_meant_to_train(self, row: Gradient) -> bool:
        """Return False for parameters outside all optimizers, if an optimizer made a step."""
        if not self.given or self.tensor(row.tensor).kind != "parameter":
            return True
        return self.identity(row.tensor) in self.given

    def owners(self, rows: Iterable[Gradient]) -> str:
        """What these rows belong to, modules where all parameters are among them: "`lin0` and
        `x`"."""
        return listed(f"`{name}`" for name in self.whole(rows))

    def whole(self, rows: Iterable[Gradient]) -> list[str]:
        """The names that `owners` lists, each once."""
        given = list(rows)
        ours = Counter(module for row in given for module in self._modules(row))
        named = []
        for row in given:
            around = (m for m in self._modules(row) if ours[m] == self._parameters[m])
            named.append(next(around, row.name))
        return list(dict.fromkeys(named))

    def _modules(self, row: Gradient) -> list[str]:
        """The paths of the modules around a parameter, the outermost first."""
        if self.tensor(row.tensor).kind != "parameter":
            return []
        parts = row.name.split(".")
        around = (".".join(parts[:end]) for end in range(1, len(parts)))
        return [path for path in around if path in self._paths]

    @cached_property
    def _paths(self) -> frozenset[str]:
        return frozenset(module.path for module in self.trace.modules)

    @cached_property
    def _parameters(self) -> Counter[str]:
        """How many parameters each module has, those of the modules inside it among them."""
        return Counter(module for row in self.trace.gradients for module in self._modules(row))

    @cached_property
    def _module_of(self) -> dict[int, int]:
        """The id of the module that has each parameter, by identity."""
        return {
            self.identity(parameter): module.id
            for module in reversed(self.trace.modules)
            for parameter in module.parameters
        }

    def root_of(self, identity: int) -> int | None:
        """The id of the outermost module around the one that has this parameter."""
        return self.outermost(self._module_of.get(identity))

    def outermost(self, module: int | None) -> int | None:
        """The id of the outermost module around a module."""
        while module is not None and (parent := self.run.modules[module].parent) is not None:
            module = parent
        return module

    # ------------------------------------------------------------------------ operations, nodes

    @cached_property
    def nodes(self) -> dict[int, AutogradNode]:
        return {node.id: node for node in self.trace.autograd_nodes}

    @cached_property
    def nodes_of(self) -> dict[int, list[AutogradNode]]:
        """The autograd nodes of each operation, as far as backward passes could reach them."""
        found: dict[int, list[AutogradNode]] = defaultdict(list)
        for node in self.trace.autograd_nodes:
            if node.operation is not None:
                found[node.operation].append(node)
        return found

    def first_change(
        self, storage: int, after: int, before: float = float("inf"), *, but: int | None = None
    ) -> Operation | None:
        """The first in-place operation (other than `but`) that changed what lies in a storage,
        between two events."""
        changes = self._changes.get(storage, [])
        start = bisect_right(changes, after, key=lambda operation: operation.event)
        between = takewhile(
            lambda operation: operation.event < before, islice(changes, start, None)
        )
        return next((operation for operation in between if operation.id != but), None)

    def last_written(self, identity: int, event: int) -> Happening | None:
        """What last happened to the `.grad` of a variable before an event."""
        return next(self.histories.before(identity, event), None)

    def next_happening(self, identity: int, event: int) -> Happening | None:
        """What next happens to the `.grad` of a variable after an event."""
        return next(self.histories.after(identity, event), None)

    def last_accumulated(self, identity: int, event: int) -> Happening | None:
        """When a backward pass last added to the `.grad` of a variable before an event."""
        before = self.histories.before(identity, event)
        return next((happening for happening in before if happening.kind == "accumulated"), None)

    def is_change_used(self, change: GradientChange) -> bool:
        """Return whether something used a gradient between its change and its clearing."""
        after = self.histories.after(change.identity, change.event)
        cleared = (h.event for h in after if h.kind in ("cleared", "zeroed"))
        end = next(cleared, float("inf"))
        return self.gradient_uses.is_used(change.identity, change.event, end)

    def leads_to_optimized(self, value: int) -> bool:
        """Return whether a gradient of this value flows on to a parameter of an optimizer."""
        return value in self._passing or self.identity(value) in self.evidence.optimizers

    def comes_from_optimized(self, value: int) -> bool:
        """Return whether a value was computed with a parameter of an optimizer, cut or not."""
        return value in self._coming or self.identity(value) in self.evidence.optimizers

    @cached_property
    def _passing(self) -> set[int]:
        return self._from_optimized(through_cuts=False)

    @cached_property
    def _coming(self) -> set[int]:
        return self._from_optimized(through_cuts=True)

    def _from_optimized(self, *, through_cuts: bool) -> set[int]:
        found: set[int] = set()
        owned = self.evidence.optimizers
        for operation in self.run.units:
            for output in operation.outputs:
                if any(
                    (link.passes or through_cuts)
                    and (link.source in found or self.identity(link.source) in owned)
                    for link in self.flow.links(output)
                ):
                    found.add(output)
        return found

    @cached_property
    def in_custom_forwards(self) -> dict[int, tuple[Operation, Operation]]:
        """By storage: what the forward of a custom Function computed from something that requires
        grad, as the Function's call and the maker.  Their results have a history and are left out.
        """
        found: dict[int, tuple[Operation, Operation]] = {}
        for maker in self.run.operation_columns.like(_is_in_custom_forward):
            function = None if maker.parent is None else self.run.operations.get(maker.parent)
            if function is None:
                continue
            given = {self.tensor(value).storage for value in (*function.outputs, *function.inputs)}
            for value in maker.outputs:
                storage = self.tensor(value).storage
                if storage not in given:
                    found.setdefault(storage, (function, maker))
        return found

    @cached_property
    def made_in_passes(self) -> dict[int, list[int]]:
        """Return, by gradient that a pass returned, the values that custom backwards computed."""
        made: dict[int, list[int]] = defaultdict(list)
        units = self.run.units
        for operation in units.like(lambda form: form.phase == "backward" and form.grad_mode):
            if operation.backward_pass is not None:
                made[operation.backward_pass] += operation.outputs
        return {
            value: made[backward.id]
            for backward in self.trace.backward_passes
            for value in backward.returned
            if value is not None
        }

    @cached_property
    def _changes(self) -> dict[int, list[Operation]]:
        changes: dict[int, list[Operation]] = defaultdict(list)
        for operation in self.run.changing:
            made = (*operation.outputs, *operation.mutates)
            for storage in {self.tensor(value).storage for value in made}:
                changes[storage].append(operation)
        return changes

    def say(self, operation: Operation) -> str:
        """ "`lin1(x1)` on line 10"."""
        return self.phrases.operation(operation)

    def place(self, operation: Operation) -> tuple[object, ...]:
        """Where an operation is in the snippet, and what switched recording off there."""
        cause = None if operation.cause is None else operation.cause.spot
        return operation.spot, operation.column, operation.name, operation.reason, cause


def _is_in_custom_forward(form: OperationForm) -> bool:
    cause = form.cause
    within = cause is not None and cause.kind == "custom_function" and form.would_record
    return within and form.phase == "forward"


def finding(
    code: str,
    severity: Severity,
    line: int | None,
    title: str,
    text: str,
    operations: Sequence[Operation] = (),
    tensors: Iterable[int] = (),
    fix: Fix | None = None,
) -> Finding:
    """Return a finding; code in the texts gets backquotes where it has none."""
    ids = [operation.id for operation in operations]
    if fix is not None:
        fix = Fix(marked(fix.description), fix.edits)
    at, file = line_and_file(line)
    said = marked(title), marked(text)
    return Finding(code, severity, at, *said, ids, list(tensors), fix, file)
