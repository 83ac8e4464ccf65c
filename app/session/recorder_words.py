"""Sentences of the recorder, which are English in every trace, in the reader's language."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from app.session.language import tr, translatable

_FILLED: Final = (
    translatable("{module} is not installed for the Python that runs this: {python}."),
    translatable("Relative paths start at {folder}."),
    translatable("The run may use {count} MiB. Raise the limit."),
    translatable("{what} could not be described ({error}) and is missing from the trace."),
    translatable("{what} is TorchScript and ran as compiled."),
    translatable("{what}: what it runs to look at it is not recorded."),
)
"""Sentences with what the recorder filled in; `TEXTS` of `app.tracer.snippet.hints` are without."""


def translated(sentence: str) -> str:
    """Return a hint or note of a trace in the reader's language, or as it is if it is unknown."""
    for text in _FILLED:
        if (found := _pattern(text).fullmatch(sentence)) is not None:
            return tr(text).format(**found.groupdict())
    return tr(sentence)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(text)), re.DOTALL)
