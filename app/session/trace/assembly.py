"""Makes a trace of the rows from the tracing process.

Rows describe moments; a trace describes what was known at the end.  Nothing that comes from the
child is trusted: each row is converted to its declared type.  A row that cannot be understood is
lost, and no more than that: the trace then says so (`RunInfo.partial`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice, takewhile
from typing import Any, TypeVar

import msgspec

from app.contract.kinds import MESSAGES, PACKED, fields_of
from app.contract.messages import (
    CellRow,
    ErrorRow,
    Exited,
    FinishedRow,
    LinesRow,
    LostRow,
    MatchedRow,
    Row,
    Started,
    TruncatedRow,
)
from app.contract.messages import Printed as OutputRow
from app.contract.records import (
    FORMAT,
    VERSION,
    Cell,
    ChangeKind,
    Error,
    File,
    Note,
    Output,
    RunInfo,
    Snippet,
    Trace,
    WhatIf,
)
from app.contract.spots import line_and_file
from app.session.cells.marks import cells_of
from app.session.explain.candidates import candidates
from app.session.explain.gradients import gradients
from app.session.findings.registry import findings
from app.session.iterations.records import iterations, loss_of
from app.session.language import code
from app.session.repairs.ipython import is_magic
from app.session.run import Run
from app.session.summary.counts import operation_count
from app.session.trace.ending import arguments_hint, ending_error, run_status
from app.session.trace.growing_count import GrowingCount
from app.session.trace.line_states import lines_of
from app.session.trace.partial import Losses, partial_of
from app.session.trace.progress import Progress
from app.session.trace.rows import ProtocolError, RowTables
from app.session.training.evidence import Evidence
from app.session.training.verdict import training
from app.session.what_if.changes import mode_of

_MALFORMED = msgspec.ValidationError, ProtocolError, OverflowError
"""What adding a row that cannot be understood raises."""
__all__ = ["OUTPUT_LIMIT", "TraceBuilder", "output_in", "typed"]
T = TypeVar("T")

OUTPUT_LIMIT = 1 << 20
"""Characters kept of each of stdout and stderr."""


class TraceBuilder:
    """Takes the batches of a run in their order; `finish` returns the run."""

    def __init__(self, snippet: Snippet) -> None:
        self._snippet = snippet
        self._losses = Losses()
        self._tables = RowTables(self._losses)
        self._growing = GrowingCount(self._tables.operations, self._tables.tensors)
        self._output = _OutputText()
        self._began = self._ended = time.monotonic()
        self._started: Started | None = None
        self._what_if: list[WhatIf] = []
        self._error: ErrorRow | None = None
        self._finished: FinishedRow | None = None
        self._lines: LinesRow | None = None
        self._exited: Exited | None = None
        self._cells_began: dict[int, float] = {}
        self._add_all = {MESSAGES[kind]: add for kind, add in self._tables.adders_of_many().items()}
        self._waiting: dict[type, list[Any]] = {cls: [] for cls in self._add_all}
        """Rows of kinds that are added together, in the order in which the kinds are."""
        self._add = _by_class({
            **self._tables.adders(),
            "started": self._on_started,
            "matched": self._on_matched,
            "cell": self._on_cell,
            "output": self._output.add,
            "lines": self._on_lines,
            "error": self._on_error,
            "finished": self._on_finished,
            "lost": self._on_lost,
            "truncated": self._on_truncated,
            "exited": self.add_exited,
            "left": lambda row: self.add_exited(Exited(row.code, None, None)),
        })  # fmt: skip

    @property
    def operation_count(self) -> int:
        return len(self._tables.operations)

    def add_batch(self, batch: Iterable[Row]) -> None:
        """Add messages: rows of packed kinds, others as `decode_line` of the framing gives them."""
        waiting = self._waiting
        for row in batch:
            if (rows := waiting.get(type(row))) is not None:
                rows.append(row)
            else:
                self._add_waiting()
                self._add_one(row)
        self._add_waiting()

    def _add_one(self, row: Row) -> None:
        losses = self._losses
        try:
            known = self._typed(row) if type(row) is list else row
            add, has_event = self._add[type(known)]
            add(known)
        except _MALFORMED:
            losses.lose(1)
        else:
            if has_event:
                losses.last_event = max(losses.last_event, known.event)

    def _add_waiting(self) -> None:
        last = self._losses.last_event
        for cls, rows in self._waiting.items():
            if rows:
                last = max(last, self._add_together(cls, rows))
                rows.clear()
        self._losses.last_event = last

    def _add_together(self, cls: type, rows: list[Any]) -> int:
        """Add rows of a class, but for those that cannot be understood; return the last event."""
        try:
            self._add_all[cls](rows)
        except _MALFORMED:
            if len(rows) == 1:
                self._losses.lose(1)
                return 0
            middle = len(rows) // 2
            return max(self._add_together(cls, part) for part in (rows[:middle], rows[middle:]))
        return max(row.event for row in rows) if "event" in fields_of(cls) else 0

    def add_exited(self, exited: Exited) -> None:
        self._exited = exited
        self._ended = time.monotonic()

    @property
    def has_ended(self) -> bool:
        """Whether it is known how the process ended."""
        return self._exited is not None

    @property
    def has_stepped(self) -> bool:
        """Whether an optimizer has made a step."""
        return any(step.end_event is not None for step in self._tables.optimizer_steps.values())

    @property
    def has_backward(self) -> bool:
        """Whether a backward pass has ended."""
        return any(one.end_event is not None for one in self._tables.passes.values())

    @property
    def progress(self) -> Progress:
        tables, is_recorded = self._tables, not self._losses.is_truncated
        return Progress(
            operations=self._growing.so_far(),
            backward_passes=len(tables.passes),
            iterations=tables.steps_done if is_recorded and tables.optimizers else None,
            turns=tables.newest_turns() if is_recorded else (),
            is_full=not is_recorded,
        )

    def losses(self, known: int) -> list[float | None]:
        """Return the losses of the backward passes that have ended, without the first `known`."""
        tables = self._tables
        passes = islice(tables.passes.values(), known, None)
        ended = takewhile(lambda one: one.end_event is not None, passes)
        values = [loss_of(tables.tensors.by_id, [one]) for one in ended]
        return [None if value is None else float(value) for value in values]

    def finish(self, *, is_running: bool = False) -> Run:
        """Return the run so far: gradients explained, training judged, findings made.

        Nothing can be added afterwards, also if it `is_running`, which its status says then.
        """
        tables = self._tables
        self._add.clear()  # it refers back to us, and would keep the tables until garbage goes
        info = self._run_info()
        if is_running:
            info.status = "running"
        tables.settle(is_stopped=info.status in ("stopped", "timeout", "running"))
        info.partial = partial_of(info, self._losses, tables)
        trace = Trace(
            format=FORMAT,
            version=VERSION,
            snippet=replace(self._snippet, cells=self._cells(info.seconds)),
            run=info,
            error=None,
            output=self._output.output(),
            operations=tables.operations,
            tensors=tables.tensors,
            modules=list(tables.modules.values()),
            grad_modes=list(tables.spans.values()),
            autocasts=list(tables.autocasts.values()),
            backward_passes=list(tables.passes.values()),
            gradients=[],
            findings=[],
            facts=tables.facts,
            gradient_readings=tables.readings,
            optimizer_steps=list(tables.optimizer_steps.values()),
            recomputations=list(tables.recomputations.values()),
            came_back=tables.came_back,
            notes=[*tables.notes, *_magics(self._snippet.text)],
            autograd_nodes=tables.nodes,
            lines=None if self._lines is None else lines_of(self._lines),
            optimizers=list(tables.optimizers.values()),
            module_modes=tables.module_modes,
            kept=tables.kept.settle(),
            files=[self._first_file(), *tables.files.values()],
            clock=tables.clock(),
        )
        tables.ids.name(trace.files)
        tables.ids.name_cells(trace.snippet.cells)
        run = Run(trace)
        trace.error = self._final_error(run)
        trace.run.what_if = [_named(one, run) for one in self._what_if]
        trace.iterations = iterations(run, tables.updates)
        trace.gradients = gradients(run, candidates(run, tables.grads.values()))
        evidence = Evidence(run)
        trace.training = training(evidence)
        trace.findings = findings(evidence)
        return run

    def _typed(self, plain: list[Any]) -> Any:
        """Return the message in its type.

        Raises msgspec.ValidationError or ProtocolError if it does not fit one.
        """
        kind, *fields = plain or [None]
        message = MESSAGES.get(kind) if isinstance(kind, str) else None
        if message is None or message in PACKED:
            raise msgspec.ValidationError("no kind of message")
        return typed(message, fields, self._tables.read_file)

    def _on_started(self, row: Started) -> None:
        self._what_if = [
            WhatIf(msgspec.convert(kind, ChangeKind), target) for kind, target in row.what_if
        ]
        self._started = row
        self._began = time.monotonic()

    def _on_matched(self, row: MatchedRow) -> None:
        if not 0 <= row.change < len(self._what_if):
            raise ProtocolError("no such change")
        change = self._what_if[row.change]
        if row.changed:
            change.changed = (change.changed or 0) + 1
            return
        if row.tensor is not None or row.module is not None:
            change.changed = change.changed or 0
        change.matched.append(row.text)
        if row.line is not None:
            change.line, change.file = self._tables.place(row.line)
        if row.tensor is not None:
            change.tensors.append(row.tensor)
        if row.module is not None:
            change.modules.append(row.module)

    def _on_cell(self, row: CellRow) -> None:
        self._cells_began[row.line] = row.seconds

    def _cells(self, end: float) -> list[Cell]:
        """Return the snippet's cells; each ran until the next one that ran began."""
        cells = cells_of(self._snippet.text)
        for cell in reversed(cells):
            if (began := self._cells_began.get(cell.line)) is not None:
                cell.seconds, end = end - began, began
        return cells

    def _on_error(self, row: ErrorRow) -> None:
        self._error = row

    def _on_lines(self, row: LinesRow) -> None:
        if row.file:
            self._tables.file(row.file).lines = lines_of(row)
        else:
            self._lines = row

    def _on_finished(self, row: FinishedRow) -> None:
        self._finished = row

    def _on_lost(self, row: LostRow) -> None:
        self._losses.lose(row.rows)

    def _on_truncated(self, row: TruncatedRow) -> None:
        self._losses.truncated(row.event)

    def _first_file(self) -> File:
        return File(self._tables.ids[0], self._snippet.path, "snippet", self._snippet.text)

    def _run_info(self) -> RunInfo:
        started, finished = self._started, self._finished
        return RunInfo(
            status=run_status(self._error, self._exited),
            device=started.device if started else "cpu",
            mode=mode_of(one.change for one in self._what_if),
            seed=started.seed if started else None,
            torch=started.torch if started else "",
            python=started.python if started else "",
            seconds=finished.seconds if finished else max(0.0, self._ended - self._began),
            truncated=self._losses.is_truncated,
            host=started.host if started else "",
            system=started.system if started else "",
            begins_late=started.begins_late if started else False,
            last_line=started.last_line if started else None,
            iterations=finished.iterations if finished else None,
            rank=started.rank if started else None,
            world=started.world if started else None,
            language=code(),
            what_if=self._what_if,
        )

    def _final_error(self, run: Run) -> Error | None:
        error, status = self._error, run.trace.run.status
        if error is None or status in ("stopped", "timeout"):
            return ending_error(status, self._exited, operation_count(run))
        line, file = self._tables.place(error.line)
        hint = error.hint or arguments_hint(error.type, self._output.output().stderr)
        return Error(
            error.type, error.message, line, error.column, error.traceback, hint,
            line_and_file(error.end_line)[0], error.end_column, self._tables.failed_call, file,
        )  # fmt: skip


