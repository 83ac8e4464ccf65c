"""Words with the line that they are about."""

from __future__ import annotations

import re

from app.contract.records import Error, Place, Trace
from app.session.language import shown, tr

_LONGEST = 2000
"""Characters of an error's message that a sentence quotes; the traceback has them all."""
_SOURCE = re.compile(r"^\[[^\]]*\.(?:cc|cpp|cu|h|hpp):\d+\] *")
"""As in "[/pytorch/third_party/gloo/pair.cc:553] Connection closed by peer"."""

_TRACEBACK = "Traceback (most recent call last):\n"


def at_line(what: str, line: int | None) -> str:
    """
    >>> at_line("mul", 4), at_line("mul", None)
    ('mul, line 4', 'mul')
    """
    return what if line is None else tr("{what}, line {line}").format(what=what, line=line)


def on_line(what: str, line: int | None) -> str:
    """
    >>> on_line("lin1(x1)", 10)
    'lin1(x1) on line 10'
    """
    return what if line is None else tr("{what} on line {line}").format(what=what, line=line)


def in_brackets(what: str, line: int | None) -> str:
    """
    >>> in_brackets("torch.no_grad()", 9)
    'torch.no_grad() (line 9)'
    """
    return what if line is None else tr("{what} (line {line})").format(what=what, line=line)


def error_words(error: Error) -> str:
    """ "ValueError on line 1: not enough values to unpack"."""
    kind = error.type
    if error.spot is not None:
        kind = tr("{error} on line {line}").format(error=error.type, line=error.spot)
    return shown(f"{kind}: {message_of(error)}")


def message_of(error: Error) -> str:
    """Return an error's message without the place in the source of a library that some begin with.

    Of a message of megabytes, such as that of a list of numbers, it is the beginning.  Of one that
    quotes the traceback of another process it is the first line and the error there.

    >>> text = "[/gloo/pair.cc:553] Connection closed"
    >>> message_of(Error("RuntimeError", text, None, None, "", None))
    'Connection closed'
    >>> text = "-- Process 1 terminated:\\n" + _TRACEBACK + "  File 1\\nValueError: no batch\\n"
    >>> message_of(Error("ProcessRaisedException", text, None, None, "", None))
    'Process 1 terminated: ValueError: no batch'
    """
    message = _SOURCE.sub("", error.message.strip())
    before, is_quoted, quoted = message.rpartition(_TRACEBACK)
    raised = quoted.split("\n")
    while raised and raised[0][:1] in ("", " "):
        del raised[0]
    if is_quoted and before and raised:
        what = before.split("\n")[0].removeprefix("-- ").rstrip(".: ")
        message = "\n".join((f"{what}: {raised[0]}", *raised[1:]))
    return message if len(message) <= _LONGEST else f"{message[:_LONGEST]} …"


def where(trace: Trace, place: Place | None) -> tuple[str | None, int | None]:
    """Return the path and the line of a place: of the snippet without a line if there is none."""
    if place is None:
        return trace.snippet.path, None
    paths = {file.id: file.path for file in trace.files} | {0: trace.snippet.path}
    return paths.get(place.file), place.line
