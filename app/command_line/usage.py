"""What is said of a command line that cannot be carried out, and exit codes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from app.session.language import tr

BAD_USAGE = 2
STOPPED = 3
"""The exit code of what was stopped, timed out, crashed or ran out of memory."""


class UsageError(Exception):
    """The command cannot be carried out; the message is one line for stderr."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question that names what is nearest to a word, with a space before it; or nothing.

    >>> did_you_mean("selftest", ["trace", "self-test"])
    ' (did you mean self-test?)'
    >>> did_you_mean("train.py", ["trace", "self-test"])
    ''
    """
    near = difflib.get_close_matches(word, list(known), 2, 0.7)
    names = tr(" or ").join(near)
    return tr(" (did you mean {names}?)").format(names=names) if near else ""
