"""The command line: `tapescope [FILE]` opens the window, `tapescope trace FILE` needs none.

Everything is imported where it is used, so that each command loads what it needs and no more.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from app.command_line.arguments import (
    BAD_USAGE,
    UsageError,
    self_test_parser,
    split_at_dashes,
    trace_parser,
    window_parser,
)
from app.command_line.streams import occupy_standard_descriptors, settle, tell

INTERNAL_ERROR = 70
"""The exit code after a failure of Tapescope's own (EX_SOFTWARE of sysexits.h)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code."""
    words, for_the_snippet = split_at_dashes(sys.argv[1:] if arguments is None else arguments)
    occupy_standard_descriptors()
    try:
        if words[:1] == ["trace"]:
            return _trace(words[1:], for_the_snippet)
        if words[:1] == ["self-test"]:
            return _self_test(words[1:])
        return _open_window(words, for_the_snippet)
    except UsageError as error:
        tell(f"tapescope: {error}\n")
        return BAD_USAGE
    except KeyboardInterrupt:
        return 3
    except Exception as error:
        tell(_internal_error(error))
        return INTERNAL_ERROR
    finally:
        settle()


def _internal_error(error: Exception) -> str:
    """Log it; return what to say of it."""
    from app.session import internal_errors
    from app.session.language import tr

    internal_errors.record(type(error), error, error.__traceback__)
    text = tr("Tapescope hit an internal error ({error}). {details}")
    name = f"{type(error).__name__}: {error}"
    return f"tapescope: {text.format(error=name, details=internal_errors.details())}\n"


def _trace(words: Sequence[str], for_the_snippet: Sequence[str]) -> int:
    options = trace_parser().parse_args(words)
    from app.command_line.trace import trace_command

    return trace_command(options, for_the_snippet)


def _self_test(words: Sequence[str]) -> int:
    options = self_test_parser().parse_args(words)
    from app.command_line.self_test import self_test

    return self_test(options)


def _open_window(words: Sequence[str], for_the_snippet: Sequence[str]) -> int:
    options = window_parser().parse_args(words)
    from app.command_line.reading import run_settings
    from app.gui.starting import unhindered

    settings = run_settings(options, for_the_snippet)
    try:
        with unhindered():
            from app.gui.application import Program

            program = Program(options.file, settings)
    except ImportError as error:
        from app.gui.system_check import why_no_window

        if reason := why_no_window():
            raise UsageError(reason) from error
        raise
    return program.run()


if __name__ == "__main__":
    sys.exit(main())
