"""Looking things up in a trace: by id, by what made a value, by what is inside what."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, cast

from app.contract.records import (
    BackwardPass,
    BackwardStep,
    Gradient,
    GradientReading,
    GradModeSpan,
    Module,
    Operation,
    Tensor,
    Trace,
)
from app.contract.spots import line_and_file
from app.session.graph.setup_work import set_up
from app.session.kept import KeptBytes
from app.session.language import tr
from app.session.source.files import texts_of
from app.session.source.short_code import LONGEST, is_call_of, shortened
from app.session.trace.columns.columns import NONE, ById, Grouped, IdPlaces, RecordsAt
from app.session.trace.partial import goes_round, is_cut_short
from app.session.trace.requiring import Requiring

if TYPE_CHECKING:
    from app.session.trace.columns.backward import BackwardSteps, Nodes, Readings
    from app.session.trace.columns.kept import Kept
    from app.session.trace.columns.operations import Operations
    from app.session.trace.columns.tensors import Tensors


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

    def __bool__(self) -> bool:
        return bool(self._starts)

    def __contains__(self, event: int) -> bool:
        return bool(self._starts) and self.around(event) is not None


class Run:
    """A run of a snippet: its trace, and tables over it, each made when it is first asked for.

    There is one for each trace, made where the trace is read or assembled; whoever asks about the
    trace is given it.  A table stays right because a trace does not change once it is complete.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.operation_columns = cast("Operations", trace.operations)
        self.tensor_columns = cast("Tensors", trace.tensors)
        self.node_columns = cast("Nodes", trace.autograd_nodes)
        self.reading_columns = cast("Readings", trace.gradient_readings)
        self.kept_columns = cast("Kept", trace.kept)

    @cached_property
    def goes_round(self) -> bool:
        """Whether the record was cut short after several whole iterations."""
        return goes_round(self.trace)

    @cached_property
    def is_cut_short(self) -> bool:
        """Whether what did not happen may have come after the end of the record."""
        return is_cut_short(self.trace.run) and not self.goes_round

    @cached_property
    def operations(self) -> Mapping[int, Operation]:
        return self.operation_columns.by_id

    def steps(self, backward: BackwardPass) -> tuple[BackwardSteps, Sequence[int]]:
        """Return the columns of the steps of all passes, and the places of those of one."""
        chosen = cast("RecordsAt[BackwardStep]", backward.steps)
        return cast("BackwardSteps", chosen.records), chosen.places

    @cached_property
    def step_columns(self) -> list[BackwardSteps]:
        """The columns of the steps of all passes; none if there is no pass."""
        return [self.steps(backward)[0] for backward in self.trace.backward_passes[:1]]

    @cached_property
    def passes(self) -> dict[int, BackwardPass]:
        return {backward.id: backward for backward in self.trace.backward_passes}

    @cached_property
    def tensors(self) -> Mapping[int, Tensor]:
        return self.tensor_columns.by_id

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
            for unit in self.units.like(lambda form: form.in_place and form.module is None)
            if self._writes_parameters(unit)
        )
        return Blocks(block for block in found if block is not None)

    def _writes_parameters(self, operation: Operation) -> bool:
        made = (*operation.outputs, *operation.mutates)
        return any(self.tensors[tensor].kind == "parameter" for tensor in made)

    @cached_property
    def spans(self) -> dict[int, GradModeSpan]:
        return {span.id: span for span in self.trace.grad_modes}

    @cached_property
    def children(self) -> Mapping[int, Sequence[Operation]]:
        """The calls made inside each composite call."""
        made = self.operation_columns
        inside = [place for place, parent in enumerate(made.parents) if parent != NONE]
        return Grouped(made, [made.parents[place] for place in inside], inside)

    @cached_property
    def leaves(self) -> RecordsAt[Operation]:
        """The operations that are nobody's parent: the ones that are counted."""
        made, around = self.operation_columns, set(self.children)
        places = (place for place, number in enumerate(made.ids) if number not in around)
        return RecordsAt(made, array("i", places))

    @cached_property
    def units(self) -> RecordsAt[Operation]:
        """The operations that autograd sees as one, in the order in which they happened.

        These are the leaves, but for what runs inside a custom `Function` (or any call with
        autograd nodes of its own): there the call itself is the unit.
        """
        made, around = self.operation_columns, set(self.children)
        nested: list[int] = []
        units: list[int] = []
        for place, (number, parent) in enumerate(zip(made.ids, made.parents, strict=True)):
            (nested if parent != NONE or number in around else units).append(place)
        closed: set[int] = set()
        for place in sorted(nested, key=made.ids.__getitem__):
            number, parent = made.ids[place], made.parents[place]
            if parent in closed:
                closed.add(number)
            elif number not in around:
                units.append(place)
            elif made.form_at(place).grad_fn or self._is_custom_function(made[place]):
                closed.add(number)
                units.append(place)
        return RecordsAt(made, array("i", sorted(units, key=made.events.__getitem__)))

    @cached_property
    def set_up(self) -> frozenset[int]:
        """The operations that only set up, by id."""
        return set_up(self)

    @cached_property
    def units_beside_set_up(self) -> RecordsAt[Operation]:
        """The units without those that only set up."""
        ids, aside = self.operation_columns.ids, self.set_up
        places = (place for place in self.units.places if ids[place] not in aside)
        return RecordsAt(self.operation_columns, array("i", places))

    def taken_by(self, operations: Iterable[int]) -> Iterable[int]:
        """Return the identities of what operations take, each once, as they first take it."""
        made, tensors = self.operation_columns, self.tensor_columns
        found = made.taken_and_made(made.places.of(operations))
        taken = chain.from_iterable(inputs for _, inputs, _ in found)
        return dict.fromkeys(map(tensors.identities.__getitem__, tensors.places.of(taken)))

    def identity(self, tensor: int) -> int:
        """Return the identity of the variable that a value is one of."""
        return self.tensor_columns.identities[self.tensor_columns.places[tensor]]

    def maker(self, tensor: int) -> int | None:
        """Return the id of the operation that `producers` has for a value."""
        place = self.producers.places.get(tensor)
        return None if place is None else self.operation_columns.ids[place]

    @property
    def saved_bytes(self) -> int:
        """The bytes that autograd kept for backward."""
        return sum(self.operation_columns.saved_bytes)

    @cached_property
    def kept(self) -> KeptBytes:
        """What was kept for backward over time."""
        return KeptBytes(self)

    @cached_property
    def changing(self) -> RecordsAt[Operation]:
        """The units that changed something in place, in order."""
        made = self.operation_columns
        in_place = [form.in_place for form in made.forms.values]
        forms, ends = made.form, made.lists.ends
        return RecordsAt(made, [
            place for place in self.units.places
            if in_place[forms[place]] or ends[3 * place + 1] != ends[3 * place + 2]
        ])  # fmt: skip

    def _is_custom_function(self, operation: Operation) -> bool:
        return any(
            child.cause is not None and child.cause.kind == "custom_function"
            for child in self.children[operation.id]
        ) and operation.qualified_name.endswith(".apply")

    @cached_property
    def producers(self) -> ById[Operation]:
        """The unit that made each value; one that only passed through keeps its first maker."""
        first: dict[int, int] = {}
        for place, taken, made in self.operation_columns.taken_and_made(self.units.places):
            for tensor in made:
                if tensor not in taken and tensor not in first:
                    first[tensor] = place
        return ById(self.operation_columns, array("q", first), IdPlaces(first))

    @cached_property
    def came_back(self) -> dict[int, list[Operation]]:
        """By operation, those that had taken out of torch what it was given as numbers."""
        return {
            one.operation: [self.operations[source] for source in one.sources]
            for one in self.trace.came_back
        }

    @cached_property
    def cutting(self) -> frozenset[int]:
        """The operations at which a gradient for a row of the table stopped."""
        whys = [row.why for row in self.trace.gradients]
        return frozenset(op for why in whys for op in (*why.cuts[:1], *why.cuts_elsewhere))

    @cached_property
    def users(self) -> Grouped[Operation]:
        """The units that took each value, in order."""
        values, places = array("q"), array("i")
        for place, taken, _ in self.operation_columns.taken_and_made(self.units.places):
            for tensor in taken if len(taken) < 2 else dict.fromkeys(taken):
                values.append(tensor)
                places.append(place)
        return Grouped(self.operation_columns, values, places)

    def users_among(self, operations: Container[int], tensor: int) -> list[Operation]:
        """Return those of some operations that took a value, in order.

        In a loop a parameter has as many users as there are iterations: others are not made.
        """
        made, users = self.operation_columns, self.users.get(tensor)
        places = () if users is None else users.places
        return [made[place] for place in places if made.ids[place] in operations]

    @cached_property
    def values(self) -> Grouped[Tensor]:
        """The successive values of each variable, by identity."""
        tensors = self.tensor_columns
        return Grouped(tensors, tensors.identities, range(len(tensors)))

    @cached_property
    def readings(self) -> Mapping[int, Sequence[GradientReading]]:
        """The readings of the `.grad` of each variable, by identity, in order."""
        read, tensors = self.reading_columns, self.tensor_columns
        identities = [tensors.identities[tensors.places[number]] for number in read.tensors]
        return Grouped(read, identities, range(len(read)))

    def reading_after(self, identity: int, event: int) -> GradientReading | None:
        """Return the first reading of a `.grad` after an event."""
        readings = self.readings.get(identity, ())
        place = bisect_right(readings, event, key=lambda reading: reading.event)
        return readings[place] if place < len(readings) else None

    @cached_property
    def gradient_of(self) -> dict[int, Gradient]:
        """The row of the gradient table for each variable that has one, by identity."""
        return {self.identity(row.tensor): row for row in self.trace.gradients}

    @cached_property
    def views(self) -> Mapping[int, Sequence[Tensor]]:
        """The views of each tensor."""
        tensors = self.tensor_columns
        views = [place for place, base in enumerate(tensors.bases) if base != NONE]
        return Grouped(tensors, [tensors.bases[place] for place in views], views)

    @cached_property
    def sharing(self) -> dict[int, list[Tensor]]:
        """The variables that lie in each storage, by their last values; those alone left out."""
        storages = Counter(self.tensor_columns.storages)
        sharing: dict[int, dict[int, Tensor]] = defaultdict(dict)
        for place, storage in enumerate(self.tensor_columns.storages):
            if storages[storage] > 1:
                sharing[storage][self.tensor_columns.identities[place]] = self.tensor_columns[place]
        return {
            storage: list(tensors.values())
            for storage, tensors in sharing.items()
            if len(tensors) > 1
        }

    @cached_property
    def module_buffers(self) -> dict[str, list[Tensor]]:
        """The buffers of each module, by its path, with their last values."""
        buffers: dict[str, list[Tensor]] = defaultdict(list)
        for identity in self._buffers:
            module = self.names.get(identity, "").rpartition(".")[0]
            buffers[module].append(self.values[identity][-1])
        return dict(buffers)

    @cached_property
    def _buffers(self) -> dict[int, None]:
        identities = self.tensor_columns.identities
        buffers = self.tensor_columns.like(lambda form: form.kind == "buffer")
        return dict.fromkeys(identities[place] for place in buffers.places)

    @cached_property
    def buffers(self) -> frozenset[int]:
        """The identities of modules' buffers, also for their values before they had an owner."""
        return frozenset(self._buffers)

    @cached_property
    def names(self) -> dict[int, str]:
        """The name of each variable, by identity."""
        tensors, labels = self.tensor_columns, self.tensor_columns.labels.values
        named = zip(tensors.identities, tensors.label, strict=True)
        return {one: name for one, label in named if (name := labels[label].name) is not None}

    def name(self, tensor: int) -> str | None:
        return self.names.get(self.identity(tensor))

    def made_on(self, identity: int) -> int | None:
        """The line that gave a variable its first values."""
        values = self.values[identity]
        makers = (self.producers.get(value.id) for value in values)
        return next((maker.spot for maker in makers if maker is not None), values[-1].spot)

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
        return Requiring(self.trace, self.tensor_columns)

    def warm_up(self) -> None:
        """Make the tables that answer the questions of a click: not to be done at the click."""
        for name in (
            "producers", "users", "values", "views", "sharing", "module_buffers", "requiring"
        ):  # fmt: skip
            getattr(self, name)
        _ = self.kept.by_module

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
    def _texts(self) -> dict[int, str]:
        return {file: text for file, text, _ in texts_of(self.trace)}

    def text_of(self, file: int) -> str:
        """The text of a file by its number; "" if the trace does not have it."""
        return self._texts.get(file, "")

    @cached_property
    def _lines(self) -> dict[int, list[str]]:
        """The lines of each file."""
        return {file: text.split("\n") for file, text in self._texts.items()}

    def _text(self, first: int, last: int) -> list[str]:
        """The lines of a file from one spot to another; none where it has not all of them."""
        (begin, file), (end, _) = line_and_file(first), line_and_file(last)
        lines = self._lines.get(file, [])
        return lines[begin - 1 : end] if 0 < begin <= end <= len(lines) else []

    def line_text(self, at: int) -> str:
        """The text of a spot without its indentation; "" where there is none."""
        return "".join(self._text(at, at)).strip()

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
        place = operation.spot, operation.column, operation.name
        return is_call_of(text, operation.name) and len(self._modules_at[place]) == 1

    @cached_property
    def _modules_at(self) -> dict[tuple[int | None, int | None, str], set[int | None]]:
        """The modules whose operations of one name an expression ran, by its place."""
        found: dict[tuple[int | None, int | None, str], set[int | None]] = defaultdict(set)
        for form in self.operation_columns.forms.values:
            found[form.spot, form.column, form.name].add(form.module)
        return found

    def _expression(self, operation: Operation) -> str:
        """The source text of the operation's expression; of a long one the call alone, else ""."""
        line, column, end = operation.spot, operation.column, operation.end_column
        last = operation.end_spot
        if line is None or column is None or end is None or last is None:
            return ""
        lines = self._text(line, last)
        if not lines:
            return ""
        if operation.name == "setitem":  # the expression is only the left side of `a[0] = b`
            text = self.line_text(line)
            return text if len(text) <= LONGEST else ""
        if last == line:
            return shortened(lines[0][column:end])
        return shortened("\n".join((lines[0][column:], *lines[1:-1], lines[-1][:end])))
