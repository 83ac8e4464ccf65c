"""Runs a snippet under the recorder in this process, and gives its rows in a form to ask.

The rows go through the same framing as when sent to the window, so that what could not be sent
fails here too.  Nothing of a run is left behind: modules, line cache, random state, grad mode and
the defaults for dtype and device are afterwards what they were before.
"""

from __future__ import annotations

import linecache
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from textwrap import dedent
from types import CodeType
from typing import Any, TypeVar

import torch

from app.contract import messages
from app.contract.kinds import MESSAGES
from app.contract.packing import Decoder, Encoder
from app.contract.records import Change, Fact, Mode, Note
from app.session.trace.assembly import typed
from app.session.what_if.changes import of_mode
from app.tracer.recorder import Recorder
from app.tracer.snippet.watching import LineWatch

FILENAME = "<snippet>"
R = TypeVar("R", bound=messages.Row)


@dataclass
class Cause:
    kind: str
    line: int | None
    text: str
    module: str | None


@dataclass
class TensorInfo:
    """One value of the trace, with what was learnt of it later.

    `row` is what it has in common with others of its form.
    """

    id: int
    row: messages.TensorFormRow
    own: messages.TensorRow
    name: str | None = None
    line: int | None = None
    kind: str = ""
    value: messages.Values = None

    @property
    def identity(self) -> int:
        return self.own.identity

    @property
    def shape(self) -> list[int]:
        return self.row.shape


@dataclass
class Op:
    """An operation with its numbers looked up."""

    row: messages.OperationFormRow
    """What it has in common with others of its form."""
    own: messages.OperationRow
    name: str
    qualified_name: str
    line: int | None
    site: messages.SiteRow | None
    cause: Cause | None
    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    mutates: list[TensorInfo]
    module: ModuleInfo | None
    children: list[Op] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.own.id

    @property
    def reason(self) -> str:
        return self.row.reason

    @property
    def grad_fn(self) -> list[str]:
        return self.row.grad_fn

    @property
    def phase(self) -> str:
        return self.row.phase

    @property
    def parent(self) -> int | None:
        return self.own.parent


@dataclass
class ModuleInfo:
    row: messages.ModuleRow
    state: messages.ModuleStateRow | None = None

    @property
    def path(self) -> str:
        return self.row.path if self.state is None else self.state.path


@dataclass
class Pass:
    """A backward pass: its steps in order, and how it ended."""

    row: messages.BackwardRow
    steps: list[messages.StepRow] = field(default_factory=list)
    end: messages.BackwardEndRow | None = None

    @property
    def ok(self) -> bool:
        assert self.end is not None
        return self.end.ok

    @property
    def nodes(self) -> list[str]:
        return [step.grad_fn for step in self.steps]


@dataclass
class Span:
    row: messages.SpanRow
    cause: Cause
    end: messages.SpanEndRow | None = None


