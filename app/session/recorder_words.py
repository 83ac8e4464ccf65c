"""Sentences of the recorder, which are English in every trace, in the reader's language."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from app.contract.records import Trace
from app.session.language import ngettext, number, plural, tr, translatable

_FILLED: Final = (
    translatable("{module} is not installed for the Python that runs this: {python}."),
    translatable("Relative paths start at {folder}."),
    translatable("The run may use {count} MiB. Raise the limit."),
    translatable("{what} could not be described ({error}) and is missing from the trace."),
    translatable("--{option} {name} had no effect: {error}."),
    translatable("{what} is TorchScript and ran as compiled."),
    translatable("{what}: what it runs to look at it is not recorded."),
    translatable(
        "torch {version} has no `{name}`. {without} "
        "Update Tapescope, or use a version of torch that it was tested with."
    ),
)
"""Sentences with what the recorder filled in; those of `_WHOLE`, and `TEXTS` of
`app.tracer.snippet.hints`, are without."""
_WHOLE: Final = (
    translatable(
        "torch.compile: traced as plain eager code, so that each operation can be seen. "
        "A compiled run may round differently; here no backend is called, a graph break raises "
        "nothing, and torch.compiler.is_compiling() is False."
    ),
    translatable(
        "torch.func, a level of vmap: tensors inside represent whole batches and show no values of "
        "their own."
    ),
    translatable(
        "torch.func, a level of grad: tensors inside represent values whose gradient is taken on a "
        "level of its own."
    ),
    translatable(
        "torch.func, a level of jvp: tensors inside represent values with their derivatives."
    ),
    translatable("Calls at the recursion limit could not be described and are missing."),
)
_COUNTED: Final = (
    plural(
        "{count} child process called torch and was not traced.",
        "{count} child processes called torch and were not traced.",
    ),
    plural(
        "{count} child process started and was not traced.",
        "{count} child processes started and were not traced.",
    ),
    plural(
        "{count} spawned process was not traced; whether torch was called there is not known.",
        "{count} spawned processes were not traced; whether torch was called there is not known.",
    ),
)
_BETWEEN_SENTENCES = re.compile(r"(?<=\.) ")


def translated(sentence: str) -> str:
    """Return a hint or note of a trace in the reader's language, or as it is if it is unknown."""
    for text in _FILLED:
        if (found := _pattern(text).fullmatch(sentence)) is not None:
            values = found.groupdict()
            if "without" in values:
                values["without"] = tr(values["without"])
            return tr(text).format(**values)
    for forms in _COUNTED:
        for form in forms:
            if (found := _pattern(form).fullmatch(sentence)) is not None:
                count = int(found["count"])
                return ngettext(*forms, count).format(count=number(count))
    return tr(sentence)


def about_children(trace: Trace) -> list[str]:
    """Return the sentences on the processes that the program started and that are not traced."""
    notes = [note.text for note in trace.notes if note.code == "children"]
    return [translated(one) for text in notes for one in _BETWEEN_SENTENCES.split(text)]


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(text)), re.DOTALL)
