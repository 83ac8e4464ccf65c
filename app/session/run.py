"""Looking things up in a trace: by id, by what made a value, by what is inside what."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from operator import attrgetter

from app.contract.records import (
    BackwardPass,
    Gradient,
    GradModeSpan,
    Module,
    Operation,
    Tensor,
    Trace,
)
from app.session.language import tr
from app.session.requiring import Requiring
from app.session.source.short_code import LONGEST, is_call_of, shortened


class Blocks:
    """Stretches of the run, each from one event to another; what lies in another is left out."""

    def __init__(self, blocks: Iterable[tuple[int, int]]) -> None:
        self._blocks: list[tuple[int, int]] = []
        for first, last in sorted(blocks):
            if not self._blocks or first > self._blocks[-1][1]:
                self._blocks.append((first, last))
        self._starts = [first for first, _ in self._blocks]

    def around(self, event: int) -> tuple[int, int] | None:
        """The one that an event lies in."""
        place = bisect_right(self._starts, event) - 1
        if place < 0 or event > self._blocks[place][1]:
            return None
        return self._blocks[place]

    def __contains__(self, event: int) -> bool:
        return bool(self._starts) and self.around(event) is not None


class Run:
    """A run of a snippet: its trace, and tables over it, each made when it is first asked for.

    There is one for each trace, made where the trace is read or assembled; whoever asks about the
    trace is given it.  A table stays right because a trace does not change once it is complete.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace

    @cached_property
    def operations(self) -> dict[int, Operation]:
        return {operation.id: operation for operation in self.trace.operations}

    @cached_property
    def passes(self) -> dict[int, BackwardPass]:
        return {backward.id: backward for backward in self.trace.backward_passes}

    @cached_property
    def tensors(self) -> dict[int, Tensor]:
        return {tensor.id: tensor for tensor in self.trace.tensors}

    @cached_property
    def modules(self) -> dict[int, Module]:
        return {module.id: module for module in self.trace.modules}

    @cached_property
    def librarys_blocks(self) -> Blocks:
        """The no_grad regions that libraries entered, as in nn.init."""
        return Blocks(
            (span.event, span.event if span.end_event is None else span.end_event)
            for span in self.trace.grad_modes
            if span.cause.kind == "library" and not span.enabled and span.kind == "no_grad"
        )

    @cached_property
    def initialising(self) -> Blocks:
        """Those of them in which parameters are written to, and not by a module's call."""
        found = (
            self.librarys_blocks.around(unit.event)
            for unit in self.units
            if unit.in_place and unit.module is None and self._writes_parameters(unit)
        )
        return Blocks(block for block in found if block is not None)

    def _writes_parameters(self, operation: Operation) -> bool:
        made = (*operation.outputs, *operation.mutates)
        return any(self.tensors[tensor].kind == "parameter" for tensor in made)

    @cached_property
    def spans(self) -> dict[int, GradModeSpan]:
        return {span.id: span for span in self.trace.grad_modes}

    @cached_property
    def children(self) -> dict[int, list[Operation]]:
        """The calls made inside each composite call."""
        children: dict[int, list[Operation]] = defaultdict(list)
        for operation in self.trace.operations:
            if operation.parent is not None:
                children[operation.parent].append(operation)
        return dict(children)

    @cached_property
    def leaves(self) -> list[Operation]:
        """The operations that are nobody's parent: the ones that are counted."""
        return [
            operation for operation in self.trace.operations if operation.id not in self.children
        ]

    @cached_property
    def units(self) -> list[Operation]:
        """The operations that autograd sees as one, in the order in which they happened.

        These are the leaves, but for what runs inside a custom `Function` (or any call with
        autograd nodes of its own): there the call itself is the unit.
        """
        closed: set[int] = set()
        units = []
        for operation in sorted(self.trace.operations, key=lambda operation: operation.id):
            if operation.parent in closed:
                closed.add(operation.id)
            elif operation.id not in self.children:
                units.append(operation)
            elif operation.grad_fn or self._is_custom_function(operation):
                closed.add(operation.id)
                units.append(operation)
        return sorted(units, key=lambda operation: operation.event)

    def _is_custom_function(self, operation: Operation) -> bool:
        return any(
            child.cause is not None and child.cause.kind == "custom_function"
            for child in self.children[operation.id]
        ) and operation.qualified_name.endswith(".apply")

    @cached_property
    def producers(self) -> dict[int, Operation]:
        """The unit that made each value; one that only passed through keeps its first maker."""
        producers: dict[int, Operation] = {}
        for operation in self.units:
            for made in (*operation.outputs, *operation.mutates):
                if made not in operation.inputs:
                    producers.setdefault(made, operation)
        return producers

    @cached_property
    def came_back(self) -> dict[int, list[Operation]]:
        """By operation, those that had taken out of torch what it was given as numbers."""
        return {
            told.operation: [self.operations[source] for source in told.sources]
            for told in self.trace.came_back
        }

    @cached_property
    def cutting(self) -> frozenset[int]:
        """The operations at which a gradient stopped on its way to a row of the table."""
        whys = [row.why for row in self.trace.gradients]
        return frozenset(op for why in whys for op in (*why.cuts[:1], *why.cuts_elsewhere))

    @cached_property
    def users(self) -> dict[int, list[Operation]]:
        """The units that took each value, in order."""
        users: dict[int, list[Operation]] = defaultdict(list)
        for operation in self.units:
            for taken in dict.fromkeys(operation.inputs):
                users[taken].append(operation)
        return dict(users)

    @cached_property
    def values(self) -> dict[int, list[Tensor]]:
        """The successive values of each variable, by identity."""
        values: dict[int, list[Tensor]] = defaultdict(list)
        for tensor in self.trace.tensors:
            values[tensor.identity].append(tensor)
        return dict(values)

    @cached_property
    def gradient_of(self) -> dict[int, Gradient]:
        """The row of the gradient table for each variable that has one, by identity."""
        return {self.tensors[row.tensor].identity: row for row in self.trace.gradients}

    @cached_property
    def views(self) -> dict[int, list[Tensor]]:
        """The views of each tensor."""
        views: dict[int, list[Tensor]] = defaultdict(list)
        for tensor in self.trace.tensors:
            if tensor.is_view_of is not None:
                views[tensor.is_view_of].append(tensor)
        return dict(views)

    @cached_property
    def sharing(self) -> dict[int, list[Tensor]]:
        """The variables that lie in each storage, by their last values; those alone left out."""
        sharing: dict[int, dict[int, Tensor]] = defaultdict(dict)
        for tensor in self.trace.tensors:
            sharing[tensor.storage][tensor.identity] = tensor
        return {
            storage: list(tensors.values())
            for storage, tensors in sharing.items()
            if len(tensors) > 1
        }

    @cached_property
    def module_buffers(self) -> dict[str, list[Tensor]]:
        """The buffers of each module, by its path, with their last values."""
        latest = {tensor.identity: tensor for tensor in self.trace.tensors}
        buffers: dict[str, list[Tensor]] = defaultdict(list)
        for identity in dict.fromkeys(t.identity for t in self.trace.tensors if t.kind == "buffer"):
            buffers[self.names.get(identity, "").rpartition(".")[0]].append(latest[identity])
        return dict(buffers)

    @cached_property
    def buffers(self) -> frozenset[int]:
        """The identities of modules' buffers, also for their values before they had an owner."""
        return frozenset(t.identity for t in self.trace.tensors if t.kind == "buffer")

    @cached_property
    def names(self) -> dict[int, str]:
        """The name of each variable, by identity."""
        return {t.identity: t.name for t in self.trace.tensors if t.name is not None}

    def name(self, tensor: int) -> str | None:
        return self.names.get(self.tensors[tensor].identity)

    def made_on(self, identity: int) -> int | None:
        """The line that gave a variable its first values."""
        values = self.values[identity]
        makers = (self.producers.get(value.id) for value in values)
        return next((maker.line for maker in makers if maker is not None), values[-1].line)

    def layer_of(self, row: Gradient) -> str:
        """The path of the module whose parameter it is, if that has no modules in it, else "".

        A parameter of a module around others goes by its own name: `actor.log_std` is not `actor`.
        """
        owner = row.name.rpartition(".")[0]
        is_parameter = self.tensors[row.tensor].kind == "parameter"
        return owner if is_parameter and owner in self._layers else ""

    @cached_property
    def _layers(self) -> frozenset[str]:
        """The paths of the modules that have parameters and no modules in them."""
        around = {module.parent for module in self.trace.modules}
        return frozenset(m.path for m in self.trace.modules if m.parameters and m.id not in around)

    @cached_property
    def requiring(self) -> Requiring:
        """`requires_grad` over time."""
        return Requiring(self.trace)

    def warm_up(self) -> None:
        """Make the tables that answer the questions of a click: not to be done at the click."""
        for name in (
            "producers", "users", "values", "views", "sharing", "module_buffers", "requiring"
        ):  # fmt: skip
            getattr(self, name)

    def behind(
        self,
        values: Iterable[int],
        through: Callable[[Operation], Iterable[int]] = attrgetter("inputs"),
    ) -> Iterator[tuple[int, Operation | None]]:
        """Yield tensor ids and all that they were computed from, each once with its maker.

        `through` gives the inputs of an operation that are followed; by default all of them.
        """
        stack = list(values)
        seen = set(stack)
        while stack:
            value = stack.pop()
            maker = self.producers.get(value)
            yield value, maker
            fresh = [] if maker is None else [one for one in through(maker) if one not in seen]
            seen.update(fresh)
            stack += fresh

    # ------------------------------------------------------------------------------- source text

    @cached_property
    def _lines(self) -> list[str]:
        return self.trace.snippet.text.split("\n")

    def line_text(self, line: int) -> str:
        """A line of the snippet without its indentation; "" where there is none."""
        return self._lines[line - 1].strip() if 0 < line <= len(self._lines) else ""

    def code(self, operation: Operation) -> str:
        """Return the expression that made the call, `lin0(x)`, without long arguments.

        Where that expression ran several operations (`net(x)`) or ran for several modules, it does
        not say which: then the operation is named with its module, `linear in net.0`.
        """
        module = None if operation.module is None else self.modules[operation.module].path
        text = self._expression(operation)
        if module is None or text.startswith(f"{module}(") or self._is_alone(operation, text):
            return text or operation.name
        return tr("{operation} in {module}").format(operation=operation.name, module=module)

    def _is_alone(self, operation: Operation, text: str) -> bool:
        """Whether `text` is the call of this operation itself, and of one module only."""
        place = operation.line, operation.column, operation.name
        return is_call_of(text, operation.name) and len(self._modules_at[place]) == 1

    @cached_property
    def _modules_at(self) -> dict[tuple[int | None, int | None, str], set[int | None]]:
        """The modules whose operations of one name an expression ran, by its place."""
        found: dict[tuple[int | None, int | None, str], set[int | None]] = defaultdict(set)
        for operation in self.trace.operations:
            found[operation.line, operation.column, operation.name].add(operation.module)
        return found

    def _expression(self, operation: Operation) -> str:
        """The source text of the operation's expression; of a long one the call alone, else ""."""
        line, column, end = operation.line, operation.column, operation.end_column
        last = operation.end_line
        if line is None or column is None or end is None or last is None:
            return ""
        if not 0 < line <= last <= len(self._lines):
            return ""
        if operation.name == "setitem":  # the expression is only the left side of `a[0] = b`
            text = self.line_text(line)
            return text if len(text) <= LONGEST else ""
        if last == line:
            return shortened(self._lines[line - 1][column:end])
        lines = self._lines[line - 1 : last]
        return shortened("\n".join((lines[0][column:], *lines[1:-1], lines[-1][:end])))