class Recording:
    """The rows of one run."""

    def __init__(
        self,
        rows: list[messages.Row],
        variables: dict[str, Any],
        error: BaseException | None,
        after: Any,
    ) -> None:
        self.rows = rows
        self.variables = variables
        self.error = error
        self.after = after
        """What the `afterwards` of `record` returned."""
        self._functions = {r.id: r for r in self.all(messages.FunctionRow)}
        self._sites = {r.id: r for r in self.all(messages.SiteRow)}
        self._forms = {r.id: r for r in self.all(messages.OperationFormRow)}
        self._causes = {
            r.id: Cause(r.cause, r.line, r.text, r.module) for r in self.all(messages.CauseRow)
        }
        self.tensors = self._tensors()
        self.modules = {r.id: ModuleInfo(r) for r in self.all(messages.ModuleRow)}
        for state in self.all(messages.ModuleStateRow):
            self.modules[state.id].state = state
        self.ops = [self._op(r) for r in self.all(messages.OperationRow)]
        by_id = {op.id: op for op in self.ops}
        assert len(by_id) == len(self.ops), "operation numbers are unique"
        for op in self.ops:
            if op.parent is not None:
                by_id[op.parent].children.append(op)
        self.passes = self._passes()
        self.spans = self._spans()

    def all(self, kind: type[R]) -> list[R]:
        return [row for row in self.rows if isinstance(row, kind)]

    def _tensors(self) -> dict[int, TensorInfo]:
        found: dict[int, TensorInfo] = {}
        forms = {row.id: row for row in self.all(messages.TensorFormRow)}
        for row in self.rows:
            if isinstance(row, messages.TensorRow):
                form = forms[row.form]
                info = found.setdefault(row.id, TensorInfo(row.id, form, row))
                info.row, info.own, info.kind = form, row, form.tensor_kind
                info.name = row.name or info.name
                info.line = row.line if row.line is not None else info.line
                info.value = row.values or info.value
            elif isinstance(row, messages.ValueRow):
                found[row.tensor].value = row.values
            elif isinstance(row, messages.NameRow):
                info = found[row.tensor]
                info.name = row.name
                info.line = row.line if row.line is not None else info.line
                info.kind = row.tensor_kind or info.kind
        return found

    def _op(self, own: messages.OperationRow) -> Op:
        row = self._forms[own.form]
        function = self._functions[row.function]
        site = None if row.site is None else self._sites[row.site]
        return Op(
            row,
            own,
            function.name,
            function.qualified_name,
            None if site is None else site.line,
            site,
            None if row.cause is None else self._causes[row.cause],
            [self.tensors[i] for i in own.inputs],
            [self.tensors[i] for i in own.outputs],
            [self.tensors[i] for i in own.mutates],
            None if row.module is None else self.modules[row.module],
        )

    def _passes(self) -> list[Pass]:
        found: dict[int, Pass] = {}
        for row in self.rows:
            if isinstance(row, messages.BackwardRow):
                found[row.id] = Pass(row)
            elif isinstance(row, messages.StepRow):
                found[row.backward].steps.append(row)
            elif isinstance(row, messages.BackwardEndRow):
                found[row.id].end = row
        return list(found.values())

    def _spans(self) -> list[Span]:
        found: dict[int, Span] = {}
        for row in self.rows:
            if isinstance(row, messages.SpanRow):
                found[row.id] = Span(row, self._causes[row.cause])
            elif isinstance(row, messages.SpanEndRow):
                found[row.id].end = row
        return list(found.values())

    # -------------------------------------------------------------------------------------- asking

    @property
    def leaves(self) -> list[Op]:
        """The operations without children: the ones that autograd sees."""
        return [op for op in self.ops if not op.children]

    def named(self, name: str) -> list[Op]:
        return [op for op in self.ops if op.name == name]

    def op(self, name: str, index: int = 0) -> Op:
        """The operation of this name; `index` where there are several."""
        found = self.named(name)
        assert found, f"no {name!r} among {[op.name for op in self.ops]}"
        return found[index]

    def on_line(self, line: int) -> list[Op]:
        return [op for op in self.ops if op.line == line]

    def names(self) -> list[str]:
        return [op.name for op in self.ops]

    def reasons(self) -> list[tuple[str, str]]:
        return [(op.name, op.reason) for op in self.ops]

    def tensor(self, name: str) -> TensorInfo:
        """The last value that went by this name."""
        found = [info for info in self.tensors.values() if info.name == name]
        assert found, f"no tensor {name!r} among {sorted(self.tensor_names())}"
        return found[-1]

    def tensor_names(self) -> set[str]:
        return {info.name for info in self.tensors.values() if info.name is not None}

    @property
    def saved_bytes(self) -> dict[int, int]:
        """By operation, the bytes that it keeps for backward, each storage counted once."""
        sizes = {row.id: row.bytes for row in self.all(messages.MemoryRow)}
        return {op.id: sum(sizes.pop(number, 0) for number in op.own.kept) for op in self.ops}

    def facts(self) -> list[tuple[str, str | None]]:
        return [(r.kind, self.tensors[r.tensor].name) for r in self.all(Fact)]

    def final_grads(self) -> dict[str, messages.GradRow]:
        """The last word on each `.grad`, by the tensor's name."""
        rows = [r for r in self.all(messages.GradRow) if r.final]
        return {self.tensors[r.tensor].name or f"#{r.tensor}": r for r in rows}


