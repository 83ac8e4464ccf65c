"""The status of each line of the snippet, for the editor's margin and the notes beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from app.contract.records import AutocastRegion, BackwardPass, GradModeSpan, Operation
from app.session.causes.registry import is_own, mode_of, turns_off
from app.session.cells.heads import HeadKey, heads
from app.session.graph.payloads import STATUS_OF_REASON, StatusKey
from app.session.language import listing, ngettext, number, tr
from app.session.places import message_of
from app.session.repairs.ipython import is_magic
from app.session.run import Run
from app.session.source.not_run import Stretch, lines_that_ran, not_run
from app.session.summary.leaf_grads import leaf_grads, reached
from app.session.words import status_note, status_words

MarkKey = (
    StatusKey
    | HeadKey
    | Literal["mixed", "leaf", "frozen", "backward", "mode", "error", "not_run", "nothing"]
)
"""A mark in the margin: `neutral` for lines that ran without an operation that autograd decides
about, `nothing` for lines without a statement; those of `HeadKey` for the marks of cells."""


@dataclass(frozen=True, slots=True)
class LineMark:
    """A mark; `region` is the status of the grad-mode region around the line."""

    key: MarkKey
    note: str = ""
    region: StatusKey | None = None
    tooltip: str = ""
    is_off: bool = False
    """Whether a region around the line is left out of this run."""
    is_cast: bool = False
    """Whether autocast is on in the line."""


class LineRegion(NamedTuple):
    """Lines in which recording was off: first and last, 1-based and both included."""

    first: int
    last: int
    status: StatusKey
    title: str


def marks(run: Run) -> dict[int, LineMark]:
    """A mark for each line that ran, did not run, or lies in a region; lines are 1-based.

    Where it is not known which lines ran, those on which nothing happened have none.
    """
    inside = _by_line(_written_regions(run))
    starts = {region.first: region for region in regions(run)}
    found = _Lines(run)
    cast = _cast(run)
    lines = {*found.lines, *inside, *found.without_effect, *found.ran, *found.missing, *cast}
    marked = {line: found.mark(line, starts.get(line), inside.get(line)) for line in sorted(lines)}
    for line in _off(run) & marked.keys():
        marked[line] = replace(marked[line], is_off=True)
    for line in cast:
        marked[line] = replace(marked[line], is_cast=True)
    of_heads = {line: LineMark(head.key, head.text) for line, head in heads(run).items()}
    return marked | _magics(run.trace.snippet.text) | of_heads


def _off(run: Run) -> set[int]:
    """Return the lines in regions that have no effect in a what-if."""
    found: set[int] = set()
    for span in run.trace.grad_modes:
        if span.spot is not None and span.end_spot is not None and not span.effective:
            found |= set(range(span.spot + 1, span.end_spot + 1))
    return found


def _cast(run: Run) -> set[int]:
    """Return the lines in which autocast is on."""
    found: set[int] = set()
    for region in run.trace.autocasts:  # outer ones first
        if region.spot is not None:
            lines = range(region.spot, (region.end_spot or region.spot) + 1)
            found = found.union(lines) if region.enabled else found.difference(lines)
    return found


def _magics(text: str) -> dict[int, LineMark]:
    """Return marks for lines for IPython, which are comments."""
    lines = enumerate(text.split("\n"), 1) if "# " in text else ()
    return {
        number: LineMark("not_run", tr("shell, not run") if "# !" in line else tr("magic, not run"))
        for number, line in lines
        if is_magic(line)
    }


def regions(run: Run) -> list[LineRegion]:
    """Return the regions that the snippet opened itself, each once, outer ones first."""
    return [region for region, is_off in _written_regions(run) if is_off]


def _written_regions(run: Run) -> list[tuple[LineRegion, bool]]:
    """Return the regions, each with whether it turns recording off (or on again)."""
    found: dict[tuple[LineRegion, bool], None] = {}
    for span in run.trace.grad_modes:
        if span.spot is not None and is_own(span.cause) and span.effective:
            found[_region(run, span, span.spot), turns_off(span)] = None
    return sorted(found, key=lambda entry: (entry[0].first, -entry[0].last))


def _region(run: Run, span: GradModeSpan, line: int) -> LineRegion:
    last = span.end_spot
    if last is None or last <= line:  # a statement: as far as operations felt it
        operation = None if span.last_op is None else run.operations.get(span.last_op)
        last = line if operation is None else max(line, operation.spot or 0)
    return LineRegion(line, last, mode_of(span), span.cause.text)


def _by_line(regions: Iterable[tuple[LineRegion, bool]]) -> dict[int, StatusKey]:
    """Return the effect of the regions around each line; `enable_grad` keeps inference mode."""
    status: dict[int, StatusKey] = {}
    for region, is_off in regions:
        for line in range(region.first, region.last + 1):
            if is_off:
                status[line] = region.status
            elif status.get(line) == "no_grad" or region.status == "inference_mode":
                status.pop(line, None)
    return status


def _starts(region: AutocastRegion) -> str:
    if not region.enabled:
        return tr("autocast is off")
    return tr("autocast to {dtype}").format(dtype=region.dtype)


class _Lines:
    """Collects what happened on each line."""

    def __init__(self, run: Run) -> None:
        self._run = run
        trace = run.trace
        self._error = trace.error
        self._is_cut_short = trace.run.status != "ok"
        self._grads = leaf_grads(run)
        self._operations: dict[int, list[Operation]] = defaultdict(list)
        self._setup: dict[int, list[Operation]] = defaultdict(list)
        for operation in run.units:
            if operation.spot is not None:
                kind = self._setup if operation.id in run.set_up else self._operations
                kind[operation.spot].append(operation)
        self._passes: dict[int, list[BackwardPass]] = defaultdict(list)
        for backward in trace.backward_passes:
            if backward.spot is not None:
                self._passes[backward.spot].append(backward)
        self._leaves = {
            fact.spot
            for fact in trace.facts
            if fact.kind == "requires_grad" and fact.value and fact.spot is not None
        }
        self._frozen: dict[int, set[int]] = defaultdict(set)
        for fact in trace.facts:
            if fact.kind == "requires_grad" and not fact.value and fact.spot is not None:
                self._frozen[fact.spot].add(run.identity(fact.tensor))
        self.without_effect = {
            span.spot: tr("{region} is off for this run").format(region=span.cause.text)
            for span in trace.grad_modes
            if span.spot is not None and not span.effective
        } | {
            change.spot: tr("{region} is off for this run").format(region=change.matched[0])
            for change in trace.run.what_if
            if change.spot is not None and change.matched
        }
        self._casting = {
            region.spot: (_starts(region), region.text)
            for region in trace.autocasts
            if region.spot is not None
        }
        self._switched: dict[int, dict[bool, set[int]]] = defaultdict(lambda: defaultdict(set))
        for mode in trace.module_modes:
            if mode.spot is not None:
                self._switched[mode.spot][mode.training].add(mode.module)
        self.lines = {*self._operations, *self._setup, *self._passes, *self._leaves}
        self.lines |= self._switched.keys() | self._frozen.keys()
        if self._error is not None and self._error.spot is not None:
            self.lines.add(self._error.spot)
        self.ran = lines_that_ran(trace)
        self.missing = {line: stretch for stretch in not_run(trace) for line in stretch.lines}

    def mark(self, line: int, start: LineRegion | None, region: StatusKey | None) -> LineMark:
        mark = self._without_modes(line, start, region)
        if line not in self._switched:
            return mark
        switched = [_switched(len(found), on) for on, found in self._switched[line].items()]
        key = "mode" if mark.key == "neutral" and not mark.note else mark.key
        note = listing(filter(None, (mark.note, *(note for note, _ in switched))))
        tooltip = "\n".join((*mark.tooltip.splitlines(), *(words for _, words in switched)))
        return replace(mark, key=key, note=note, tooltip=tooltip)

    def _without_modes(
        self, line: int, start: LineRegion | None, region: StatusKey | None
    ) -> LineMark:
        if self._error is not None and self._error.spot == line:
            return LineMark("error", self._error.type, region, message_of(self._error))
        if line in self._passes:
            return self._of_passes(self._passes[line], region)
        if line in self._operations:
            return _of_operations(self._operations[line], region)
        if start is not None:
            note = tr("{region} starts").format(region=start.status)
            return LineMark("neutral", note, region, start.title)
        if line in self._casting:
            note, title = self._casting[line]
            return LineMark("neutral", note, region, title)
        if line in self.without_effect:
            note = tr("off for this run")
            return LineMark("neutral", note, region, self.without_effect[line])
        if line in self.missing:
            return _missing(line, self.missing[line], region)
        return self._of_setup(line, region)

    def _of_passes(self, passes: list[BackwardPass], region: StatusKey | None) -> LineMark:
        last = passes[-1]
        if last.call == "autograd.grad":
            count = len(last.inputs)
            note = ngettext("returned {count} grad", "returned {count} grads", count)
            return LineMark("backward", note.format(count=count), region)
        found, total = len(reached(self._run, passes)), len(self._grads)
        note = ngettext(
            "reached {count} of {total} leaf", "reached {count} of {total} leaves", total
        )
        if len(passes) > 1:
            note = ngettext(
                "reached {count} of {total} leaf in {passes} passes",
                "reached {count} of {total} leaves in {passes} passes",
                total,
            )
        note = note.format(count=number(found), total=number(total), passes=number(len(passes)))
        if last.interrupted and self._run.trace.run.status == "running":
            note = ngettext(
                "running, reached {count} of {total} leaf",
                "running, reached {count} of {total} leaves",
                total,
            ).format(count=number(found), total=number(total))
        elif last.interrupted:
            note = ngettext(
                "interrupted, reached {count} of {total} leaf",
                "interrupted, reached {count} of {total} leaves",
                total,
            ).format(count=number(found), total=number(total))
        elif not last.ok:
            note = tr("failed")
        return LineMark("backward", note, region)

    def _of_setup(self, line: int, region: StatusKey | None) -> LineMark:
        operations = self._setup.get(line, [])
        if (self.ran or self._is_cut_short) and line not in self.ran | self.lines:
            return LineMark("nothing", "", region)
        if frozen := len(self._frozen.get(line, ())):
            note = ngettext("froze {count} tensor", "froze {count} tensors", frozen)
            tip = tr("Sets requires_grad to False")
            return LineMark("frozen", note.format(count=number(frozen)), region, tip)
        if any(operation.phase == "optimizer" for operation in operations):
            return LineMark("neutral", tr("optimizer step"), region)
        makes_leaf = line in self._leaves or any(
            tensor.is_leaf and tensor.requires_grad
            for operation in operations
            for output in operation.outputs
            for tensor in self._run.values[self._run.identity(output)]
        )
        happened = operations or makes_leaf or line in self._switched
        tooltip = "" if happened else tr("No operation on a tensor")
        return LineMark("leaf" if makes_leaf else "neutral", "", region, tooltip)


def _switched(count: int, training: bool) -> tuple[str, str]:
    """Return a note and a tooltip about a line that put `count` modules into a mode."""
    if training:
        note = ngettext("train mode: {count} module", "train mode: {count} modules", count)
        words = ngettext(
            "train(): {count} module was called in train mode after this line",
            "train(): {count} modules were called in train mode after this line",
            count,
        )
    else:
        note = ngettext("eval mode: {count} module", "eval mode: {count} modules", count)
        words = ngettext(
            "eval(): {count} module was called in eval mode after this line",
            "eval(): {count} modules were called in eval mode after this line",
            count,
        )
    return note.format(count=number(count)), words.format(count=number(count))


def _missing(line: int, stretch: Stretch, region: StatusKey | None) -> LineMark:
    note = tr("not run") if line == stretch.lines[0] else ""
    return LineMark("not_run", note, region, stretch.text_of(line).replace("`", ""))


def _of_operations(operations: list[Operation], region: StatusKey | None) -> LineMark:
    """Return one status, or "mixed"; repetitions in a loop count once."""
    sites: dict[tuple[object, ...], Operation] = {}
    for operation in operations:
        status = STATUS_OF_REASON[operation.reason]
        sites.setdefault((status, operation.name, operation.column, operation.end_column,
                          operation.module, operation.parent is None), operation)  # fmt: skip
    by_status: dict[StatusKey, list[Operation]] = defaultdict(list)
    for operation in sites.values():
        by_status[STATUS_OF_REASON[operation.reason]].append(operation)
    shown = [status for status in by_status if status != "neutral"]
    tooltip = "\n".join(dict.fromkeys(f"{op.name}: {status_note(op)}" for op in sites.values()))
    if not shown:
        return LineMark("neutral", "", region, tooltip)
    if len(shown) == 1:
        return LineMark(shown[0], _one(by_status[shown[0]]), region, tooltip)
    counts = (f"{len(by_status[status])} {status_words(by_status[status][0])}" for status in shown)
    return LineMark("mixed", listing(counts), region, tooltip)


def _one(operations: list[Operation]) -> str:
    note = status_note(operations[0])
    return note if len(operations) == 1 else f"{len(operations)} {note}"
