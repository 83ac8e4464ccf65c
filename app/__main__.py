"""The command line: `tapescope [FILE]` opens the window, `tapescope trace FILE` needs none.

Everything is imported where it is used, so that each command loads what it needs and no more.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from app.command_line import arguments as commands
from app.command_line.arguments import split_at_dashes
from app.command_line.streams import occupy_standard_descriptors, settle, tell
from app.command_line.usage import BAD_USAGE, STOPPED, UsageError, did_you_mean

_COMMANDS: dict[str, tuple[Callable[[], commands.Parser], str, str]] = {
    "trace": (commands.trace_parser, "trace", "trace_command"),
    "check": (commands.check_parser, "check", "check_command"),
    "diff": (commands.diff_parser, "diff", "diff_command"),
    "measure": (commands.measure_parser, "measure", "measure_command"),
    "lecture": (commands.lecture_parser, "lecture", "lecture_command"),
    "self-test": (commands.self_test_parser, "self_test", "self_test_command"),
}
"""The parser of each command; the module in `app.command_line`, and the function there."""
INTERNAL_ERROR = 70
"""The exit code after a failure of Tapescope's own (EX_SOFTWARE of sysexits.h)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    words, for_the_program = split_at_dashes(sys.argv[1:] if arguments is None else arguments)
    occupy_standard_descriptors()
    on_termination = signal.getsignal(signal.SIGTERM)
    try:
        if not words or words[0] not in _COMMANDS:
            return _open_window(words, for_the_program)
        parser, module, name = _COMMANDS[words[0]]
        options = parser().parse(words[1:])
        command = getattr(import_module(f"app.command_line.{module}"), name)
        return command(options, for_the_program)  # type: ignore[no-any-return]
    except UsageError as error:
        tell(f"tapescope: {error}\n")
        return BAD_USAGE
    except KeyboardInterrupt:
        return STOPPED
    except Exception as error:
        tell(_internal_error(error))
        return INTERNAL_ERROR
    finally:
        signal.signal(signal.SIGTERM, on_termination)
        settle()


def _internal_error(error: Exception) -> str:
    """Log it; return what to say of it."""
    from app.session import internal_errors
    from app.session.language import tr

    internal_errors.record(type(error), error, error.__traceback__)
    text = tr("Tapescope hit an internal error ({error}). {details}")
    name = f"{type(error).__name__}: {error}"
    return f"tapescope: {text.format(error=name, details=internal_errors.details())}\n"


def _open_window(words: Sequence[str], for_the_program: Sequence[str]) -> int:
    options = commands.window_parser().parse(words)
    from app.session.language import tr

    for file in options.files:
        if not Path(file).exists():
            text = tr("{name} is neither a file nor a command{meant}. See tapescope --help")
            meant = did_you_mean(file, _COMMANDS)
            raise UsageError(text.format(name=file, meant=meant))
    from app.command_line.reading import run_settings
    from app.gui.starting import unhindered

    settings = run_settings(options, for_the_program)
    try:
        with unhindered():
            from app.gui.application import Program

            program = Program(options.files, settings)
    except ImportError as error:
        from app.gui.system_check import why_no_window

        if reason := why_no_window():
            raise UsageError(reason) from error
        raise
    return program.run()


if __name__ == "__main__":
    sys.exit(main())
