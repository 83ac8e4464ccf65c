"""Sends rows; what repeats is sent once.

The recorder describes what happened the moment it happens and keeps no tensor; what it has
described is handed over at once, so that it is known whatever happens next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from app.contract.messages import CauseRow, FunctionRow, OperationFormRow, Row
from app.tracer.tensors.fetching import MOST, Pending, fetching

R = TypeVar("R")
Send = Callable[..., None]
"""Takes one or more rows, which are sent together."""


row_of: Callable[[type[R], tuple[Any, ...]], R] = tuple.__new__  # type: ignore[assignment]
"""A row from all its fields in order, in a third of the time: for those sent at every call."""


def _with_values(rows: list[Row]) -> list[Row]:
    """Return the rows with the values that were fetched."""
    fetching.fetch()
    found = []
    for row in rows:
        if isinstance(row, tuple) and any(type(field) is Pending for field in row):
            fields = [field.values if type(field) is Pending else field for field in row]
            row = row_of(type(row), tuple(fields))
        found.append(row)
    return found


class Stream:
    """Hands rows to `send`; numbers what repeats.

    Rows wait for the row that they belong to, which follows at once, and while values of one of
    them are to be fetched from another device.  Threads of the snippet share one stream.

    What is numbered is put first and then remembered: whatever may be raised in between, nothing
    refers to what was not sent.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._ahead: list[Row] = []
        self._rows: list[Row] = []
        self._lock = threading.RLock()
        self._functions: dict[tuple[str, str], int] = {}
        self._function_names: list[str] = []
        self._causes: dict[tuple[str, int | None, str, str | None], int] = {}
        self._operation_forms: dict[tuple[Any, ...], int] = {}
        self._numbered_forms: list[OperationFormRow] = []
        self.events = 0
        self.dropped: list[Any] = []
        """What destroyed nodes let go since the last event: nothing can be sent where that
        happens."""
        self.tell_dropped: Callable[[], None] = self.dropped.clear
        """Sends it as of the next event: the one before is still as it was."""
        self._spans = -1

    def divert(self, send: Send) -> None:
        """Hand all further rows to `send`."""
        self._send = send

    def next_event(self) -> int:
        """Return the next number that orders operations, spans, steps and facts."""
        if self.dropped:
            self.tell_dropped()
        self.events += 1
        return self.events

    def next_span(self) -> int:
        """Return the number of a new grad-mode region, counted over all threads."""
        self._spans += 1
        return self._spans

    def put(self, row: Row) -> None:
        if fetching.any or self._ahead:
            self.later(row)
            self.put_ahead()
        else:
            self._send(row)

    def later(self, row: Row) -> None:
        """Put a row together with the next one, before it: for what is of no use without that."""
        self._ahead.append(row)

    def put_ahead(self) -> None:
        """Put the rows that were left for later."""
        self._ahead, rows = [], self._ahead  # made first, as that may free what puts rows
        if fetching.any:
            for row in rows:
                self._wait(row)
        elif rows:
            self._send(*rows)

    def _wait(self, row: Row) -> None:
        with self._lock:
            self._rows.append(row)
            if len(fetching) >= MOST:
                self.fetch()

    def fetch(self) -> None:
        """Fetch the values that rows wait for, and send the rows."""
        with self._lock:
            rows, self._rows = self._rows, []
            for row in _with_values(rows) if rows else ():
                self._send(row)

    def function(self, name: str, qualified_name: str) -> int:
        key = (name, qualified_name)
        number = self._functions.get(key)
        if number is None:
            number = len(self._function_names)
            self.put(FunctionRow(number, name, qualified_name))
            self._function_names.append(name)
            self._functions[key] = number
        return number

    def function_name(self, number: int) -> str:
        return self._function_names[number]

    def cause(self, kind: str, line: int | None, text: str, module: str | None = None) -> int:
        key = (kind, line, text, module)
        number = self._causes.get(key)
        if number is None:
            number = len(self._causes)
            self.put(CauseRow(number, *key))
            self._causes[key] = number
        return number

    def operation_form(self, form: tuple[Any, ...]) -> int:
        """Return the number of a form, the fields after the id in `OperationFormRow`."""
        number = self._operation_forms.get(form)
        if number is None:
            number = len(self._numbered_forms)
            row = OperationFormRow(number, *form)
            self.put(row)
            self._numbered_forms.append(row)
            self._operation_forms[form] = number
        return number

    def form(self, number: int) -> OperationFormRow:
        return self._numbered_forms[number]