def record(
    text: str,
    *,
    raises: type[BaseException] | None = None,
    max_ops: int = 200_000,
    variables: dict[str, Any] | None = None,
    afterwards: Callable[[dict[str, Any]], Any] | None = None,
    mode: Mode = "as-written",
    what_if: Sequence[Change] = (),
) -> Recording:
    """The recording of a snippet that ran with seed 0.

    An exception of the snippet goes on unless its type is `raises`; then there has to be one.
    `variables` are there before the snippet begins.  `afterwards` is called with the variables
    when the snippet is over, before the books are closed and what it made is freed.
    """
    text = dedent(text).lstrip("\n")
    rows: list[messages.Row] = []

    encoder, decoder = Encoder(), Decoder()

    def send(*sent: messages.Row) -> None:
        for row in sent:
            rows.extend(map(_row, decoder.feed(encoder.encode(row))))
            encoder.sent()

    error: BaseException | None = None
    after = None
    lines = LineWatch(text, FILENAME, None)
    with ExitStack() as at_end, _own_surroundings(text, variables or {}) as names:
        at_end.callback(lines.end)
        recorder = Recorder(
            send,
            FILENAME,
            text,
            max_ops,
            names,
            changes=[*of_mode(mode), *what_if],
            no_follow=["tests"],  # nothing of the program: their texts would be parsed each time
        )
        try:
            with recorder:
                exec(lines.begin(_compiled(text)), names)
        except BaseException as raised:
            if raises is None or not isinstance(raised, raises):
                raise
            error = raised
        if afterwards is not None:
            after = afterwards(names)
        recorder.finish()
    assert (error is None) == (raises is None), "the snippet did not raise"
    missing = [row for row in rows if isinstance(row, Note) and row.code == "incomplete"]
    assert not missing, missing
    return Recording(rows, names, error, after)


def run_plainly(text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """The variables of the same snippet run as `python snippet.py` would, with the same seed."""
    text = dedent(text).lstrip("\n")
    with _own_surroundings(text, variables or {}) as names:
        exec(_compiled(text), names)
    return names


def packed(code: str, tensor: torch.Tensor) -> messages.Packed:
    """Return the elements as a recording has them, with their dtype's code in `struct`."""
    shape = ",".join(map(str, tensor.shape))
    data = tensor.detach().contiguous().numpy().tobytes()
    return messages.Packed(f"{code}|{shape}", data)


@cache
def _compiled(text: str) -> CodeType:
    return compile(text, FILENAME, "exec", dont_inherit=True)


def _row(row: messages.Row) -> messages.Row:
    return typed(MESSAGES[row[0]], row[1:], _made) if isinstance(row, list) else row


def _made(kind: type, sent: Any) -> Any:
    return kind(sent)


def _seed() -> None:
    # As torch.manual_seed(0), which spends a third of a millisecond on formatting the stack.
    torch.default_generator.manual_seed(0)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(0)


@contextmanager
def _own_surroundings(text: str, variables: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A `__main__` of its own, seed 0, and everything put back."""
    module = types.ModuleType("__main__")
    module.__file__ = FILENAME
    vars(module).update(variables)
    main, grad, dtype = sys.modules["__main__"], torch.is_grad_enabled(), torch.get_default_dtype()
    random_state = torch.get_rng_state()
    lines = text.splitlines(keepends=True)
    linecache.cache[FILENAME] = (len(text), None, lines, FILENAME)
    sys.modules["__main__"] = module
    _seed()
    try:
        yield vars(module)
    finally:
        sys.modules["__main__"] = main
        linecache.cache.pop(FILENAME, None)
        torch.set_rng_state(random_state)
        torch.set_grad_enabled(grad)
        torch.set_default_dtype(dtype)
