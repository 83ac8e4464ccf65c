"""The payloads of the graph's nodes: operations with their pills, groups, tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from app.contract.records import Error, FailedCall, Operation, Summary, Tensor
from app.session.comparing.what_if import Comparison
from app.session.graph.flows import shape_words, value_words
from app.session.graph.grouping.groups import Group, Step, Tree, many
from app.session.graph.grouping.opening import View
from app.session.graph.held import Held, counted, has_grad, leaves_of, summary_words
from app.session.graph.payloads import (
    ACCUMULATES,
    STATUS_OF_REASON,
    FrameItem,
    GroupItem,
    Member,
    ModeSwitch,
    OperationItem,
    Pill,
    Stepper,
    TensorItem,
    Tile,
)
from app.session.graph.tiles import Tiles
from app.session.language import listing, ngettext, number, shown, tr
from app.session.places import at_line, message_of
from app.session.run import Run
from app.session.summary.leaf_grads import leaf_grads
from app.session.timeline.modes import Modes
from app.session.what_if.changes import state_asked
from app.session.words import line_words, mode_words, status_words

_LEAST_CELLS: Final = 3
_MOST_CELLS: Final = 24
"""Of more alike groups, cells would be too narrow to be seen and pressed."""


class Items:
    """Makes the payloads for one trace."""

    def __init__(self, run: Run, comparison: Comparison | None = None) -> None:
        self._run = run
        self._changes = {} if comparison is None else comparison.operations
        self._gradients = run.gradient_of
        self._leaves = leaf_grads(run)
        self._sums: dict[tuple[int, int], Held] = {}
        self._groups: dict[str, GroupItem] = {}
        self._tiles = Tiles(run)
        self._modes = Modes(run)
        self._tile_sums: dict[tuple[int, int], tuple[Tile, ...]] = {}

    def operation(
        self, operation: Operation, units: Sequence[Operation], *, pills: bool = True
    ) -> OperationItem:
        """The node of one call; `units` are the operations inside it (itself, if a leaf)."""
        inside = [unit.id for unit in units]
        folded = inside != [operation.id]
        change = self._changes.get(operation.id)
        several = sum(unit.reason != "unchanged" for unit in units) > 1
        return OperationItem(
            operation=operation.id,
            title=operation.name,
            module=self._module(operation),
            line=operation.spot,
            status=STATUS_OF_REASON[operation.reason],
            words=self._words(operation) if change is None else change.words,
            shapes=self._shapes(operation),
            pills=tuple(self._pills(operation)) if pills else (),
            operations=tuple(inside) if folded else (),
            summary=summary_words(self._run, inside) if several else "",
            tiles=self._tiles.of(inside),
            kept=self._run.kept.of({operation.id, *inside}),
        )

    def _words(self, operation: Operation) -> str:
        """Return the status, with the mode of the module where that changes what is computed."""
        words, mode = status_words(operation), self._modes.that_counts(operation)
        if mode is None:
            return words
        named = mode_words(training=mode.training)
        if operation.reason == "unchanged":
            return tr("{status} ({mode})").format(status=words, mode=named)
        return tr("{status}, {mode}").format(status=words, mode=named)

    def module(self, tree: Tree, group: Group, unit: Operation, *, pills: bool) -> OperationItem:
        """The node of a module that made a single call: it goes by the module's name."""
        item = self.operation(unit, [unit], pills=pills)
        return replace(item, title=_title(tree, [group]), module=self._type(group.step))

    def group(self, tree: Tree, members: Sequence[Group]) -> GroupItem:
        """The node of a folded group, or of several alike ones."""
        first = members[0]
        key = first.key if len(members) == 1 else many(members)
        known = self._groups.get(key)
        if known is None:
            ids = tree.order[first.start : members[-1].end]
            known = self._groups[key] = self._group(tree, key, members, ids)
        return known

    def _group(
        self, tree: Tree, key: str, members: Sequence[Group], ids: Sequence[int]
    ) -> GroupItem:
        first = members[0]
        held = self._held(ids)
        modes = self._modes.among(ids) if first.kind == "module" else set[bool]()
        words = sorted(mode_words(training=training) for training in modes)
        passes = len(first.contents) if first.kind == "loop" else 1
        title = self.title(tree, members)
        built = self._build(tree, first)
        return GroupItem(
            group=key,
            kind=first.kind if first.kind != "root" else "section",
            title=title,
            detail=listing((*([] if built == title else [built]), *words)),
            line=first.step.line,
            count=max(len(members), passes),
            status=held.status,
            parts=held.parts,
            summary=held.words,
            missing=held.missing,
            operations=tuple(ids),
            can_open=len(members) > 1 or tree.can_open(first),
            tiles=self._tiles_in(ids),
            kept=self._run.kept.of(ids),
            training=modes.pop() if len(modes) == 1 else None,
            members=self._members(tree, members),
        )

    def _members(self, tree: Tree, groups: Sequence[Group]) -> tuple[Member, ...]:
        if not _LEAST_CELLS <= len(groups) <= _MOST_CELLS or not tree.can_open(groups[0]):
            return ()
        return tuple(
            Member(
                one.key,
                _name_in_strip(one, place),
                self._held(tree.order[one.start : one.end]).status,
            )
            for place, one in enumerate(groups, 1)
        )

    def frame(self, view: View, group: Group, outer: str | None) -> FrameItem:
        """The frame around the contents of an open group."""
        ids = view.tree.operations(group.key)
        held = self._held(ids)
        return FrameItem(
            span=None,
            kind="operation" if group.kind == "call" else "module",
            title=self.title(view.tree, [group]),
            line=group.step.line,
            status=held.status,
            parent=outer,
            group=group.key,
            summary=held.words,
            stepper=_stepper(view, group),
            operations=tuple(ids),
            tiles=self._tiles_in(ids),
            switch=self._switch(group, ids),
        )

    def _switch(self, group: Group, ids: Sequence[int]) -> ModeSwitch | None:
        """Return the mode of a module's group in which operations depend on it."""
        module = group.step.module
        if group.kind != "module" or module is None:
            return None
        modes = self._modes.among(ids)
        if not modes:
            return None
        path = self._run.modules[module].path
        asked = (one.change for one in self._run.trace.run.what_if)
        is_changed = state_asked(asked, path, "eval", "train") is not None
        return ModeSwitch(path, modes.pop() if len(modes) == 1 else None, is_changed)

    def title(self, tree: Tree, members: Sequence[Group]) -> str:
        """Return the title of a group; a section is named by its lines, if there are several."""
        first = members[0]
        if first.kind == "section" and len(members) == 1:
            operations = (self._run.operations[id_] for id_ in tree.operations(first.key))
            lines = [operation.spot for operation in operations if operation.spot is not None]
            if lines and lines[0] < lines[-1]:
                text = tr("lines {first}–{last}")
                return text.format(first=number(lines[0]), last=number(lines[-1]))
        return _title(tree, members)

    def _build(self, tree: Tree, group: Group) -> str:
        """Return a module's type, with the number of its call if there are several."""
        kind = self._type(group.step)
        if group.kind == "section":
            return group.step.title
        if group.kind != "module":
            return kind
        path = group.step.title
        same = [one for one in tree.children(group.parent) if one.step.title == path]
        if len(same) < 2:
            return kind
        place = next(n for n, one in enumerate(same, 1) if one.key == group.key)
        text = tr("{type}, call {number} of {count}")
        return text.format(type=kind, number=number(place), count=number(len(same)))

    def _type(self, step: Step) -> str:
        return "" if step.module is None else self._run.modules[step.module].type

    def _held(self, ids: Sequence[int]) -> Held:
        """Return the summary of a range of operations, computed once for each range."""
        span = (ids[0], len(ids))
        held = self._sums.get(span)
        if held is None:
            held = self._sums[span] = Held.of(
                counted(self._run, ids),
                leaves_of(self._run, ids),
                is_set=has_grad,
                cut=not self._run.cutting.isdisjoint(ids),
            )
        return held

    def _tiles_in(self, ids: Sequence[int]) -> tuple[Tile, ...]:
        span = (ids[0], len(ids))
        if span not in self._tile_sums:
            self._tile_sums[span] = self._tiles.of(ids)
        return self._tile_sums[span]

    def tensor(self, tensor: Tensor) -> TensorItem:
        """The capsule of a value that comes from outside the drawn operations."""
        name = self._run.name(tensor.id) or tr("value")
        if tensor.kind == "parameter" and not tensor.requires_grad:
            return TensorItem(tensor.id, name, tr("frozen"), "frozen")
        if tensor.requires_grad and tensor.is_leaf:
            leaf = self._leaves.get(tensor.identity)
            state = grad_words(leaf.grad, is_set=leaf.is_set) if leaf is not None else "None"
            return TensorItem(tensor.id, name, leaf_words(state), "leaf")
        return TensorItem(tensor.id, name, value_words(tensor), "result")

    def elsewhere(
        self, tensor: Tensor, side: Literal["from", "to"], operation: Operation
    ) -> TensorItem:
        """The capsule of a value that an operation outside the picture made, or takes."""
        name = self._run.name(tensor.id) or tr("value")
        text = tr("from {operation}") if side == "from" else tr("to {operation}")
        words = text.format(operation=at_line(operation.name, operation.spot))
        return TensorItem(tensor.id, name, words, "result")

    def failed(self, error: Error, call: FailedCall) -> OperationItem:
        """The node of the call that raised the error which ended the run."""
        taken = (self._run.tensors[id_] for id_ in call.inputs)
        return OperationItem(
            operation=None,
            title=call.name,
            module="" if call.module is None else self._run.modules[call.module].path,
            line=error.spot,
            status="failed",
            words=shown(f"{error.type}: {message_of(error).partition(chr(10))[0]}"),
            shapes=", ".join(shape_words(tensor.shape) for tensor in taken),
            pills=(),
        )

    def with_input(self, item: OperationItem, tensor: Tensor) -> OperationItem:
        """Return an operation with a pill for an input that nothing else uses."""
        shown = self.tensor(tensor)
        pill = Pill(tensor.id, shown.title, "input", None, shown.detail)
        return replace(item, pills=(*item.pills, pill))

    def tensors(self, tensors: Sequence[Tensor]) -> TensorItem:
        """One capsule for many values from outside the drawn operations."""
        names = [self._run.name(tensor.id) or "" for tensor in tensors]
        count = len(tensors)
        if all(name.endswith(".grad") for name in names):
            text = ngettext("{count} gradient", "{count} gradients", count)
        else:
            text = ngettext("{count} tensor", "{count} tensors", count)
        words = text.format(count=number(count))
        return TensorItem(tensors[0].id, words, "", "result", count)

    def leaf_node(self, tensor: Tensor) -> TensorItem:
        """The AccumulateGrad of a leaf."""
        return replace(self.tensor(tensor), detail=ACCUMULATES)

    def result(self, tensor: Tensor) -> TensorItem:
        """The capsule at the end: what backward was called on, or what nothing used."""
        name = self._run.name(tensor.id) or tr("result")
        return TensorItem(tensor.id, name, value_words(tensor), "result")

    def owns(self, operation: Operation, tensor: Tensor) -> bool:
        """Whether `tensor` is a parameter or buffer of the operation's module."""
        if operation.module is None or tensor.kind not in ("parameter", "buffer"):
            return False
        name = self._run.name(tensor.id) or ""
        return name.startswith(f"{self._run.modules[operation.module].path}.")

    def _module(self, operation: Operation) -> str:
        return "" if operation.module is None else self._run.modules[operation.module].path

    def _shapes(self, operation: Operation) -> str:
        tensors = self._run.tensors
        taken = [tensors[t] for t in operation.inputs if not self.owns(operation, tensors[t])]
        made = [tensors[t] for t in operation.outputs]
        left = shape_words(taken[0].shape) if taken else ""
        right = shape_words(made[0].shape) if made else tr("Python value")
        return f"{left} → {right}" if left else right

    def _pills(self, operation: Operation) -> list[Pill]:
        pills: dict[int, Pill] = {}
        for id_ in operation.inputs:
            tensor = self._run.tensors[id_]
            if tensor.kind == "parameter" and self.owns(operation, tensor):
                name = (self._run.name(id_) or "").rpartition(".")[2]
                pill = self._pill(tensor, name)
                if operation.status == "skipped":
                    pill = replace(pill, by=self._recorded_use(tensor))
                pills.setdefault(tensor.identity, pill)
        return list(pills.values())

    def _recorded_use(self, tensor: Tensor) -> str:
        """Return the line of the recorded calls that use a parameter, in words; "" if none do."""
        values = self._run.values[tensor.identity]
        users = (user for value in values for user in self._run.users.get(value.id, ()))
        spots = {user.spot for user in users if user.status == "recorded"}
        if len(spots) > 1:
            return tr("elsewhere")
        return tr("by {line}").format(line=line_words(spots.pop())) if spots else ""

    def _pill(self, tensor: Tensor, name: str) -> Pill:
        row = self._gradients.get(tensor.identity)
        grad = row.grad if row is not None else None
        requires = row.requires_grad if row is not None else tensor.requires_grad
        state: Literal["none", "value", "norm", "frozen", "bad"]
        if grad is None:
            state = "none" if requires else "frozen"
        elif grad.nan or grad.inf:
            state = "bad"
        else:
            state = "value" if grad.values is not None else "norm"
        return Pill(tensor.id, name, state, grad)