def _named(change: WhatIf, run: Run) -> WhatIf:
    """Return a change, what it applied to by the names that it has at the end of the run."""
    found, known = change.tensors, {one.identity: one.name for one in run.trace.tensors}
    if change.modules:
        found, known = change.modules, {one.id: one.path for one in run.trace.modules}
    matched = list(change.matched)
    if found and len(found) == len(matched):
        matched = [known.get(one) or name for one, name in zip(found, matched, strict=True)]
    return replace(change, matched=matched)


def _magics(text: str) -> list[Note]:
    """Return a note for each line for IPython in a text with cells."""
    lines = text.split("\n")
    said = "`{}` is for IPython and did not run."
    return [
        Note("magic", number, said.format(line.strip().removeprefix("pass  ").removeprefix("# ")))
        for cell in cells_of(text)
        if cell.kind == "code"
        for number, line in enumerate(lines[cell.line - 1 : cell.end_line], cell.line)
        if is_magic(line)
    ]


def _by_class(
    adders: Mapping[str, Callable[[Any], None]],
) -> dict[type, tuple[Callable[[Any], None], bool]]:
    """Return what adds the messages of each class, and whether they have an event.

    Those that are not about the run (hello, devices) are added to nothing.
    """
    return {
        cls: (adders.get(kind, _ignore), "event" in fields_of(cls))
        for kind, cls in MESSAGES.items()
    }


