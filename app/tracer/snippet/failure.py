"""What the user is told of an exception that the snippet did not catch."""

from __future__ import annotations

import re
import sys
import traceback
from contextlib import suppress

from app.contract.messages import ErrorRow
from app.tracer.invisible import without_ours
from app.tracer.snippet.hints import hint_for
from app.tracer.snippet.source import Place, SnippetSource

_OUT_OF_MEMORY = re.compile("can't allocate memory|not enough memory|out of memory", re.IGNORECASE)


def error_row(error: BaseException, source: SnippetSource, mode: str = "as-written") -> ErrorRow:
    """The row for an exception that nobody caught, while the recorder keeps itself out of it.

    `mode` is that of the run, which may be what it comes from.
    """
    place = _where(error, source)
    message = str(error)
    return ErrorRow(
        "error",
        "out_of_memory" if is_out_of_memory(error) else "raised",
        _type_name(error),
        message,
        place.line if place is not None else None,
        place.column if place is not None else None,
        "".join(traceback.format_exception(error)),
        hint_for(error, message, mode),
        place.end_line if place is not None else None,
        place.end_column if place is not None else None,
    )


def syntax_error_row(error: Exception) -> ErrorRow:
    """The row for a text that is no Python: a SyntaxError, or what `compile` raises besides."""
    line = column = None
    message = str(error)
    if isinstance(error, SyntaxError):
        message = error.msg
        line = error.lineno
        column = max(0, error.offset - 1) if error.offset else None
    text = "".join(traceback.format_exception_only(error))
    name = _type_name(error)
    return ErrorRow("error", "syntax_error", name, message, line, column, text, None)


def print_error(error: BaseException) -> None:
    """What Python does with an exception that nobody caught, the snippet's own hook included."""
    if isinstance(error, SystemExit):
        text = "" if isinstance(error.code, int) else f"{error.code}\n"
    elif sys.excepthook is sys.__excepthook__:
        text = "".join(traceback.format_exception(error))
    else:
        text = _call_hook(error)
    with suppress(AttributeError, ValueError, OSError):  # closed or replaced by the snippet
        sys.stderr.write(text)


def _call_hook(error: BaseException) -> str:
    """Calls `sys.excepthook`; what there is to say where that fails."""
    try:
        sys.excepthook(type(error), error, without_ours(error.__traceback__))
    except Exception as failure:
        failure.__context__ = None
        theirs = "".join(traceback.format_exception(failure))
        original = "".join(traceback.format_exception(error))
        return f"Error in sys.excepthook:\n{theirs}\nOriginal exception was:\n{original}"
    return ""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python, torch's allocators or the system had no memory to give."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, (RuntimeError, OSError)) and bool(
        _OUT_OF_MEMORY.search(str(error)) or "Cannot allocate memory" in str(error)
    )


def _type_name(error: BaseException) -> str:
    """As the last line of a traceback has it."""
    kind = type(error)
    if kind.__module__ in ("builtins", "__main__"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _where(error: BaseException, source: SnippetSource) -> Place | None:
    """The innermost place of the snippet that led to the exception."""
    found = None
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if code.co_filename == source.filename:
            place = source.place(code, step.tb_lasti)
            line_only = Place(step.tb_lineno, None, None, None)
            found = line_only if place is None else place._replace(line=step.tb_lineno)
        step = step.tb_next
    return found
