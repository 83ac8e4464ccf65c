"""Describes an exception that the snippet did not catch."""

from __future__ import annotations

import io
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, NamedTuple

from app.contract.messages import ErrorRow
from app.tracer.invisible import without_ours
from app.tracer.snippet.files import Files, shifted
from app.tracer.snippet.hints import hint_for
from app.tracer.snippet.source import Position

_OUT_OF_MEMORY = re.compile(
    "can.?t allocate memory|cannot allocate memory|not enough memory|out of memory|std::bad_alloc",
    re.IGNORECASE,
)
_UNPRINTABLE = "<exception str() failed>"
"""What Python prints instead of a message that cannot be made."""
_LONGEST = 400_000
"""Characters that a row has of a message, and of a traceback; what is printed is whole."""
_display = sys.__excepthook__
_TRACEBACK = vars(BaseException)["__traceback__"]
_CONTEXT = vars(BaseException)["__context__"]
"""They read past a `__getattribute__` of the error's own."""
_WITHOUT_PLACE = (None, None, "", None)


def error_row(error: BaseException, files: Files, changes: Sequence[str] = ()) -> ErrorRow:
    """Return the row for an uncaught exception, without the recorder's own frames.

    `changes` are the kinds of changes of a what-if, which may be what it comes from.
    """
    place = _where(error, files)
    if place is None and (before := _CONTEXT.__get__(error)) is not None:
        place = _where(before, files)  # where memory ended, and ended again while that was raised
    message = _message(error)
    return ErrorRow(
        "out_of_memory" if is_out_of_memory(error) else "raised",
        _type_name(error),
        message,
        place.line if place is not None else None,
        place.column if place is not None else None,
        _text_of(error),
        _hint(error, message, changes),
        place.end_line if place is not None else None,
        place.end_column if place is not None else None,
    )


def bare_error_row(error: BaseException) -> ErrorRow:
    """Return a minimal row, for an error that cannot be described otherwise."""
    return ErrorRow("raised", _type_name(error), _message(error), *_WITHOUT_PLACE)


def syntax_error_row(error: Exception) -> ErrorRow:
    """Return the row for a text that is not Python: a SyntaxError, or others of `compile`."""
    line = column = None
    message = str(error)
    if isinstance(error, SyntaxError):
        message = error.msg
        line = error.lineno
        column = max(0, error.offset - 1) if error.offset else None
    text = "".join(traceback.format_exception_only(error))
    name = _type_name(error)
    return ErrorRow("syntax_error", name, message, line, column, text, None)


def shortened(row: ErrorRow) -> ErrorRow:
    """Return a row with the beginning and the end of texts that are too long to keep."""
    return row._replace(message=_ends(row.message), traceback=_ends(row.traceback))


def _ends(text: str) -> str:
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} […] {text[-half:]}"


def print_error(error: BaseException, text: str | None = None) -> None:
    """Print an uncaught exception as Python does, with the snippet's own hook if it set one.

    `text` is what there is to print, where that is known.
    """
    text = _text_of(error) if text is None else text
    hook = getattr(sys, "excepthook", None)
    if issubclass(type(error), SystemExit):
        text = exit_of(error).text
    elif hook is _display:
        pass
    elif hook is None and "excepthook" not in vars(sys):
        text = f"sys.excepthook is missing\n{text}"
    else:
        text = _call_hook(error)
    with suppress(AttributeError, ValueError, OSError):  # closed or replaced by the snippet
        sys.stderr.write(text)


class Exit(NamedTuple):
    """The exit code of a SystemExit, and what Python prints."""

    code: int
    text: str


def exit_of(error: BaseException) -> Exit:
    """Return how an error ends the program, as CPython's `_Py_HandleSystemExit` does."""
    value: Any = error
    with suppress(BaseException):  # a property of the snippet's
        value = getattr(error, "code", error)
    if value is None:
        return Exit(0, "")
    if issubclass(type(value), int):
        number = int.__index__(value)
        return Exit(number & 0xFF if -(1 << 63) <= number < 1 << 63 else 0xFF, "")
    try:
        return Exit(1, f"{value!s}\n")
    except BaseException:
        return Exit(1, "\n")


def _text_of(error: BaseException) -> str:
    """Return what Python prints of an error, even if the error's own methods fail."""
    try:
        return "".join(traceback.format_exception(error))
    except BaseException:  # what the snippet wrote, or has put in the place of Python's
        return _displayed(error)


def _displayed(error: BaseException) -> str:
    """By the interpreter itself, which asks nothing in Python that can fail."""
    output, before = io.StringIO(), getattr(sys, "stderr", None)
    sys.stderr = output
    try:
        with _without_ours(error) as own:
            _display(type(error), error, own)
    finally:
        sys.stderr = before
    return output.getvalue()


@contextmanager
def _without_ours(error: BaseException) -> Iterator[TracebackType | None]:
    """Give the error the traceback of a plain run, which Python's own hook reads off the error."""
    whole = _TRACEBACK.__get__(error)
    own = without_ours(whole)
    _TRACEBACK.__set__(error, own)
    try:
        yield own
    finally:
        _TRACEBACK.__set__(error, whole)


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:
        return _UNPRINTABLE


def _hint(error: BaseException, message: str, changes: Sequence[str]) -> str | None:
    try:
        return hint_for(error, message, changes)
    except Exception:  # it looks at the error
        return None


def _call_hook(error: BaseException) -> str:
    """Calls `sys.excepthook`; what there is to say where that fails."""
    try:
        with _without_ours(error) as own:
            sys.excepthook(type(error), error, own)
    except Exception as failure:
        failure.__context__ = None
        theirs, original = _text_of(failure), _text_of(error)
        return f"Error in sys.excepthook:\n{theirs}\nOriginal exception was:\n{original}"
    return ""


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether Python, torch's allocators or the system ran out of memory."""
    if issubclass(type(error), MemoryError):
        return True
    may_be = issubclass(type(error), (RuntimeError, OSError))
    return may_be and _OUT_OF_MEMORY.search(_message(error)) is not None


def _type_name(error: BaseException) -> str:
    """Return the type's name as in the last line of a traceback."""
    kind = type(error)
    name = type.__dict__["__qualname__"].__get__(kind)
    module = vars(kind).get("__module__", "builtins")
    if module in ("builtins", "__main__"):
        return str(name)
    return f"{module if type(module) is str else '<unknown>'}.{name}"


def _where(error: BaseException, files: Files) -> Position | None:
    """Return the user's innermost place that led to the exception, lines as spots, or None."""
    found = None
    step: TracebackType | None = _TRACEBACK.__get__(error)
    while step is not None:
        file = files.of(step.tb_frame)
        if file is not None:
            place = file.place(step.tb_frame.f_code, step.tb_lasti)
            line_only = Position(step.tb_lineno, None, None, None)
            place = line_only if place is None else place._replace(line=step.tb_lineno)
            found = shifted(place, file)
        step = step.tb_next
    return found