def leaf_words(grad: str) -> str:
    """Return the words beside a leaf's name; `grad` describes its `.grad`."""
    return tr("leaf   .grad {grad}").format(grad=grad)


def grad_words(grad: Summary | None, *, is_set: bool) -> str:
    """Describe a `.grad`; `grad` is also None if its values are unknown."""
    if grad is None:
        return tr("set") if is_set else "None"
    if grad.numel == 1 and isinstance(grad.norm, float):
        return f"{grad.mean:.3g}"
    if not isinstance(grad.norm, float):
        return "NaN"
    return tr("norm {norm}").format(norm=f"{grad.norm:.3g}")


def _title(tree: Tree, members: Sequence[Group]) -> str:
    first, last = members[0], members[-1]
    if first.kind == "iteration" and first is not last:
        text = (
            tr("repeats {first}–{last}")
            if first.step.is_of_repeats
            else tr("iterations {first}–{last}")
        )
        return text.format(first=number(first.step.number + 1), last=number(last.step.number + 1))
    if first.kind != "module":
        return first.step.title
    one, other = _relative(tree, first), _relative(tree, last)
    return one if one == other else f"{one} … {other}"


def _relative(tree: Tree, group: Group) -> str:
    """Return a module's path relative to the module around it, unless that is just a number."""
    path = group.step.title
    outer = next((g for g in tree.ancestors(group.key) if g.kind == "module"), None)
    if outer is None or not path.startswith(f"{outer.step.title}."):
        return path
    rest = path[len(outer.step.title) + 1 :]
    return rest if not rest[0].isdigit() else f"{outer.step.title.rpartition('.')[2]}.{rest}"


def _name_in_strip(group: Group, place: int) -> str:
    if group.kind == "iteration":
        return number(group.step.number + 1)
    last = group.step.title.rpartition(".")[2]
    return last if last.isdigit() else number(place)


def _stepper(view: View, group: Group) -> Stepper | None:
    """Return which pass of a loop is open, or None if not exactly one is."""
    if group.kind != "loop":
        return None
    open_ = view.open_passes(group.key)
    if len(open_) != 1:
        return None
    passes = view.tree.children(group.key)
    count = passes[-1].step.number + 1
    first, last = open_[0] is passes[0], open_[0] is passes[-1]
    return Stepper(group.key, open_[0].step.number, count, first, last)