def _ignore(message: Any) -> None:
    """It is not about the run."""


def typed(cls: type[T], sent: Iterable[Any], hook: Callable[[type, Any], Any]) -> T:
    """Return a message of a class from its fields as they were sent, each of its declared type.

    `hook` makes what msgspec does not know, with the declared type and what was sent.  Raises
    msgspec.ValidationError where the fields do not fit.
    """
    if issubclass(cls, tuple):
        return msgspec.convert(sent, cls)
    return msgspec.convert(dict(zip(fields_of(cls), sent, strict=False)), cls, dec_hook=hook)


def output_in(batch: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """Yield the output in a batch of any messages, as (stream, text)."""
    for row in batch:
        match row:
            case ["output", "stdout" | "stderr" as stream, str(text)]:
                yield stream, text


class _OutputText:
    """The snippet's output, up to a limit, so that a loop that prints cannot fill the memory."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._room = dict.fromkeys(self._texts, OUTPUT_LIMIT)
        self._truncated = False

    def add(self, row: OutputRow) -> None:
        room = self._room[row.stream]
        self._texts[row.stream].append(row.text[:room])
        self._room[row.stream] = max(0, room - len(row.text))
        self._truncated = self._truncated or len(row.text) > room

    def output(self) -> Output:
        stdout, stderr = ("".join(self._texts[name]) for name in ("stdout", "stderr"))
        return Output(stdout, stderr, self._truncated)
